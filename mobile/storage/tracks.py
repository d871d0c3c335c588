"""Fixes of the day's track that wait to fill a chunk."""

import sqlite3
from dataclasses import dataclass


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
