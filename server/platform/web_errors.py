"""Turn every error into one shape: problem+json for programs, a page for people."""

import logging
from typing import Any

import orjson
from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import INCLUDE, Schema, ValidationError, fields
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from server.platform.auth import NotSignedInError, redirect_to_sign_in
from server.platform.database import db
from server.platform.errors import InvalidInputError, ProblemError
from shared.i18n import N_

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"


class Problem(Schema):
    """An error as programs get it (RFC 9457); some have further members of their own."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Names the error for ever."})
    status = fields.Integer(required=True)
    title = fields.String(required=True, metadata={"description": "In the caller's language."})
    detail = fields.String()
    errors = fields.Dict(metadata={"description": "What is wrong with which part and field."})


class DatabaseDownError(ProblemError):
    """The database does not answer; nothing was changed."""

    code = "database_down"
    status = 503
    title = N_("The database does not answer. Nothing was lost; try again in a moment.")


class QueueDownError(ProblemError):
    """Redis does not answer."""

    code = "queue_down"
    status = 503
    title = N_("The job queue does not answer. Try again in a moment.")


class MalformedJsonError(ProblemError):
    """The body is no JSON."""

    code = "malformed_json"
    status = 400
    title = N_("The body is not valid JSON.")


class UnfitValueError(ProblemError):
    """A value that no column can hold, such as text with a NUL; nothing was changed."""

    code = "unfit_value"
    status = 422
    title = N_("Some fields are missing or wrong.")


class UnexpectedError(ProblemError):
    """A bug. It is in the log with its traceback."""

    code = "unexpected"
    status = 500
    title = N_("Something went wrong on our side. It was noted.")


class _HttpError(ProblemError):
    def __init__(self, error: HTTPException) -> None:
        super().__init__()
        self.status = error.code or 500
        self.code = (error.name or "error").lower().replace(" ", "_")
        self.title = error.description or error.name


def init_web_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(ProblemError, _answer)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DataError, _unfit)
    app.register_error_handler(OperationalError, _database_down)
    app.register_error_handler(InterfaceError, _database_down)
    app.register_error_handler(RedisError, _queue_down)
    app.register_error_handler(Exception, _unexpected)


def wants_problem() -> bool:
    """Whether the caller is a program."""
    return request.path.startswith(("/api/", "/v1/"))


def problem_response(problem: dict[str, Any]) -> Response:
    """Return a problem+json response."""
    # Mistakes inside a list are named by their place in it, a number.
    body = orjson.dumps(problem, option=orjson.OPT_NON_STR_KEYS)
    response = Response(body, status=problem["status"], mimetype=PROBLEM_TYPE)
    if problem["status"] in {429, 503}:
        response.headers["Retry-After"] = str(problem.get("retry_after_s", 5))
    return response


def _answer(error: ProblemError) -> ResponseReturnValue:
    problem = error.to_problem()
    problem["title"] = gettext(problem["title"])
    if wants_problem():
        return problem_response(problem)
    if isinstance(error, NotSignedInError):
        return redirect_to_sign_in()
    # What the web server itself says is English, and for programmers.
    told = "" if isinstance(error, _HttpError) or error.status >= 500 else problem["title"]
    page = render_template("error.html", problem=problem, told=told)
    return make_response(page, error.status)


def _invalid(error: ValidationError) -> ResponseReturnValue:
    messages: Any = error.messages
    return _answer(InvalidInputError(messages))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:  # redirects are exceptions too
        return error
    # flask-smorest hangs the schema's messages on the exception it aborts with.
    messages = (getattr(error, "data", None) or {}).get("messages")
    if messages and error.code == 400:
        return _answer(MalformedJsonError())
    if messages:
        return _answer(InvalidInputError(messages))
    return _answer(_HttpError(error))


def _unfit(error: DataError) -> ResponseReturnValue:
    logger.warning("the database cannot hold a value", exc_info=error)
    _roll_back()
    return _answer(UnfitValueError())


def _database_down(error: DBAPIError) -> ResponseReturnValue:
    logger.error("database does not answer", exc_info=error)
    _roll_back()
    return _answer(DatabaseDownError())


def _queue_down(error: RedisError) -> ResponseReturnValue:
    logger.error("redis does not answer", exc_info=error)
    return _answer(QueueDownError())


def _unexpected(error: Exception) -> ResponseReturnValue:
    logger.error("unexpected error", exc_info=error)
    _roll_back()
    return _answer(UnexpectedError())


def _roll_back() -> None:
    """End what was begun; a connection that is lost cannot even do that, and is given up."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()
