"""An application for a test, whose database connections are closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from server.app import create_app
from server.platform.database import db
from server.platform.settings import Settings


@contextmanager
def running_app(settings: Settings) -> Iterator[Flask]:
    """Give the application, and close its database connections afterwards.

    A connection that is only forgotten is found by the garbage collector in the middle of some
    later test, which then fails for it.
    """
    app = create_app(settings)
    try:
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
