"""An application for a test, whose database connections are closed at the end."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import create_engine
from werkzeug.serving import make_server

from server.app import create_app, database_config
from server.platform.database import db
from server.platform.secrets import secret_key
from server.platform.settings import Settings

_idle: defaultdict[tuple[object, ...], list[Flask]] = defaultdict(list)


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
    app = _with_database(idle.pop(), settings) if idle else create_app(settings)
    try:
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        idle.append(app)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve the application in this process; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _with_database(app: Flask, settings: Settings) -> Flask:
    config = database_config(settings)
    app.extensions["settings"] = settings
    app.config.update(config)
    app.testing = False
    engine = create_engine(config["SQLALCHEMY_DATABASE_URI"], **config["SQLALCHEMY_ENGINE_OPTIONS"])
    with app.app_context():
        # Typed as read only, yet the very mapping in which Flask-SQLAlchemy looks engines up.
        db.engines[None] = engine  # type: ignore[index]
    return app
