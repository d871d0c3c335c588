"""The floor of the KPI bench: the same totals by hand-written SQL, and in DuckDB.

Statements as somebody would write them who needs no fact rows, no lists of customers, no days of
teams, no late data and no second run: what each rep did on a day at customers of each class, the
plan beside it, deals closed and begun, the pipeline, and customer by day. Class, team and owner are
those of the day. Each fills an empty table that has the key of what the application fills.

Left out is what is no plain sum: the order of stops and tracks.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from server.platform.database import db, is_postgresql
from server.platform.transaction import transaction
from shared.vocabulary import NoSaleReason

_CLASS = """
LEFT JOIN customer c ON c.id = {row}.customer_id
LEFT JOIN past_customer_class p
    ON p.customer_id = {row}.customer_id AND p.start_on <= {row}.day AND p.end_on > {row}.day
"""
_TEAM = """
LEFT JOIN team_membership m ON m.user_id = {rep}
    AND m.start_on <= {day} AND (m.end_on IS NULL OR m.end_on > {day})
"""
_VISITED = "started_at IS NOT NULL AND deleted_at IS NULL AND state <> 'cancelled'"
_WON = "kind = 'won' AND voided_at IS NULL AND deleted_at IS NULL"
_UNSOLD = "completed AND won.visit_id IS NULL"
_NO_SALE = ",\n".join(
    f"    sum(CASE WHEN {_UNSOLD} AND no_sale_reason = '{reason}' THEN 1 ELSE 0 END)"
    f" AS no_sale_{reason}"
    for reason in NoSaleReason
)
# Names and words of our own.
VISITS = f"""
WITH won AS (
    SELECT visit_id, sum(base_amount_minor) AS value_minor FROM deal
    WHERE {_WON} AND visit_id IS NOT NULL
    GROUP BY visit_id
), line AS (
    SELECT d.visit_id, count(DISTINCT l.product_id) AS products
    FROM deal d JOIN deal_line l ON l.deal_id = d.id
    WHERE {_WON} AND d.visit_id IS NOT NULL
    GROUP BY d.visit_id
), plan AS (
    SELECT DISTINCT rep_id, day, customer_id FROM journey_stop
    WHERE state = 'planned' AND deleted_at IS NULL
), step AS (
    SELECT s.id, v.id AS visit_id, row_number() OVER (
            PARTITION BY s.id ORDER BY v.started_at DESC, v.id DESC
        ) AS place
    FROM stage_change s
    JOIN deal d ON d.id = s.deal_id
    JOIN stage now ON now.key = s.to_stage
    JOIN stage before ON before.key = s.from_stage
    JOIN visit v ON v.customer_id = d.customer_id AND v.started_at <= s.at
        AND v.day >= {{fortnight_before}} AND v.day <= {{two_days_later}}
    WHERE (now.position > before.position OR now.kind = 'won')
        AND now.kind NOT IN ('lost', 'disqualified') AND before.kind <> 'won'
        AND d.voided_at IS NULL AND d.deleted_at IS NULL
        AND v.started_at IS NOT NULL AND v.deleted_at IS NULL AND v.state <> 'cancelled'
), advanced AS (
    SELECT DISTINCT visit_id FROM step WHERE place = 1
), call AS (
    SELECT id, rep_id, day, customer_id, state = 'completed' AS completed, verdict, time_trust,
        auto_closed, no_sale_reason, duration_s, started_at, ended_at, started_clock_s,
        ended_clock_s, state = 'completed' AND duration_s IS NOT NULL AND NOT auto_closed AS timed
    FROM visit WHERE {_VISITED}
)
SELECT v.rep_id, v.day, coalesce(p.customer_class, c.customer_class) AS customer_class, m.team_id,
    count(*) AS calls,
    sum(CASE WHEN completed THEN 1 ELSE 0 END) AS completed,
    sum(CASE WHEN won.visit_id IS NOT NULL THEN 1 ELSE 0 END) AS productive,
    sum(CASE WHEN completed AND won.visit_id IS NOT NULL THEN 1 ELSE 0 END) AS productive_completed,
    sum(CASE WHEN {_UNSOLD} THEN 1 ELSE 0 END) AS unproductive,
    sum(CASE WHEN plan.customer_id IS NOT NULL THEN 1 ELSE 0 END) AS planned_calls,
    sum(CASE WHEN verdict = 'inside' THEN 1 ELSE 0 END) AS inside,
    sum(CASE WHEN verdict = 'outside' THEN 1 ELSE 0 END) AS outside,
    sum(CASE WHEN verdict = 'uncertain' THEN 1 ELSE 0 END) AS uncertain,
    sum(CASE WHEN time_trust IS NULL OR time_trust <> 'verified' THEN 1 ELSE 0 END) AS unverified,
    sum(CASE WHEN completed AND auto_closed THEN 1 ELSE 0 END) AS auto_closed,
    sum(CASE WHEN {_UNSOLD} AND no_sale_reason IS NOT NULL THEN 1 ELSE 0 END) AS no_sale,
{_NO_SALE},
    sum(CASE WHEN advanced.visit_id IS NOT NULL THEN 1 ELSE 0 END) AS advancing,
    sum(CASE WHEN timed THEN 1 ELSE 0 END) AS timed,
    sum(CASE WHEN timed THEN duration_s ELSE 0 END) AS duration_s,
    sum(CASE WHEN timed AND won.visit_id IS NOT NULL THEN 1 ELSE 0 END) AS productive_timed,
    sum(CASE WHEN timed AND won.visit_id IS NOT NULL THEN duration_s ELSE 0 END) AS productive_s,
    sum(won.value_minor) AS sales_minor, sum(line.products) AS products,
    min(started_at) AS first_at, max(ended_at) AS last_at,
    min(started_clock_s) AS first_clock_s, max(ended_clock_s) AS last_clock_s
