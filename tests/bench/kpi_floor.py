"""The floor of the KPI bench: main totals by hand-written SQL, and by DuckDB from the same rows.

Three statements, as somebody would write them who needs no drill-down, no late data and no second
run: totals of visits with their orders and plan, totals of closed deals, and customer by day.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from server.platform.database import db
from server.platform.transaction import transaction

VISITS = """
WITH won AS (
    SELECT visit_id, sum(base_amount_minor) AS value_minor FROM deal
    WHERE kind = 'won' AND voided_at IS NULL AND deleted_at IS NULL AND visit_id IS NOT NULL
    GROUP BY visit_id
), line AS (
    SELECT d.visit_id, count(DISTINCT l.product_id) AS products
    FROM deal d JOIN deal_line l ON l.deal_id = d.id
    WHERE d.kind = 'won' AND d.voided_at IS NULL AND d.deleted_at IS NULL AND d.visit_id IS NOT NULL
    GROUP BY d.visit_id
), plan AS (
    SELECT DISTINCT rep_id, day, customer_id FROM journey_stop
    WHERE state = 'planned' AND deleted_at IS NULL
)
SELECT v.rep_id, v.day, count(*) AS calls,
    sum(CASE WHEN state = 'completed' THEN 1 ELSE 0 END) AS completed,
    sum(CASE WHEN won.visit_id IS NOT NULL THEN 1 ELSE 0 END) AS productive,
    sum(CASE WHEN plan.customer_id IS NOT NULL THEN 1 ELSE 0 END) AS planned_calls,
    count(DISTINCT plan.customer_id) AS planned_visited,
    sum(CASE WHEN verdict = 'inside' THEN 1 ELSE 0 END) AS inside,
    sum(CASE WHEN verdict = 'outside' THEN 1 ELSE 0 END) AS outside,
    sum(CASE WHEN verdict = 'uncertain' THEN 1 ELSE 0 END) AS uncertain,
    sum(CASE WHEN time_trust <> 'verified' THEN 1 ELSE 0 END) AS unverified,
    sum(CASE WHEN no_sale_reason IS NOT NULL THEN 1 ELSE 0 END) AS no_sale,
    sum(CASE WHEN duration_s IS NOT NULL THEN 1 ELSE 0 END) AS timed,
    sum(duration_s) AS duration_s,
    sum(CASE WHEN won.visit_id IS NOT NULL THEN duration_s ELSE 0 END) AS productive_s,
    sum(won.value_minor) AS sales_minor, sum(line.products) AS products,
    min(started_at) AS first_at, max(ended_at) AS last_at,
    min(started_clock_s) AS first_clock_s, max(ended_clock_s) AS last_clock_s
FROM visit v
LEFT JOIN won ON won.visit_id = v.id
LEFT JOIN line ON line.visit_id = v.id
LEFT JOIN plan ON plan.rep_id = v.rep_id AND plan.day = v.day AND plan.customer_id = v.customer_id
WHERE v.started_at IS NOT NULL AND v.deleted_at IS NULL AND v.state <> 'cancelled'
GROUP BY v.rep_id, v.day
"""
DEALS = """
WITH margin AS (
    SELECT l.deal_id, sum(l.amount_minor - l.quantity * p.cost_minor) AS margin_minor,
        sum(l.amount_minor) AS costed_minor
    FROM deal_line l JOIN product p ON p.id = l.product_id
    WHERE p.cost_minor IS NOT NULL GROUP BY l.deal_id
), closed AS (
    SELECT d.*, row_number() OVER (
            PARTITION BY customer_id, kind ORDER BY closed_day, closed_at, id
        ) AS number,
        lag(base_amount_minor) OVER (
            PARTITION BY customer_id, kind ORDER BY closed_day, closed_at, id
        ) AS value_before_minor
    FROM deal d
    WHERE kind IN ('won', 'lost') AND voided_at IS NULL AND deleted_at IS NULL
        AND closed_day IS NOT NULL
)
SELECT closed_rep_id, closed_day,
    sum(CASE WHEN kind = 'won' THEN 1 ELSE 0 END) AS won,
    sum(CASE WHEN kind = 'won' AND opportunity_day IS NOT NULL THEN 1 ELSE 0 END) AS won_from,
    sum(CASE WHEN kind = 'lost' AND opportunity_day IS NOT NULL THEN 1 ELSE 0 END) AS lost_from,
    sum(CASE WHEN kind = 'won' THEN base_amount_minor ELSE 0 END) AS revenue_minor,
    sum(CASE WHEN kind = 'won' AND number > 1 THEN 1 ELSE 0 END) AS existing,
    sum(CASE WHEN kind = 'won' AND number = 1 THEN 1 ELSE 0 END) AS first,
    sum(CASE WHEN kind = 'won' AND base_amount_minor > value_before_minor THEN 1 ELSE 0 END) AS up,
    sum(margin_minor) AS margin_minor, sum(costed_minor) AS costed_minor
FROM closed LEFT JOIN margin ON margin.deal_id = closed.id
GROUP BY closed_rep_id, closed_day
"""
CUSTOMERS = """
SELECT rep_id, day, customer_id, sum(calls) AS calls, sum(inside) AS inside, sum(won) AS won
FROM (
    SELECT rep_id, day, customer_id, 1 AS calls,
        CASE WHEN verdict = 'inside' THEN 1 ELSE 0 END AS inside, 0 AS won
    FROM visit WHERE started_at IS NOT NULL AND deleted_at IS NULL AND state <> 'cancelled'
    UNION ALL
    SELECT closed_rep_id, closed_day, customer_id, 0, 0, 1
    FROM deal WHERE kind = 'won' AND voided_at IS NULL AND deleted_at IS NULL
) part GROUP BY rep_id, day, customer_id
"""
STATEMENTS = (VISITS, DEALS, CUSTOMERS)
_TABLES = ("visit", "deal", "deal_line", "journey_stop", "product")


def floor_s() -> float:
    """Run the statements in the application's database; return the seconds they took."""
    started = time.perf_counter()
    for number, statement in enumerate(STATEMENTS):
        with transaction():
            db.session.execute(text(f"CREATE TABLE bench_floor_{number} AS {statement}"))
    return time.perf_counter() - started


def duckdb_s() -> float:
    """Run the statements in DuckDB, over the raw rows; return the seconds without reading them."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        for table in _TABLES:
            file = Path(folder) / f"{table}.csv"
            with file.open("wb") as output:
                output.writelines(_csv(table))
            connection.execute(f"CREATE TABLE {table} AS FROM read_csv('{file}', header = true)")
            file.unlink()
        started = time.perf_counter()
        for number, statement in enumerate(STATEMENTS):
            connection.execute(f"CREATE TABLE floor_{number} AS {statement}")
        return time.perf_counter() - started


def _csv(table: str) -> Iterator[bytes]:
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        with cursor.copy(f"COPY {table} TO STDOUT (FORMAT csv, HEADER)") as copy:
            yield from copy
    finally:
        connection.close()
