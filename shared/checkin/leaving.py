"""Noticing that a rep has left without checking out, so that a check-out can be proposed.

Left is who was 300 m beyond the fence, even at the edge of the accuracy, for five minutes. The
visit then ended at the last moment inside.
"""

from dataclasses import dataclass

AWAY_M = 300.0
AWAY_MS = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of a rep in a visit; times are Unix milliseconds."""

    last_inside_ms: int
    away_since_ms: int | None = None


def follow(
    known: Presence, *, at_ms: int, distance_m: float, accuracy_m: float, radius_m: float
) -> Presence:
    """Return what a fix adds; one between fence and 300 m beyond it says neither in nor away."""
    if at_ms <= known.last_inside_ms:
        return known
    if distance_m - accuracy_m <= radius_m:
        return Presence(at_ms)
    if distance_m - accuracy_m > radius_m + AWAY_M:
        return Presence(known.last_inside_ms, known.away_since_ms or at_ms)
    return Presence(known.last_inside_ms)


def has_left(known: Presence, *, at_ms: int) -> bool:
    """Return whether the rep has been away for long enough."""
    return known.away_since_ms is not None and at_ms - known.away_since_ms >= AWAY_MS