FROM call v
LEFT JOIN won ON won.visit_id = v.id
LEFT JOIN line ON line.visit_id = v.id
LEFT JOIN advanced ON advanced.visit_id = v.id
LEFT JOIN plan ON plan.rep_id = v.rep_id AND plan.day = v.day AND plan.customer_id = v.customer_id
{_CLASS.format(row="v")} {_TEAM.format(rep="v.rep_id", day="v.day")}
GROUP BY v.rep_id, v.day, coalesce(p.customer_class, c.customer_class), m.team_id
"""  # noqa: S608
PLAN = f"""
WITH visited AS (SELECT DISTINCT rep_id, day, customer_id FROM visit WHERE {_VISITED})
SELECT s.rep_id, s.day, coalesce(p.customer_class, c.customer_class) AS customer_class,
    count(DISTINCT CASE WHEN s.state = 'planned' THEN s.customer_id END) AS planned,
    count(DISTINCT CASE WHEN s.state = 'planned' THEN v.customer_id END) AS visited,
    sum(CASE WHEN s.state = 'cancelled' THEN 1 ELSE 0 END) AS cancelled
FROM journey_stop s
LEFT JOIN visited v ON v.rep_id = s.rep_id AND v.day = s.day AND v.customer_id = s.customer_id
{_CLASS.format(row="s")}
WHERE s.deleted_at IS NULL
GROUP BY s.rep_id, s.day, coalesce(p.customer_class, c.customer_class)
"""  # noqa: S608
DEALS = f"""
WITH margin AS (
    SELECT l.deal_id, sum(l.amount_minor - l.quantity * p.cost_minor) AS margin_minor,
        sum(l.amount_minor) AS costed_minor
    FROM deal_line l JOIN product p ON p.id = l.product_id
    WHERE p.cost_minor IS NOT NULL GROUP BY l.deal_id
), closed AS (
    SELECT d.*, {{cycle}} AS cycle, {{lead_cycle}} AS lead_cycle,
        row_number() OVER (
            PARTITION BY customer_id, kind ORDER BY closed_day, closed_at, id
        ) AS number,
        lag(base_amount_minor) OVER (
            PARTITION BY customer_id, kind ORDER BY closed_day, closed_at, id
        ) AS value_before_minor
    FROM deal d
    WHERE kind IN ('won', 'lost') AND voided_at IS NULL AND deleted_at IS NULL
        AND closed_day IS NOT NULL
), category AS (
    SELECT closed.id, row_number() OVER (
            PARTITION BY closed.customer_id, p.category ORDER BY closed.number
        ) AS time
    FROM closed JOIN deal_line l ON l.deal_id = closed.id JOIN product p ON p.id = l.product_id
    WHERE closed.kind = 'won' AND p.category <> ''
), cross_sell AS (
    SELECT DISTINCT id FROM category WHERE time = 1
)
SELECT closed_rep_id AS rep_id, closed_day AS day, m.team_id,
    sum(CASE WHEN kind = 'won' THEN 1 ELSE 0 END) AS won,
    sum(CASE WHEN kind = 'won' AND opportunity_day IS NOT NULL THEN 1 ELSE 0 END) AS won_from,
    sum(CASE WHEN kind = 'won' AND opportunity_day IS NOT NULL THEN base_amount_minor ELSE 0 END)
        AS won_from_minor,
    sum(CASE WHEN kind = 'lost' AND opportunity_day IS NOT NULL THEN 1 ELSE 0 END) AS lost_from,
    sum(CASE WHEN kind = 'lost' AND opportunity_day IS NOT NULL THEN base_amount_minor ELSE 0 END)
        AS lost_from_minor,
    sum(CASE WHEN kind = 'won' THEN base_amount_minor ELSE 0 END) AS revenue_minor,
    sum(CASE WHEN kind = 'won' AND base_amount_minor > 0 THEN 1 ELSE 0 END) AS valued,
    sum(CASE WHEN kind = 'won' AND cycle >= 0 THEN cycle ELSE 0 END) AS cycle_days,
    sum(CASE WHEN kind = 'won' AND cycle >= 0 THEN 1 ELSE 0 END) AS cycles,
    sum(CASE WHEN kind = 'won' AND lead_cycle >= 0 THEN lead_cycle ELSE 0 END) AS lead_cycle_days,
    sum(CASE WHEN kind = 'won' AND lead_cycle >= 0 THEN 1 ELSE 0 END) AS lead_cycles,
    sum(CASE WHEN cycle >= 0 THEN cycle ELSE 0 END) AS closed_days,
    sum(CASE WHEN cycle >= 0 THEN 1 ELSE 0 END) AS closed_cycles,
    sum(CASE WHEN cycle < 0 THEN 1 ELSE 0 END) AS cycle_errors,
    sum(CASE WHEN kind = 'won' AND number > 1 THEN 1 ELSE 0 END) AS existing,
    sum(CASE WHEN kind = 'won' AND number = 1 THEN 1 ELSE 0 END) AS first,
    sum(CASE WHEN kind = 'won' AND number > 1 AND cross_sell.id IS NOT NULL THEN 1 ELSE 0 END)
        AS cross_sold,
    sum(CASE WHEN kind = 'won' AND number > 1 AND cross_sell.id IS NOT NULL
        THEN base_amount_minor ELSE 0 END) AS cross_sold_minor,
    sum(CASE WHEN kind = 'won' AND cross_sell.id IS NULL AND base_amount_minor > value_before_minor
        THEN 1 ELSE 0 END) AS up,
    sum(CASE WHEN kind = 'won' AND cross_sell.id IS NULL AND base_amount_minor > value_before_minor
        THEN base_amount_minor ELSE 0 END) AS up_minor,
    sum(margin_minor) AS margin_minor, sum(costed_minor) AS costed_minor
