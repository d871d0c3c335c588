"""Making prospects, changing contact fields, proposing and approving locations."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from server.customers.models import (
    Customer,
    CustomerAssignment,
    LocationProposal,
    PastCustomerClass,
)
from server.identity.models import User
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import classes_changed, record_changed
from server.platform.held import find
from server.platform.versioned import ChangedMeanwhileError
from shared.custom_fields import PREFIX, values_of
from shared.i18n import N_
from shared.time import business_day
from shared.vocabulary import CustomerClass

Point = tuple[float | None, float | None]
"""Latitude and longitude in degrees; None: the customer has none."""


class UnknownCustomerError(ProblemError):
    """No such customer, or none of the caller's."""

    code = "customer.unknown"
    status = 404
    title = N_("This customer does not exist.")


class OwnProposalError(ProblemError):
    """Nobody approves an own proposal."""

    code = "location_proposal.own"
    status = 403
    title = N_("Somebody else decides about your own proposal.")


class RefusalReasonError(ProblemError):
    """A refusal must say why, for the rep to propose better."""

    code = "location_proposal.reason_missing"
    status = 422
    title = N_("Say why the point is refused.")


class ProposalDecidedError(ProblemError):
    """Somebody has decided already."""

    code = "location_proposal.decided"
    status = 409
    title = N_("This proposal was decided already.")


def get_customer(customer_id: str) -> Customer:
    """Return a customer that is not deleted.

    :raises UnknownCustomerError: if there is none
    """
    customer = find(Customer, customer_id)
    if customer is None or customer.deleted_at is not None:
        raise UnknownCustomerError
    return customer


def get_customer_of_visit(customer_id: str) -> Customer:
    """Return a customer that somebody was at, even if the office has deleted it meanwhile.

    :raises UnknownCustomerError: if there never was one
    """
    customer = find(Customer, customer_id)
    if customer is None:
        raise UnknownCustomerError
    return customer


def lock_customer(customer_id: str) -> Customer:
    """Return a customer to be changed, as it is now; others who would change it wait.

    :raises UnknownCustomerError: if there is none
    """
    # Its key is not locked: workers that count its visits need not wait.
    customer = db.session.get(Customer, customer_id, with_for_update={"key_share": True})
    if customer is None or customer.deleted_at is not None:
        raise UnknownCustomerError
    return customer


def create_prospect(
    *,
    customer_id: str,
    rep_id: str,
    team_id: str | None,
    day: dt.date,
    fields: dict[str, Any],
    at: dt.datetime,
) -> Customer:
    """Add a customer a rep found. It belongs to the rep; class and point are the office's.

    :param fields: name and contact fields, and by `custom.<key>` checked custom ones
    """
    customer = Customer(
        id=customer_id,
        # Unique without asking anybody; the office gives the real code later.
        code=f"P-{customer_id[-12:].upper()}",
        customer_class=CustomerClass.C,
        is_prospect=True,
        owner_id=rep_id,
        team_id=team_id,
        created_at=at,
        updated_at=at,
        custom_fields=values_of(fields),
        **{name: value for name, value in fields.items() if not name.startswith(PREFIX)},
    )
    db.session.add(customer)
    db.session.flush()
    db.session.add(CustomerAssignment(customer_id=customer_id, rep_id=rep_id, start_on=day))
    db.session.flush()
    record_changed("customer", customer_id)
    return customer


def change_contact(*, customer_id: str, fields: dict[str, Any], at: dt.datetime) -> Customer:
    """Change contact fields, address or notes.

    :raises UnknownCustomerError: if there is no such customer
    """
    customer = lock_customer(customer_id)
    if customer.change(fields, at=at):
        db.session.flush()
        record_changed("customer", customer.id)
    return customer


def edit_customer(
    *,
    customer_id: str,
    fields: dict[str, Any],
    base: int | str,
    at: dt.datetime,
    by: str,
) -> Customer:
    """Change what the office keeps of a customer; the audit log gets both values of each field.

    :param fields: columns, and by `custom.<key>` the values of custom fields, checked
    :param base: the version that whoever changes it has seen
    :raises UnknownCustomerError: if there is no such customer
    :raises ChangedMeanwhileError: if it is another version now
    """
    customer = lock_customer(customer_id)
    customer.expect(base)
    before = {name: customer.value_of(name) for name in fields}
    changed = customer.change(fields, at=at)
    if changed:
        if "customer_class" in changed:
            zone = db.session.scalar(select(User.time_zone).where(User.id == by)) or "UTC"
            former = {customer_id: before["customer_class"]}
            keep_past_classes(former, day=business_day(at, zone))
        audit.record(
            action="customer.changed",
            at=at,
            user_id=by,
            subject=customer.id,
            **{name: [before[name], value] for name, value in changed.items()},
        )
        db.session.flush()
        record_changed("customer", customer.id)
    return customer


def undo_edit(*, customer_id: str, done_at: dt.datetime, at: dt.datetime, by: str) -> Customer:
    """Bring back what the office kept of a customer before a person changed it at this time.

    :raises NotFoundError: if the person did not change it then
    :raises UnknownCustomerError: if there is no such customer any more
    :raises ChangedMeanwhileError: if somebody has changed one of these fields since
    """
    [entry] = audit.entries_of(
        action="customer.changed", at=done_at, user_id=by, subject=customer_id
    )
    customer = lock_customer(customer_id)
    if any(customer.value_of(name) != after for name, (_, after) in entry.details.items()):
        raise ChangedMeanwhileError
    fields = {name: before for name, (before, _) in entry.details.items()}
    if "customer_class" in fields:
        fields["customer_class"] = CustomerClass(fields["customer_class"])
    return edit_customer(
        customer_id=customer_id, fields=fields, base=customer.version, at=at, by=by
    )


