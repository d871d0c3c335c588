"""Making deals, moving them through the stages, pricing their lines, voiding them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import delete, select

from server.currencies.operations.freezing import frozen_columns, kept_rate, rate_of
from server.currencies.queries import IN_REPORTING_CURRENCY, Frozen
from server.customers.operations import get_customer, get_customer_of_visit
from server.deals.models import Deal, DealLine, Stage, StageChange
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import mark_days, record_changed
from server.platform.held import append, find, make, missing, write
from server.platform.reporting import reporting
from server.products.models import Product
from server.teams.queries import team_of_rep
from server.visits.models import Visit
from server.visits.operations import get_visit
from shared.i18n import N_
from shared.money import line_amount_minor
from shared.sync.ids import new_id
from shared.vocabulary import StageKind


class UnknownDealError(ProblemError):
    """No such deal of the caller."""

    code = "deal.unknown"
    status = 404
    title = N_("This deal does not exist.")


class UnknownStageError(ProblemError):
    """No such stage in the company's pipeline."""

    code = "deal.unknown_stage"
    status = 422
    title = N_("This stage does not exist.")


class UnknownProductError(ProblemError):
    """A line names a product that does not exist."""

    code = "deal.unknown_product"
    status = 422
    title = N_("A product on this order does not exist.")


class CurrencyError(ProblemError):
    """Nobody has ever paid in such a currency."""

    code = "deal.currency"
    status = 422
    title = N_("There is no currency with this code.")


class NegativeAmountError(ProblemError):
    """A line's discount is larger than the line."""

    code = "deal.negative_amount"
    status = 422
    title = N_("A discount is larger than its line.")


@dataclass(slots=True, kw_only=True)
class Line:
    """A product on a deal, as it was agreed."""

    product_id: str
    quantity: int
    unit_price_minor: int
    discount_minor: int = 0


@dataclass(slots=True, kw_only=True)
class NewDeal:
    """What is known about a deal when it is made."""

    deal_id: str
    owner_id: str
    customer_id: str | None
    stage_key: str
    currency: str
    visit_id: str | None = None
    amount_minor: int = 0
    lines: Sequence[Line] = ()
    title: str = ""
    source: str = ""
    note: str = ""
    expected_close_on: dt.date | None = None
    code: str | None = None
    content_sha256: bytes | None = None


def create_deal(*, deal: NewDeal, at: dt.datetime, day: dt.date, reporting_currency: str) -> Deal:
    """Make a deal in its first stage. One that begins as won is an order taken at once.

    :param day: local day of `at` for the owner
    :raises UnknownCustomerError: if there is no such customer
    :raises UnknownVisitError: if the visit is not the owner's
    :raises UnknownStageError: if there is no such stage
    :raises UnknownProductError: if a line names no product
    :raises CurrencyError: if there is no such currency
    :raises NegativeAmountError: if a line's discount is larger than the line
    """
    stage = get_stage(deal.stage_key)
    rate = rate_of(deal.currency, day, reporting_currency=reporting_currency, unknown=CurrencyError)
    if deal.visit_id is not None:
        get_visit(visit_id=deal.visit_id, rep_id=deal.owner_id)
    if deal.customer_id is not None:
        # An order taken at a visit stands, although the office has deleted the customer since.
        find = get_customer if deal.visit_id is None else get_customer_of_visit
        find(deal.customer_id)
    amounts = _amounts_of(deal.lines)
    priced = amounts or [deal.amount_minor]
    row = make(
        Deal,
        id=deal.deal_id,
        code=deal.code,
        title=deal.title,
        customer_id=deal.customer_id,
        visit_id=deal.visit_id,
        owner_id=deal.owner_id,
        team_id=team_of_rep(deal.owner_id, day),
        source=deal.source,
        stage_key=stage.key,
        kind=stage.kind,
        amount_minor=sum(priced),
        currency=deal.currency,
        **frozen_columns(priced, rate),
        expected_close_on=deal.expected_close_on,
        lost_reason="",
        note=deal.note,
        version=1,
        field_versions={},
        created_at=at,
        updated_at=at,
        content_sha256=deal.content_sha256,
    )
    _add_lines(row.id, deal.lines, amounts)
    _record_move(row, from_stage=None, stage=stage, at=at, day=day)
    write()
    announce(row, _milestones(row) | {(row.owner_id, day)} | _visit_day(row))
    return row


