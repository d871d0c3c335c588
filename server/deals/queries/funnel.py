"""How far leads came, where they stood the longest, and where they were lost."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate

from sqlalchemy import Date, case, func, literal, or_, select

from server.deals.models import OPEN, Deal, Stage, StageChange
from server.deals.queries.deals import DealFilter, ids_of_filter, of_filter
from server.deals.queries.pipeline import StageLoad, StageRow, board, list_stages
from server.platform.access import Access
from server.platform.database import db
from server.platform.sql import days_between
from shared.metrics.formula import ARITHMETIC
from shared.time import Period
from shared.vocabulary import StageKind

FEWEST_CASES = 10
"""Fewer deals than this in a stage say nothing about a bottleneck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """How many deals of a cohort of leads came at least this far."""

    stage: StageRow
    reached: int
    before: int | None
    """How many came to the step before; None for the first."""
    conversion: Decimal | None
    """Share of those; None for the first, and where there were none."""
    days: float | None
    """Median days that deals stood there: those that left it in the period, and those that stand
    there at its end, as long as they have."""
    cases: int = 0
    """How many those were."""
    is_bottleneck: bool = False
    """The smallest share of deals gets over to it."""
    is_slowest: bool = False
    """Deals stand there the longest."""


def funnel_with_loads(
    *, access: Access, where: DealFilter, leads_of: Period, today: dt.date
) -> list[tuple[FunnelStep, StageLoad | None]]:
    """Return the funnel, each step with what stands in its stage now; None of one that ends."""
    standing = board(access=access, where=where, today=today)
    loads = {load.stage.key: load for load in standing.stages}
    steps = funnel(access=access, where=where, leads_of=leads_of, today=today)
    return [(step, loads.get(step.stage.key)) for step in steps]


def funnel(
    *, access: Access, where: DealFilter, leads_of: Period, today: dt.date
) -> list[FunnelStep]:
    """Return how far the leads of a period came, whenever they did, and where they got stuck."""
    stages = [s for s in list_stages(access=access) if s.kind in OPEN or s.kind is StageKind.WON]
    won_at = max((stage.position for stage in stages), default=0)
    furthest = (
        select(
            func.max(case((Stage.kind == StageKind.WON, won_at), else_=Stage.position)).label(
                "position"
            )
        )
        .select_from(StageChange)
        .join(Stage, Stage.key == StageChange.to_stage)
        .where(
            Stage.kind.in_((*OPEN, StageKind.WON)),
            StageChange.deal_id.in_(
                ids_of_filter(
                    Deal.lead_day >= leads_of.start,
                    Deal.lead_day < leads_of.end,
                    Deal.voided_at.is_(None),
                    access=access,
                    where=where,
                )
            ),
        )
        .group_by(StageChange.deal_id)
        .subquery()
    )
    counts = {
        row.position: row.deals
        for row in db.session.execute(
            select(furthest.c.position, func.count().label("deals")).group_by(furthest.c.position)
        )
    }
    stood = _days_in_stages(access, where, leads_of.elapsed(today))
    steps: list[FunnelStep] = []
    for stage in stages:
        reached = sum(deals for position, deals in counts.items() if position >= stage.position)
        before = steps[-1].reached if steps else None
        steps.append(
            FunnelStep(
                stage=stage,
                reached=reached,
                before=before,
                conversion=ARITHMETIC.divide(Decimal(reached), before) if before else None,
                days=stood.get(stage.key, (None, 0))[0],
                cases=stood.get(stage.key, (None, 0))[1],
            )
        )
    return _mark_bottleneck(steps)


def _days_in_stages(
    access: Access, where: DealFilter, period: Period
) -> dict[str, tuple[float, int]]:
    """Return the median days that deals stood in each stage, and how many deals that tells of.

    Of those that left it in the period, and of those that stand there still on its last day: where
    deals get stuck, few ever leave.
    """
    after = func.lead(StageChange.day).over(
        partition_by=StageChange.deal_id, order_by=(StageChange.at, StageChange.id)
    )
    stay = (
        select(StageChange.to_stage, StageChange.day, after.label("left_on"))
        .join(Deal, Deal.id == StageChange.deal_id)
        .where(
            *of_filter(access=access, where=where),
            Deal.voided_at.is_(None),
            Deal.lead_day.is_not(None),
            # What closed before has left every stage before.
            or_(
                Deal.stage_since.is_(None),
                Deal.stage_since >= period.start,
                Deal.kind.in_(OPEN),
            ),
        )
        .subquery()
    )
    last_day = literal(period.end - dt.timedelta(days=1), Date())
    stands = or_(stay.c.left_on.is_(None), stay.c.left_on >= period.end)
    days = days_between(stay.c.day, case((stands, last_day), else_=stay.c.left_on)).label("days")
    # How many stood there for so many days: a few rows, however many deals there are.
    rows = db.session.execute(
        select(stay.c.to_stage, days, func.count())
        .join(Stage, Stage.key == stay.c.to_stage)
        .where(
            Stage.kind.in_(OPEN),
            stay.c.day < period.end,
            or_(stands, stay.c.left_on >= period.start),
        )
        .group_by(stay.c.to_stage, days)
        .order_by(stay.c.to_stage, days)
    )
    stays: dict[str, dict[int, int]] = {}
    for stage, stood, deals in rows:
        stays.setdefault(stage, {})[stood] = deals
    return {stage: (_median(counts), sum(counts.values())) for stage, counts in stays.items()}


def _median(counts: Mapping[int, int]) -> float:
    """Return the median of numbers in their order, each with how often it is there."""
    ends, cases = list(accumulate(counts.values())), sum(counts.values())
    numbers = list(counts)
    middle = [numbers[bisect_left(ends, place)] for place in ((cases + 1) // 2, (cases + 2) // 2)]
    return sum(middle) / 2


def _mark_bottleneck(steps: list[FunnelStep]) -> list[FunnelStep]:
    """Mark the step that the smallest share of deals gets over, and the one they stand longest.

    Only where enough deals came to it: few say nothing.
    """
    conversions = [
        (step.conversion, number)
        for number, step in enumerate(steps)
        if step.conversion is not None and steps[number - 1].reached >= FEWEST_CASES
    ]
    stays = [
        (step.days, -number)
        for number, step in enumerate(steps)
        if step.days is not None and step.cases >= FEWEST_CASES
    ]
    worst = min(conversions)[1] if conversions else None
    slowest = -max(stays)[1] if stays else None
    return [
        replace(step, is_bottleneck=number == worst, is_slowest=number == slowest)
        for number, step in enumerate(steps)
    ]
