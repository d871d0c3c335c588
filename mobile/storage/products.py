"""Products on the phone. `currency`: of the prices; empty for the organisation's."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a product on the wire as columns."""
    return {
        "sku": row["sku"],
        "name": row["name"],
        "category": row.get("category") or "",
        "unit": row.get("unit") or "",
        "price_minor": row["price_minor"],
        "prices": json.dumps(row.get("prices") or {}),
        "active": int(row.get("active", True)),
    }


_PRICED = "SELECT *, iif(:currency = '', price_minor, prices ->> :currency) AS price FROM product"
"""`price` is empty where the product has none in the currency."""


def search(
    connection: sqlite3.Connection, text: str, *, currency: str, limit: int
) -> list[sqlite3.Row]:
    """Return products on sale whose name, number or category contains the text, by name.

    Those without a price in the currency come last.
    """
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return connection.execute(
        f"{_PRICED} WHERE active AND (name LIKE :pattern ESCAPE '\\'"
        " OR sku LIKE :pattern ESCAPE '\\' OR category LIKE :pattern ESCAPE '\\')"
        " ORDER BY price IS NULL, name COLLATE NOCASE LIMIT :limit",
        {"currency": currency, "pattern": pattern, "limit": limit},
    ).fetchall()


def find(
    connection: sqlite3.Connection, product_id: str, *, currency: str = ""
) -> sqlite3.Row | None:
    """Return a product, or None where the phone has none of that id."""
    row: sqlite3.Row | None = connection.execute(
        f"{_PRICED} WHERE id = :id", {"currency": currency, "id": product_id}
    ).fetchone()
    return row


def find_by_sku(connection: sqlite3.Connection, sku: str, *, currency: str) -> sqlite3.Row | None:
    """Return the product on sale of exactly this number, in large or small letters, or None."""
    row: sqlite3.Row | None = connection.execute(
        f"{_PRICED} WHERE active AND sku = :sku COLLATE NOCASE ORDER BY id LIMIT 1",
        {"currency": currency, "sku": sku},
    ).fetchone()
    return row


def on_sale(
    connection: sqlite3.Connection, ids: Sequence[str], *, currency: str
) -> list[sqlite3.Row]:
    """Return the products of these ids that are on sale, in this order, each once."""
    wanted = list(dict.fromkeys(ids))
    rows = connection.execute(
        f"{_PRICED} WHERE active AND id IN (SELECT value FROM json_each(:ids))",  # noqa: S608
        {"currency": currency, "ids": json.dumps(wanted)},
    )
    found = {row["id"]: row for row in rows}
    return [found[product_id] for product_id in wanted if product_id in found]


def names(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the name of every product by its id."""
    return {row["id"]: row["name"] for row in connection.execute("SELECT id, name FROM product")}


def prices(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the list price of every product by its id, minor units."""
    rows = connection.execute("SELECT id, price_minor FROM product")
    return {row["id"]: row["price_minor"] for row in rows}
