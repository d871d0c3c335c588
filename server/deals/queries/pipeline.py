"""The pipeline as it stands: stages with their deals, and what is forecast."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Subquery,
    case,
    func,
    join,
    literal,
    select,
)

from server.currencies.queries import rate_text
from server.customers.models import Customer
from server.deals.models import (
    Deal,
    PastStageProbability,
    Stage,
    StageChange,
    weighted_minor,
)
from server.deals.queries.deals import DealFilter, of_filter
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.sql import days_between
from shared.time import add_months
from shared.vocabulary import StageKind

OPEN = (StageKind.LEAD, StageKind.OPEN)
_FORECAST_MONTHS = 3


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
    stage_since: dt.date

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


def list_stages(*, access: Access) -> list[StageRow]:
    """Return the stages in their order."""
    del access  # the names of its stages are for everybody in the company
    rows = db.session.scalars(select(Stage).order_by(Stage.position, Stage.key))
    return [
        StageRow(
            key=row.key,
            name=row.name,
            kind=StageKind(row.kind),
            position=row.position,
            probability_percent=row.probability_percent,
            archived=row.archived_at is not None,
        )
        for row in rows
    ]


def board(*, access: Access, where: DealFilter, today: dt.date, cards: int = 0) -> list[StageLoad]:
    """Return the open stages with what stands in them; the largest deals of each as cards."""
    deal = _open_deals(access, where)
    standing = _standing(deal)
    age = days_between(standing.c.since, literal(today))
    sums = {
        row.stage_key: row
        for row in db.session.execute(
            select(
                standing.c.stage_key,
                func.count().label("deals"),
                func.sum(standing.c.base_amount_minor).label("amount"),
                func.sum(_weighted(standing)).label("weighted"),
                func.avg(age).label("age"),
                func.sum(case((age > 30, 1), else_=0)).label("stale"),
                func.count().filter(standing.c.waits_for_rate).label("waiting"),
            )
            .select_from(_with_chance(standing))
            .group_by(standing.c.stage_key)
        )
    }
    shown = _cards(deal, cards) if cards else {}
    loads = []
    for stage in (stage for stage in list_stages(access=access) if not stage.archived):
        if stage.kind not in OPEN:
            continue
        row = sums.get(stage.key)
        loads.append(
            StageLoad(
                stage=stage,
                deals=row.deals if row else 0,
                amount_minor=int(row.amount) if row else 0,
                weighted_minor=int(row.weighted) if row else 0,
                age_days=float(row.age) if row and row.age is not None else None,
                stale=int(row.stale or 0) if row else 0,
                waiting=row.waiting if row else 0,
                cards=shown.get(stage.key, ()),
            )
        )
    return loads


def forecast(*, access: Access, where: DealFilter, today: dt.date) -> list[ForecastPart]:
    """Return the open deals by the month they are expected to close in."""
    first = today.replace(day=1)
    months = [add_months(first, number) for number in range(_FORECAST_MONTHS + 1)]
    standing = _standing(_open_deals(access, where))
    expected_on = standing.c.expected_close_on
    part = case(
        (expected_on.is_(None), "none"),
        (expected_on < today, "overdue"),
        *((expected_on < end, start.isoformat()) for start, end in pairwise(months)),
        else_="later",
    )
    found = {
        row.part: row
        for row in db.session.execute(
            select(
                part.label("part"),
                func.count().label("deals"),
                func.sum(standing.c.base_amount_minor).label("amount"),
                func.sum(_weighted(standing)).label("weighted"),
            )
            .select_from(_with_chance(standing))
            .group_by(part)
        )
    }
    keys = ["overdue", *(month.isoformat() for month in months[:-1]), "later", "none"]
    return [
        ForecastPart(
            key=key,
            month=dt.date.fromisoformat(key) if key[0] == "2" else None,
            deals=found[key].deals if key in found else 0,
            amount_minor=int(found[key].amount) if key in found else 0,
            weighted_minor=int(found[key].weighted) if key in found else 0,
        )
        for key in keys
    ]


def _standing(deal: tuple[ColumnElement[bool], ...]) -> Subquery:
    """Return these open deals, each with the day on which it came into its stage."""
    return (
        select(
            Deal.stage_key,
            Deal.kind,
            Deal.base_amount_minor,
            Deal.waits_for_rate,
            Deal.expected_close_on,
            _stage_since(Deal.id).label("since"),
        )
        .where(*deal)
        .subquery()
    )


def _with_chance(standing: Subquery) -> Any:
    past = PastStageProbability
    return join(standing, Stage, Stage.key == standing.c.stage_key).outerjoin(
        past, past.covers(standing.c.stage_key, standing.c.since)
    )


def _weighted(standing: Subquery) -> ColumnElement[int]:
    """Return what a deal adds to the weighted pipeline, as the metric of this name counts it.

    Opportunities only, each rounded down to whole minor units, by the probability that the stage
    had when the deal came into it.
    """
    percent = PastStageProbability.percent_then()
    weighted = weighted_minor(standing.c.base_amount_minor, percent)
    return case((standing.c.kind == StageKind.OPEN, weighted), else_=0)


def _open_deals(access: Access, where: DealFilter) -> tuple[ColumnElement[bool], ...]:
    return *of_filter(access=access, where=where), Deal.kind.in_(OPEN), Deal.voided_at.is_(None)


def _stage_since(deal_id: Any) -> ScalarSelect[Any]:
    """Return the day a deal came into its present stage, looked up for each deal by itself."""
    day = select(func.max(StageChange.day)).where(StageChange.deal_id == deal_id)
    return day.correlate_except(StageChange).scalar_subquery()


def _cards(deal: tuple[ColumnElement[bool], ...], most: int) -> dict[str, list[CardRow]]:
    place = func.row_number().over(
        partition_by=Deal.stage_key, order_by=(Deal.base_amount_minor.desc(), Deal.id)
    )
    ranked = select(Deal.id, place.label("place")).where(*deal).subquery()
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
            _stage_since(Deal.id).label("stage_since"),
        )
        .join(ranked, ranked.c.id == Deal.id)
        .join(User, User.id == Deal.owner_id)
        .outerjoin(Customer, Customer.id == Deal.customer_id)
        .where(ranked.c.place <= most)
        .order_by(Deal.stage_key, ranked.c.place)
    ).mappings()
    cards: dict[str, list[CardRow]] = {}
    for each in found:
        cards.setdefault(each["stage_key"], []).append(CardRow(**each))
    return cards
