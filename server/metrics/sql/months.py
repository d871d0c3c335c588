"""What was read of single months, kept until one of them is counted again.

A visit that comes moves numbers of its own month alone; a quarter with its weeks, and the one it is
compared with, is read from half a year.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
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
    together: Callable[[Sequence[Value]], Value],
    weight: Callable[[Value], int],
) -> Found[Value]:
    """
    Return what is found in these pieces of time; callers do not change it.

    :param what: with pieces and reach all that it depends on, besides the numbers of reps and teams
    :param read: of pieces that do not overlap
    :param together: of parts of one piece, in their order, what the piece has
    :param weight: roughly how many bytes it takes
    """
    # Those of a thousand reps would push everything else out.
    if reach.by is By.REP or not may_keep() or _are_long(pieces):
        return read(pieces)
    kept, versions = months_kept()
    parts = {piece: piece.split(Grain.MONTH) for piece in pieces}
    keys = {
        part: (what, reach, part, versions.get(EVERY_MONTH), versions.get(number_of(part.start)))
        for some in parts.values()
        for part in some
    }
    found = {part: kept.find(key) for part, key in keys.items()}
    if missing := [part for part, each in found.items() if each is None]:
        now = read(missing)
        for part in missing:
            found[part] = values = now.get(part, {})
            kept.keep(keys[part], values, sum(map(weight, values.values())))
    return {
        piece: _put_together(
            [cast(Mapping[str | None, Value], found[part]) for part in some], together
        )
        for piece, some in parts.items()
    }


def _are_long(pieces: Sequence[Period]) -> bool:
    return any(piece.length_days > _LONGEST_DAYS for piece in pieces)


def _put_together(
    parts: Sequence[Mapping[str | None, Value]], together: Callable[[Sequence[Value]], Value]
) -> Mapping[str | None, Value]:
    if len(parts) == 1:
        return parts[0]
    holders = dict.fromkeys(holder for part in parts for holder in part)
    return {
        holder: together([part[holder] for part in parts if holder in part]) for holder in holders
    }
