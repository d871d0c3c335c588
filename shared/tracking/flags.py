"""What is odd about the fixes of a track: each is kept as it came, and gets a code where it is."""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

from shared.tracking.points import CLOCKS_DIFFER, WORST_ACCURACY_M


class FixFlag(StrEnum):
    """Why a fix is left out wherever the track is read, or read with care."""

    FUTURE = "future_fix"
    """Measured after it was received."""
    DUPLICATE = "duplicate_fix"
    """Another fix of the same moment came before it."""
    NOWHERE = "zero_position"
    """At 0° 0°, how broken receivers say that they do not know."""
    WEAK = "weak_fix"
    UNKNOWN_ACCURACY = "unknown_accuracy"
    """0 m, how some platforms say that they do not know; it is not left out."""


Flags = dict[str, list[int]]
"""Codes, each with the times of the fixes it is about in Unix milliseconds."""


def flag_fixes(
    fixes: Iterable[Sequence[Any]], *, received_ms: int, known_ms: Collection[int] = ()
) -> Flags:
    """Return what is odd about fixes; empty where nothing is.

    :param fixes: rows `[unix_ms, latitude, longitude, accuracy_m, is_mock]`
    :param known_ms: times of fixes of the same rep that came before
    """
    found: Flags = {}
    seen: set[int] = set()
    for at_ms, latitude, longitude, accuracy_m, _ in fixes:
        if is_future(at_ms, received_ms=received_ms):
            found.setdefault(FixFlag.FUTURE, []).append(at_ms)
        if at_ms in seen or at_ms in known_ms:
            found.setdefault(FixFlag.DUPLICATE, []).append(at_ms)
        seen.add(at_ms)
        if not latitude and not longitude:
            found.setdefault(FixFlag.NOWHERE, []).append(at_ms)
        if accuracy_m > WORST_ACCURACY_M:
            found.setdefault(FixFlag.WEAK, []).append(at_ms)
        elif not accuracy_m:
            found.setdefault(FixFlag.UNKNOWN_ACCURACY, []).append(at_ms)
    return found


def is_future(at_ms: int, *, received_ms: int) -> bool:
    """Return whether a fix says that it was measured after it was received."""
    return at_ms > received_ms + CLOCKS_DIFFER.total_seconds() * 1000
