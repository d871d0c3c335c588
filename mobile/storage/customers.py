"""Customers on the phone: their columns, and what a search reads of them."""

import datetime as dt
import json
import re
import sqlite3
import unicodedata
from collections.abc import Sequence
from typing import Any

from mobile.storage import own_fields
from shared.custom_fields import PREFIX, values_of
from shared.geo import BoundingBox
from shared.vocabulary import CustomerClass
from shared.working import VisitWeeks

_WORD = re.compile(r"\w+")
_NO_DIGIT = re.compile(r"\D")
_CHUNK = 400
"""Ids in one statement; SQLite takes a limited number of parameters."""
_CLASS_MARK = "="
"""Begins the word that stands for a class; no word of a name can."""


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
        "currency": row.get("currency") or "",
        "custom_fields": json.dumps(values_of(row)),
    }


def as_sent(customer: sqlite3.Row) -> dict[str, Any]:
    """Return a row of the table as a customer on the wire."""
    own = own_fields.values(customer)
    return {**dict(customer), **{PREFIX + key: value for key, value in own.items()}}


def keep_search_texts(connection: sqlite3.Connection, customer_ids: Sequence[str]) -> None:
    """Bring what a search reads of these customers up to date, after they were written."""
    for start in range(0, len(customer_ids), _CHUNK):
        chunk = customer_ids[start : start + _CHUNK]
        rows = connection.execute(
            "SELECT number, name, code, phone, city, customer_class, latitude, longitude"  # noqa: S608
            f" FROM customer WHERE id IN ({', '.join('?' * len(chunk))})",
            chunk,
        ).fetchall()
        connection.executemany(
            "INSERT INTO customer_search (number, text, latitude, longitude) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (number) DO UPDATE SET text = excluded.text,"
            " latitude = excluded.latitude, longitude = excluded.longitude"
            " WHERE (text, latitude, longitude)"
            " IS NOT (excluded.text, excluded.latitude, excluded.longitude)",
            [
                (
                    row["number"],
                    search_text(
                        row["name"], row["code"], row["phone"], row["city"], row["customer_class"]
                    ),
                    row["latitude"],
                    row["longitude"],
                )
                for row in rows
            ],
        )


def search_text(name: str, code: str, phone: str, city: str, customer_class: str) -> str:
    """Return the words a customer is found by, each with a space before it; the name comes first.

    A phone number is found by its digits, however it is written, from the country's code or
    without it.
    """
    digits = _NO_DIGIT.sub("", phone)
    local = "0" + digits[2:] if phone.strip().startswith("+62") else ""
    words = words_of(f"{name} {code} {phone} {digits} {local} {city}")
    return "".join(f" {word}" for word in dict.fromkeys(words)) + class_needle(customer_class)


def class_needle(customer_class: str) -> str:
    """Return what stands for a class in the search text; nothing for no class."""
    return f" {_CLASS_MARK}{customer_class}" if customer_class else ""


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents."""
    if text.isascii():  # nothing to decompose
        return _WORD.findall(text.lower())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def get(connection: sqlite3.Connection, customer_id: str) -> sqlite3.Row | None:
    """Return a customer, or None where the phone has none of that id."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM customer WHERE id = ?", (customer_id,)
    ).fetchone()
    return row


def within(connection: sqlite3.Connection, box: BoundingBox, *, limit: int) -> list[sqlite3.Row]:
    """Return customers whose point lies in a box, those nearest to its middle first."""
    return connection.execute(
        "SELECT * FROM customer WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?"
        " ORDER BY (latitude - ?) * (latitude - ?) + (longitude - ?) * (longitude - ?) LIMIT ?",
        (
            box.south,
            box.north,
            box.west,
            box.east,
            *[(box.south + box.north) / 2] * 2,
            *[(box.west + box.east) / 2] * 2,
            limit,
        ),
    ).fetchall()


def by_numbers(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[sqlite3.Row]:
    """Return the customers of these numbers, in their order."""
    found = connection.execute(
        f"SELECT * FROM customer WHERE number IN ({', '.join('?' * len(numbers))})",  # noqa: S608
        numbers,
    )
    rows = {row["number"]: row for row in found}
    return [rows[number] for number in numbers if number in rows]


def visited(connection: sqlite3.Connection) -> set[int]:
    """Return the numbers of the customers with a visit on this phone."""
    return {row["number"] for row in connection.execute(_LAST_VISITS)}


def visited_in_time(connection: sqlite3.Connection, today: dt.date, every: VisitWeeks) -> set[int]:
    """Return the numbers of the customers whose class does not call for a visit yet."""
    since = {
        str(letter): (today - dt.timedelta(weeks=every.of(letter))).isoformat()
        for letter in CustomerClass
    }
    return {
        row["number"]
        for row in connection.execute(_LAST_VISITS)
        if row["day"] and row["day"] > since.get(row["customer_class"], since[CustomerClass.C])
    }


_LAST_VISITS = """
    SELECT customer.number, customer.customer_class,
        max(coalesce(visit.day, arrival.day)) AS day
    FROM visit
    JOIN customer ON customer.id = visit.customer_id
    LEFT JOIN presence AS arrival ON arrival.visit_id = visit.id AND arrival.kind = 'check_in'
    WHERE visit.state != 'cancelled'
    GROUP BY customer.number
"""
