"""What the office counts of the rep, as it was last told."""

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.metrics.own import OwnFigure

_COUNTED = ("visit", "check_in", "check_out", "deal", "stop.cancel")
"""Changes that can move a number of the rep."""


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of a month on the wire as columns."""
    return {
        "month": row["month"],
        "as_of_ms": row["as_of_ms"],
        "currency": row["currency"],
        "figures": json.dumps(row["figures"]),
    }


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The numbers of a month."""

    as_of_ms: int
    """All that had arrived there by then is in them."""
    currency: str
    figures: Mapping[str, OwnFigure]
    """By key of the metric."""


def of_month(connection: sqlite3.Connection, month: dt.date) -> MonthFigures | None:
    """Return what the office counts in the month that begins on a day; None where it told none."""
    row = connection.execute(
        "SELECT as_of_ms, currency, figures FROM own_figure WHERE month = ?", (month.isoformat(),)
    ).fetchone()
    if row is None:
        return None
    figures = json.loads(row["figures"])
    return MonthFigures(
        row["as_of_ms"],
        row["currency"],
        {key: OwnFigure.from_wire(figure) for key, figure in figures.items()},
    )


def sent_after(connection: sqlite3.Connection, at_ms: int) -> int | None:
    """Return when the office last took what may move a number; None if not after a moment."""
    marks = ", ".join("?" * len(_COUNTED))
    [newest] = connection.execute(
        f"SELECT max(settled_at_ms) FROM outbox WHERE entity IN ({marks})"  # noqa: S608
        " AND state = 'settled' AND status NOT IN ('conflict', 'rejected') AND settled_at_ms > ?",
        (*_COUNTED, at_ms),
    ).fetchone()
    return newest
