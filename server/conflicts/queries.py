"""Changes of phones that were not taken as sent: conflicts and refused records, both values."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from server.conflicts.models import SolvedConflict
from server.customers.models import Customer
from server.deals.models import Deal
from server.expenses.models import Expense
from server.identity.models import Device, User
from server.platform.access import Access
from server.platform.database import among, db
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, MOST_COUNTED, Page, fetch_page, read_in_pieces
from server.products.models import Product
from server.sync.models import ChangeLog, Conflict
from server.tasks.models import Task
from server.teams.models import TeamMembership
from server.visits.models import Visit
from shared.sync import chain
from shared.sync.ids import is_id
from shared.sync.protocol import Change, MalformedError, Status

NOT_TAKEN = (Status.CONFLICT, Status.REJECTED)
# The words themselves, not parameters: else a database does not see that its index fits.
_IS_NOT_TAKEN = ChangeLog.status.in_([literal_column(f"'{status}'") for status in NOT_TAKEN])
_TOOK = (Status.APPLIED, Status.MERGED)
_ACCEPTED = "answer.accept"


@dataclass(frozen=True, kw_only=True)
class ConflictFilter:
    """Which changes; whatever is None or empty does not narrow."""

    is_open: bool | None = None
    status: Status | None = None
    """Only conflicts, or only refused records."""
    entity: str = ""
    rep_id: str | None = None
    team_ids: frozenset[str] | None = None
    search: str = ""
    """Part of the person's or the phone's name, or a record's id."""


@dataclass(frozen=True)
class ConflictRow:
    """A change that was not taken as it was sent."""

    device_id: str
    sequence: int
    device_name: str
    rep_id: str
    rep_name: str
    entity: str
    record_id: str
    status: Status
    code: str
    """Why it was refused; empty for a conflict."""
    field: str
    """The field that code is about, if it is about one."""
    received_at: dt.datetime
    captured_at: dt.datetime | None
    mine: dict[str, Any]
    """What the rep wrote."""
    theirs: dict[str, Any]
    """What the same fields were here, as the rep was told, and the record's state; of a refused
    record nothing."""
    is_changed_since: bool
    """Whether the same phone has changed the record since, and that was taken."""
    solved_at: dt.datetime | None
    solver_name: str | None
    about: str = ""
    """The customer it is about, the title of a task, or the kind of an expense."""
    about_day: dt.date | None = None
    """Of an expense."""
    is_there: bool = False
    """Whether the record itself is there, where the caller may see it."""
    currency: str = ""
    """Of amounts among the values."""

    @property
    def differing(self) -> list[str]:
        """The fields that the rep wrote otherwise than they were."""
        return [name for name, value in self.mine.items() if self.theirs.get(name) != value]

    @property
    def standing(self) -> list[str]:
        """The record's state, which may be why it was not taken, where the rep did not touch it."""
        return [name for name in self.theirs if name not in self.mine]

    @property
    def is_gone(self) -> bool:
        """Whether the record had been deleted."""
        return self.status is Status.CONFLICT and not self.theirs

    @property
    def product_ids(self) -> set[str]:
        """What is ordered in lines of either value."""
        lines = [line for values in (self.mine, self.theirs) for line in _list(values.get("lines"))]
        ids = [line.get("product_id") for line in lines if isinstance(line, dict)]
        return {str(product_id) for product_id in ids if is_id(product_id)}

    @property
    def is_open(self) -> bool:
        """Whether nobody has dealt with it yet."""
        return self.solved_at is None and not self.is_changed_since


def list_conflicts(
    *, access: Access, where: ConflictFilter, page: int = 1, size: int = DEFAULT_SIZE
) -> Page[ConflictRow]:
    """Return a page of what was not taken as sent, the newest first."""
    found = fetch_page(_sorted(access, where), number=page, size=size, most=MOST_COUNTED)
    return replace(found, rows=_named([_row(row) for row in found.rows], access))


def each_conflict(*, access: Access, where: ConflictFilter) -> Iterator[ConflictRow]:
    """Give all of a filter in the same order, read piece by piece: for exports."""
    for row in read_in_pieces(_sorted(access, where)):
        yield _row(row)


