"""The office's rules for check-ins outside the fence, and the codes that lifted them."""

import datetime as dt
import sqlite3
from typing import Any

from shared.checkin.policy import FenceRule, Policy, PolicyKind


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a rule on the wire as columns."""
    return {"kind": row["kind"], "key": row["key"], "rule": row["rule"], "depth": row["depth"]}


def policies(connection: sqlite3.Connection) -> list[Policy]:
    """Return the rules that hold for this phone's rep; the office sends no others."""
    rows = connection.execute("SELECT kind, key, rule, depth FROM fence_policy")
    return [
        Policy(PolicyKind(row["kind"]), row["key"], FenceRule(row["rule"]), row["depth"])
        for row in rows
        if row["kind"] in set(PolicyKind) and row["rule"] in set(FenceRule)
    ]


def used_codes(connection: sqlite3.Connection, *, customer_id: str, day: dt.date) -> set[int]:
    """Return the numbers of the codes that were used here."""
    rows = connection.execute(
        "SELECT number FROM fence_code WHERE customer_id = ? AND day = ?",
        (customer_id, day.isoformat()),
    )
    return {row["number"] for row in rows}


def use_code(
    connection: sqlite3.Connection, *, customer_id: str, day: dt.date, number: int
) -> None:
    """Note that a code is used up."""
    connection.execute(
        "INSERT INTO fence_code (customer_id, day, number) VALUES (?, ?, ?)",
        (customer_id, day.isoformat(), number),
    )


def wrong_tries_since(connection: sqlite3.Connection, at_ms: int) -> int:
    """Return how often a wrong code was typed from then on."""
    (count,) = connection.execute(
        "SELECT count(*) FROM fence_code_try WHERE at_ms >= ?", (at_ms,)
    ).fetchone()
    return int(count)


def note_wrong_try(connection: sqlite3.Connection, at_ms: int) -> None:
    """Note that a wrong code was typed."""
    connection.execute("INSERT INTO fence_code_try (at_ms) VALUES (?)", (at_ms,))
