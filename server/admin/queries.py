"""Reading the audit log, how the server stands, and what a new company has already."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, literal, select, text, union_all

from server.customers.models import Customer
from server.deals.models import Deal
from server.expenses.models import Expense
from server.identity.models import Device, User
from server.metrics.models import StaleDay, Target
from server.planning.models import JourneyStop
from server.platform.access import Access
from server.platform.audit import AuditEntry
from server.platform.database import among, db
from server.platform.errors import ForbiddenError
from server.platform.paging import DEFAULT_SIZE, PIECE, Page, fetch_page, read_in_pieces
from server.products.models import Product
from server.signals.models import UnexaminedDay
from server.tasks.models import Task
from server.teams.models import Team, TeamLead
from shared.sync.ids import is_id
from shared.vocabulary import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries; whatever is None or empty does not narrow."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    action: str = ""
    user_id: str | None = None


@dataclass(frozen=True)
class AuditRow:
    """Who did what, when."""

    at: dt.datetime
    action: str
    subject: str
    details: dict[str, Any]
    user_name: str | None


@dataclass(frozen=True)
class Subject:
    """What an entry is about."""

    kind: str
    """`phone`, `expense` or a key of `_NAMED`."""
    name: str


_NAMED: dict[str, tuple[Any, Any]] = {
    "person": (User, User.name),
    "team": (Team, Team.name),
    "customer": (Customer, Customer.name),
    "product": (Product, Product.name),
    "deal": (Deal, Deal.title),
    "task": (Task, Task.title),
}


def list_entries(
    *, access: Access, where: AuditFilter, page: int = 1, size: int = DEFAULT_SIZE
) -> Page[AuditRow]:
    """Return a page of entries, latest first.

    :raises ForbiddenError: unless an administrator asks
    """
    found = fetch_page(_rows(access, where), number=page, size=size)
    return found.map(lambda row: AuditRow(*row))


def each_piece(
    *, access: Access, where: AuditFilter
) -> Iterator[tuple[Sequence[AuditRow], dict[str, Subject]]]:
    """Yield all entries in the same order, piece by piece with what they name; for exports.

    :raises ForbiddenError: unless an administrator asks
    """
    rows = (AuditRow(*row) for row in read_in_pieces(_rows(access, where)))
    while piece := tuple(islice(rows, PIECE)):
        yield piece, list_subjects(access=access, entries=piece)


def list_actions(*, access: Access) -> list[str]:
    """Return the actions that are in the log.

    :raises ForbiddenError: unless an administrator asks
    """
    _check(access)
    return list(
        db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))
    )


def list_subjects(*, access: Access, entries: Iterable[AuditRow]) -> dict[str, Subject]:
    """Return what entries name, as subject or in their details, by id; nothing of one not ours.

    :raises ForbiddenError: unless an administrator asks
    """
    _check(access)
    wanted = sorted({each for entry in entries for each in _ids_in(entry)})
    if not wanted:
        return {}
    # Phones and expenses go by the names of whom they belong to.
    phones = select(literal("phone"), Device.id, User.name).join(User, User.id == Device.user_id)
    spent = select(literal("expense"), Expense.id, User.name).join(User, User.id == Expense.rep_id)
    named = [
        phones.where(among(Device.id, wanted)),
        spent.where(among(Expense.id, wanted)),
        *(
            select(literal(kind), model.id, name).where(among(model.id, wanted))
            for kind, (model, name) in _NAMED.items()
        ),
    ]
    rows = db.session.execute(union_all(*named))
    return {str(subject_id): Subject(kind, name) for kind, subject_id, name in rows}


def _ids_in(entry: AuditRow) -> Iterator[str]:
    yield from _ids(entry.subject.rpartition(":")[2])
    yield from _ids(entry.details)


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _ids(each)
    elif isinstance(value, str) and is_id(value):
        yield value


def _rows(access: Access, where: AuditFilter) -> Select[*tuple[Any, ...]]:
    _check(access)
    statement = (
        select(AuditEntry.at, AuditEntry.action, AuditEntry.subject, AuditEntry.details, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    if where.since is not None:
        statement = statement.where(AuditEntry.at >= where.since)
    if where.until is not None:
        statement = statement.where(AuditEntry.at < where.until)
    if where.action:
        statement = statement.where(AuditEntry.action == where.action)
    if where.user_id is not None:
        statement = statement.where(AuditEntry.user_id == where.user_id)
    return statement


def _check(access: Access) -> None:
    if access.role is not Role.ADMIN:
        raise ForbiddenError


@dataclass(frozen=True)
class Backlog:
    """What waits to be counted or looked at, and who has not been heard of."""

    stale_days: int
    oldest_stale_at: dt.datetime | None
    unexamined_days: int
    silent_phones: int
    phones: int
    revision: str
    """Of the database's tables."""


def backlog(*, access: Access, silent_since: dt.datetime) -> Backlog:
    """Return what waits.

    :param silent_since: phones that have not synced since then are silent
    :raises ForbiddenError: unless an administrator asks
    """
    _check(access)
    stale = db.session.execute(select(func.count(), func.min(StaleDay.marked_at))).one()
    in_use = and_(Device.revoked_at.is_(None), Device.wiped_at.is_(None))
    synced_at = func.coalesce(Device.last_synced_at, Device.enrolled_at)
    phones = db.session.execute(
        select(func.count(), func.count(case((synced_at < silent_since, 1)))).where(in_use)
    ).one()
    return Backlog(
        stale_days=stale[0],
        oldest_stale_at=stale[1],
        unexamined_days=db.session.scalar(select(func.count()).select_from(UnexaminedDay)) or 0,
        silent_phones=phones[1],
        phones=phones[0],
        revision=str(db.session.scalar(text("SELECT version_num FROM alembic_version"))),
    )


@dataclass(frozen=True)
class FirstSteps:
    """What a new company has already; each is so when there is at least one row."""

    teams: bool
    managers: bool
    reps: bool
    customers: bool
    products: bool
    plans: bool
    targets: bool
    phones: bool


def first_steps(*, access: Access) -> FirstSteps:
    """Return which steps of a new company are done.

    :raises ForbiddenError: unless an administrator asks
    """
    _check(access)
    conditions = (
        exists().where(Team.archived_at.is_(None)),
        exists().where(TeamLead.user_id.is_not(None)),
        exists().where(User.role == Role.REP, User.active),
        exists().where(Customer.deleted_at.is_(None)),
        exists().where(Product.deleted_at.is_(None)),
        exists().where(JourneyStop.deleted_at.is_(None)),
        exists().where(Target.amount > 0),
        exists().where(Device.enrolled_at.is_not(None)),
    )
    return FirstSteps(*db.session.execute(select(*conditions)).one())