def keep_past_classes(before: Mapping[str, CustomerClass], *, day: dt.date) -> None:
    """Note which class customers had until a day, from which on they have another.

    :param before: the class by customer; the first change of a day is the one that is kept
    """
    if not before:
        return
    past = PastCustomerClass
    rows = db.session.execute(
        select(past.customer_id, func.max(past.end_on))
        .where(past.customer_id.in_(before))
        .group_by(past.customer_id)
    )
    latest: dict[str, dt.date] = {row[0]: row[1] for row in rows}
    db.session.add_all(
        past(
            customer_id=customer_id,
            start_on=latest.get(customer_id, dt.date.min),
            end_on=day,
            customer_class=customer_class,
        )
        for customer_id, customer_class in sorted(before.items())
        if latest.get(customer_id, dt.date.min) < day
    )
    db.session.flush()
    classes_changed.send(None, customer_ids=sorted(before), day=day)


def propose_location(
    *,
    proposal_id: str,
    customer_id: str,
    rep_id: str,
    latitude: float,
    longitude: float,
    accuracy_m: float | None,
    at: dt.datetime,
) -> None:
    """Note where a rep says the customer is; a manager decides.

    :raises UnknownCustomerError: if there is no such customer
    """
    get_customer(customer_id)
    if db.session.get(LocationProposal, proposal_id) is not None:
        return
    db.session.add(
        LocationProposal(
            id=proposal_id,
            customer_id=customer_id,
            rep_id=rep_id,
            latitude=latitude,
            longitude=longitude,
            accuracy_m=accuracy_m,
            proposed_at=at,
        )
    )
    db.session.flush()
    record_changed("proposal", proposal_id)


def decide_location(
    *,
    access: Access,
    proposal_id: str,
    approve: bool,
    reason: str = "",
    at: dt.datetime,
    base: int | str | None = None,
) -> Point:
    """Approve or refuse a proposed location; return the point that one approved replaces.

    Past verdicts keep the fence they were judged by.

    :param base: the customer's `location_version` as the caller has read it; None: whatever it is
    :raises ChangedMeanwhileError: if the customer was moved since then
    :raises UnknownCustomerError: if there is no such proposal, or none the caller may decide
    :raises ProposalDecidedError: if somebody decided before
    :raises OwnProposalError: if it is the caller's own
    :raises RefusalReasonError: if it is refused without a reason
    """
    by = access.user_id
    proposal = db.session.scalar(
        select(LocationProposal).where(LocationProposal.id == proposal_id).with_for_update()
    )
    if proposal is None or not access.sees(proposal.rep_id, _team_of(proposal.customer_id)):
        raise UnknownCustomerError
    if proposal.decided_at is not None:
        raise ProposalDecidedError
    if proposal.rep_id == by:
        raise OwnProposalError
    if not approve and not reason.strip():
        raise RefusalReasonError
    proposal.decided_at, proposal.decided_by, proposal.approved = at, by, approve
    proposal.decision_reason = reason.strip()
    db.session.flush()
    record_changed("proposal", proposal.id)
    audit.record(
        action="location.decided",
        at=at,
        user_id=by,
        subject=proposal.customer_id,
        approved=approve,
        reason=reason.strip(),
    )
    before: Point = (None, None)
    if approve:
        customer = lock_customer(proposal.customer_id)
        if base is not None and str(base) != str(customer.location_version):
            raise ChangedMeanwhileError
        before = customer.latitude, customer.longitude
        customer.change(
            {
                "latitude": proposal.latitude,
                "longitude": proposal.longitude,
                "location_version": customer.location_version + 1,
            },
            at=at,
        )
        record_changed("customer", customer.id)
    return before


def take_back_decision(*, access: Access, proposal_id: str, before: Point, at: dt.datetime) -> None:
    """Let a proposed location wait again; what was approved gives way to the point before.

    :raises UnknownCustomerError: if there is no such proposal, or none the caller may decide
    :raises ChangedMeanwhileError: if it is not decided, or the customer has another point by now
    """
    proposal = db.session.scalar(
        select(LocationProposal).where(LocationProposal.id == proposal_id).with_for_update()
    )
    if proposal is None or not access.sees(proposal.rep_id, _team_of(proposal.customer_id)):
        raise UnknownCustomerError
    if proposal.decided_at is None or proposal.rep_id == access.user_id:
        raise ChangedMeanwhileError
    if proposal.approved:
        customer = lock_customer(proposal.customer_id)
        if (customer.latitude, customer.longitude) != (proposal.latitude, proposal.longitude):
            raise ChangedMeanwhileError
        latitude, longitude = before
        customer.change(
            {
                "latitude": latitude,
                "longitude": longitude,
                "location_version": customer.location_version + 1,
            },
            at=at,
        )
        record_changed("customer", customer.id)
    audit.record(
        action="location.reopened",
        at=at,
        user_id=access.user_id,
        subject=proposal.customer_id,
        approved=proposal.approved,
        reason=proposal.decision_reason,
    )
    proposal.decided_at = proposal.decided_by = proposal.approved = None
    proposal.decision_reason = ""
    db.session.flush()
    record_changed("proposal", proposal.id)


def _team_of(customer_id: str) -> str | None:
    return db.session.scalar(select(Customer.team_id).where(Customer.id == customer_id))


def follow_rep(_sender: object, *, rep_id: str, team_id: str | None) -> None:
    """Let the customers of a rep who changes teams belong to the new one: its manager sees them."""
    db.session.execute(
        update(Customer)
        .where(Customer.owner_id == rep_id, Customer.deleted_at.is_(None))
        .values(team_id=team_id)
        .execution_options(synchronize_session=False)
    )
