"""A day held against its plan."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from shared.geo import Position
from shared.tracking.deviations import (
    DeviationKind,
    PlannedStop,
    UnplannedVisit,
    compare,
    way_m,
)
from shared.tracking.stops import Stop

NINE = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def stop(number: int, visited: int | None = None, *, cancelled: str | None = None) -> PlannedStop:
    """Return a stop a kilometre south of the one before, visited in this hour of the day."""
    return PlannedStop(
        number=number,
        name=f"Stop {number}",
        position=Position(-6.0 - number * 0.009, 106.8),
        visited_at=None if visited is None else NINE + visited * HOUR,
        cancel_reason=cancelled,
    )


def stay(latitude: float, minutes: int) -> Stop:
    until = NINE + dt.timedelta(minutes=minutes)
    return Stop(arrived_at=NINE, left_at=until, centre=Position(latitude, 106.8), first=0, last=1)


def test_a_day_as_planned_has_nothing_to_say() -> None:
    assert compare([stop(1, 0), stop(2, 1)], [], [stay(-6.009, 40)]) == []


def test_each_kind_is_told_with_its_stop() -> None:
    plan = [stop(1, 3), stop(2, 0), stop(3), stop(4, cancelled="Closed for a wedding"), stop(5, 1)]
    extra = UnplannedVisit(name="Kios", visit_id="v", visited_at=NINE + 2 * HOUR)

    found = compare(plan, [extra], [stay(-6.2, 14), stay(-6.2, 15)])

    assert [(each.kind, each.number, each.reason) for each in found] == [
        (DeviationKind.OUT_OF_ORDER, 1, ""),
        (DeviationKind.MISSED, 3, ""),
        (DeviationKind.CANCELLED, 4, "Closed for a wedding"),
        (DeviationKind.STANDING, None, ""),
        (DeviationKind.UNPLANNED, None, ""),
    ]


@given(st.permutations(range(1, 9)))
def test_without_those_out_of_order_the_others_were_in_order(order: list[int]) -> None:
    hours = {number: hour for hour, number in enumerate(order)}
    plan = [stop(number, hours[number]) for number in range(1, 9)]

    out = {each.number for each in compare(plan, [], [])}

    kept = [number for number in order if number not in out]
    assert kept == sorted(kept)
    # Nobody could have left more in place: each subset in order is as long at most.
    longest = max(
        (
            sum(mask >> place & 1 for place in range(8))
            for mask in range(256)
            if (run := [order[place] for place in range(8) if mask >> place & 1]) == sorted(run)
        ),
        default=0,
    )
    assert len(kept) == longest


def test_the_way_leaves_out_stops_without_a_point() -> None:
    places = [Position(-6.0, 106.8), None, Position(-6.009, 106.8)]
    assert 990 < way_m(places) < 1010
    assert way_m([]) == 0