FROM closed
LEFT JOIN margin ON margin.deal_id = closed.id
LEFT JOIN cross_sell ON cross_sell.id = closed.id
{_TEAM.format(rep="closed.closed_rep_id", day="closed.closed_day")}
GROUP BY closed_rep_id, closed_day, m.team_id
"""  # noqa: S608
PIPELINE = """
WITH move AS (
    SELECT s.rep_id, s.day, now.kind, d.base_amount_minor AS value_minor,
        coalesce(past.probability_percent, now.probability_percent) AS percent,
        lag(s.rep_id) OVER life AS rep_before, lag(now.kind) OVER life AS kind_before,
        lag(coalesce(past.probability_percent, now.probability_percent)) OVER life
            AS percent_before
    FROM stage_change s
    JOIN deal d ON d.id = s.deal_id
    JOIN stage now ON now.key = s.to_stage
    LEFT JOIN past_stage_probability past
        ON past.stage_key = s.to_stage AND past.start_on <= s.day AND past.end_on > s.day
    WHERE d.voided_at IS NULL AND d.deleted_at IS NULL
    WINDOW life AS (PARTITION BY s.deal_id ORDER BY s.at, s.id)
), step AS (
    SELECT rep_id, day, kind, value_minor, percent, 1 AS sign FROM move
    UNION ALL
    SELECT rep_before, day, kind_before, value_minor, percent_before, -1 FROM move
    WHERE rep_before IS NOT NULL
), part AS (
    SELECT rep_id, day,
        CASE WHEN kind = 'lead' THEN sign ELSE 0 END AS open_leads,
        CASE WHEN kind = 'lead' THEN sign * value_minor ELSE 0 END AS open_leads_minor,
        CASE WHEN kind = 'open' THEN sign ELSE 0 END AS open_opportunities,
        CASE WHEN kind = 'open' THEN sign * value_minor ELSE 0 END AS open_minor,
        CASE WHEN kind = 'open' THEN sign * (value_minor * percent / 100) ELSE 0 END AS weighted,
        0 AS leads, 0 AS leads_on, 0 AS leads_won, 0 AS opportunities, 0 AS opportunities_minor,
        0 AS opportunities_won
    FROM step
    UNION ALL
    SELECT lead_rep_id, lead_day, 0, 0, 0, 0, 0, 1,
        CASE WHEN opportunity_day IS NOT NULL THEN 1 ELSE 0 END,
        CASE WHEN kind = 'won' THEN 1 ELSE 0 END, 0, 0, 0
    FROM deal WHERE lead_day IS NOT NULL AND voided_at IS NULL AND deleted_at IS NULL
    UNION ALL
    SELECT opportunity_rep_id, opportunity_day, 0, 0, 0, 0, 0, 0, 0, 0, 1, base_amount_minor,
        CASE WHEN kind = 'won' THEN 1 ELSE 0 END
    FROM deal WHERE opportunity_day IS NOT NULL AND voided_at IS NULL AND deleted_at IS NULL
)
SELECT rep_id, day, sum(open_leads) AS open_leads, sum(open_leads_minor) AS open_leads_minor,
    sum(open_opportunities) AS open_opportunities, sum(open_minor) AS open_minor,
    sum(weighted) AS weighted, sum(leads) AS leads, sum(leads_on) AS leads_on,
    sum(leads_won) AS leads_won, sum(opportunities) AS opportunities,
    sum(opportunities_minor) AS opportunities_minor, sum(opportunities_won) AS opportunities_won
