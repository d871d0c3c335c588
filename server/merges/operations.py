"""Taking a customer into another, with all that was ever done there, and taking that back."""

import datetime as dt
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, insert, literal, select, union, update

from server.customers.models import Customer, CustomerAssignment, LocationProposal
from server.customers.operations import UnknownCustomerError, keep_past_classes
from server.deals.models import Deal
from server.merges.models import CustomerMerge, DifferentCustomers, MergedRow
from server.merges.queries import Likeness, group_size
from server.planning.models import JourneyStop
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import mark_days, record_changed
from server.platform.versioned import Versioned
from server.rejudgements.models import Rejudgement
from server.tasks.models import Task
from server.visits.models import Visit
from shared.custom_fields import PREFIX
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.vocabulary import CustomerClass, StopState

MOVED: dict[str, Any] = {
    "visit": Visit.customer_id,
    "deal": Deal.customer_id,
    "task": Task.customer_id,
    "stop": JourneyStop.customer_id,
    "proposal": LocationProposal.customer_id,
    "rejudgement": Rejudgement.customer_id,
    "alias": Customer.merged_into_id,
}
"""By kind the column that says whose a row is. The evidence of check-ins is never changed."""
TRAVELLING = ("visit", "deal", "task", "stop")
"""Those that phones hold."""
_DOUBLE_STOP = "double_stop"
CHOICES = {
    "name": ("name",),
    "customer_class": ("customer_class",),
    "sector": ("sector",),
    "contact_name": ("contact_name",),
    "phone": ("phone",),
    "email": ("email",),
    "address": ("address",),
    "city": ("city",),
    "notes": ("notes",),
    "point": ("latitude", "longitude"),
    "radius_m": ("radius_m",),
    "currency": ("currency",),
    "owner": ("owner_id", "team_id"),
}
"""What one chooses between the two, and the columns each choice sets."""


class SameCustomerError(ProblemError):
    """A customer cannot be merged with itself."""

    code = "customer.merge_same"
    status = 422
    title = N_("These are one and the same customer. Choose two.")


class MergeUndoneError(ProblemError):
    """Somebody undid it before."""

    code = "customer.merge_undone"
    status = 409
    title = N_("This merge was undone already.")


def merge(
    *,
    access: Access,
    survivor_id: str,
    loser_id: str,
    seen: tuple[str, str],
    take: set[str],
    at: dt.datetime,
    day: dt.date,
) -> CustomerMerge:
    """
    Move all that belongs to the loser to the survivor; the loser's id leads there from now on.

    :param seen: the versions of survivor and loser that whoever merges has looked at
    :param take: of `CHOICES`, what the survivor takes over from the loser
    :param day: the business day it is
    :raises SameCustomerError: if they are one
    :raises UnknownCustomerError: if the caller does not see both
    :raises ChangedMeanwhileError: if one is another version now
    """
    if survivor_id == loser_id:
        raise SameCustomerError
    found = _lock(access, survivor_id, loser_id)
    survivor, loser = found[survivor_id], found[loser_id]
    survivor.expect(seen[0])
    loser.expect(seen[1])
    changes = _change_survivor(survivor, _values_taken(survivor, loser, take), at=at, day=day)
    made = CustomerMerge(
        id=new_id(),
        survivor_id=survivor_id,
        loser_id=loser_id,
        changes=changes,
        merged_at=at,
        merged_by=access.user_id,
    )
    db.session.add(made)
    _assign(loser.id, None, day=day)
    loser.change({"deleted_at": at, "merged_into_id": survivor_id}, at=at)
    db.session.flush()
    _drop_double_stops(made, of=loser_id, beside=survivor_id)
    # Where only the loser was visited that day, its stop stays, and is the survivor's from now on.
    _drop_double_stops(made, of=survivor_id, beside=loser_id)
    for kind, column in MOVED.items():
        _note(made, kind, column == loser_id)
        _point(made, kind, at=loser_id, to=survivor_id, time=at)
    _tell(made)
    audit.record(
        action="customers.merged",
        at=at,
        user_id=access.user_id,
        subject=survivor_id,
        code=[loser.code, survivor.code],
        **{name: [_plain(value) for value in pair] for name, pair in changes.items()},
    )
    return made


