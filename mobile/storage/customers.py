"""Customers on the phone: their columns, and the search over fifty thousand of them."""

import heapq
import math
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from shared.geo import Position, bounding_box, haversine_m

_WORD = re.compile(r"\w+")
# A word found so often narrows nothing down; then the order (by name, by distance) is walked.
_COMMON = 8_000
_SEARCH_RADII_M = (500, 2_000, 8_000, 32_000, 128_000)
_FARTHEST_M = 1_000_000


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a customer on the wire as columns."""
    return {
        "code": row.get("code") or "",
        "name": row["name"],
        "customer_class": row.get("customer_class") or "",
        "contact_name": row.get("contact_name") or "",
        "phone": row.get("phone") or "",
        "email": row.get("email") or "",
        "address": row.get("address") or "",
        "city": row.get("city") or "",
        "notes": row.get("notes") or "",
        "latitude": row.get("latitude"),
        "longitude": row.get("longitude"),
        "radius_m": row.get("radius_m"),
        "location_version": row.get("location_version") or 0,
        "is_prospect": int(row.get("is_prospect", True)),
    }


def index_words(connection: sqlite3.Connection, customer_id: str) -> None:
    """Bring the search words of a customer up to date, after it was written."""
    row = connection.execute(
        "SELECT number, name, code, phone, city FROM customer WHERE id = ?", (customer_id,)
    ).fetchone()
    words = set(words_of(f"{row['name']} {row['code']} {row['phone']} {row['city']}"))
    indexed = connection.execute(
        "SELECT word FROM customer_word WHERE customer = ?", (row["number"],)
    )
    known = {word for (word,) in indexed}
    connection.executemany(
        "DELETE FROM customer_word WHERE word = ? AND customer = ?",
        [(word, row["number"]) for word in known - words],
    )
    connection.executemany(
        "INSERT INTO customer_word (word, customer) VALUES (?, ?)",
        [(word, row["number"]) for word in words - known],
    )


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def get(connection: sqlite3.Connection, customer_id: str) -> sqlite3.Row | None:
    """Return a customer, or None where the phone has none of that id."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM customer WHERE id = ?", (customer_id,)
    ).fetchone()
    return row


def search(
    connection: sqlite3.Connection, text: str, *, near: Position | None, limit: int
) -> list[sqlite3.Row]:
    """Return customers who match every word by its beginning; nearest first, else by name."""
    words = words_of(text)
    rarest, word = min(((_count(connection, word), word) for word in words), default=(_COMMON, ""))
    if rarest >= _COMMON:
        return _walk(connection, words, near, limit)
    others = [other for other in words if other != word]
    found = connection.execute(
        "SELECT DISTINCT number, name, latitude, longitude"  # noqa: S608
        " FROM customer_word JOIN customer ON customer.number = customer_word.customer"
        f" WHERE word >= ? AND word < ? {_HAS_WORD * len(others)}",
        (*_range(word), *_ranges(others)),
    )
    first = heapq.nsmallest(limit, found, key=_order(near))
    return [
        connection.execute("SELECT * FROM customer WHERE number = ?", (row["number"],)).fetchone()
        for row in first
    ]


def _walk(
    connection: sqlite3.Connection, words: Sequence[str], near: Position | None, limit: int
) -> list[sqlite3.Row]:
    """Go through the customers in their order; where many match, the first are found soon."""
    if near is not None:
        return _nearest(connection, words, near, limit)
    return connection.execute(
        f"SELECT * FROM customer WHERE 1 {_HAS_WORD * len(words)}"  # noqa: S608
        " ORDER BY name COLLATE NOCASE LIMIT ?",
        (*_ranges(words), limit),
    ).fetchall()


_HAS_WORD = (
    " AND EXISTS (SELECT 1 FROM customer_word AS w WHERE w.customer = customer.number"
    " AND w.word >= ? AND w.word < ?)"
)


def _nearest(
    connection: sqlite3.Connection, words: Sequence[str], near: Position, limit: int
) -> list[sqlite3.Row]:
    found: list[sqlite3.Row] = []
    for radius_m in (*_SEARCH_RADII_M, _FARTHEST_M):
        box = bounding_box(near, radius_m)
        found = connection.execute(
            "SELECT * FROM customer WHERE latitude BETWEEN ? AND ?"  # noqa: S608
            f" AND longitude BETWEEN ? AND ? {_HAS_WORD * len(words)}",
            (box.south, box.north, box.west, box.east, *_ranges(words)),
        ).fetchall()
        inside = [row for row in found if _distance(row, near) <= radius_m]
        if len(inside) >= limit:
            return heapq.nsmallest(limit, inside, key=_order(near))
    found += connection.execute(
        f"SELECT * FROM customer WHERE latitude IS NULL {_HAS_WORD * len(words)}"  # noqa: S608
        " ORDER BY name COLLATE NOCASE LIMIT ?",
        (*_ranges(words), limit),
    ).fetchall()
    return heapq.nsmallest(limit, found, key=_order(near))


def _order(near: Position | None) -> Callable[[sqlite3.Row], float | str]:
    """Return what to sort by: the name, or a measure that grows with the distance."""
    if near is None:
        return lambda row: row["name"].casefold()
    latitude, longitude = near.latitude, near.longitude
    shrink = math.cos(math.radians(latitude))

    def squared_degrees(row: sqlite3.Row) -> float:
        if row["latitude"] is None:
            return math.inf
        east = (row["longitude"] - longitude) * shrink
        return (row["latitude"] - latitude) ** 2 + east**2

    return squared_degrees


def _distance(row: sqlite3.Row, near: Position) -> float:
    if row["latitude"] is None:
        return float("inf")
    return haversine_m(Position(row["latitude"], row["longitude"]), near)


def _count(connection: sqlite3.Connection, word: str) -> int:
    count: int = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM customer_word WHERE word >= ? AND word < ? LIMIT ?)",
        (*_range(word), _COMMON),
    ).fetchone()[0]
    return count


def _range(word: str) -> tuple[str, str]:
    return word, word + "\U0010ffff"


def _ranges(words: Sequence[str]) -> list[str]:
    return [bound for word in words for bound in _range(word)]
