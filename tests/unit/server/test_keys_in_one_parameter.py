"""Looking up many keys as one parameter: SQLite reads these rows only, not the whole table."""

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.sql import Select

from server.platform.database import among
from server.sync.models import SyncIndex

BY_ID = among(SyncIndex.record_id, ["a", "b"])
BY_ENTITY = among(SyncIndex.entity, ["visit"])


@pytest.mark.parametrize(
    "statement",
    [
        select(SyncIndex.position).where(BY_ENTITY, BY_ID),
        select(SyncIndex.position).where(SyncIndex.entity == "visit", BY_ID),
    ],
)
def test_an_index_is_used(statement: Select[tuple[int]]) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        SyncIndex.__table__.create(connection)  # type: ignore[attr-defined]
        text = statement.compile(engine, compile_kwargs={"render_postcompile": True})
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {text}", tuple(["x"] * len(text.positiontup or ()))
        )
        steps = [row.detail for row in plan]
    engine.dispose()

    assert any(step.startswith("SEARCH sync_index USING") for step in steps), steps
    assert not any(step.startswith("SCAN sync_index") for step in steps), steps
