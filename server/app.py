"""The application: knows every feature and joins them."""

from typing import Any

from flask import Flask, jsonify
from flask_migrate import Migrate
from flask_smorest import Api
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text

from server import authentication
from server.identity import api as identity_api
from server.platform.auth import init_auth
from server.platform.database import db
from server.platform.json import OrjsonProvider
from server.platform.secrets import secret_key
from server.platform.settings import Settings
from server.platform.web_errors import init_web_errors

MAX_BODY_BYTES = 8 * 1024 * 1024

csrf = CSRFProtect()


class _Api(Api):
    """flask-smorest without its own error shape: all errors go through web_errors."""

    def _register_error_handlers(self) -> None:
        pass


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for these settings, by default those of the environment."""
    settings = settings or Settings.from_environment()
    settings.data.mkdir(parents=True, exist_ok=True)
    app = Flask("server", static_folder=None)
    app.json = OrjsonProvider(app)
    app.extensions["settings"] = settings
    app.config.update(_flask_config(settings))

    db.init_app(app)
    Migrate(app, db, directory="server/migrations", render_as_batch=True)
    init_web_errors(app)
    init_auth(app, authentication.session_access, authentication.device_access)
    csrf.init_app(app)
    _register_apis(app)
    _register_health(app)
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    engine_options: dict[str, Any] = {"pool_pre_ping": True}
    if settings.uses_sqlite:
        engine_options = {"connect_args": {"check_same_thread": False}}
    return {
        "SECRET_KEY": secret_key(settings),
        "SQLALCHEMY_DATABASE_URI": settings.resolved_database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options,
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "WTF_CSRF_TIME_LIMIT": None,
        "API_TITLE": "Tapak",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/api",
        "OPENAPI_JSON_PATH": "openapi.json",
    }


def _register_apis(app: Flask) -> None:
    api = _Api(app)
    for module in (identity_api,):
        # Programs send JSON, which another site cannot send for a signed-in person.
        csrf.exempt(module.blueprint)
        api.register_blueprint(module.blueprint)


def _register_health(app: Flask) -> None:
    @app.get("/healthz")
    def healthz() -> Any:
        """Answer 200 when the database answers."""
        db.session.execute(text("SELECT 1"))
        return jsonify(status="ok")
