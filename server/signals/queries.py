"""Reading signals with what people said to them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, read_in_pieces, reordered
from server.signals.models import Signal, SignalReview
from server.visits.models import Visit
from shared.signals import Decision, Rule

SORTABLE = frozenset({"rule", "rep_name", "day", "decision"})


@dataclass(frozen=True, kw_only=True)
class SignalFilter:
    """Which signals; whatever is None does not narrow."""

    decided: bool | None = None
    """Only those decided, or only those waiting."""
    rule: Rule | None = None
    rep_id: str | None = None
    ids: frozenset[str] | None = None


@dataclass(frozen=True)
class SignalRow:
    """A signal with its review."""

    id: str
    rule: Rule
    rep_id: str
    rep_name: str
    time_zone: str
    day: dt.date
    visit_id: str | None
    customer_name: str | None
    inputs: dict[str, Any]
    raised_at: dt.datetime
    answer: str
    answered_at: dt.datetime | None
    question: str
    """What a manager has asked; empty: nothing."""
    asker_name: str | None
    asked_at: dt.datetime | None
    decision: Decision | None
    reason: str
    decided_by: str | None
    decider_name: str | None
    decided_at: dt.datetime | None


def list_signals(
    *,
    access: Access,
    where: SignalFilter,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = "",
) -> Page[SignalRow]:
    """Return a page of signals, the latest day first.

    :param sort: one of `SORTABLE` instead, with a minus the largest first
    """
    statement = reordered(_filtered(access, where), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(_row)


def each_signal(*, access: Access, where: SignalFilter) -> Iterator[SignalRow]:
    """Give all signals of a filter, read piece by piece: for exports."""
    for row in read_in_pieces(_filtered(access, where)):
        yield _row(row)


def get_signal(*, access: Access, signal_id: str) -> SignalRow:
    """Return one signal.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = db.session.execute(_rows(access).where(Signal.id == signal_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return _row(row)


def is_about_visit(*, access: Access, where: SignalFilter) -> ColumnElement[bool]:
    """Return the condition that a visit has a signal of a filter, for statements about visits."""
    visits = _filtered(access, where).with_only_columns(Signal.visit_id).order_by(None)
    return Visit.id.in_(visits.where(Signal.visit_id.is_not(None)))


def signals_of_visit(*, access: Access, visit_id: str) -> Sequence[SignalRow]:
    """Return the signals about a visit that the caller may see."""
    rows = db.session.execute(_rows(access).where(Signal.visit_id == visit_id))
    return [_row(row) for row in rows]


def signals_about(*, access: Access) -> Sequence[SignalRow]:
    """Return all signals about the caller's own days."""
    return [
        _row(row)
        for row in db.session.execute(_rows(access).where(Signal.rep_id == access.user_id))
    ]


def _filtered(access: Access, where: SignalFilter) -> Select[*tuple[Any, ...]]:
    statement = _rows(access)
    if where.decided is not None:
        is_decided = SignalReview.decided_at.is_not(None)
        statement = statement.where(is_decided if where.decided else ~is_decided)
    if where.rule is not None:
        statement = statement.where(Signal.rule == where.rule)
    if where.rep_id is not None:
        statement = statement.where(Signal.rep_id == where.rep_id)
    if where.ids is not None:
        statement = statement.where(Signal.id.in_(where.ids))
    return statement


def _rows(access: Access) -> Select[*tuple[Any, ...]]:
    rep, asker, decider = aliased(User), aliased(User), aliased(User)
    return (
        select(
            Signal.id,
            Signal.rule,
            Signal.rep_id,
            rep.name.label("rep_name"),
            rep.time_zone,
            Signal.day,
            Signal.visit_id,
            Customer.name.label("customer_name"),
            Signal.inputs,
            Signal.raised_at,
            SignalReview.answer,
            SignalReview.answered_at,
            SignalReview.question,
            asker.name.label("asker_name"),
            SignalReview.asked_at,
            SignalReview.decision,
            SignalReview.reason,
            SignalReview.decided_by,
            decider.name.label("decider_name"),
            SignalReview.decided_at,
        )
        .join(rep, rep.id == Signal.rep_id)
        .outerjoin(SignalReview, SignalReview.signal_id == Signal.id)
        .outerjoin(asker, asker.id == SignalReview.asked_by)
        .outerjoin(decider, decider.id == SignalReview.decided_by)
        .outerjoin(Visit, Visit.id == Signal.visit_id)
        .outerjoin(Customer, Customer.id == Visit.customer_id)
        .where(access.rows(Signal.rep_id, Signal.team_id))
        .order_by(Signal.day.desc(), Signal.raised_at.desc(), Signal.id)
    )


def _row(row: Any) -> SignalRow:
    values = row._asdict()
    values["rule"] = Rule(row.rule)
    values["decision"] = Decision(row.decision) if row.decision else None
    values |= {name: values[name] or "" for name in ("answer", "question", "reason")}
    return SignalRow(**values)
