"""What is a stop and what is not."""

import datetime as dt

from shared.tracking.stops import find_stops
from tests.unit.shared.tracking.test_points import NINE, fix

MINUTE = dt.timedelta(minutes=1)


def test_a_stay_is_a_stop_until_the_first_fix_beyond_the_radius() -> None:
    track = [fix(0), fix(4, north_m=20), fix(8, north_m=99), fix(9, north_m=300)]

    (stop,) = find_stops(track)

    assert (stop.arrived_at, stop.left_at) == (NINE, NINE + 9 * MINUTE)
    assert (stop.first, stop.last) == (0, 2)


def test_passing_through_is_no_stop() -> None:
    assert find_stops([fix(minute, north_m=60 * minute) for minute in range(30)]) == []


def test_a_phone_that_was_switched_off_is_no_data() -> None:
    """Off for three hours at the customer's: two minutes known before, three after."""
    track = [fix(0), fix(2), fix(182), fix(185), fix(186, north_m=500)]

    assert find_stops(track) == []
    assert len(find_stops(track, gap=None)) == 1


def test_what_was_known_before_the_phone_was_switched_off_still_counts() -> None:
    track = [fix(0), fix(7), fix(187), fix(188, north_m=500)]

    (stop,) = find_stops(track)

    assert stop.duration == 7 * MINUTE
    assert find_stops(track, unfinished=False) == []


def test_the_least_duration_is_compared_as_asked() -> None:
    track = [fix(0), fix(3), fix(5, north_m=300)]

    assert len(find_stops(track, or_equal=True)) == 1
    assert find_stops(track, or_equal=False) == []


def test_an_empty_track_and_a_single_fix_have_no_stops() -> None:
    assert find_stops([]) == []
    assert find_stops([fix(0)]) == []