def change_deal(*, deal_id: str, fields: dict[str, Any], at: dt.datetime, day: dt.date) -> Deal:
    """Change a deal's fields; `stage_key` moves it, `lines` replaces its lines.

    :param fields: the sum of `lines` counts instead of `amount_minor`; without lines it stays
    :raises UnknownDealError: if there is no such deal
    :raises UnknownStageError: if there is no such stage
    :raises UnknownProductError: if a line names no product
    :raises NegativeAmountError: if a line's discount is larger than the line
    """
    deal = get_deal(deal_id)
    days_before, event_day = days_of(deal), deal.event_day
    values = dict(fields)
    lines = values.pop("lines", None)
    stage_key = values.pop("stage_key", None)
    changed: dict[str, Any] = deal.change(values, at=at)
    if lines is not None:
        db.session.execute(delete(DealLine).where(DealLine.deal_id == deal.id))
        amounts = _amounts_of(lines)
        _add_lines(deal.id, lines, amounts)
        deal.touch("lines", at=at)
        if amounts:
            changed |= deal.change({"amount_minor": sum(amounts)}, at=at)
    if stage_key is not None and stage_key != deal.stage_key:
        stage, before = get_stage(stage_key), deal.stage_key
        changed |= deal.change({"stage_key": stage.key, "kind": stage.kind}, at=at)
        _record_move(deal, from_stage=before, stage=stage, at=at, day=day)
    if changed or lines is not None:
        db.session.flush()
        freeze(deal, event_day, is_other_money="currency" in changed)
        announce(deal, days_before | days_of(deal))
    return deal


def freeze(deal: Deal, event_day: dt.date | None, *, is_other_money: bool = False) -> None:
    """Put the amount of a deal that was changed into the reporting currency.

    On another event day at the rate of that day; else at the rate it was frozen at, though that may
    have been corrected since.

    :param event_day: before the change
    :param is_other_money: it is in another currency than before
    """
    amounts = [deal.amount_minor]
    rate: Frozen | None = IN_REPORTING_CURRENCY
    if deal.currency != reporting().currency:
        lines = select(DealLine.amount_minor).where(DealLine.deal_id == deal.id)
        amounts = list(db.session.scalars(lines)) or amounts
        rate = _rate_of_changed(deal, event_day, is_other_money=is_other_money)
    for name, value in frozen_columns(amounts, rate).items():
        if getattr(deal, name) != value:
            setattr(deal, name, value)
    db.session.flush()


def _rate_of_changed(
    deal: Deal, event_day: dt.date | None, *, is_other_money: bool
) -> Frozen | None:
    day = deal.event_day
    # An order that was put back among the leads has no day any more.
    is_kept = day in (event_day, None) and not is_other_money
    rate = kept_rate(deal) if is_kept else None
    if rate is not None or day is None:
        return rate
    return rate_of(
        deal.currency, day, reporting_currency=reporting().currency, unknown=CurrencyError
    )


def void_deal(*, deal_id: str, at: dt.datetime, voided: bool = True) -> Deal:
    """Take a deal out of every number, for instance a cancelled order, or count it again.

    :raises UnknownDealError: if there is no such deal
    """
    deal = get_deal(deal_id)
    if deal.change({"voided_at": (deal.voided_at or at) if voided else None}, at=at):
        db.session.flush()
        announce(deal, days_of(deal))
    return deal


def get_deal(deal_id: str) -> Deal:
    """Return a deal that is not deleted.

    :raises UnknownDealError: if there is none
    """
    # Its key is not locked: a worker that counts the deal would wait for this transaction, while
    # this one waits for the worker to count the day that it marks.
    statement = select(Deal).where(Deal.id == deal_id).with_for_update(key_share=True)
    deal = db.session.scalar(statement)
    if deal is None or deal.deleted_at is not None:
        raise UnknownDealError
    return deal


def get_stage(key: str) -> Stage:
    """Return a stage of the company's pipeline.

    :raises UnknownStageError: if there is none
    """
    stage = find(Stage, key)
    if stage is None:
        raise UnknownStageError(key)
    return stage


