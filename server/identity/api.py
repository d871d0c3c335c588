"""Sign-in of programs: the same session the web pages use."""

from flask import session
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from server.identity import operations, queries
from server.identity.models import User
from server.identity.schemas import SignInSchema, WhoSchema
from server.platform.auth import NotSignedInError, current_access
from server.platform.transaction import transaction
from shared.time import utc_now

blueprint = Blueprint("session", __name__, url_prefix="/api/v1/session", description="Sign-in.")


@blueprint.post("")
@blueprint.arguments(SignInSchema)
@blueprint.response(200, WhoSchema)
def sign_in(body: dict[str, str]) -> User:
    """Sign in; the answer sets the session cookie."""
    with transaction():
        outcome = operations.sign_in(code=body["user"], password=body["password"], at=utc_now())
    user = outcome.user_or_raise()
    session.clear()
    session.update(
        user_id=user.id,
        name=user.name,
        language=user.language,
        stamp=user.session_stamp,
    )
    return user


@blueprint.get("")
@blueprint.response(200, WhoSchema)
def who() -> User:
    """Say who is signed in."""
    user = queries.find_active_user(current_access().user_id)
    if user is None:
        raise NotSignedInError
    return user


@blueprint.delete("")
@blueprint.response(204)
def sign_out() -> ResponseReturnValue:
    """End the session."""
    session.clear()
    return ""
