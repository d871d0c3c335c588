"""Facts name persons and teams by keys on SQLite, without them on PostgreSQL; none can go."""

import pytest
from flask import Flask
from sqlalchemy import ForeignKey, Table, delete, inspect
from sqlalchemy.exc import IntegrityError

from server.identity.models import User
from server.platform.database import UNCHECKED, Model, db
from server.teams.models import Team

Named = tuple[str, str, str]
"""(table, column, the table it names)"""


def named_by(table: Table) -> list[tuple[str, ForeignKey]]:
    return [(column.name, key) for column in table.columns for key in column.foreign_keys]


def marked() -> set[Named]:
    return {
        (table.name, column, key.column.table.name)
        for table in Model.metadata.sorted_tables
        for column, key in named_by(table)
        if key.info.get(UNCHECKED)
    }


def test_only_persons_and_teams_are_named_so() -> None:
    assert {target for _, _, target in marked()} == {"user_account", "team"}


def test_the_keys_there_are(app: Flask) -> None:
    with app.app_context():
        found = {
            (table, key["constrained_columns"][0], key["referred_table"])
            for table in {table for table, _, _ in marked()}
            for key in inspect(db.engine).get_foreign_keys(table)
        }
        is_sqlite = db.engine.dialect.name == "sqlite"
    assert found & marked() == (marked() if is_sqlite else set())


@pytest.mark.parametrize("model", [User, Team])
@pytest.mark.usefixtures("company")
def test_who_is_named_cannot_be_deleted(app: Flask, model: type[Model]) -> None:
    with app.app_context(), pytest.raises(IntegrityError):
        db.session.execute(delete(model))
