"""Reading the rules, and the codes that were issued."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.fences.models import FenceOverride, FencePolicy
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.versioned import fingerprint
from server.teams.models import TeamMembership
from server.teams.queries import TeamRow, list_teams
from shared.checkin.policy import FenceRule, PolicyKind

_SHOWN = 50


@dataclass(frozen=True)
class Rules:
    """Every rule that is set."""

    organisation: FenceRule
    classes: dict[str, FenceRule]
    teams: list[tuple[TeamRow, FenceRule | None]]
    version: str
    """Another one after each change."""


@dataclass(frozen=True)
class IssuedCode:
    """A code in the list; the code itself is shown once, when it is made."""

    issued_at: dt.datetime
    issued_by: str | None
    rep_name: str
    customer_name: str
    day: dt.date
    reason: str
    used_at: dt.datetime | None
    visit_id: str | None


def get_rules(*, access: Access) -> Rules:
    """Return the rules, of the teams the caller may see."""
    rows = db.session.scalars(select(FencePolicy)).all()
    rules = {(row.kind, row.key): FenceRule(row.rule) for row in rows}
    return Rules(
        organisation=rules.get((PolicyKind.ORGANISATION, ""), FenceRule.RECORD),
        classes={
            key: rule for (kind, key), rule in rules.items() if kind == PolicyKind.CUSTOMER_CLASS
        },
        teams=[(team, rules.get((PolicyKind.TEAM, team.id))) for team in list_teams(access=access)],
        version=_version(rows),
    )


def _version(policies: Iterable[FencePolicy]) -> str:
    """Return what tells these rules from others."""
    known = sorted(f"{row.kind}:{row.key}={row.rule}" for row in policies)
    return fingerprint("\n".join(known))


def list_codes(*, access: Access, most: int | None = _SHOWN) -> list[IssuedCode]:
    """Return the codes for reps the caller may see, the newest first.

    :param most: how many of them; None: all
    """
    rep, manager = aliased(User), aliased(User)
    rows = db.session.execute(
        select(
            FenceOverride.issued_at,
            manager.name,
            rep.name,
            Customer.name,
            FenceOverride.day,
            FenceOverride.reason,
            FenceOverride.used_at,
            FenceOverride.visit_id,
        )
        .join(rep, rep.id == FenceOverride.rep_id)
        .join(Customer, Customer.id == FenceOverride.customer_id)
        .outerjoin(manager, manager.id == FenceOverride.issued_by)
        .outerjoin(TeamMembership, TeamMembership.covers(FenceOverride.rep_id, FenceOverride.day))
        .where(access.rows(FenceOverride.rep_id, TeamMembership.team_id))
        .order_by(FenceOverride.issued_at.desc())
        .limit(most)
    )
    return [IssuedCode(*row) for row in rows]
