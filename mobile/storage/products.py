"""Products on the phone."""

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
        "active": int(row.get("active", True)),
    }


def search(connection: sqlite3.Connection, text: str, *, limit: int) -> list[sqlite3.Row]:
    """Return products on sale whose name, number or category contains the text, by name."""
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return connection.execute(
        "SELECT * FROM product WHERE active AND (name LIKE ? ESCAPE '\\' OR sku LIKE ? ESCAPE '\\'"
        " OR category LIKE ? ESCAPE '\\') ORDER BY name COLLATE NOCASE LIMIT ?",
        (pattern, pattern, pattern, limit),
    ).fetchall()


def find(connection: sqlite3.Connection, product_id: str) -> sqlite3.Row | None:
    """Return a product, or None where the phone has none of that id."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM product WHERE id = ?", (product_id,)
    ).fetchone()
    return row


def find_by_sku(connection: sqlite3.Connection, sku: str) -> sqlite3.Row | None:
    """Return the product on sale of exactly this number, in large or small letters, or None."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM product WHERE active AND sku = ? COLLATE NOCASE ORDER BY id LIMIT 1", (sku,)
    ).fetchone()
    return row


def on_sale(connection: sqlite3.Connection, ids: Sequence[str]) -> list[sqlite3.Row]:
    """Return the products of these ids that are on sale, in this order, each once."""
    wanted = list(dict.fromkeys(ids))
    rows = connection.execute(
        f"SELECT * FROM product WHERE active AND id IN ({', '.join('?' * len(wanted))})",  # noqa: S608
        wanted,
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
