"""Reading the rules, and the codes that were issued."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.fences.models import FenceOverride, FencePolicy
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, read_in_pieces, reordered
from server.platform.versioned import fingerprint
from server.teams.models import TeamMembership
from server.teams.queries import TeamRow, list_teams
from shared.checkin.policy import FenceRule, PolicyKind

SORTABLE = frozenset({"customer_name", "rep_name", "issued_at", "used_at"})


@dataclass(frozen=True, kw_only=True)
class CodeFilter:
    """Which codes."""

    used: bool | None = None
    """Only those that were used, or that were not; None: both."""
    made_for: str = ""
    """Id of a rep; empty: for all."""


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

    id: str
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


def list_codes(
    *, access: Access, where: CodeFilter, page: int = 1, size: int = DEFAULT_SIZE, sort: str = ""
) -> Page[IssuedCode]:
    """
    Return a page of the codes for reps the caller may see, the newest first.

    :param sort: one of `SORTABLE` instead, with a minus the largest first
    """
    statement = reordered(_codes(access, where), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(lambda row: IssuedCode(*row))


def each_code(*, access: Access, where: CodeFilter) -> Iterator[IssuedCode]:
    """Yield all of them, the newest first, fetched in chunks; for exports."""
    for row in read_in_pieces(_codes(access, where)):
        yield IssuedCode(*row)


def _codes(access: Access, where: CodeFilter) -> Select[*tuple[Any, ...]]:
    rep, manager = aliased(User), aliased(User)
    conditions = [access.rows(FenceOverride.rep_id, TeamMembership.team_id)]
    if where.used is not None:
        is_used = FenceOverride.used_at.is_not(None)
        conditions.append(is_used if where.used else ~is_used)
    if where.made_for:
        conditions.append(FenceOverride.rep_id == where.made_for)
    return (
        select(
            FenceOverride.id,
            FenceOverride.issued_at,
            manager.name.label("issued_by"),
            rep.name.label("rep_name"),
            Customer.name.label("customer_name"),
            FenceOverride.day,
            FenceOverride.reason,
            FenceOverride.used_at,
            FenceOverride.visit_id,
        )
        .join(rep, rep.id == FenceOverride.rep_id)
        .join(Customer, Customer.id == FenceOverride.customer_id)
        .outerjoin(manager, manager.id == FenceOverride.issued_by)
        .outerjoin(TeamMembership, TeamMembership.covers(FenceOverride.rep_id, FenceOverride.day))
        .where(*conditions)
        .order_by(FenceOverride.issued_at.desc(), FenceOverride.id)
    )
