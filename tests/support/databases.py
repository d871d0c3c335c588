"""Databases for tests: migrated once, then copied, so that a test's own costs milliseconds."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_migrate import upgrade

from server.platform.settings import Settings
from tests.support.application import running_app
from tests.support.postgres import Postgres


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


class PostgresTemplate:
    """A migrated PostgreSQL database to copy."""

    def __init__(self, postgres: Postgres, folder: Path) -> None:
        self._postgres = postgres
        self._name = postgres.create_database()
        migrate(postgres.url(self._name), folder)

    @contextmanager
    def copy(self, _folder: Path) -> Iterator[str]:
        """Give the URL of a new copy, dropped afterwards."""
        name = self._postgres.create_database(template=self._name)
        try:
            yield self._postgres.url(name)
        finally:
            self._postgres.drop_database(name)


def migrate(database_url: str, folder: Path) -> None:
    """Bring the database to the newest tables."""
    settings = Settings(data=folder, database_url=database_url)
    with running_app(settings) as app, app.app_context():
        upgrade()
