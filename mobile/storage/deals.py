"""Deals on the phone, orders among them."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

WORTH = "CASE WHEN deal.currency = :currency THEN deal.amount_minor ELSE deal.base_amount_minor END"
"""What a deal is worth in the organisation's currency; empty while the office has not said it."""


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a deal on the wire as columns; the amount is the sum of the lines where it has any."""
    lines = row.get("lines") or []
    amount = sum(
        line["quantity"] * line["unit_price_minor"] - line.get("discount_minor", 0)
        for line in lines
    )
    return {
        "customer_id": row.get("customer_id"),
        "visit_id": row.get("visit_id"),
        "title": row.get("title") or "",
        "stage_key": row["stage_key"],
        "amount_minor": amount if lines else row.get("amount_minor") or 0,
        "currency": row["currency"],
        "base_amount_minor": None if row.get("waits_for_rate") else row.get("base_amount_minor"),
        "lines": json.dumps(lines),
        "note": row.get("note") or "",
        "source": row.get("source") or "",
        "expected_close_on": row.get("expected_close_on"),
        "lost_reason": row.get("lost_reason") or "",
        "voided": int(row.get("voided", False)),
        "closed_on": row.get("closed_on"),
    }


def open_of_customer(connection: sqlite3.Connection, customer_id: str) -> list[sqlite3.Row]:
    """Return a customer's deals that are neither won nor lost, with the stage's name."""
    return connection.execute(
        "SELECT deal.*, stage.name AS stage_name FROM deal JOIN stage ON stage.id = deal.stage_key"
        " WHERE deal.customer_id = ? AND NOT deal.voided AND stage.kind IN ('lead', 'open')"
        " ORDER BY stage.position DESC, deal.id DESC",
        (customer_id,),
    ).fetchall()


def usual_basket(connection: sqlite3.Connection, customer_id: str) -> list[sqlite3.Row]:
    """Return what a customer orders: of the last ten orders, the products found most often.

    `orders` of `all_orders` hold the product; `quantity` is the mean of those.
    """
    return connection.execute(
        """
        WITH recent AS MATERIALIZED (
            SELECT deal.id, deal.lines FROM deal
            JOIN stage ON stage.id = deal.stage_key AND stage.kind = 'won'
            WHERE deal.customer_id = ? AND NOT deal.voided
            ORDER BY coalesce(deal.closed_on, '9999') DESC, deal.id DESC LIMIT 10
        )
        SELECT product.id, product.name, count(DISTINCT recent.id) AS orders,
            avg(line.value ->> 'quantity') AS quantity,
            (SELECT count(*) FROM recent) AS all_orders
        FROM recent, json_each(recent.lines) AS line
        JOIN product ON product.id = line.value ->> 'product_id' AND product.active
        GROUP BY product.id ORDER BY orders DESC, product.name COLLATE NOCASE LIMIT 5
        """,
        (customer_id,),
    ).fetchall()


def last_order(
    connection: sqlite3.Connection, customer_id: str, *, but_visit: str
) -> sqlite3.Row | None:
    """Return a customer's newest order but for a visit's: its day and its lines."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT coalesce(deal.closed_on, visit.day, presence.day) AS day, deal.lines FROM deal"
        " JOIN stage ON stage.id = deal.stage_key AND stage.kind = 'won'"
        " LEFT JOIN visit ON visit.id = deal.visit_id"
        " LEFT JOIN presence ON presence.visit_id = visit.id AND presence.kind = 'check_in'"
        " WHERE deal.customer_id = ? AND NOT deal.voided AND deal.lines != '[]'"
        " AND coalesce(deal.visit_id, '') != ?"
        " ORDER BY coalesce(deal.closed_on, '9999') DESC, deal.id DESC LIMIT 1",
        (customer_id, but_visit),
    ).fetchone()
    return row


def orders_of_visit(connection: sqlite3.Connection, visit_id: str) -> list[sqlite3.Row]:
    """Return the orders taken in a visit, oldest first."""
    return connection.execute(
        "SELECT * FROM deal WHERE visit_id = ? AND NOT voided ORDER BY id", (visit_id,)
    ).fetchall()


def amounts_by_visit(
    connection: sqlite3.Connection, visit_ids: Iterable[str]
) -> dict[str, dict[str, int]]:
    """Return what the orders of each visit that has any come to, minor units by currency."""
    ids = list(visit_ids)
    amounts: dict[str, dict[str, int]] = {}
    for visit_id, currency, amount in connection.execute(
        "SELECT visit_id, currency, sum(amount_minor) AS amount FROM deal"  # noqa: S608
        f" WHERE NOT voided AND visit_id IN ({', '.join('?' * len(ids))})"
        " GROUP BY visit_id, currency HAVING amount > 0 ORDER BY min(id)",
        ids,
    ):
        amounts.setdefault(visit_id, {})[currency] = amount
    return amounts


def worth_of_visits(
    connection: sqlite3.Connection, visit_ids: Iterable[str], *, currency: str
) -> dict[str, int]:
    """Return what the orders of these visits are worth in the organisation's currency.

    Beside it, by their own currencies, stand those of which the office has not said it.
    """
    rows = connection.execute(
        f"SELECT iif({WORTH} IS NULL, currency, :currency) AS told_in,"  # noqa: S608
        f" sum(coalesce({WORTH}, amount_minor)) FROM deal"
        " WHERE NOT voided AND visit_id IN (SELECT value FROM json_each(:ids)) GROUP BY told_in"
        " ORDER BY told_in",
        {"currency": currency, "ids": json.dumps(list(visit_ids))},
    )
    return {row[0]: row[1] for row in rows}


def find(connection: sqlite3.Connection, deal_id: str) -> sqlite3.Row | None:
    """Return a deal with its customer's name, or None where the phone has none of that id."""
    row: sqlite3.Row | None = connection.execute(
        f"{_DEALS} WHERE deal.id = ?", (deal_id,)
    ).fetchone()
    return row


def by_stage(connection: sqlite3.Connection, currency: str) -> dict[str, tuple[int, int, int]]:
    """Return how many deals stand in each stage, what they are worth, and how many of them wait.

    :param currency: the organisation's, in whose minor units that is; those that wait for the
        office's word on another currency are not in it
    """
    rows = connection.execute(
        f"SELECT stage_key, count(*), coalesce(sum({WORTH}), 0), count(*) - count({WORTH})"  # noqa: S608
        " FROM deal WHERE NOT voided GROUP BY stage_key",
        {"currency": currency},
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def of_stage(connection: sqlite3.Connection, stage_key: str, *, limit: int) -> list[sqlite3.Row]:
    """Return deals of a stage: the one to close first at the top, then the newest."""
    return connection.execute(
        f"{_DEALS} WHERE deal.stage_key = ? AND NOT deal.voided"
        " ORDER BY deal.expected_close_on IS NULL, deal.expected_close_on, deal.id DESC LIMIT ?",
        (stage_key, limit),
    ).fetchall()


def sources(connection: sqlite3.Connection, *, limit: int) -> list[str]:
    """Return where leads came from so far, the most frequent first."""
    rows = connection.execute(
        "SELECT source FROM deal WHERE source NOT IN ('', 'visit')"
        " GROUP BY source ORDER BY count(*) DESC, source LIMIT ?",
        (limit,),
    )
    return [row["source"] for row in rows]


_DEALS = (
    "SELECT deal.*, customer.name AS customer_name FROM deal"
    " LEFT JOIN customer ON customer.id = deal.customer_id"
)
