"""An application for a test, whose database connections are closed at the end."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import URL, Dialect, Engine, create_engine, event, make_url
from werkzeug.serving import WSGIRequestHandler, make_server

from server.app import create_app
from server.metrics.sql import cache
from server.platform.database import database_config, db
from server.platform.secrets import secret_key
from server.platform.settings import Settings

_MOST_STATEMENTS = 5000
_idle: defaultdict[tuple[object, ...], list[Flask]] = defaultdict(list)
_idle_engines: defaultdict[str, list[Engine]] = defaultdict(list)


@contextmanager
def running_app(settings: Settings, *, own: bool = False) -> Iterator[Flask]:
    """Give the application, and close its database connections afterwards.

    A connection that is only forgotten is found by the garbage collector in the middle of some
    later test, which then fails for it.

    :param own: nobody's before or after, for a test that changes the application itself. Others
        are handed on, with another database: to make one costs more than most tests do.
    """
    if own or settings.redis_url:
        idle = []
    else:
        # What is built into an application; the rest it asks of its settings.
        built_in = (settings.map_tiles_url, settings.secure_cookies, secret_key(settings))
        idle = _idle[built_in]
    app = idle.pop() if idle else create_app(settings)
    engine = None if own else _lead_to(app, settings)
    try:
        yield app
    finally:
        with app.app_context():
            for each in db.engines.values():
                each.dispose()
        if engine is not None:
            _give_back(engine)
        idle.append(app)


class _Silent(WSGIRequestHandler):
    """Writes no line for each request: that takes as long as the rest of the server's work."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve the application in this process; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _lead_to(app: Flask, settings: Settings) -> Engine:
    """Have the application speak with this database, through an engine that others had before.

    Each engine keeps the SQL that it made of statements, and to make it anew takes as long as to
    run it.
    """
    config = database_config(settings)
    app.extensions["settings"] = settings
    app.config.update(config)
    app.testing = False
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    idle = _idle_engines[url.drivername]
    engine = idle.pop() if idle else _new_engine(url, config["SQLALCHEMY_ENGINE_OPTIONS"])
    engine.url = url
    with app.app_context():
        # Typed as read only, yet the very mapping in which Flask-SQLAlchemy looks engines up.
        db.engines[None] = engine  # type: ignore[index]
    return engine


def _new_engine(url: URL, options: dict[str, Any]) -> Engine:
    engine = create_engine(url, query_cache_size=_MOST_STATEMENTS, **options)

    @event.listens_for(engine, "do_connect")
    def connect_to_present_url(
        dialect: Dialect, _record: object, arguments: list[Any], named: dict[str, Any]
    ) -> None:
        arguments[:], of_url = dialect.create_connect_args(engine.url)
        named.update(of_url)

    return engine


def _give_back(engine: Engine) -> None:
    # Answers of one database are none of another.
    cache._kept.pop(engine, None)
    _idle_engines[engine.url.drivername].append(engine)
