"""What was read of single months, kept until one of them is counted again.

A visit that comes moves numbers of its own month alone; a quarter with its weeks, and the one it is
compared with, is read from half a year.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar, cast

from server.metrics.rollups.months import EVERY_MONTH, number_of
from server.metrics.sql.cache import may_keep, months_kept
from server.metrics.sql.reach import By, Reach
from shared.time import Grain, Period

Value = TypeVar("Value")
Found = Mapping[Period, Mapping[str | None, Value]]
"""What was found in each piece of time for each holder."""

_LONGEST_DAYS = 1100
"""Longer pieces are read as they are: from before all days on, for instance."""


def kept_by_month(
    what: Hashable,
    pieces: Sequence[Period],
    reach: Reach,
    *,
    read: Callable[[Sequence[Period]], Found[Value]],
    weight: Callable[[Value], int],
    is_little: bool = False,
) -> Found[Value]:
    """
    Return what is found in these pieces of time, cut by months; callers do not change it.

    :param what: with pieces and reach all that it depends on, besides the numbers of reps and teams
    :param read: of pieces that do not overlap
    :param weight: roughly how many bytes it takes
    :param is_little: also of each of a thousand reps: more would push everything else out
    """
    if (reach.by is By.REP and not is_little) or not may_keep() or _are_long(pieces):
        return read(pieces)
    kept, versions = months_kept()
    common = _stands_for(what, reach, versions.get(EVERY_MONTH))
    keys = {
        part: (common, part, versions.get(number_of(part.start)))
        for piece in pieces
        for part in piece.split(Grain.MONTH)
    }
    found = {part: kept.find(key) for part, key in keys.items()}
    if missing := [part for part, each in found.items() if each is None]:
        now = read(missing)
        for part in missing:
            found[part] = values = now.get(part, {})
            kept.keep(keys[part], values, sum(map(weight, values.values())))
    return cast(Found[Value], found)


def inside(period: Period, found: Found[Value]) -> list[Mapping[str | None, Value]]:
    """Return what was found in the pieces of a period."""
    start, end = period.start, period.end
    return [each for piece, each in found.items() if start <= piece.start and piece.end <= end]


@lru_cache(maxsize=4096)
def _stands_for(*_: Hashable) -> object:
    """Return what stands for this in keys: to tell a reach from others takes long, a part of it."""
    return object()


def _are_long(pieces: Sequence[Period]) -> bool:
    return any(piece.length_days > _LONGEST_DAYS for piece in pieces)
