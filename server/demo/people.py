"""The people of the demo company as rows: users, teams, phones, consent."""

import datetime as dt
import secrets
from dataclasses import dataclass

from werkzeug.security import generate_password_hash

from server.demo.chance import Chance
from server.demo.roster import ADMIN, PHONE_REP, REGION, TEAMS, Person, Ways
from server.demo.rows import Rows
from server.identity.models import Device, User
from server.teams.models import Team, TeamLead, TeamMembership
from server.tracking.models import TrackingConsent
from shared.vocabulary import Role

APP_VERSION = "0.1.0"
CONSENT_TEXT_VERSION = "2026-01"


@dataclass(frozen=True, kw_only=True)
class Rep:
    """A rep of the company, with ids."""

    id: str
    team_id: str
    manager_id: str
    device_id: str
    person: Person

    @property
    def code(self) -> str:
        """The name to sign in with."""
        return self.person.code

    @property
    def ways(self) -> Ways:
        """What makes this rep different."""
        return self.person.ways


def hire_reps(*, seed: int, count: int, at: dt.datetime) -> list[Rep]:
    """Return the first so many reps, team by team in turn, so that a few are of all teams."""
    people = [
        (team, team.people[turn])
        for turn in range(max(len(team.people) for team in TEAMS))
        for team in TEAMS
        if turn < len(team.people)
    ]
    return [
        Rep(
            id=_id(seed, "user", person.code, at),
            team_id=_id(seed, "team", team.code, at),
            manager_id=_id(seed, "user", team.manager[0], at),
            device_id=_id(seed, "device", person.code, at),
            person=person,
        )
        for team, person in people[:count]
    ]


def admin_id(*, seed: int, at: dt.datetime) -> str:
    """Return the administrator's id."""
    return _id(seed, "user", ADMIN[0], at)


def add_people(
    rows: Rows, reps: list[Rep], *, seed: int, at: dt.datetime, zone: str, password: str
) -> None:
    """Add teams, users, memberships, phones and the reps' consent to the track.

    :param at: when all of them were there
    """
    day = at.date()
    # One hash for all: a slow one each would take longer than the rest of the company.
    password_hash = generate_password_hash(password)
    region_id = _id(seed, "team", REGION[0], at)
    rows.add(Team, id=region_id, code=REGION[0], name=REGION[1], parent_id=None)
    used = {rep.team_id for rep in reps}
    teams = [(team, _id(seed, "team", team.code, at)) for team in TEAMS]
    teams = [(team, team_id) for team, team_id in teams if team_id in used]
    for team, team_id in teams:
        rows.add(Team, id=team_id, code=team.code, name=team.name, parent_id=region_id)

    def add_user(code: str, name: str, role: Role) -> str:
        user_id = _id(seed, "user", code, at)
        rows.add(
            User,
            id=user_id,
            code=code,
            name=name,
            role=role,
            password_hash=password_hash,
            language="",
            time_zone=zone,
            quota_carrying=role is Role.REP,
            active=True,
            failed_sign_ins=0,
            locked_until=None,
            created_at=at,
        )
        return user_id

    add_user(*ADMIN, Role.ADMIN)
    for team, team_id in teams:
        manager_id = add_user(*team.manager, Role.MANAGER)
        rows.add(TeamLead, team_id=team_id, user_id=manager_id)
    for rep in reps:
        add_user(rep.code, rep.person.name, Role.REP)
        rows.add(TeamMembership, user_id=rep.id, start_on=day, end_on=None, team_id=rep.team_id)
        rows.add(
            TrackingConsent,
            id=_id(seed, "consent", rep.code, at),
            rep_id=rep.id,
            given=True,
            decided_at=at,
            text_version=CONSENT_TEXT_VERSION,
            content_sha256=None,
        )


def add_phones(
    rows: Rows, reps: list[Rep], *, at: dt.datetime, seen_at: dt.datetime, now: dt.datetime
) -> None:
    """Add the phone each rep has used so far. The one to be tried out is not among them.

    Nobody holds tokens that fit these hashes; keys are made anew each time.

    :param at: when they were enrolled
    :param seen_at: when the last of them synced
    """
    for rep in reps:
        replaced = rep.code == PHONE_REP
        rows.add(
            Device,
            id=rep.device_id,
            user_id=rep.id,
            name="Android",
            app_version=APP_VERSION,
            mac_key=secrets.token_bytes(32),
            through=0,
            settled=0,
            head=bytes(32),
            access_hash=secrets.token_bytes(32),
            access_expires_at=now,
            refresh_hash=secrets.token_bytes(32),
            refresh_expires_at=now,
            previous_refresh_hash=None,
            refreshed_at=None,
            enrolled_at=at,
            last_seen_at=seen_at,
            last_synced_at=seen_at,
            revoked_at=now if replaced else None,
        )


def _id(seed: int, kind: str, code: str, at: dt.datetime) -> str:
    return Chance.of(seed, kind, code).record_id(at)
