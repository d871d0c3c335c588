"""Links by which people choose their own password, so that no administrator ever knows it."""

import datetime as dt
import hashlib
import secrets

from sqlalchemy import delete, select

from server.identity.models import Invitation, User
from server.identity.operations import set_password
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from shared.i18n import N_

INVITATION_LIFE = dt.timedelta(days=7)


class InvitationGoneError(ProblemError):
    """No such link, or it was used, replaced or has expired."""

    code = "invitation.gone"
    status = 404
    title = N_("This link was used or has expired. Ask an administrator for a new one.")


def invite(*, user_id: str, at: dt.datetime, by: str) -> str:
    """
    Return the secret end of a link that is good for one week, once. Earlier links end.

    :raises NotFoundError: if there is no such active user
    """
    user = db.session.get(User, user_id)
    if user is None or not user.active:
        raise NotFoundError
    db.session.execute(
        delete(Invitation).where(Invitation.user_id == user_id, Invitation.used_at.is_(None))
    )
    token = secrets.token_urlsafe(32)
    db.session.add(
        Invitation(
            token_hash=_hash(token),
            user_id=user_id,
            created_by=by,
            created_at=at,
            expires_at=at + INVITATION_LIFE,
        )
    )
    audit.record(action="user.invited", at=at, user_id=by, subject=user_id)
    return token


def find_invited(*, token: str, at: dt.datetime) -> User:
    """
    Return whom a link is for.

    :raises InvitationGoneError: if it is not good any more
    """
    return _open(token, at)[1]


def accept_invitation(*, token: str, password: str, at: dt.datetime) -> User:
    """
    Set the password that somebody chose by a link, which ends with it.

    :raises InvitationGoneError: if it is not good any more
    """
    invitation, user = _open(token, at, lock=True)
    invitation.used_at = at
    set_password(user_id=user.id, password=password, at=at, by=user.id)
    return user


def _open(token: str, at: dt.datetime, *, lock: bool = False) -> tuple[Invitation, User]:
    statement = select(Invitation).where(Invitation.token_hash == _hash(token))
    invitation = db.session.scalar(statement.with_for_update() if lock else statement)
    if invitation is None or invitation.used_at is not None or at >= invitation.expires_at:
        raise InvitationGoneError
    user = db.session.get_one(User, invitation.user_id)
    if not user.active:
        raise InvitationGoneError
    return invitation, user


def _hash(token: str) -> bytes:
    # Random and long: a plain hash is enough, and an index can find it.
    return hashlib.sha256(token.encode()).digest()
