"""A company for the live bench: many reps at work, and managers who are signed in."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from flask.sessions import SecureCookieSessionInterface

from server.identity.models import Device, User
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.teams.models import Team, TeamLead, TeamMembership
from server.tracking import operations as tracking
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import Role
from tests.support.application import running_app

_ZONE = "Asia/Jakarta"


@dataclass(frozen=True)
class LiveCompany:
    """Who sends, and who looks."""

    tokens: list[str]
    """Of the reps' phones."""
    managers: list[str]
    """Session cookies, as a browser sends them."""


def found(settings: Settings, *, reps: int, managers: int) -> LiveCompany:
    """Fill the database: a team for each manager, the reps shared out among them."""
    now = utc_now()
    tokens, cookies = [], []
    with running_app(settings) as app, app.app_context(), transaction():
        sessions = SecureCookieSessionInterface().get_signing_serializer(app)
        assert sessions is not None
        teams = []
        for number in range(managers):
            team = Team(id=new_id(), code=f"T{number}", name=f"Team {number}")
            manager = _user(f"M{number}", Role.MANAGER, now)
            db.session.add_all([team, manager])
            db.session.flush()
            db.session.add(TeamLead(team_id=team.id, user_id=manager.id))
            teams.append(team.id)
            stamp = manager.session_stamp
            cookie = sessions.dumps({"user_id": manager.id, "stamp": stamp, "name": manager.name})
            cookies.append(f"session={cookie}")
        for number in range(reps):
            rep = _user(f"R{number}", Role.REP, now)
            db.session.add(rep)
            db.session.flush()
            membership = {"start_on": dt.date(2026, 1, 1), "end_on": None}
            team_id = teams[number % managers]
            db.session.add(TeamMembership(user_id=rep.id, team_id=team_id, **membership))
            tokens.append(f"token-{number}")
            db.session.add(_device(rep.id, tokens[-1], now))
            before = now - dt.timedelta(minutes=5)
            tracking.record_consent(
                consent_id=new_id(), rep_id=rep.id, given=True, text_version="1", at=before
            )
            tracking.start_day(work_day_id=new_id(), rep_id=rep.id, time_zone=_ZONE, at=before)
    return LiveCompany(tokens, cookies)


def _user(code: str, role: Role, at: dt.datetime) -> User:
    return User(id=new_id(), code=code, name=code, role=role, time_zone=_ZONE, created_at=at)


def _device(user_id: str, token: str, at: dt.datetime) -> Device:
    later = at + dt.timedelta(days=1)
    return Device(
        id=new_id(),
        user_id=user_id,
        mac_key=bytes(32),
        head=bytes(32),
        access_hash=hashlib.sha256(token.encode()).digest(),
        access_expires_at=later,
        refresh_hash=hashlib.sha256(f"refresh-{token}".encode()).digest(),
        refresh_expires_at=later,
        enrolled_at=at,
    )
