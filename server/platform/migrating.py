"""Bringing a database to the tables of this version."""

from flask import current_app

from server.platform.database import db


def upgrade(*, revision: str = "head") -> None:
    """Take the steps that the database of the application under way has not taken yet.

    :param revision: number of the last one to take, as its file has it
    """
    # Alembic and what comes with it: a twentieth of what processes import that never migrate.
    import flask_migrate  # noqa: PLC0415

    flask_migrate.Migrate(current_app, db, directory="server/migrations", render_as_batch=True)
    flask_migrate.upgrade(revision=revision)
