"""Putting customers away that are closed or lost, bringing them back; and taking either back.

One that is put away is nobody's from that day on, so it leaves phones, plans and what counts from
then; its tenures until then, its visits and its orders stay, and so every number of the past.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from server.customers.models import Customer, CustomerAssignment
from server.identity.models import User
from server.planning.operations.stops import drop_stops, restore_stops
from server.platform import audit
from server.platform.access import Access
from server.platform.database import among, db
from server.platform.events import record_changed
from server.platform.versioned import ChangedMeanwhileError
from server.teams.queries import list_reps, teams_of_reps
from server.territories.operations.giving import (
    NotARepError,
    assign,
    check_chosen,
    lock_customers,
)
from server.visits.models import Visit

_CLOSED, _REOPENED = "customer.closed", "customer.reopened"


@dataclass(frozen=True)
class _State:
    """Whose a customer is, or since when it is put away."""

    owner_id: str | None
    closed_on: dt.date | None

    @classmethod
    def of(cls, customer: Customer) -> "_State":
        return cls(customer.owner_id, customer.closed_on)


def close_customers(
    *, access: Access, seen: Mapping[str, str | None], at: dt.datetime, day: dt.date
) -> int:
    """
    Put customers away from a day on; return how many.

    They leave the plans of that day and later ones. Open deals and tasks stay with the rep.

    :param seen: whose they were, by customer, when whoever puts them away looked
    :param day: the business day it is
    :raises NothingChosenError: if these are none
    :raises TooManyCustomersError: if they are too many
    :raises UnknownCustomerError: if there is one that the caller does not see
    :raises ChangedMeanwhileError: if one is another's or put away by now
    """
    check_chosen(seen)
    customers = lock_customers(access, seen.keys())
    if any(_State.of(each) != _State(seen[each.id], None) for each in customers):
        raise ChangedMeanwhileError
    wanted = {each.id: _State(None, day) for each in customers}
    _settle(customers, wanted, at=at, day=day, by=access.user_id)
    _drop_stops(list(wanted), day=day, at=at)
    return len(customers)


def reopen_customers(
    *,
    access: Access,
    seen: Mapping[str, str | None],
    rep_id: str | None,
    at: dt.datetime,
    day: dt.date,
) -> int:
    """
    Bring customers back that were put away; return how many.

    :param seen: as for `close_customers`: nobody's
    :param rep_id: whose they are from this day on; None: each is the one's who had it last
    :raises NothingChosenError: if these are none
    :raises TooManyCustomersError: if they are too many
    :raises UnknownCustomerError: if there is one that the caller does not see
    :raises ChangedMeanwhileError: if one is not put away any more
    :raises NotARepError: if one would be of nobody who is an active rep of the caller's teams
    """
    check_chosen(seen)
    customers = lock_customers(access, seen.keys())
    if any(each.closed_on is None for each in customers):
        raise ChangedMeanwhileError
    last = {} if rep_id else _last_reps([each.id for each in customers])
    wanted = {each.id: _State(rep_id or last.get(each.id), None) for each in customers}
    reps = {rep.id for rep in list_reps(access=access, day=day)}
    if not {state.owner_id for state in wanted.values()} <= reps:
        raise NotARepError
    _settle(customers, wanted, at=at, day=day, by=access.user_id)
    return len(customers)


def undo_closing(*, access: Access, done_at: dt.datetime, at: dt.datetime, day: dt.date) -> None:
    """
    Bring back what the caller put away at this time, into the plans, too.

    :raises NotFoundError: if the caller put none away then
    :raises UnknownCustomerError: if the caller does not see one any more
    :raises ChangedMeanwhileError: if one was brought back since
    """
    customers = _take_back(_CLOSED, access=access, done_at=done_at, at=at, day=day)
    restore_stops(customer_ids=[each.id for each in customers], dropped_at=done_at, at=at)


def undo_reopening(*, access: Access, done_at: dt.datetime, at: dt.datetime, day: dt.date) -> None:
    """
    Put away again what the caller brought back at this time.

    :raises NotFoundError: if the caller brought none back then
    :raises UnknownCustomerError: if the caller does not see one any more
    :raises ChangedMeanwhileError: if one is another's or put away again by now
    """
    customers = _take_back(_REOPENED, access=access, done_at=done_at, at=at, day=day)
    _drop_stops([each.id for each in customers], day=day, at=at)


def _take_back(
    action: str, *, access: Access, done_at: dt.datetime, at: dt.datetime, day: dt.date
) -> Sequence[Customer]:
    before, after = {}, {}
    for entry in audit.entries_of(action=action, at=done_at, user_id=access.user_id):
        owners, days = entry.details["owner_id"], entry.details["closed_on"]
        before[entry.subject], after[entry.subject] = (
            _State(owner_id, dt.date.fromisoformat(closed_on) if closed_on else None)
            for owner_id, closed_on in zip(owners, days, strict=True)
        )
    customers = lock_customers(access, before.keys())
    if any(_State.of(each) != after[each.id] for each in customers):
        raise ChangedMeanwhileError
    _settle(customers, before, at=at, day=day, by=access.user_id)
    return customers


def _settle(
    customers: Sequence[Customer],
    wanted: Mapping[str, _State],
    *,
    at: dt.datetime,
    day: dt.date,
    by: str,
) -> None:
    before = {each.id: _State.of(each) for each in customers}
    people = {state.owner_id for state in (*before.values(), *wanted.values()) if state.owner_id}
    rows = db.session.execute(select(User.id, User.name).where(among(User.id, sorted(people))))
    names = {row.id: row.name for row in rows}
    teams = teams_of_reps(people, day)
    for customer in customers:
        was, now = before[customer.id], wanted[customer.id]
        values = {"owner_id": now.owner_id, "closed_on": now.closed_on}
        # Nobody's, it stays in the team, whose manager brings it back.
        team = {"team_id": teams.get(now.owner_id)} if now.owner_id else {}
        customer.change(values | team, at=at)
        audit.record(
            action=_CLOSED if now.closed_on else _REOPENED,
            at=at,
            user_id=by,
            subject=customer.id,
            rep=[names.get(was.owner_id or ""), names.get(now.owner_id or "")],
            owner_id=[was.owner_id, now.owner_id],
            closed_on=[each and each.isoformat() for each in (was.closed_on, now.closed_on)],
        )
    assign({each: state.owner_id for each, state in wanted.items()}, day=day)
    record_changed("customer", *sorted(wanted))


def _drop_stops(customer_ids: list[str], *, day: dt.date, at: dt.datetime) -> None:
    visited = db.session.scalars(
        select(Visit.stop_id).where(
            among(Visit.customer_id, customer_ids), Visit.day >= day, Visit.stop_id.is_not(None)
        )
    )
    drop_stops(
        customer_ids=customer_ids, since=day, visited=[each for each in visited if each], at=at
    )


def _last_reps(customer_ids: list[str]) -> dict[str, str]:
    held = CustomerAssignment
    place = func.row_number().over(partition_by=held.customer_id, order_by=held.start_on.desc())
    rows = (
        select(held.customer_id, held.rep_id, place.label("place"))
        .where(among(held.customer_id, customer_ids))
        .subquery()
    )
    found = db.session.execute(select(rows.c.customer_id, rows.c.rep_id).where(rows.c.place == 1))
    return {row.customer_id: row.rep_id for row in found}