def _record_move(
    deal: Deal, *, from_stage: str | None, stage: Stage, at: dt.datetime, day: dt.date
) -> None:
    append(
        StageChange,
        {
            # The first has the deal's: it has one such move, and an id takes longer than the row.
            "id": deal.id if from_stage is None else new_id(),
            "deal_id": deal.id,
            "from_stage": from_stage,
            "to_stage": stage.key,
            "at": at,
            "day": day,
            "rep_id": deal.owner_id,
        },
    )
    reach(deal, from_stage=from_stage, stage=stage, at=at, day=day, rep_id=deal.owner_id)


def makes_opportunity(kind: StageKind) -> bool:
    """Return whether a deal that comes to such a stage is an opportunity from then on.

    A lead that is lost was never one; a lead that is won must have been. Of imported deals, too,
    of which no day says otherwise.
    """
    return kind in (StageKind.OPEN, StageKind.WON)


def reach(
    deal: Deal,
    *,
    from_stage: str | None,
    stage: Stage,
    at: dt.datetime,
    day: dt.date,
    rep_id: str,
) -> None:
    """Set the milestones that a move reaches, and since when the deal stands where it does."""
    deal.stage_since = max(deal.stage_since or deal.closed_day or day, day)
    kind = StageKind(stage.kind)
    is_order = from_stage is None and kind is StageKind.WON
    if from_stage is None and not is_order:
        # A deal that starts as an opportunity was a lead on the same day.
        deal.lead_day, deal.lead_rep_id = day, rep_id
    if makes_opportunity(kind) and not is_order and deal.opportunity_day is None:
        deal.opportunity_day, deal.opportunity_rep_id = day, rep_id
    if kind.is_closed:
        deal.closed_day, deal.closed_at, deal.closed_rep_id = day, at, rep_id
    else:
        deal.closed_day = deal.closed_at = deal.closed_rep_id = None


def _amounts_of(lines: Sequence[Line]) -> list[int]:
    """
    Return the amount of each line.

    :raises UnknownProductError: if one names no product
    :raises NegativeAmountError: if a discount is larger than its line
    """
    unknown = missing(Product, {line.product_id for line in lines})
    if unknown:
        raise UnknownProductError(", ".join(sorted(unknown)))
    amounts = []
    for line in lines:
        amount_minor = line_amount_minor(
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            discount_minor=line.discount_minor,
        )
        if amount_minor < 0:
            raise NegativeAmountError(line.product_id)
        amounts.append(amount_minor)
    return amounts


def _add_lines(deal_id: str, lines: Sequence[Line], amounts: Sequence[int]) -> None:
    """Give a deal its lines."""
    for position, (line, amount_minor) in enumerate(zip(lines, amounts, strict=True), start=1):
        append(
            DealLine,
            {
                "deal_id": deal_id,
                "position": position,
                "product_id": line.product_id,
                "quantity": line.quantity,
                "unit_price_minor": line.unit_price_minor,
                "discount_minor": line.discount_minor,
                "amount_minor": amount_minor,
            },
        )


def days_of(deal: Deal) -> set[tuple[str, dt.date]]:
    """Return the (rep, day) pairs whose numbers this deal moves: milestones, moves, its visit."""
    moves = db.session.execute(
        select(StageChange.rep_id, StageChange.day)
        .where(StageChange.deal_id == deal.id)
        .order_by(StageChange.at, StageChange.id)
    ).all()
    pairs = _milestones(deal) | _visit_day(deal) | {(move.rep_id, move.day) for move in moves}
    # A move takes the deal out of the pipeline of the rep who owned it until then.
    return pairs | {(before.rep_id, move.day) for before, move in pairwise(moves)}


def _milestones(deal: Deal) -> set[tuple[str, dt.date]]:
    pairs = (
        (deal.lead_rep_id, deal.lead_day),
        (deal.opportunity_rep_id, deal.opportunity_day),
        (deal.closed_rep_id, deal.closed_day),
    )
    return {(rep_id, day) for rep_id, day in pairs if rep_id is not None and day is not None}


def _visit_day(deal: Deal) -> set[tuple[str, dt.date]]:
    visit = find(Visit, deal.visit_id) if deal.visit_id is not None else None
    return set() if visit is None else {(visit.rep_id, visit.day)}


def announce(deal: Deal, pairs: set[tuple[str, dt.date]]) -> None:
    for rep_id, day in pairs:
        mark_days(rep_id, [day])
    record_changed("deal", deal.id)
