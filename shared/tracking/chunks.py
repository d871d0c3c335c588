"""The day's track as phones send it: chunks of fixes, put together and filtered."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from shared.tracking.points import CLOCKS_DIFFER, TrackPoint, believable, pieces

Piece = list[TrackPoint]
MAX_FIXES = 60
"""In one chunk: what a phone sends at once."""


def read_fixes(fixes: Iterable[Sequence[Any]]) -> list[TrackPoint]:
    """Return the fixes of a chunk, rows `[unix_ms, latitude, longitude, accuracy_m, is_mock]`."""
    return [
        TrackPoint(
            latitude,
            longitude,
            dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC),
            # 0 m is how some platforms say that they do not know.
            accuracy_m or None,
            bool(is_mock),
        )
        for at_ms, latitude, longitude, accuracy_m, is_mock in fixes
    ]


def pieces_of_chunks(
    chunks: Iterable[tuple[Iterable[Sequence[Any]], dt.datetime]],
) -> list[Piece]:
    """Return the pieces that these chunks make together, oldest first; between them is a gap.

    :param chunks: fixes, and when the server received them
    """
    points: list[TrackPoint] = []
    latest = dt.datetime.min.replace(tzinfo=dt.UTC)
    for fixes, received_at in chunks:
        points += (fix for fix in read_fixes(fixes) if fix.at <= received_at + CLOCKS_DIFFER)
        latest = max(latest, received_at)
    # All at once: chunks may overlap, and a jump may lie where two meet.
    return pieces(believable(points, until=latest))
