"""Alembic's entry: runs migrations on the database of the application."""

import importlib
import importlib.util
import pkgutil
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import ForeignKeyConstraint

import server
from server.migrations.types import render_type
from server.platform.database import UNCHECKED, db


def import_models() -> None:
    """Import every feature's tables, also those that no entry point reaches yet."""
    for package in pkgutil.iter_modules(server.__path__, "server."):
        if package.ispkg and importlib.util.find_spec(f"{package.name}.models"):
            importlib.import_module(f"{package.name}.models")


def run() -> None:
    """Migrate in one transaction on a connection of its own."""
    import_models()
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render_type,
            include_object=_is_compared,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def _is_compared(thing: Any, *_: object) -> bool:
    """Return whether a database should have what the models have."""
    if db.engine.dialect.name == "postgresql" and isinstance(thing, ForeignKeyConstraint):
        return not any(key.info.get(UNCHECKED) for key in thing.elements)
    return True


run()
