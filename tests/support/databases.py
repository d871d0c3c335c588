"""Databases for tests: migrated once, then copied, so that a test's own costs milliseconds."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from server.platform.database import db
from server.platform.migrating import upgrade
from server.platform.settings import Settings
from tests.support.application import running_app
from tests.support.postgres import Postgres
from tests.support.tapak import wait_until


def mostly_on(kind: str) -> pytest.MarkDecorator:
    """Run a test of whole processes on one kind of database, and by ./run test-faults on both."""
    kinds = ["sqlite", "postgresql"] if "TAPAK_FAULT_EXAMPLES" in os.environ else [kind]
    return pytest.mark.parametrize("database_url", kinds, indirect=True)


class SqliteTemplate:
    """A migrated SQLite file to copy."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        migrate(f"sqlite:///{self._file}", folder)

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """Give the URL of a new copy in the folder."""
        target = folder / "tapak.db"
        shutil.copyfile(self._file, target)
        yield f"sqlite:///{target}"

    @contextmanager
    def app(self, folder: Path) -> Iterator[Flask]:
        """Give an application on a copy in the folder, for all tests of a module."""
        with self.copy(folder) as url:
            settings = Settings(data=folder, database_url=url, secret_key="only for tests")
            with running_app(settings) as app:
                yield app


class PostgresTemplate:
    """A migrated PostgreSQL database to copy.

    A copy takes a fifth of a second of work, emptying one a tenth of that: copies are used again.
    """

    def __init__(self, postgres: Postgres, folder: Path) -> None:
        self._postgres = postgres
        self._name = postgres.create_database()
        migrate(postgres.url(self._name), folder)
        postgres.run(_KEEP_WHAT_MIGRATIONS_WROTE, self._name)
        self._size = postgres.size(self._name)
        self._idle: list[str] = []

    @contextmanager
    def copy(self, _folder: Path) -> Iterator[str]:
        """Give the URL of a database as it is after the migrations."""
        idle = self._idle
        name = idle.pop() if idle else self._postgres.create_database(template=self._name)
        try:
            yield self._postgres.url(name)
        finally:
            # Deleted rows take room until they are vacuumed; a full database is slow to empty.
            if self._postgres.size(name) > 2 * self._size:
                self._postgres.drop_database(name)
            else:
                self._postgres.run(_BRING_BACK_WHAT_MIGRATIONS_WROTE, name)
                idle.append(name)


# In the schema "kept": a copy of each table that has rows, and where each sequence stands.
_KEEP_WHAT_MIGRATIONS_WROTE = """
DO $$
DECLARE
    name text;
    has_rows bool;
BEGIN
    CREATE SCHEMA kept;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name);
        END IF;
    END LOOP;
    CREATE TABLE kept.sequences AS
        SELECT format('public.%I', sequencename) AS name, start_value, last_value
        FROM pg_sequences WHERE schemaname = 'public';
END $$
"""
_BRING_BACK_WHAT_MIGRATIONS_WROTE = """
DO $$
DECLARE
    table_name text;
    has_rows bool;
BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend'
            AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;  -- no foreign key is looked at meanwhile
    FOR table_name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', table_name) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('DELETE FROM public.%I', table_name);
        END IF;
    END LOOP;
    FOR table_name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'kept' AND tablename <> 'sequences'
    LOOP
        EXECUTE format(
            'INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM kept.%I',
            table_name, table_name
        );
    END LOOP;
    PERFORM setval(name::regclass, coalesce(last_value, start_value), last_value IS NOT NULL)
        FROM kept.sequences;
END $$
"""


def migrate(database_url: str, folder: Path) -> None:
    """Bring the database to the newest tables."""
    settings = Settings(data=folder, database_url=database_url)
    with running_app(settings) as app, app.app_context():
        upgrade()


def until_somebody_waits() -> None:
    """Return once a connection to the application's PostgreSQL waits for a lock of another."""
    wait_until(_somebody_waits, what=lambda: "a connection to wait for another")


def _somebody_waits() -> bool:
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with db.engine.connect() as connection:
        return bool(connection.scalar(text(query)))
