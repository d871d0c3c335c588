"""Importing teams and the people in them."""

from collections.abc import Sequence
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Table

from server.identity.models import User
from server.imports.operations import values
from server.imports.operations.context import Entity, Record, RefusedError, Run
from server.imports.operations.plan import Plan
from server.imports.operations.rows import catch_refusals, find_rows, write_rows
from server.imports.operations.tenures import Tenure, TenureChanges
from server.imports.operations.values import KEEP, Field
from server.imports.queries.known import Membership
from server.platform.database import upsert
from server.teams.models import Team, TeamLead, TeamMembership
from shared.i18n import LANGUAGES
from shared.vocabulary import Role

_TEAMS = cast("Table", Team.__table__)
_USERS = cast("Table", User.__table__)
_MEMBERSHIPS = cast("Table", TeamMembership.__table__)


def _load_teams(records: Sequence[Record], run: Run) -> None:
    plans = find_rows(_TEAMS, "code", catch_refusals(run, records, _plan_team), run)
    write_rows(_TEAMS, plans, run)
    for plan in plans:
        run.references.teams[plan.values["code"]] = plan.id
        run.counts.count(plan.outcome)


def _plan_team(record: Record, run: Run) -> Plan:
    row = {name: record.values[name] for name in ("code", "name")}
    if "parent" in record.values:
        row["parent_id"] = run.find(record, "parent", run.references.teams, "unknown_team")
    return Plan(record, row)


def _load_users(records: Sequence[Record], run: Run) -> None:
    plans = find_rows(_USERS, "code", catch_refusals(run, records, _plan_user), run)
    plans = _without_administrators(plans, run)
    write_rows(_USERS, plans, run)
    moves = TenureChanges(_MEMBERSHIPS.c.user_id, _MEMBERSHIPS.c.team_id)
    for plan in plans:
        run.references.users[plan.values["code"]] = plan.id
        if _join_team(plan, moves, run):
            plan.beside.add("team")
        run.counts.count(plan.outcome)
    if not run.dry_run:
        moves.write()
        upsert(TeamLead, _leads(plans, run), keys=["team_id", "user_id"])


def _plan_user(record: Record, run: Run) -> Plan:
    run.find(record, "team", run.references.teams, "unknown_team")
    run.find(record, "leads", run.references.teams, "unknown_team")
    row: dict[str, Any] = {
        name: record.values[name]
        for name in ("code", "name", "role", "quota_carrying", "active", "time_zone", "language")
        if record.values.get(name, KEEP) is not KEEP
    }
    if "time_zone" in row:
        _check_zone(row["time_zone"])
    new = {"role": Role.REP, "time_zone": run.time_zone, "language": "", "created_at": run.at}
    return Plan(record, row, for_new=new)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RefusedError("time_zone", "not_a_time_zone") from error


def _without_administrators(plans: Sequence[Plan], run: Run) -> list[Plan]:
    """Leave out rows that would make an administrator something else: that locks people out."""
    kept = []
    for plan in plans:
        is_administrator = plan.before is not None and plan.before["role"] == Role.ADMIN
        if is_administrator and {"role", "active"} & set(plan.changed):
            run.refuse(plan.record, "role", "is_administrator")
        else:
            kept.append(plan)
    return kept


def _join_team(plan: Plan, moves: TenureChanges, run: Run) -> bool:
    team_id = run.find(plan.record, "team", run.references.teams, "unknown_team")
    if team_id is None:
        return False
    memberships = run.references.memberships.get(plan.id, [])
    tenures = [Tenure(item.start_on, item.end_on, item.team_id) for item in memberships]
    since = plan.record.values.get("member_since") or run.today
    moved = moves.move(plan.id, tenures, team_id, since)
    if moved is None:
        return False
    run.references.memberships[plan.id] = [
        Membership(item.start_on, item.end_on, item.holder_id) for item in moved
    ]
    return True


def _leads(plans: Sequence[Plan], run: Run) -> list[dict[str, str]]:
    leads = []
    for plan in plans:
        team_id = run.find(plan.record, "leads", run.references.teams, "unknown_team")
        if team_id is not None:
            leads.append({"team_id": team_id, "user_id": plan.id})
    return leads


TEAM = Entity(
    fields={
        "code": Field(values.text(80), required=True),
        "name": Field(values.text(200), required=True),
        "parent": Field(values.text(80)),
    },
    key=("code",),
    load=_load_teams,
)

USER = Entity(
    fields={
        "code": Field(values.text(80), required=True),
        "name": Field(values.text(200), required=True),
        "role": Field(values.one_of(Role), empty=KEEP),
        "team": Field(values.text(80)),
        "member_since": Field(values.day, empty=None),
        "leads": Field(values.text(80)),
        "quota_carrying": Field(values.truth, empty=KEEP),
        "active": Field(values.truth, empty=KEEP),
        "time_zone": Field(values.text(40), empty=KEEP),
        "language": Field(values.choice(LANGUAGES), empty=KEEP),
    },
    key=("code",),
    load=_load_users,
)
