"""The verdict is three-valued, and more doubt never makes it more certain."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.checkin import verdict
from shared.checkin.evidence import Fence, Fix
from shared.checkin.verdict import VerdictReason, judge, judge_distance, probability_inside
from shared.vocabulary import Verdict

NOON = dt.datetime(2026, 3, 2, 5, tzinfo=dt.UTC)
METRES = st.floats(min_value=0, max_value=5_000)
RADIUS = st.floats(min_value=10, max_value=500)
JAKARTA = (-6.1753924, 106.8271528)


def fix(
    latitude: float = JAKARTA[0],
    longitude: float = JAKARTA[1],
    *,
    accuracy_m: float = 8,
    age_s: float = 0,
) -> Fix:
    return Fix(
        latitude=latitude, longitude=longitude, accuracy_m=accuracy_m, age_s=age_s, fix_at=NOON
    )


def fence(latitude: float | None = JAKARTA[0], longitude: float | None = JAKARTA[1]) -> Fence:
    return Fence(customer_id="toko", latitude=latitude, longitude=longitude)


@pytest.mark.parametrize(
    ("distance", "r68_m", "verdict", "reason"),
    [
        (0, 8, Verdict.INSIDE, None),
        (87, 8, Verdict.INSIDE, None),
        (88, 8, Verdict.UNCERTAIN, VerdictReason.FENCE_EDGE),
        (112, 8, Verdict.UNCERTAIN, VerdictReason.FENCE_EDGE),
        (113, 8, Verdict.OUTSIDE, None),
        (0, 150, Verdict.UNCERTAIN, VerdictReason.WEAK_FIX),
        (100, 0, Verdict.INSIDE, None),
        (100.001, 0, Verdict.OUTSIDE, None),
    ],
)
def test_distance_and_accuracy_decide_together(
    distance: float, r68_m: float, verdict: Verdict, reason: VerdictReason | None
) -> None:
    judgement = judge_distance(distance, r68_m=r68_m, radius_m=100)

    assert (judgement.verdict, judgement.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("distance", "r68_m", "expected"), [(95, 20, 0.62), (120, 60, 0.25), (0, 150, 0.40)]
)
def test_the_probability_inside_is_the_published_one(
    distance: float, r68_m: float, expected: float
) -> None:
    assert round(probability_inside(distance, r68_m=r68_m, radius_m=100), 2) == expected


@given(r68_m=st.floats(min_value=0.01, max_value=2_000), radius_m=RADIUS)
def test_at_the_centre_the_probability_has_a_closed_form(r68_m: float, radius_m: float) -> None:
    sigma = r68_m / 1.5096

    probability = probability_inside(0, r68_m=r68_m, radius_m=radius_m)

    assert probability == pytest.approx(-math.expm1(-((radius_m / sigma) ** 2) / 2), abs=1e-6)


@given(
    share=st.floats(min_value=0, max_value=3),
    r68_m=st.floats(min_value=4, max_value=2_000),
    radius_m=st.floats(min_value=20, max_value=100),
)
def test_along_the_rim_and_by_slices_the_probability_is_the_same(
    share: float, r68_m: float, radius_m: float
) -> None:
    distance = share * radius_m

    by_rim = probability_inside(distance, r68_m=r68_m, radius_m=radius_m)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdict, "_MOST_RIM_POINTS", 0)
        by_slices = probability_inside(distance, r68_m=r68_m, radius_m=radius_m)

    assert by_rim == pytest.approx(by_slices, abs=1e-8)


@given(near=METRES, further=METRES, r68_m=st.floats(min_value=0, max_value=2_000), radius_m=RADIUS)
def test_going_away_never_makes_it_more_inside(
    near: float, further: float, r68_m: float, radius_m: float
) -> None:
    near, further = sorted((near, further))
    order = [Verdict.INSIDE, Verdict.UNCERTAIN, Verdict.OUTSIDE]

    at_near = judge_distance(near, r68_m=r68_m, radius_m=radius_m)
    at_further = judge_distance(further, r68_m=r68_m, radius_m=radius_m)

    assert order.index(at_near.verdict) <= order.index(at_further.verdict)
    assert at_near.probability_inside is not None
    assert at_further.probability_inside is not None
    assert at_near.probability_inside >= at_further.probability_inside - 1e-6


@given(distance=METRES, r68_m=METRES, more=METRES, radius_m=RADIUS)
def test_a_larger_accuracy_never_ends_a_doubt(
    distance: float, r68_m: float, more: float, radius_m: float
) -> None:
    before = judge_distance(distance, r68_m=r68_m, radius_m=radius_m)
    after = judge_distance(distance, r68_m=r68_m + more, radius_m=radius_m)

    assert after.verdict in (before.verdict, Verdict.UNCERTAIN)


@given(
    latitude=st.floats(min_value=-0.001, max_value=0.001),
    longitude=st.floats(min_value=-0.001, max_value=0.001),
    moved=st.floats(min_value=-70, max_value=70),
    accuracy_m=st.floats(min_value=0.1, max_value=200),
)
def test_moving_both_points_around_the_globe_changes_nothing(
    latitude: float, longitude: float, moved: float, accuracy_m: float
) -> None:
    here = judge(fix(latitude, longitude, accuracy_m=accuracy_m), fence(0, 0))
    there = judge(fix(latitude, longitude + moved, accuracy_m=accuracy_m), fence(0, moved))

    assert here.distance_m == pytest.approx(there.distance_m, abs=1e-3)
    assert here.probability_inside == pytest.approx(there.probability_inside, abs=1e-2)


@pytest.mark.parametrize(
    ("the_fix", "the_fence", "reason"),
    [
        (None, fence(), VerdictReason.NO_FIX),
        (None, fence(None, None), VerdictReason.NO_FIX),
        (fix(), fence(None, None), VerdictReason.NO_CUSTOMER_POINT),
        (fix(age_s=121), fence(), VerdictReason.STALE_FIX),
    ],
)
def test_missing_or_old_evidence_is_uncertain_and_says_why(
    the_fix: Fix | None, the_fence: Fence, reason: VerdictReason
) -> None:
    judgement = judge(the_fix, the_fence)

    assert (judgement.verdict, judgement.reason) == (Verdict.UNCERTAIN, reason)
    assert judgement.probability_inside is None


def test_a_fix_of_two_minutes_still_counts() -> None:
    assert judge(fix(age_s=120), fence()).verdict is Verdict.INSIDE


@pytest.mark.parametrize(
    "broken",
    [
        {"latitude": 91.0},
        {"latitude": math.nan},
        {"longitude": -180.5},
        {"accuracy_m": -1.0},
        {"accuracy_m": math.inf},
        {"age_s": -0.1},
    ],
)
def test_an_impossible_fix_is_refused(broken: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(broken))):
        fix(**broken)


def test_a_fence_needs_a_whole_point_and_a_radius() -> None:
    with pytest.raises(ValueError, match="both"):
        Fence(customer_id="toko", latitude=1.0, longitude=None)
    with pytest.raises(ValueError, match="radius_m"):
        Fence(customer_id="toko", latitude=None, longitude=None, radius_m=0)


def test_an_accuracy_of_nothing_is_unknown_and_proves_nothing() -> None:
    """Some platforms report 0 m for a simulated fix."""
    for north in (0.0, 0.01):
        judgement = judge(fix(north, 0, accuracy_m=0), fence(0, 0))

        assert judgement.verdict is Verdict.UNCERTAIN
        assert judgement.reason is VerdictReason.UNKNOWN_ACCURACY
        assert judgement.probability_inside is None
