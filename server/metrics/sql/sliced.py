"""Sums of one lead source or customer class: from the rows that carry it.

Deals are read from their facts, leads and opportunities from the deals themselves, visits and plan
from what was counted for each class. A deal without a customer has no class.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Subquery,
    and_,
    func,
    literal_column,
    null,
    or_,
    select,
)

from server.deals.models import Deal
from server.metrics.models import CLASS_MEASURES, ClassDayRollup, DealFact
from server.metrics.rollups.counting import Amounts, valid_deal, with_class
from server.metrics.rollups.deals import closed_amounts
from server.metrics.rollups.pipeline import lead_amounts, opportunity_amounts, stage_amounts
from server.metrics.rollups.scope import EVERYTHING, Scope
from server.metrics.sql.periods import Periods, buckets, in_stretches, sums_by, within
from server.metrics.sql.reach import By, Cut, Reach, Sums
from server.metrics.sql.sources import with_the_rest
from server.metrics.sql.teams import is_about_everybody, may_hold, reps_in
from server.platform.errors import ProblemError
from server.teams.models import TeamMembership
from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Metric
from shared.metrics.formula import Kind, Measure
from shared.metrics.measures import Dimension
from shared.time import Period

_CLASS = frozenset({Dimension.CLASS})
_BOTH = frozenset(Dimension)
_NOTHING: frozenset[Dimension] = frozenset()
_OF_CUSTOMERS = {
    m.CUSTOMERS_VISITED,
    m.ASSIGNED_CUSTOMERS_VISITED,
    m.VERIFIED_CUSTOMERS_VISITED,
    m.CUSTOMERS_ASSIGNED,
    m.DUE_VISITS,
    m.DUE_VISITS_MADE,
    m.ACTIVE_OUTLETS,
    m.NEW_CUSTOMERS,
}
_OF_CLASSES = frozenset(CLASS_MEASURES)


class NotSlicedError(ProblemError):
    """What the number is made of does not tell lead source or customer class."""

    code = "not_sliced"
    status = 422
    title = N_("This number is not known by lead source or customer class.")


class NotWithinDaysError(ProblemError):
    """The number follows no leads or opportunities through their first days."""

    code = "not_within_days"
    status = 422
    title = N_("This number does not follow leads or opportunities through their first days.")


_COHORT_MEASURES = frozenset(
    {
        m.LEADS,
        m.LEADS_TO_OPPORTUNITIES,
        m.LEADS_WON,
        m.LEADS_UNDECIDED,
        m.LEADS_OPEN,
        m.OPPORTUNITIES,
        m.OPPORTUNITIES_WON,
        m.OPPORTUNITIES_UNDECIDED,
    }
)


def follows_first_days(metric: Metric) -> bool:
    """Return whether the metric is known for what becomes of a cohort in its first days."""
    return metric.open_cases is not None and _COHORT_MEASURES.issuperset(metric.measures())


def check_sliced(metrics: Iterable[Metric], reach: Reach) -> None:
    """
    Make sure that each metric is known by what it is narrowed to or told apart by.

    :raises NotSlicedError: if one is not
    :raises NotWithinDaysError: if one is no rate of a cohort, and first days are asked for
    """
    if reach.within is not None:
        for metric in metrics:
            if not follows_first_days(metric):
                raise NotWithinDaysError(metric.key)
    if not reach.dimensions:
        return
    for metric in metrics:
        for missing in sorted(reach.dimensions - dimensions_of(metric)):
            raise NotSlicedError(f"{metric.key} by {missing}")


def dimensions_of(metric: Metric) -> frozenset[Dimension]:
    """Return by what the metric is known, besides rep, team and day."""
    return frozenset.intersection(*(_dimensions(measure) for measure in metric.measures()))


@cache
def _dimensions(measure: Measure) -> frozenset[Dimension]:
    measure = measure.over(m.MEASURES[measure.key].window)
    if measure.kind in {Kind.MEDIAN, Kind.STOCK}:
        return _BOTH
    if measure in _OF_CLASSES or measure in _OF_CUSTOMERS:
        return _CLASS
    return _BOTH if measure.kind is Kind.SUM and measure.column in _columns_of_deals() else _NOTHING


@cache
def _columns_of_deals() -> frozenset[str]:
    """Return what can be summed over deals; to put the sums together takes longer than to ask."""
    return frozenset({*closed_amounts(), *lead_amounts(), *opportunity_amounts()})


def class_sums(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """Return sums of what was counted for each class."""
    row = ClassDayRollup.__table__.c
    cut = Cut(customer_class=row.customer_class)
    bucket = buckets(periods)
    return (
        sums_by(
            bucket,
            reach.group(row.rep_id, row.team_id, cut),
            *(func.sum(row[measure.column]).label(measure.key) for measure in measures),
        )
        .join(ClassDayRollup, within(bucket, row.day))
        .where(reach.rows(row.rep_id, row.team_id, cut), may_hold(reach, row.rep_id))
    )


def closed_sums(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """Return sums over deals that were closed."""
    if Dimension.SOURCE not in reach.dimensions:
        return _closed(measures, periods, reach)
    has_source = DealFact.source != literal_column("''")
    if reach.source is None and reach.customer_class is None:
        return with_the_rest(
            lambda some: _closed(some, periods, reach, has_source), measures, periods, reach
        )
    return _closed(measures, periods, reach, *([] if reach.source is None else [has_source]))


def _closed(
    measures: Sequence[Measure], periods: Periods, reach: Reach, *conditions: ColumnElement[bool]
) -> Sums:
    row = (
        select(
            DealFact.rep_id,
            DealFact.day,
            DealFact.team_id,
            DealFact.source,
            DealFact.customer_class,
            *_columns(measures, closed_amounts()),
        )
        .where(*conditions)
        .subquery()
    )
    return _summed(row, measures, periods, reach)


def lead_sums(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """Return sums over leads."""
    columns = _columns(measures, lead_amounts(reach.within))
    row = _milestone(Deal.lead_rep_id, Deal.lead_day, columns, reach)
    return _summed(row, measures, periods, reach)


def opportunity_sums(measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    """Return sums over opportunities."""
    columns = _columns(measures, opportunity_amounts(reach.within))
    row = _milestone(Deal.opportunity_rep_id, Deal.opportunity_day, columns, reach)
    return _summed(row, measures, periods, reach)


DEAL_SUMS: Mapping[Callable[..., Sums], frozenset[str]] = {
    closed_sums: frozenset(closed_amounts()),
    lead_sums: frozenset(lead_amounts()),
    opportunity_sums: frozenset(opportunity_amounts()),
}
"""For each day on which a deal counts the statement, and the columns of what it sums."""


def open_sums(measures: Sequence[Measure], periods: Sequence[Period], reach: Reach) -> Sums:
    """
    Return what was open at the end of each period, with the team of its last day.

    As `stock_sums` does, every step of a deal is read once, cut where a period ends.
    """
    reps = reps_in(reach)
    row = _steps(measures, EVERYTHING if reps is None else Scope(rep_ids=reps), reach)
    bucket, member = buckets(periods), TeamMembership
    found = in_stretches(row, bucket)
    # Whose it is, where that is asked; of everybody together it does not matter.
    is_anybodys = reach.by not in {By.REP, By.TEAM} and is_about_everybody(reach)
    whose = [null().label("rep_id")] if is_anybodys else [row.c.rep_id]
    keys = [row.c.source, row.c.customer_class, found.stretch.label("stretch")]
    change = (
        select(
            *whose,
            *keys,
            *(func.sum(row.c[measure.column]).label(measure.key) for measure in measures),
        )
        .select_from(found.rows)
        .where(found.condition, *_of_cut(reach, row))
        .group_by(*([] if is_anybodys else whose), *keys)
        .subquery()
    )
    cut = Cut(source=change.c.source, customer_class=change.c.customer_class)
    team_id: Any = null() if is_anybodys else member.team_id
    sums = sums_by(
        bucket,
        reach.group(change.c.rep_id, team_id, cut),
        *(func.sum(change.c[measure.key]).label(measure.key) for measure in measures),
    ).join(change, found.are_before(change.c.stretch))
    if is_anybodys:
        return sums
    return sums.outerjoin(
        member,
        and_(
            member.user_id == change.c.rep_id,
            member.start_on < bucket.c.end,
            or_(member.end_on.is_(None), member.end_on >= bucket.c.end),
        ),
    ).where(reach.of_people(change.c.rep_id, member.team_id))


def _steps(measures: Sequence[Measure], scope: Scope, reach: Reach) -> Subquery:
    step, amounts = stage_amounts(scope, with_deals=True)
    joined: Any = step
    customer_class: Any = null()
    if Dimension.CLASS in reach.dimensions:
        # One class for the whole life of a deal: what comes in must go out again.
        joined, customer_class = with_class(step, step.c.customer_id, step.c.begun_on)
    source = step.c.source if Dimension.SOURCE in reach.dimensions else null()
    return (
        select(
            step.c.rep_id,
            step.c.day,
            source.label("source"),
            customer_class.label("customer_class"),
            *(amounts[measure.column].label(measure.column) for measure in measures),
        )
        .select_from(joined)
        .subquery()
    )


def _of_cut(reach: Reach, row: Subquery) -> Iterator[ColumnElement[bool]]:
    if reach.source is not None:
        yield row.c.source == reach.source
    if reach.customer_class is not None:
        yield row.c.customer_class == reach.customer_class


def _columns(measures: Sequence[Measure], amounts: Amounts) -> Iterator[ColumnElement[int]]:
    return (amounts[measure.column].label(measure.column) for measure in measures)


def _milestone(
    rep_id: Any, day: Any, columns: Iterable[ColumnElement[int]], reach: Reach
) -> Subquery:
    deal, member = Deal.__table__, TeamMembership
    joined: Any = deal
    team_id: Any = null()
    # To an administrator who asks about everybody a team tells nothing.
    if reach.by is By.TEAM or not is_about_everybody(reach):
        joined, team_id = deal.outerjoin(member, member.covers(rep_id, day)), member.team_id
    customer_class: Any = null()
    if Dimension.CLASS in reach.dimensions:
        joined, customer_class = with_class(joined, Deal.customer_id, day)
    return (
        select(
            rep_id.label("rep_id"),
            day.label("day"),
            team_id.label("team_id"),
            Deal.source,
            customer_class.label("customer_class"),
            *columns,
        )
        .select_from(joined)
        .where(day.is_not(None), *valid_deal(), may_hold(reach, rep_id))
        .subquery()
    )


def _summed(row: Subquery, measures: Sequence[Measure], periods: Periods, reach: Reach) -> Sums:
    bucket = buckets(periods)
    cut = Cut(source=row.c.source, customer_class=row.c.customer_class)
    return (
        sums_by(
            bucket,
            reach.group(row.c.rep_id, row.c.team_id, cut),
            *(func.sum(row.c[measure.column]).label(measure.key) for measure in measures),
        )
        .join(row, within(bucket, row.c.day, bounded=True))
        .where(reach.rows(row.c.rep_id, row.c.team_id, cut))
    )