FROM part GROUP BY rep_id, day
"""
CUSTOMERS = f"""
WITH numbered AS (
    SELECT closed_rep_id AS rep_id, closed_day AS day, customer_id, row_number() OVER (
            PARTITION BY customer_id ORDER BY closed_day, closed_at, id
        ) AS number
    FROM deal WHERE {_WON} AND customer_id IS NOT NULL AND closed_day IS NOT NULL
), part AS (
    SELECT rep_id, day, customer_id, 1 AS calls,
        CASE WHEN verdict = 'inside' THEN 1 ELSE 0 END AS inside, 0 AS won, 0 AS first
    FROM visit WHERE {_VISITED}
    UNION ALL
    SELECT rep_id, day, customer_id, 0, 0, 1, CASE WHEN number = 1 THEN 1 ELSE 0 END
    FROM numbered
), both_ AS (
    SELECT rep_id, day, customer_id, sum(calls) AS calls, sum(inside) AS inside, sum(won) AS won,
        sum(first) AS first
    FROM part GROUP BY rep_id, day, customer_id
)
SELECT b.rep_id, b.day, b.customer_id, m.team_id,
    coalesce(p.customer_class, c.customer_class) AS customer_class,
    CASE WHEN a.rep_id IS NOT NULL THEN 1 ELSE 0 END AS assigned, b.calls, b.inside, b.won, b.first
