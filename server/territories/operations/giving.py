"""Giving customers to reps, many at once, from today on; and taking that back."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import or_, select

from server.customers.models import Customer, CustomerAssignment
from server.customers.operations import UnknownCustomerError
from server.identity.models import User
from server.platform import audit
from server.platform.access import Access
from server.platform.database import among, db
from server.platform.errors import ProblemError
from server.platform.events import customers_moved, mark_days, record_changed
from server.platform.versioned import ChangedMeanwhileError
from server.teams.queries import list_reps, teams_of_reps
from shared.i18n import N_

MOST = 5000
"""As many are given at once: one transaction, which phones that sync wait for."""
_GIVEN = "customer.given"


class NotARepError(ProblemError):
    """Customers are given to somebody who is active, in a team, and the caller's."""

    code = "territory.not_a_rep"
    status = 422
    title = N_("Choose a rep to give them to.")


class ClosedError(ProblemError):
    """A customer that was put away is nobody's until it is brought back."""

    code = "territory.closed"
    status = 409
    title = N_("One of them is closed: open it again first.")


class NothingChosenError(ProblemError):
    """Nobody said which customers."""

    code = "territory.nothing_chosen"
    status = 422
    title = N_("Choose at least one customer.")


class TooManyCustomersError(ProblemError):
    """More would keep phones waiting for too long."""

    code = "territory.too_many"
    status = 422
    title = N_("These are over 5,000 customers. Narrow the list, and give them in parts.")


def give_customers(
    *,
    access: Access,
    seen: Mapping[str, str | None],
    rep_id: str,
    at: dt.datetime,
    day: dt.date,
) -> int:
    """
    Give customers to a rep from a day on; return how many were another's or nobody's.

    Open deals and tasks of the rep before go along. What was counted before this day stays.

    :param seen: whose they were, by customer, when whoever gives them looked
    :param day: the business day it is
    :raises NothingChosenError: if these are none
    :raises TooManyCustomersError: if they are too many
    :raises NotARepError: if this is no active rep of the caller's teams
    :raises UnknownCustomerError: if there is one that the caller does not see
    :raises ClosedError: if one is put away
    :raises ChangedMeanwhileError: if one is another's by now
    """
    check_chosen(seen)
    if rep_id not in {rep.id for rep in list_reps(access=access, day=day)}:
        raise NotARepError
    customers = lock_customers(access, seen.keys())
    if any(customer.closed_on for customer in customers):
        raise ClosedError
    if any(customer.owner_id != seen[customer.id] for customer in customers):
        raise ChangedMeanwhileError
    owners = {each.id: rep_id for each in customers if each.owner_id != rep_id}
    _give(customers, owners, at=at, day=day, by=access.user_id)
    return len(owners)


def undo_giving(*, access: Access, done_at: dt.datetime, at: dt.datetime, day: dt.date) -> None:
    """
    Give customers back to whom the caller took them from at this time.

    :raises NotFoundError: if the caller gave none then
    :raises UnknownCustomerError: if the caller does not see one any more
    :raises ChangedMeanwhileError: if one is another's by now
    """
    entries = audit.entries_of(action=_GIVEN, at=done_at, user_id=access.user_id)
    moves: dict[str, tuple[str | None, str | None]] = {
        entry.subject: tuple(entry.details["owner_id"]) for entry in entries
    }
    customers = lock_customers(access, moves.keys())
    if any(
        customer.closed_on or customer.owner_id != moves[customer.id][1] for customer in customers
    ):
        raise ChangedMeanwhileError
    owners = {customer_id: before for customer_id, (before, _) in moves.items()}
    _give(customers, owners, at=at, day=day, by=access.user_id)


def check_chosen(seen: Mapping[str, str | None]) -> None:
    """
    Make sure that some customers are chosen, and not too many for one transaction.

    :raises NothingChosenError: if these are none
    :raises TooManyCustomersError: if they are too many
    """
    if not seen:
        raise NothingChosenError
    if len(seen) > MOST:
        raise TooManyCustomersError


def lock_customers(access: Access, ids: Collection[str]) -> Sequence[Customer]:
    """
    Return customers that are to be changed together, by id; others who would wait.

    :raises UnknownCustomerError: if there is one that the caller does not see
    """
    # Their keys are not locked: workers that count their visits need not wait.
    customers = db.session.scalars(
        select(Customer)
        .where(among(Customer.id, sorted(ids)), Customer.deleted_at.is_(None))
        .order_by(Customer.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if len(customers) < len(ids) or not all(
        access.sees(each.owner_id or "", each.team_id) for each in customers
    ):
        raise UnknownCustomerError
    return customers


def _give(
    customers: Sequence[Customer],
    owners: Mapping[str, str | None],
    *,
    at: dt.datetime,
    day: dt.date,
    by: str,
) -> None:
    before = {each.id: each.owner_id for each in customers if each.id in owners}
    people = sorted({rep_id for rep_id in (*before.values(), *owners.values()) if rep_id})
    names = {
        row.id: row.name
        for row in db.session.execute(select(User.id, User.name).where(among(User.id, people)))
    }
    teams = teams_of_reps({rep_id for rep_id in owners.values() if rep_id}, day)
    for customer in customers:
        if customer.id not in owners:
            continue
        owner_id = owners[customer.id]
        values = {"owner_id": owner_id, "team_id": teams.get(owner_id) if owner_id else None}
        customer.change(values, at=at)
        audit.record(
            action=_GIVEN,
            at=at,
            user_id=by,
            subject=customer.id,
            rep=[names.get(before[customer.id] or ""), names.get(owner_id or "")],
            owner_id=[before[customer.id], owner_id],
        )
    assign(owners, day=day)
    record_changed("customer", *sorted(owners))
    moves = {
        customer_id: (former, owner_id)
        for customer_id, former in before.items()
        if former and (owner_id := owners[customer_id])
    }
    if moves:
        customers_moved.send(None, moves=moves, at=at, day=day)


def assign(owners: Mapping[str, str | None], *, day: dt.date) -> None:
    """Let customers be these reps' from this day on, or nobody's; the days before stay."""
    row = CustomerAssignment
    tenures = db.session.scalars(
        select(row)
        .where(among(row.customer_id, sorted(owners)), or_(row.end_on.is_(None), row.end_on >= day))
        .order_by(row.customer_id, row.start_on)
    )
    touched = {rep_id for rep_id in owners.values() if rep_id}
    continued = set()
    for tenure in tenures:
        if tenure.start_on >= day:
            db.session.delete(tenure)
            touched.add(tenure.rep_id)
            continue
        if tenure.end_on != day:
            tenure.end_on = day
            touched.add(tenure.rep_id)
        if tenure.rep_id == owners[tenure.customer_id]:
            # Given back on the day it was taken: as if it had never been.
            tenure.end_on = None
            continued.add(tenure.customer_id)
    db.session.flush()
    db.session.add_all(
        row(customer_id=customer_id, rep_id=rep_id, start_on=day)
        for customer_id, rep_id in owners.items()
        if rep_id and customer_id not in continued
    )
    db.session.flush()
    for rep_id in sorted(touched):
        mark_days(rep_id, [day])
