"""What a burst of requests needs of the database's connections is kept for the next one."""

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from server.platform.connections import MOST_CONNECTIONS
from server.platform.database import database_config, db
from server.platform.settings import Settings


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_as_many_requests_as_work_at_once_find_the_connections_of_those_before(
    app: Flask, settings: Settings
) -> None:
    engine = _engine(app, settings)
    first, again = _backends(engine), _backends(engine)
    engine.dispose()
    assert len(first) == MOST_CONNECTIONS
    assert again == first


def test_who_comes_gets_the_connection_used_last(app: Flask, settings: Settings) -> None:
    engine = _engine(app, settings)
    others, last = engine.connect(), engine.connect()
    used_last = last.connection.dbapi_connection
    others.close()
    last.close()
    for _ in range(2):  # the others rest
        with engine.connect() as connection:
            assert connection.connection.dbapi_connection is used_last
    engine.dispose()


def _engine(app: Flask, settings: Settings) -> Engine:
    options = database_config(settings)["SQLALCHEMY_ENGINE_OPTIONS"]
    with app.app_context():
        return create_engine(db.engine.url, **options)


def _backends(engine: Engine) -> set[int]:
    """Return the processes of PostgreSQL that serve as many connections as may work at once."""
    connections = [engine.connect() for _ in range(MOST_CONNECTIONS)]
    found = {
        connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        for connection in connections
    }
    for connection in connections:
        connection.close()
    return found
