"""The pipeline as it stands: stages with their deals, and what is forecast."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, literal, select, union_all

from server.currencies.queries import rate_text
from server.customers.models import Customer
from server.deals.models import OPEN, Deal, PastStageProbability, Stage, weighted_minor
from server.deals.queries.deals import DealFilter, of_filter
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.paging import in_order
from server.platform.prepared import Prepared
from server.platform.sql import days_between
from shared.time import add_months
from shared.vocabulary import StageKind

_FORECAST_MONTHS = 3
_STALE_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """A stage of the company's pipeline."""

    key: str
    name: str
    kind: StageKind
    position: int
    probability_percent: int
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """An open deal on the board; the amount in minor units of its currency."""

    id: str
    title: str
    customer_name: str | None
    owner_name: str
    stage_key: str
    amount_minor: int
    currency: str
    base_amount_minor: int | None
    """In the reporting currency; None while the deal waits for the rate of its day."""
    minor_rate: Decimal | None
    rate_on: dt.date | None
    version: int
    expected_close_on: dt.date | None
    stage_since: dt.date | None

    @property
    def rate_text(self) -> str | None:
        """What one unit was worth in the reporting currency."""
        return rate_text(self.currency, self.minor_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLoad:
    """What stands in a stage now."""

    stage: StageRow
    deals: int
    amount_minor: int
    weighted_minor: int
    """Of its opportunities; leads are not weighted."""
    age_days: float | None
    """Average days its deals have stood there."""
    stale: int
    """Deals that have stood there for more than a month."""
    waiting: int
    """Deals that wait for an exchange rate: they are in no sum."""
    cards: Sequence[CardRow] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPart:
    """Open deals expected to close in a month; without one: overdue, later or without a day."""

    key: str
    month: dt.date | None
    deals: int
    amount_minor: int
    weighted_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What stands in the pipeline: by stage, and by the month it is expected to close in."""

    stages: Sequence[StageLoad]
    forecast: Sequence[ForecastPart]


def list_stages(*, access: Access) -> list[StageRow]:
    """Return the stages in their order."""
    del access  # the names of its stages are for everybody in the company
    return [
        StageRow(
            key=key,
            name=name,
            kind=StageKind(kind),
            position=position,
            probability_percent=percent,
            archived=archived_at is not None,
        )
        for key, name, kind, position, percent, archived_at in _STAGES.rows()
    ]


_STAGES = Prepared(
    lambda: select(
        Stage.key,
        Stage.name,
        Stage.kind,
        Stage.position,
        Stage.probability_percent,
        Stage.archived_at,
    ).order_by(Stage.position, Stage.key)
)


def board(*, access: Access, where: DealFilter, today: dt.date, cards: int = 0) -> Board:
    """Return the open stages with what stands in them; the largest deals of each as cards."""
    standing = _standing(access, where)
    first = today.replace(day=1)
    months = [add_months(first, number) for number in range(_FORECAST_MONTHS + 1)]
    sums = _sums(standing, today, months)
    stages = [
        stage for stage in list_stages(access=access) if stage.kind in OPEN and not stage.archived
    ]
    shown = _cards(standing, [stage.key for stage in stages], cards) if cards else {}
    loads = []
    for stage in stages:
        total = _together(row for row in sums if row.stage_key == stage.key)
        loads.append(
            StageLoad(
                stage=stage,
                deals=total.deals,
                amount_minor=total.amount,
                weighted_minor=total.weighted,
                age_days=total.age / total.aged if total.aged else None,
                stale=total.stale,
                waiting=total.waiting,
                cards=shown.get(stage.key, ()),
            )
        )
    keys = ["overdue", *(month.isoformat() for month in months[:-1]), "later", "none"]
    parts = {key: _together(row for row in sums if row.part == key) for key in keys}
    return Board(
        stages=loads,
        forecast=[
            ForecastPart(
                key=key,
                month=dt.date.fromisoformat(key) if key[0] == "2" else None,
                deals=total.deals,
                amount_minor=total.amount,
                weighted_minor=total.weighted,
            )
            for key, total in parts.items()
        ],
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    deals: int
    amount: int
    weighted: int
    age: int
    """Days its deals have stood in their stages, together."""
    aged: int
    """Deals of which that is known."""
    stale: int
    waiting: int


def _together(rows: Iterable[Row[Any]]) -> _Sums:
    # The stage and the part come first.
    columns = zip([0] * len(fields(_Sums)), *(row[2:] for row in rows), strict=True)
    return _Sums(*(sum(int(value or 0) for value in column) for column in columns))


def _sums(
    standing: tuple[ColumnElement[bool], ...], today: dt.date, months: Sequence[dt.date]
) -> Sequence[Row[Any]]:
    """Return what stands in each stage, for each month it is expected to close in."""
    expected_on, past = Deal.expected_close_on, PastStageProbability
    part = case(
        (expected_on.is_(None), "none"),
        (expected_on < today, "overdue"),
        *((expected_on < end, start.isoformat()) for start, end in pairwise(months)),
        else_="later",
    ).label("part")
    age = days_between(Deal.stage_since, literal(today))
    return db.session.execute(
        select(
            Deal.stage_key,
            part,
            func.count(),
            func.sum(Deal.base_amount_minor),
            func.sum(_weighted()),
            func.sum(age),
            func.count(age),
            func.count().filter(age > _STALE_DAYS),
            func.count().filter(Deal.waits_for_rate),
        )
        .join(Stage, Stage.key == Deal.stage_key)
        .outerjoin(past, past.covers(Deal.stage_key, Deal.stage_since))
        .where(*standing)
        .group_by(Deal.stage_key, part)
    ).all()


def _weighted() -> ColumnElement[int]:
    """Return what a deal adds to the weighted pipeline, as the metric of this name counts it.

    Opportunities only, each rounded down to whole minor units, by the probability that the stage
    had when the deal came into it.
    """
    percent = PastStageProbability.percent_then()
    weighted = weighted_minor(Deal.base_amount_minor, percent)
    return case((Deal.kind == StageKind.OPEN, weighted), else_=0)


def _standing(access: Access, where: DealFilter) -> tuple[ColumnElement[bool], ...]:
    return *of_filter(access=access, where=where), Deal.is_standing()


def _cards(
    standing: tuple[ColumnElement[bool], ...], stages: Sequence[str], most: int
) -> dict[str, list[CardRow]]:
    # The first ones of each stage by the index, and only these joined with what they show.
    order = in_order(Deal.base_amount_minor, Deal.id, is_descending=True)
    first = [
        select(
            select(Deal.id)
            .where(*standing, Deal.stage_key == key)
            .order_by(*order)
            .limit(most)
            .subquery()
        )
        for key in stages
    ]
    if not first:
        return {}
    found = db.session.execute(
        select(
            Deal.id,
            Deal.title,
            Customer.name.label("customer_name"),
            User.name.label("owner_name"),
            Deal.stage_key,
            Deal.amount_minor,
            Deal.currency,
            case((~Deal.waits_for_rate, Deal.base_amount_minor)).label("base_amount_minor"),
            Deal.minor_rate,
            Deal.rate_on,
            Deal.version,
            Deal.expected_close_on,
            Deal.stage_since,
        )
        .join(User, User.id == Deal.owner_id)
        .outerjoin(Customer, Customer.id == Deal.customer_id)
        .where(Deal.id.in_(union_all(*first)))
        .order_by(*order)
    ).mappings()
    cards: dict[str, list[CardRow]] = {}
    for each in found:
        cards.setdefault(each["stage_key"], []).append(CardRow(**each))
    return cards
