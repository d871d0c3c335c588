"""
Whether a check-in happened at the customer: inside, outside, or honestly uncertain.

The same function judges on the phone and on the server; the server's word counts. A fix alone
proves nothing: its distance and its accuracy together do (docs/check-in.md).
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from shared.checkin.evidence import Fence, Fix
from shared.geo import degrees_apart_m
from shared.vocabulary import Verdict

MAX_FIX_AGE_S = 120.0
R95_PER_R68 = 1.62
# The radius that holds 68 % of a circular Gaussian error is 1.5096 standard deviations.
_R68_PER_SIGMA = 1.5096
_INTEGRATION_POINTS = 48
_MOST_RIM_POINTS = 128
_NEWTON_STEPS = 6


class VerdictReason(StrEnum):
    """Why a verdict is uncertain."""

    NO_FIX = "no_fix"
    NO_CUSTOMER_POINT = "no_customer_point"
    STALE_FIX = "stale_fix"
    UNKNOWN_ACCURACY = "unknown_accuracy"
    WEAK_FIX = "weak_fix"
    FENCE_EDGE = "fence_edge"


@dataclass(slots=True, kw_only=True)
class Judgement:
    """The answer, with everything it was derived from."""

    verdict: Verdict
    reason: VerdictReason | None = None
    distance_m: float | None = None
    r68_m: float | None = None
    probability_inside: float | None = None
    """Probability that the phone was inside; None where distance or accuracy say nothing."""

    @property
    def r95_m(self) -> float | None:
        """Return the radius that holds the true position with 95 % probability."""
        return None if self.r68_m is None else R95_PER_R68 * self.r68_m


def judge(fix: Fix | None, fence: Fence) -> Judgement:
    """Judge a fix against the fence that was valid at capture."""
    if fix is None:
        return Judgement(verdict=Verdict.UNCERTAIN, reason=VerdictReason.NO_FIX)
    if fence.latitude is None or fence.longitude is None:
        return Judgement(
            verdict=Verdict.UNCERTAIN,
            reason=VerdictReason.NO_CUSTOMER_POINT,
            r68_m=fix.accuracy_m,
        )
    distance = degrees_apart_m(fix.latitude, fix.longitude, fence.latitude, fence.longitude)
    if fix.age_s > MAX_FIX_AGE_S:
        return Judgement(
            verdict=Verdict.UNCERTAIN,
            reason=VerdictReason.STALE_FIX,
            distance_m=distance,
            r68_m=fix.accuracy_m,
        )
    if fix.accuracy_m == 0:
        # Some platforms say 0 m for a simulated fix, or where they do not know.
        return Judgement(
            verdict=Verdict.UNCERTAIN,
            reason=VerdictReason.UNKNOWN_ACCURACY,
            distance_m=distance,
        )
    return judge_distance(distance, r68_m=fix.accuracy_m, radius_m=fence.radius_m)


def judge_distance(distance: float, *, r68_m: float, radius_m: float) -> Judgement:
    """Judge a distance in metres to the centre of a fence, known with this 68 % accuracy."""
    r95_m = R95_PER_R68 * r68_m
    verdict, reason = Verdict.UNCERTAIN, None
    if distance + r95_m <= radius_m:
        verdict = Verdict.INSIDE
    elif distance - r95_m > radius_m:
        verdict = Verdict.OUTSIDE
    elif r95_m > radius_m:
        reason = VerdictReason.WEAK_FIX
    else:
        reason = VerdictReason.FENCE_EDGE
    return Judgement(
        verdict=verdict,
        reason=reason,
        distance_m=distance,
        r68_m=r68_m,
        probability_inside=probability_inside(distance, r68_m=r68_m, radius_m=radius_m),
    )


def probability_inside(distance: float, *, r68_m: float, radius_m: float) -> float:
    """
    Return the probability that the true position lies within the radius of the centre.

    The error is taken as a circular Gaussian around the fix, so the distance follows a Rice
    distribution. Its mass over the disc is integrated, good to eight digits.
    """
    sigma = r68_m / _R68_PER_SIGMA
    # Beyond nine standard deviations nothing is left to add.
    if distance + 9 * sigma <= radius_m:
        return 1.0
    if distance - 9 * sigma >= radius_m:
        return 0.0
    points = 8 + int(math.pi * math.sqrt(radius_m * distance) / sigma)
    if points > _MOST_RIM_POINTS:
        return _mass_by_slices(distance, sigma, radius_m)
    return _mass_by_rim(distance, sigma, radius_m, points=points + -points % 8)


def _mass_by_rim(distance: float, sigma: float, radius_m: float, *, points: int) -> float:
    """
    Integrate along the rim, where it is told by one exponential a point.

    By Green's theorem the mass of all rays from the fix to the rim. Once around it is a smooth
    periodic function, for which the trapezoid rule's error falls exponentially with the points.
    """
    twice_variance = 2 * sigma * sigma
    level = (radius_m * radius_m + distance * distance) / twice_variance
    swing = 2 * radius_m * distance / twice_variance
    own, across = radius_m * radius_m / twice_variance, radius_m * distance / twice_variance
    total = 0.0
    for cosine, weight in _half_circle(points):
        exponent = level - swing * cosine
        mean = -math.expm1(-exponent) / exponent if exponent > 0 else 1.0
        total += weight * (own - across * cosine) * mean
    return min(1.0, max(0.0, total))


@cache
def _half_circle(points: int) -> tuple[tuple[float, float], ...]:
    """Return the cosines and weights of the trapezoid rule over half a circle: both are alike."""
    inner = ((math.cos(math.pi * number / points), 1 / points) for number in range(1, points))
    return ((1.0, 0.5 / points), *inner, (-1.0, 0.5 / points))


def _mass_by_slices(distance: float, sigma: float, radius_m: float) -> float:
    """
    Integrate along the line through fix and centre, where the cross-section has a closed form.

    By Gauss and Legendre; for errors so small beside the radius that the rim has too many points.
    """
    low = max(-radius_m, distance - 9 * sigma)
    high = min(radius_m, distance + 9 * sigma)
    # x = radius * sin(angle) takes the square root's steep ends out of the integrand.
    start, end = math.asin(low / radius_m), math.asin(high / radius_m)
    middle, half = (start + end) / 2, (end - start) / 2
    spread = sigma * math.sqrt(2)
    total = 0.0
    for node, weight in _gauss_legendre(_INTEGRATION_POINTS):
        angle = middle + half * node
        along = (radius_m * math.sin(angle) - distance) / spread
        half_width = radius_m * math.cos(angle)
        total += weight * math.exp(-along * along) * math.erf(half_width / spread) * half_width
    return min(1.0, total * half / (spread * math.sqrt(math.pi)))


@cache
def _gauss_legendre(count: int) -> tuple[tuple[float, float], ...]:
    """
    Return nodes between -1 and 1 and their weights: the roots of a Legendre polynomial.

    By Newton's method from Tricomi's guess; Abramowitz and Stegun, 25.4.29.
    """
    points = []
    for number in range(1, count + 1):
        root = math.cos(math.pi * (number - 0.25) / (count + 0.5))
        for _ in range(_NEWTON_STEPS):
            before, value = 1.0, root
            for degree in range(2, count + 1):
                before, value = (
                    value,
                    ((2 * degree - 1) * root * value - (degree - 1) * before) / degree,
                )
            slope = count * (root * value - before) / (root * root - 1)
            root -= value / slope
        points.append((root, 2 / ((1 - root * root) * slope * slope)))
    return tuple(points)
