"""Entering and correcting deals in the office, from the version that was seen, and taking back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from server.currencies.operations.freezing import known_currencies
from server.customers.operations import UnknownCustomerError, get_customer
from server.deals.models import Deal, DealLine
from server.deals.operations.deals import (
    CurrencyError,
    Line,
    NewDeal,
    UnknownDealError,
    UnknownStageError,
    change_deal,
    create_deal,
    get_deal,
    get_stage,
)
from server.identity.models import User
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.reporting import reporting
from server.platform.versioned import ChangedMeanwhileError
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.time import business_day
from shared.vocabulary import Role, StageKind

FIRST_STAGES = (StageKind.LEAD, StageKind.OPEN, StageKind.WON)
"""Kinds of the stages a deal may begin in: one that is given up at once was none."""
_CHANGED = "deal.changed"


class ClosedDealError(ProblemError):
    """What a closed deal came to is not the rep's alone to change any more."""

    code = "deal.closed"
    status = 409
    title = N_("This deal is closed. A manager corrects it, or moves it back first.")


class NobodysCustomerError(ProblemError):
    """A deal belongs to the rep who has the customer."""

    code = "deal.nobodys_customer"
    status = 409
    title = N_("No rep has this customer, so the deal would be nobody's. Give it to a rep first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DealForm:
    """What the office writes of a deal; amounts in minor units of its currency."""

    title: str = ""
    currency: str
    amount_minor: int = 0
    """Counts where there are no lines; else it is their sum."""
    lines: tuple[Line, ...] = ()
    expected_close_on: dt.date | None = None
    source: str = ""
    note: str = ""


def enter_deal(
    *, access: Access, customer_id: str, stage_key: str, form: DealForm, at: dt.datetime
) -> Deal:
    """
    Make a deal at a customer; it belongs to the rep who has the customer.

    :raises UnknownCustomerError: if there is no such customer that the caller may see
    :raises NobodysCustomerError: if no rep has it
    :raises UnknownStageError: if a deal cannot begin there
    :raises UnknownProductError: if a line names no product
    :raises CurrencyError: if there is no such currency
    :raises NegativeAmountError: if a line's discount is larger than the line
    """
    customer = get_customer(customer_id)
    if not access.sees(customer.owner_id or "", customer.team_id):
        raise UnknownCustomerError
    if customer.owner_id is None:
        raise NobodysCustomerError
    stage = get_stage(stage_key)
    if stage.kind not in FIRST_STAGES or stage.archived_at is not None:
        raise UnknownStageError(stage_key)
    owner = db.session.get_one(User, customer.owner_id)
    deal = create_deal(
        deal=NewDeal(
            deal_id=new_id(),
            owner_id=owner.id,
            customer_id=customer_id,
            stage_key=stage_key,
            currency=form.currency,
            amount_minor=form.amount_minor,
            lines=form.lines,
            title=form.title,
            source=form.source,
            note=form.note,
            expected_close_on=form.expected_close_on,
        ),
        at=at,
        day=business_day(at, owner.time_zone),
        reporting_currency=reporting().currency,
    )
    audit.record(
        action="deal.created",
        at=at,
        user_id=access.user_id,
        subject=deal.id,
        stage=stage_key,
        amount_minor=deal.amount_minor,
        currency=deal.currency,
    )
    return deal


def edit_deal(
    *, access: Access, deal_id: str, form: DealForm, base: int | str, at: dt.datetime
) -> Deal:
    """
    Correct a deal; the audit log gets both values of what differs. All its days count anew.

    :param base: the version that whoever corrects it has seen
    :raises UnknownDealError: if there is no such deal that the caller may see
    :raises ClosedDealError: if it is closed, and the caller its rep
    :raises ChangedMeanwhileError: if it is another version now
    :raises UnknownProductError: if a line names no product
    :raises CurrencyError: if there is no such currency
    :raises NegativeAmountError: if a line's discount is larger than the line
    """
    deal = _find(access, deal_id)
    deal.expect(base)
    if form.currency not in known_currencies():
        raise CurrencyError(form.currency)
    wanted = _as_text(asdict(form))
    if form.lines:
        del wanted["amount_minor"]
    return _write(deal, wanted, at=at, by=access.user_id)


def undo_edit(*, access: Access, deal_id: str, done_at: dt.datetime, at: dt.datetime) -> Deal:
    """
    Bring back what the caller corrected in a deal at this time.

    :raises NotFoundError: if the caller did not correct it then
    :raises UnknownDealError: if there is no such deal that the caller may see
    :raises ClosedDealError: if it is closed, and the caller its rep
    :raises ChangedMeanwhileError: if somebody has changed one of these fields since
    """
    deal = _find(access, deal_id)
    [entry] = audit.entries_of(action=_CHANGED, at=done_at, user_id=access.user_id, subject=deal_id)
    present = _present(deal)
    if any(present[name] != after for name, (_, after) in entry.details.items()):
        raise ChangedMeanwhileError
    before = {name: value for name, (value, _) in entry.details.items()}
    return _write(deal, before, at=at, by=access.user_id)


def _find(access: Access, deal_id: str) -> Deal:
    deal = get_deal(deal_id)
    if not access.sees(deal.owner_id, deal.team_id):
        raise UnknownDealError
    if access.role is Role.REP and StageKind(deal.kind).is_closed:
        raise ClosedDealError
    return deal


def _write(deal: Deal, wanted: Mapping[str, Any], *, at: dt.datetime, by: str) -> Deal:
    before = _present(deal)
    fields = {name: value for name, value in wanted.items() if before[name] != value}
    if not fields:
        return deal
    if (day := fields.get("expected_close_on")) is not None:
        fields["expected_close_on"] = dt.date.fromisoformat(day)
    if "lines" in fields:
        fields["lines"] = [Line(**line) for line in fields["lines"]]
    deal = change_deal(
        deal_id=deal.id,
        fields=fields,
        at=at,
        day=business_day(at, db.session.get_one(User, deal.owner_id).time_zone),
    )
    after = _present(deal)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    audit.record(action=_CHANGED, at=at, user_id=by, subject=deal.id, **changes)
    return deal


def _present(deal: Deal) -> dict[str, Any]:
    """Return the fields of the form as the audit log keeps them."""
    lines = db.session.scalars(
        select(DealLine).where(DealLine.deal_id == deal.id).order_by(DealLine.position)
    )
    of_line = ("product_id", "quantity", "unit_price_minor", "discount_minor")
    fields = {name: getattr(deal, name) for name in DealForm.__slots__ if name != "lines"}
    return _as_text(
        fields | {"lines": [{name: getattr(line, name) for name in of_line} for line in lines]}
    )


def _as_text(fields: dict[str, Any]) -> dict[str, Any]:
    day: dt.date | None = fields["expected_close_on"]
    return fields | {
        "expected_close_on": day and day.isoformat(),
        "lines": list(fields["lines"]),
    }
