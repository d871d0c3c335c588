"""Entering a customer in the office, and taking that back while nothing was done with it."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from server.customers.models import Customer, CustomerAssignment
from server.customers.operations import UnknownCustomerError, lock_customer
from server.customers.queries.alike import look_alikes
from server.customers.queries.customers import CustomerRow
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import mark_days, record_changed
from server.teams.queries import list_reps
from server.territories.operations.giving import NotARepError
from server.territories.queries import customers_in_use
from shared.custom_fields import PREFIX, values_of
from shared.i18n import N_
from shared.vocabulary import Role

ENTERED = "customer.entered"


class CodeTakenError(ProblemError):
    """Imports find a customer by its code."""

    code = "customer.code_taken"
    status = 409
    title = N_("Another customer has this code.")


class LooksAlikeError(ProblemError):
    """It may be there already; whoever knows that it is another says so."""

    code = "customer.looks_alike"
    status = 409
    title = N_("There is a customer like this one, so nothing was saved yet.")

    def __init__(self, alike: list[CustomerRow]) -> None:
        super().__init__(alike=[row.id for row in alike])
        self.alike = alike


class InUseError(ProblemError):
    """A customer that something was done with stays."""

    code = "customer.in_use"
    status = 409
    title = N_("Something was done with this customer since, so it stays.")


def enter_customer(
    *,
    access: Access,
    customer_id: str,
    code: str,
    fields: dict[str, Any],
    point: tuple[float | None, float | None],
    rep_id: str | None,
    apart: Collection[str],
    at: dt.datetime,
    day: dt.date,
) -> Customer:
    """
    Add a customer; the rep has it from this day on, and the phone after its next sync.

    :param code: the key of it in imports; empty: one is made
    :param fields: columns, and by `custom.<key>` the values of custom fields, checked
    :param point: latitude and longitude in degrees
    :param rep_id: None: nobody has it yet, which only an administrator would see
    :param apart: customers that look like it and are known to be others
    :raises NotARepError: if this is no active rep of the caller's teams
    :raises CodeTakenError: if another has the code
    :raises LooksAlikeError: if there are others that look like it
    """
    reps = {rep.id: rep for rep in list_reps(access=access, day=day)}
    rep = reps.get(rep_id or "")
    if rep is None and (rep_id or access.role is not Role.ADMIN):
        raise NotARepError
    if code and db.session.scalar(select(Customer.id).where(Customer.code == code)):
        raise CodeTakenError
    latitude, longitude = point
    alike = look_alikes(
        access=access,
        name=fields["name"],
        city=fields["city"],
        phone=fields["phone"],
        latitude=latitude,
        longitude=longitude,
    )
    if not {row.id for row in alike} <= set(apart):
        raise LooksAlikeError(alike)
    customer = Customer(
        id=customer_id,
        code=code or f"C-{customer_id[-12:].upper()}",
        latitude=latitude,
        longitude=longitude,
        location_version=0 if latitude is None else 1,
        owner_id=rep.id if rep else None,
        team_id=rep.team_id if rep else None,
        created_at=at,
        updated_at=at,
        custom_fields={key: value for key, value in values_of(fields).items() if value is not None},
        **{name: value for name, value in fields.items() if not name.startswith(PREFIX)},
    )
    db.session.add(customer)
    try:
        db.session.flush()
    except IntegrityError as error:
        if code:  # somebody else took it in the same moment
            raise CodeTakenError from error
        raise
    if rep:
        db.session.add(CustomerAssignment(customer_id=customer_id, rep_id=rep.id, start_on=day))
        db.session.flush()
        mark_days(rep.id, [day])
    audit.record(
        action=ENTERED,
        at=at,
        user_id=access.user_id,
        subject=customer_id,
        code=[None, customer.code],
        rep=[None, rep.name if rep else None],
    )
    record_changed("customer", customer_id)
    return customer


def undo_entering(
    *, access: Access, customer_id: str, done_at: dt.datetime, at: dt.datetime
) -> None:
    """
    Take back a customer that the caller entered at this time; its code is free again.

    :raises NotFoundError: if the caller did not enter it then
    :raises UnknownCustomerError: if the caller does not see it any more
    :raises InUseError: if it was changed since, or anything stands at it
    """
    audit.entries_of(action=ENTERED, at=done_at, user_id=access.user_id, subject=customer_id)
    customer = lock_customer(customer_id)
    if not access.sees(customer.owner_id or "", customer.team_id):
        raise UnknownCustomerError
    if customer.version > 1 or customers_in_use([customer_id]):
        raise InUseError
    freed = customer.code
    customer.change({"deleted_at": at, "code": f"C-{customer_id[-12:].upper()}"}, at=at)
    held = CustomerAssignment
    tenures = db.session.execute(
        delete(held).where(held.customer_id == customer_id).returning(held.rep_id, held.start_on)
    ).all()
    for rep_id, start_on in tenures:
        mark_days(rep_id, [start_on])
    audit.record(
        action="customer.entering_undone",
        at=at,
        user_id=access.user_id,
        subject=customer_id,
        code=[freed, None],
    )
    record_changed("customer", customer_id)