FROM both_ b
{_CLASS.format(row="b")} {_TEAM.format(rep="b.rep_id", day="b.day")}
LEFT JOIN customer_assignment a ON a.customer_id = b.customer_id AND a.rep_id = b.rep_id
    AND a.start_on <= b.day AND (a.end_on IS NULL OR a.end_on > b.day)
"""  # noqa: S608
STATEMENTS = (
    (VISITS, "rep_id, day, customer_class"),
    (PLAN, "rep_id, day, customer_class"),
    (DEALS, "rep_id, day"),
    (PIPELINE, "rep_id, day"),
    (CUSTOMERS, "rep_id, day, customer_id"),
)
"""What is selected, and the key of the table it fills."""
_TABLES = (
    *("visit", "deal", "deal_line", "journey_stop", "product", "stage", "stage_change"),
    *("past_stage_probability", "customer", "customer_assignment", "past_customer_class"),
    "team_membership",
)
_DATES = {
    "postgresql": {
        "cycle": "closed_day - opportunity_day",
        "lead_cycle": "closed_day - lead_day",
        "fortnight_before": "s.day - 14",
        "two_days_later": "s.day + 2",
    },
    "sqlite": {
        "cycle": "CAST(julianday(closed_day) - julianday(opportunity_day) AS INTEGER)",
        "lead_cycle": "CAST(julianday(closed_day) - julianday(lead_day) AS INTEGER)",
        "fortnight_before": "date(s.day, '-14 days')",
        "two_days_later": "date(s.day, '+2 days')",
    },
}


def floor_s() -> float:
    """Run the statements in the application's database; return the seconds they took."""
    kind = "postgresql" if is_postgresql() else "sqlite"
    with transaction():
        for number, (statement, key) in enumerate(STATEMENTS):
            name, select = f"bench_floor_{number}", statement.format_map(_DATES[kind])
            db.session.execute(text(f"CREATE TABLE {name} AS {select} LIMIT 0"))
            db.session.execute(text(f"CREATE UNIQUE INDEX {name}_key ON {name} ({key})"))
    started = time.perf_counter()
    for number, (statement, _) in enumerate(STATEMENTS):
        select = statement.format_map(_DATES[kind])
        with transaction():
            if is_postgresql():
                # As the application sets them for its own statements.
                db.session.execute(text("SET LOCAL jit = off"))
                db.session.execute(text("SET LOCAL work_mem = '64MB'"))
            # Names of our own tables and columns.
            db.session.execute(text(f"INSERT INTO bench_floor_{number} {select}"))
    seconds = time.perf_counter() - started
    with transaction():
        for number in range(len(STATEMENTS)):
            db.session.execute(text(f"DROP TABLE bench_floor_{number}"))
    return seconds


def duckdb_s() -> float:
    """Run the statements in DuckDB, over the raw rows; return the seconds without reading them."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        for table in _TABLES:
            file = Path(folder) / f"{table}.csv"
            with file.open("wb") as output:
                output.writelines(_csv(table))
            # An empty table's file does not tell its types.
            connection.execute(f"CREATE TABLE {table} ({_columns(table)})")
            connection.execute(f"COPY {table} FROM '{file}' (HEADER)")
            file.unlink()
        started = time.perf_counter()
        for number, (statement, _) in enumerate(STATEMENTS):
            select = statement.format_map(_DATES["postgresql"])
            connection.execute(f"CREATE TABLE floor_{number} AS {select}")
        return time.perf_counter() - started


def _columns(table: str) -> str:
    names = "SELECT column_name, data_type FROM information_schema.columns"
    where = "WHERE table_name = :table AND table_schema = current_schema()"
    statement = text(f"{names} {where} ORDER BY ordinal_position")
    rows = db.session.execute(statement, {"table": table})
    return ", ".join(
        f'"{name}" {"VARCHAR" if kind in {"json", "jsonb"} else kind}' for name, kind in rows
    )


def _csv(table: str) -> Iterator[bytes]:
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        with cursor.copy(f"COPY {table} TO STDOUT (FORMAT csv, HEADER)") as copy:
            yield from copy
    finally:
        connection.close()