def undo(*, access: Access, merge_id: str, at: dt.datetime, day: dt.date) -> CustomerMerge:
    """
    Bring the loser back with what was moved then; what came later stays with the survivor.

    :raises NotFoundError: if there is no such merge that the caller may see
    :raises MergeUndoneError: if it was undone before
    """
    made = db.session.get(CustomerMerge, merge_id, with_for_update=True)
    if made is None:
        raise NotFoundError
    if made.undone_at is not None:
        raise MergeUndoneError
    ids = (made.survivor_id, made.loser_id)
    found = _lock(access, *ids, deleted_too=True)
    survivor, loser = (found[each] for each in ids)
    made.undone_at, made.undone_by = at, access.user_id
    loser.change({"deleted_at": None, "merged_into_id": None}, at=at)
    before = {
        name: old for name, (old, new) in made.changes.items() if survivor.value_of(name) == new
    }
    _change_survivor(survivor, before, at=at, day=day)
    _assign(loser.id, loser.owner_id, day=day)
    db.session.flush()
    held_by = survivor.merged_into_id or survivor.id
    for kind in MOVED:
        _point(made, kind, at=held_by, to=loser.id, time=at)
    db.session.execute(
        update(JourneyStop)
        .where(JourneyStop.id.in_(_noted(made, _DOUBLE_STOP)))
        .values(deleted_at=None, version=JourneyStop.version + 1, updated_at=at)
        .execution_options(synchronize_session=False)
    )
    _tell(made)
    audit.record(
        action="customers.merge_undone",
        at=at,
        user_id=access.user_id,
        subject=survivor.id,
        code=[survivor.code, loser.code],
    )
    return made


def move_late_rows(*, at: dt.datetime) -> int:
    """Move rows that were written for a loser while it was merged; return how many merges."""
    late = [
        select(CustomerMerge.id)
        .join(column.class_, column == CustomerMerge.loser_id)
        .where(CustomerMerge.undone_at.is_(None))
        for column in (MOVED[kind] for kind in TRAVELLING)
    ]
    found = db.session.scalars(
        select(CustomerMerge).where(CustomerMerge.id.in_(union(*late).scalar_subquery()))
    ).all()
    for made in found:
        for kind in TRAVELLING:
            _note(made, kind, MOVED[kind] == made.loser_id)
            _point(made, kind, at=made.loser_id, to=made.survivor_id, time=at)
        _tell(made)
    return len(found)


def keep_apart(*, access: Access, likeness: Likeness, key: str, at: dt.datetime) -> None:
    """Note that customers that look alike are different ones."""
    members = group_size(access=access, likeness=likeness, key=key)
    row = db.session.get(DifferentCustomers, (likeness, key))
    if row is None:
        row = DifferentCustomers(kind=likeness, key=key)
        db.session.add(row)
    row.members, row.decided_at, row.decided_by = members, at, access.user_id


def keep_together(*, access: Access, likeness: Likeness, key: str) -> None:
    """Show a group again that somebody had said is of different customers."""
    group_size(access=access, likeness=likeness, key=key)
    row = db.session.get(DifferentCustomers, (likeness, key))
    if row is not None:
        db.session.delete(row)


