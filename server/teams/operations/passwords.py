"""Renewing one's own password."""

import datetime as dt

from werkzeug.security import generate_password_hash

from server.identity.models import SignIn, User
from server.identity.operations import sign_in
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError


def renew_password(*, user_id: str, present: str, wanted: str | None, at: dt.datetime) -> SignIn:
    """
    Replace one's own password; sessions signed in before end. Wrong ones count as at the sign-in.

    :param wanted: None: the present one again, so that only the sessions end
    :raises NotFoundError: if there is no such user
    """
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFoundError
    outcome = sign_in(code=user.code, password=present, at=at)
    if outcome.user is not None:
        # Another salt makes another stamp, so the sessions end with the same password as well.
        outcome.user.password_hash = generate_password_hash(present if wanted is None else wanted)
        action = "user.sessions_ended" if wanted is None else "user.password_changed"
        audit.record(action=action, at=at, user_id=user_id, subject=user_id)
    return outcome
