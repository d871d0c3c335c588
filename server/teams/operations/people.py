"""Adding people, changing what they are and where they belong, and letting them go."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, select

from server.identity.models import User
from server.identity.operations import UserCodeTakenError, create_user
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.teams.models import TeamLead
from server.teams.operations.teams import move_to_team
from shared.i18n import N_
from shared.vocabulary import Role


class LastAdministratorError(ProblemError):
    """Without an administrator nobody could ever make one again."""

    code = "user.last_administrator"
    status = 409
    title = N_("This is the only administrator left. Make somebody else one first.")


class OwnAccountError(ProblemError):
    """Nobody locks themselves out."""

    code = "user.own_account"
    status = 409
    title = N_("Somebody else has to do this to your own account.")


@dataclass(frozen=True, kw_only=True)
class PersonForm:
    """What the office says of a person."""

    code: str
    name: str
    role: Role
    language: str
    """`en` or `id`; empty: what the browser asks for."""
    time_zone: str
    quota_carrying: bool
    team_id: str | None
    """The team the person belongs to; a manager leads teams instead."""


def add_person(*, person: PersonForm, today: dt.date, at: dt.datetime, by: str) -> User:
    """
    Add a person, who cannot sign in before they were invited.

    :raises UserCodeTakenError: if the code is another user's
    :raises TeamArchivedError: if the team is out of use
    """
    user = create_user(
        code=person.code,
        name=person.name,
        role=person.role,
        time_zone=person.time_zone,
        at=at,
        by=by,
    )
    user.language, user.quota_carrying = person.language, person.quota_carrying
    move_to_team(user_id=user.id, team_id=person.team_id, day=today)
    return user


def change_person(
    *, user_id: str, base: str, person: PersonForm, today: dt.date, at: dt.datetime, by: str
) -> User:
    """
    Change a person. Into another team they go today; the past stays with the old one.

    :param base: the version that the form was made from
    :raises NotFoundError: if there is no such user
    :raises ChangedMeanwhileError: if somebody else changed them meanwhile
    :raises UserCodeTakenError: if the code is another user's
    :raises LastAdministratorError: if nobody would be an administrator any more
    :raises OwnAccountError: if administrators take away their own role
    """
    user = _locked(user_id)
    user.expect(base)
    taken = select(User.id).where(User.code == person.code, User.id != user_id)
    if db.session.scalar(taken) is not None:
        raise UserCodeTakenError(person.code)
    if Role(user.role) is Role.ADMIN and person.role is not Role.ADMIN:
        _check_may_go(user, by)
    fields = {name: value for name, value in asdict(person).items() if name != "team_id"}
    changed: dict[str, Any] = user.set_fields(fields)
    before = move_to_team(user_id=user_id, team_id=person.team_id, day=today)
    if before != person.team_id:
        user.version += 0 if changed else 1
        changed["team_id"] = [before, person.team_id]
    if person.role is not Role.MANAGER:
        db.session.execute(delete(TeamLead).where(TeamLead.user_id == user_id))
    if changed:
        audit.record(action="user.changed", at=at, user_id=by, subject=user_id, **changed)
    return user


def set_active(*, user_id: str, active: bool, base: str, at: dt.datetime, by: str) -> User:
    """
    Let a person go, or take them back. Sessions end; nothing is deleted.

    Their phones only send what they hold, for `SENDS_AFTER_LEAVING`.


    :raises NotFoundError: if there is no such user
    :raises ChangedMeanwhileError: if somebody else changed them meanwhile
    :raises LastAdministratorError: if nobody would be an administrator any more
    :raises OwnAccountError: if somebody would lock themselves out
    """
    user = _locked(user_id)
    user.expect(base)
    if not active:
        _check_may_go(user, by)
    if user.set_fields({"active": active}):
        user.deactivated_at = None if active else at
        action = "user.reactivated" if active else "user.deactivated"
        audit.record(action=action, at=at, user_id=by, subject=user_id, name=user.name)
    return user


def _check_may_go(user: User, by: str) -> None:
    if Role(user.role) is Role.ADMIN:
        others = select(func.count()).where(
            User.role == Role.ADMIN, User.active, User.id != user.id
        )
        if not db.session.scalar(others):
            raise LastAdministratorError
    if user.id == by:
        raise OwnAccountError


def _locked(user_id: str) -> User:
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFoundError
    return user