def product_names(rows: Iterable[ConflictRow]) -> dict[str, str]:
    """Return the names of what is ordered in these, by id; everybody may see products."""
    ids = sorted({product_id for row in rows for product_id in row.product_ids})
    if not ids:
        return {}
    found = db.session.execute(select(Product.id, Product.name).where(among(Product.id, ids)))
    return {row.id: row.name for row in found}


def get_conflict(*, access: Access, device_id: str, sequence: int) -> ConflictRow:
    """Return one.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = db.session.execute(
        _rows(access).where(ChangeLog.device_id == device_id, ChangeLog.sequence == sequence)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return _named([_row(row)], access)[0]


def device_that_sent(
    *, access: Access, device_ids: Sequence[str], record_id: str, sequence: int
) -> str | None:
    """Return which of a phone's devices sent a change of a record that was not taken, or None."""
    found: str | None = db.session.scalar(
        _rows(access)
        .with_only_columns(ChangeLog.device_id)
        .where(
            among(ChangeLog.device_id, list(device_ids)),
            ChangeLog.sequence == sequence,
            ChangeLog.record_id == record_id,
        )
        .order_by(ChangeLog.received_at.desc())
        .limit(1)
    )
    return found


def _sorted(access: Access, where: ConflictFilter) -> Select[Any]:
    statement = _rows(access)
    if where.is_open is not None:
        closed = or_(SolvedConflict.solved_at.is_not(None), _is_changed_since())
        statement = statement.where(~closed if where.is_open else closed)
    if where.status is not None:
        statement = statement.where(ChangeLog.status == where.status)
    if where.entity:
        # A command is about an entity too: `stop.cancel` about a stop.
        statement = statement.where(
            or_(
                ChangeLog.entity == where.entity,
                ChangeLog.entity.startswith(f"{where.entity}.", autoescape=True),
            )
        )
    if where.rep_id is not None:
        statement = statement.where(Device.user_id == where.rep_id)
    if where.team_ids is not None:
        statement = statement.where(TeamMembership.team_id.in_(where.team_ids))
    if part := where.search.strip():
        statement = statement.where(
            or_(
                User.name.icontains(part, autoescape=True),
                Device.name.icontains(part, autoescape=True),
                ChangeLog.record_id == part.lower(),
            )
        )
    return statement.order_by(
        ChangeLog.received_at.desc(), ChangeLog.device_id, ChangeLog.sequence.desc()
    )


def _rows(access: Access) -> Select[Any]:
    solver = aliased(User)
    return (
        select(
            ChangeLog.device_id,
            ChangeLog.sequence,
            Device.name.label("device_name"),
            Device.user_id.label("rep_id"),
            User.name.label("rep_name"),
            ChangeLog.entity,
            ChangeLog.record_id,
            ChangeLog.status,
            ChangeLog.result,
            ChangeLog.line,
            ChangeLog.received_at,
            ChangeLog.captured_at,
            Conflict.theirs,
            _is_changed_since().label("is_changed_since"),
            SolvedConflict.solved_at,
            solver.name.label("solver_name"),
        )
        .join(Device, Device.id == ChangeLog.device_id)
        .join(User, User.id == Device.user_id)
        .outerjoin(
            TeamMembership,
            TeamMembership.covers(Device.user_id, func.date(ChangeLog.received_at, type_=Date)),
        )
        .outerjoin(
            Conflict,
            and_(
                Conflict.record_id == ChangeLog.record_id,
                Conflict.device_id == ChangeLog.device_id,
                Conflict.sequence == ChangeLog.sequence,
            ),
        )
        .outerjoin(
            SolvedConflict,
            and_(
                SolvedConflict.device_id == ChangeLog.device_id,
                SolvedConflict.sequence == ChangeLog.sequence,
            ),
        )
        .outerjoin(solver, solver.id == SolvedConflict.solved_by)
        .where(_IS_NOT_TAKEN, access.rows(Device.user_id, TeamMembership.team_id))
    )


def _is_changed_since() -> ColumnElement[bool]:
    later = aliased(ChangeLog)
    return (
        select(later.sequence)
        .where(
            later.record_id == ChangeLog.record_id,
            later.device_id == ChangeLog.device_id,
            later.sequence > ChangeLog.sequence,
            later.status.in_(_TOOK),
            later.entity != _ACCEPTED,  # that changes nothing, and speaks of one change alone
        )
        .exists()
    )