def _lock(access: Access, *ids: str, deleted_too: bool = False) -> dict[str, Customer]:
    rows = db.session.scalars(
        select(Customer)
        .where(Customer.id.in_(ids))
        .order_by(Customer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {
        row.id: row
        for row in rows
        if (deleted_too or row.deleted_at is None) and access.sees(row.owner_id or "", row.team_id)
    }
    if len(found) < len(ids):
        raise UnknownCustomerError
    return found


def _values_taken(survivor: Customer, loser: Customer, take: set[str]) -> dict[str, Any]:
    names = [name for choice, names in CHOICES.items() if choice in take for name in names]
    values = {name: getattr(loser, name) for name in names}
    if "point" in take:
        values["location_version"] = max(survivor.location_version, loser.location_version) + 1
    return values | {
        "is_prospect": survivor.is_prospect and loser.is_prospect,
        **{
            PREFIX + key: value
            for key, value in (loser.custom_fields or {}).items()
            if key not in (survivor.custom_fields or {})
        },
    }


def _change_survivor(
    survivor: Customer, values: dict[str, Any], *, at: dt.datetime, day: dt.date
) -> dict[str, list[Any]]:
    before = {name: survivor.value_of(name) for name in values}
    changed = survivor.change(values, at=at)
    if "customer_class" in changed:
        keep_past_classes({survivor.id: CustomerClass(before["customer_class"])}, day=day)
    if "owner_id" in changed and survivor.deleted_at is None:
        _assign(survivor.id, survivor.owner_id, day=day)
    # One of older merges names all custom fields at once.
    return {name: [before.get(name), value] for name, value in changed.items()}


def _assign(customer_id: str, rep_id: str | None, *, day: dt.date) -> None:
    """Let a customer be a rep's from this day on; None ends it."""
    row = CustomerAssignment
    latest = db.session.scalar(
        select(row).where(row.customer_id == customer_id).order_by(row.start_on.desc()).limit(1)
    )
    is_open = latest is not None and latest.end_on is None
    touched = {rep_id, latest.rep_id if latest and is_open else None} - {None}
    if latest is not None and latest.rep_id == rep_id and latest.end_on in (None, day):
        latest.end_on = None
    else:
        if latest is not None and is_open:
            if latest.start_on >= day:
                db.session.delete(latest)
                db.session.flush()
            else:
                latest.end_on = day
        if rep_id is not None:
            db.session.add(row(customer_id=customer_id, rep_id=rep_id, start_on=day))
    db.session.flush()
    for each in sorted(str(one) for one in touched):
        mark_days(each, [day])


def _drop_double_stops(made: CustomerMerge, *, of: str, beside: str) -> None:
    """Take out stops of one that came to no visit, on days whose plan has the other as well."""
    other = JourneyStop.__table__.alias("other")
    doubled = (
        JourneyStop.customer_id == of,
        JourneyStop.state == StopState.PLANNED,
        JourneyStop.deleted_at.is_(None),
        select(literal(1))
        .select_from(other)
        .where(
            other.c.customer_id == beside,
            other.c.rep_id == JourneyStop.rep_id,
            other.c.day == JourneyStop.day,
            other.c.deleted_at.is_(None),
        )
        .exists(),
        ~select(Visit.id).where(Visit.stop_id == JourneyStop.id).exists(),
    )
    _note(made, _DOUBLE_STOP, *doubled)
    db.session.execute(
        update(JourneyStop)
        .where(JourneyStop.id.in_(_noted(made, _DOUBLE_STOP)))
        .values(
            deleted_at=made.merged_at, version=JourneyStop.version + 1, updated_at=made.merged_at
        )
        .execution_options(synchronize_session=False)
    )


def _note(made: CustomerMerge, kind: str, *where: ColumnElement[bool]) -> None:
    model = JourneyStop if kind == _DOUBLE_STOP else MOVED[kind].class_
    rows = select(literal(made.id, MergedRow.merge_id.type), literal(kind), model.id).where(*where)
    db.session.execute(insert(MergedRow).from_select(["merge_id", "kind", "record_id"], rows))


def _noted(made: CustomerMerge, kind: str) -> Any:
    return select(MergedRow.record_id).where(MergedRow.merge_id == made.id, MergedRow.kind == kind)


def _point(made: CustomerMerge, kind: str, *, at: str, to: str, time: dt.datetime) -> None:
    """Let the rows of a kind that were moved, and are still where they were, belong to another."""
    column = MOVED[kind]
    model = column.class_
    values: dict[Any, Any] = {column.key: to}
    if issubclass(model, Versioned):
        values |= {"version": model.version + 1, "updated_at": time}
    db.session.execute(
        update(model)
        .where(model.id.in_(_noted(made, kind)), column == at)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _tell(made: CustomerMerge) -> None:
    """Let phones and numbers follow."""
    db.session.expire_all()
    rows: dict[str, list[str]] = {}
    for kind, record_id in db.session.execute(
        select(MergedRow.kind, MergedRow.record_id).where(
            MergedRow.merge_id == made.id, MergedRow.kind.in_((*TRAVELLING, _DOUBLE_STOP))
        )
    ):
        rows.setdefault("stop" if kind == _DOUBLE_STOP else kind, []).append(record_id)
    for kind, ids in sorted(rows.items()):
        record_changed(kind, *ids)
    record_changed("customer", made.survivor_id, made.loser_id)
    both = (made.survivor_id, made.loser_id)
    counted: Any = db.session.execute(
        union(
            select(Visit.rep_id, Visit.day).where(Visit.customer_id.in_(both)),
            select(Deal.closed_rep_id, Deal.closed_day).where(
                Deal.customer_id.in_(both), Deal.closed_rep_id.is_not(None)
            ),
            select(JourneyStop.rep_id, JourneyStop.day)
            .join(MergedRow, MergedRow.record_id == JourneyStop.id)
            .where(MergedRow.merge_id == made.id),
        )
    ).all()
    for rep_id, days in groupby(sorted(tuple(row) for row in counted), itemgetter(0)):
        mark_days(rep_id, [day for _, day in days])


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
