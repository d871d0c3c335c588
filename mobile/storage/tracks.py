"""Fixes of the day's track that wait to fill a chunk."""

import sqlite3
from dataclasses import dataclass

from shared.sync import chain
from shared.sync.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFix:
    """A point of the track."""

    at_ms: int
    latitude: float
    longitude: float
    accuracy_m: float
    is_mock: bool


def add(connection: sqlite3.Connection, fix: TrackFix) -> None:
    """Keep a point; a second one of the same instant is the same point."""
    connection.execute(
        "INSERT OR IGNORE INTO track_fix (at_ms, latitude, longitude, accuracy_m, is_mock)"
        " VALUES (?, ?, ?, ?, ?)",
        (fix.at_ms, fix.latitude, fix.longitude, fix.accuracy_m, fix.is_mock),
    )


def of_period(connection: sqlite3.Connection, *, start_ms: int, end_ms: int) -> list[TrackFix]:
    """Return the points of a period that this phone still has, sent ones too, oldest first."""
    points = [fix for fix in waiting(connection) if start_ms <= fix.at_ms < end_ms]
    # A chunk is made within minutes of its last fix, by the same clock.
    for (line,) in connection.execute(
        "SELECT line FROM outbox WHERE entity = 'track' AND made_at_ms >= ?", (start_ms,)
    ):
        for at_ms, latitude, longitude, accuracy_m, is_mock in Change.from_body(
            chain.split(line)[0]
        ).data["fixes"]:
            if start_ms <= at_ms < end_ms:
                points.append(
                    TrackFix(
                        at_ms=at_ms,
                        latitude=latitude,
                        longitude=longitude,
                        accuracy_m=accuracy_m,
                        is_mock=bool(is_mock),
                    )
                )
    return sorted(points, key=lambda fix: fix.at_ms)


def waiting(connection: sqlite3.Connection) -> list[TrackFix]:
    """Return the points that are in no chunk yet, oldest first."""
    rows = connection.execute("SELECT * FROM track_fix ORDER BY at_ms")
    return [
        TrackFix(
            at_ms=row["at_ms"],
            latitude=row["latitude"],
            longitude=row["longitude"],
            accuracy_m=row["accuracy_m"],
            is_mock=bool(row["is_mock"]),
        )
        for row in rows
    ]


def clear(connection: sqlite3.Connection) -> None:
    """Forget them: they are in a chunk."""
    connection.execute("DELETE FROM track_fix")