_Names = Mapping[tuple[str, str], tuple[str, str, dt.date | None]]


def _named(rows: Sequence[ConflictRow], access: Access) -> list[ConflictRow]:
    """Return the same with what they are about: the record itself, else its visit or customer."""
    names = _names([record for row in rows for record in _about(row)], access)
    named = []
    for row in rows:
        records = _about(row)
        known = [names[record] for record in records if record in names]
        about, money, day = known[0] if known else ("", "", None)
        named.append(
            replace(
                row,
                about=about,
                about_day=day,
                is_there=records[0] in names,
                currency=row.currency or money,
            )
        )
    return named


def _about(row: ConflictRow) -> list[tuple[str, str]]:
    """Return the records that tell what it is about, first itself."""
    named = [(name, str(row.mine.get(f"{name}_id"))) for name in ("visit", "customer")]
    return [(row.entity.partition(".")[0], row.record_id), *named]


def _names(records: Sequence[tuple[str, str]], access: Access) -> _Names:
    """Return what records are about, the currency of their amounts and a day, by entity and id.

    Of those alone that the caller may see: a phone may name any id.
    """
    ids: dict[str, set[str]] = {}
    for entity, record_id in records:
        if is_id(record_id):
            ids.setdefault(entity, set()).add(record_id)
    parts = [
        _NAMED[entity].where(
            among(owner.class_.id, sorted(ids[entity])), access.rows(owner, owner.class_.team_id)
        )
        for entity, owner in _OWNERS.items()
        if entity in ids
    ]
    if not parts:
        return {}
    found = db.session.execute(union_all(*parts))
    return {
        (entity, str(record_id)): (name or "", money, day)
        for entity, record_id, name, money, day in found
    }


_OWNERS: dict[str, Any] = {
    "customer": Customer.owner_id,
    "visit": Visit.rep_id,
    "deal": Deal.owner_id,
    "task": Task.rep_id,
    "expense": Expense.rep_id,
}
_NO_MONEY, _NO_DAY = cast(literal(""), Deal.currency.type), cast(null(), Date)
_NAMED: dict[str, Any] = {
    "customer": select(literal("customer"), Customer.id, Customer.name, _NO_MONEY, _NO_DAY),
    "visit": select(literal("visit"), Visit.id, Customer.name, _NO_MONEY, _NO_DAY).join(
        Customer, Customer.id == Visit.customer_id
    ),
    "deal": select(literal("deal"), Deal.id, Customer.name, Deal.currency, _NO_DAY).join(
        Customer, Customer.id == Deal.customer_id
    ),
    "task": select(literal("task"), Task.id, Task.title, _NO_MONEY, _NO_DAY),
    "expense": select(literal("expense"), Expense.id, Expense.kind, Expense.currency, Expense.day),
}
_STATE = {"deal": ("stage_key",), "expense": ("state",), "task": ("state",)}
"""By entity, the field that says how far a record has come."""


def _row(row: Any) -> ConflictRow:
    values = row._asdict()
    result, line, theirs = values.pop("result"), values.pop("line"), values.pop("theirs") or {}
    mine, is_refused = _written(line), row.status == Status.REJECTED
    told = [*mine, *_STATE.get(row.entity, ())]
    return ConflictRow(
        **values | {"status": Status(row.status)},
        # Of a conflict the third place is its id.
        code=str(result[2] or "") if is_refused else "",
        field=str(result[3] or "") if is_refused else "",
        mine=mine,
        theirs={name: theirs[name] for name in told if name in theirs},
        currency=str(theirs.get("currency") or mine.get("currency") or ""),
    )


def _list(value: object) -> list[Any]:
    """Return a value that should be a list; what a phone wrote may be anything."""
    return value if isinstance(value, list) else []


def _written(line: bytes) -> dict[str, Any]:
    """Return the values of a stored line; none of one that could not be read."""
    try:
        return Change.from_body(chain.split(line)[0]).data
    except (MalformedError, chain.ChainBrokenError):
        return {}
