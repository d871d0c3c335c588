"""Proposing a rep's week: who is due by class, spread over the days, each day a short way."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from server.calendar.queries import get_calendar
from server.planning import queries
from server.planning.operations.routes import order_day, split_days
from server.planning.operations.rules import Rules
from server.planning.queries import Outlet, WeekPlan
from server.platform.access import Access
from shared.geo import Position, haversine_m

Arrangement = dict[dt.date, list[str]]
"""The customers of each day, in order."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A week as it might be. Who found no place is `left_out`, the least important first."""

    arrangement: Arrangement
    left_out: tuple[Outlet, ...]


def propose_from_records(
    *, access: Access, plan: WeekPlan, today: dt.date, rules: Rules
) -> Proposal:
    """Return what `propose_week` makes of the rep's outlets, earlier plans, and the holidays."""
    rep_id, week = plan.rep.id, plan.week
    return propose_week(
        plan=plan,
        outlets=queries.outlets_of_rep(access=access, rep_id=rep_id),
        last_planned=queries.last_planned(access=access, rep_id=rep_id, before=week.start),
        holidays={each.day for each in get_calendar(access=access, period=week).holidays},
        today=today,
        rules=rules,
    )


def propose_week(
    *,
    plan: WeekPlan,
    outlets: Sequence[Outlet],
    last_planned: Mapping[str, dt.date],
    holidays: Collection[dt.date],
    today: dt.date,
    rules: Rules,
) -> Proposal:
    """Return a week in which every due outlet is planned once; it changes nothing.

    Past days, and stops already visited or cancelled, stay. The same data have the same answer.

    :param plan: the week as it is
    :param last_planned: when each outlet was last planned before this week
    """
    kept = {
        day.day: [stop.outlet.id for stop in day.stops if day.is_past or stop.is_fixed]
        for day in plan.days
    }
    seen = {customer for customers in kept.values() for customer in customers}
    seen |= {call.customer_id for day in plan.days for call in day.unplanned}
    due = [
        outlet
        for outlet in outlets
        if outlet.id not in seen and _is_due(outlet, plan.week.start, last_planned, rules)
    ]
    days = [
        day.day
        for day in plan.days
        if day.day >= today
        and day.day.isoweekday() in rules.working_days
        and day.day not in holidays
    ]
    sizes = _even_sizes([len(kept[day]) for day in days], len(due), rules.most_stops)
    # Less important ones give way when the week is full.
    due.sort(key=lambda outlet: (outlet.customer_class, outlet.name, outlet.id))
    places = sum(sizes)
    spread = _spread(due[:places], sizes)
    arrangement = dict(kept)
    for day, chosen in zip(days, spread, strict=True):
        arrangement[day] = kept[day] + [outlet.id for outlet in chosen]
    return Proposal(arrangement=arrangement, left_out=tuple(reversed(due[places:])))


def short_way(outlets: Sequence[Outlet]) -> list[Outlet]:
    """Return the outlets in the order of a short way; those without a position come last."""
    located = [outlet for outlet in outlets if outlet.position]
    order = order_day(_metres(located)) if located else []
    return [located[index] for index in order] + [o for o in outlets if not o.position]


def _is_due(
    outlet: Outlet, monday: dt.date, last_planned: Mapping[str, dt.date], rules: Rules
) -> bool:
    between = rules.weeks_between[outlet.customer_class]
    last = last_planned.get(outlet.id)
    if last is not None:
        return monday.toordinal() // 7 - last.toordinal() // 7 >= between
    # Never planned: spread over the weeks, or all monthly outlets would come in the first one.
    return int(outlet.id[-8:], 16) % between == monday.toordinal() // 7 % between


def _even_sizes(taken: Sequence[int], count: int, most: int) -> list[int]:
    """Give each day as many more stops as make the days equally long."""
    sizes = [0] * len(taken)
    for _ in range(count):
        open_days = [day for day in range(len(taken)) if taken[day] + sizes[day] < most]
        if not open_days:
            break
        sizes[min(open_days, key=lambda day: taken[day] + sizes[day])] += 1
    return sizes


def _spread(outlets: Sequence[Outlet], sizes: Sequence[int]) -> list[list[Outlet]]:
    located = [outlet for outlet in outlets if outlet.position]
    nowhere = [outlet for outlet in outlets if not outlet.position]
    left = list(sizes)
    unlocated: list[list[Outlet]] = [[] for _ in sizes]
    for outlet in nowhere:
        day = max(range(len(left)), key=left.__getitem__)
        left[day] -= 1
        unlocated[day].append(outlet)
    split = split_days(_metres(located), left) if located else [[] for _ in sizes]
    return [
        short_way([located[index] for index in chosen]) + others
        for chosen, others in zip(split, unlocated, strict=True)
    ]


def _metres(outlets: Sequence[Outlet]) -> list[list[int]]:
    places: list[Position] = [outlet.position for outlet in outlets if outlet.position]
    return [[round(haversine_m(here, there)) for there in places] for here in places]
