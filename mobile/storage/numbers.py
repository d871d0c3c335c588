"""The measures of the rep's own numbers, summed from what lies on the phone.

The same counting as `server/metrics/rollups`, of one rep: what the office has said of a visit or an
order, else what was recorded here and waits to be sent.
"""

import sqlite3

from mobile.storage.deals import WORTH
from shared.time import Period

_COUNTED = f"""
WITH counted AS MATERIALIZED (
    SELECT visit.id, visit.customer_id,
        coalesce(visit.day, arrival.day) AS day,
        coalesce(visit.ended_at_ms, departure.at_ms) IS NOT NULL AS completed,
        coalesce(visit.started_clock_s,
            (coalesce(visit.started_at_ms, arrival.at_ms) / 1000 + :offset_s) % 86400
        ) AS started_clock_s,
        coalesce(visit.ended_clock_s,
            (coalesce(visit.ended_at_ms, departure.at_ms) / 1000 + :offset_s) % 86400
        ) AS ended_clock_s,
        coalesce(visit.duration_s,
            -- Each is cut to its second first, as on the server.
            coalesce(visit.ended_at_ms, departure.at_ms) / 1000
                - coalesce(visit.started_at_ms, arrival.at_ms) / 1000
        ) AS duration_s,
        coalesce(visit.verdict, arrival.verdict) AS verdict,
        visit.auto_closed, visit.no_sale_reason
    FROM visit
    LEFT JOIN presence AS arrival ON arrival.visit_id = visit.id AND arrival.kind = 'check_in'
    LEFT JOIN presence AS departure
        ON departure.visit_id = visit.id AND departure.kind = 'check_out'
    WHERE visit.state != 'cancelled'
        AND coalesce(visit.started_at_ms, arrival.at_ms) IS NOT NULL
        AND coalesce(visit.day, arrival.day) >= :start
        AND coalesce(visit.day, arrival.day) < :end
),
won AS MATERIALIZED (
    SELECT deal.id, deal.customer_id, deal.visit_id, {WORTH} AS worth_minor, deal.lines,
        coalesce(deal.closed_on, visited.day, arrived.day, :today) AS closed_on
    FROM deal
    JOIN stage ON stage.id = deal.stage_key AND stage.kind = 'won'
    LEFT JOIN visit AS visited ON visited.id = deal.visit_id
    LEFT JOIN presence AS arrived ON arrived.visit_id = deal.visit_id AND arrived.kind = 'check_in'
    WHERE NOT deal.voided
),
planned AS MATERIALIZED (
    SELECT DISTINCT day, customer_id FROM stop
    WHERE state = 'planned' AND day >= :start AND day < :end
)
"""  # noqa: S608 - a constant of ours
_VISITS = """
SELECT count(*) AS calls,
    total(completed) AS completed_visits,
    count(sold.visit_id) AS productive_visits,
    total(completed AND sold.visit_id IS NOT NULL) AS productive_completed_visits,
    count(planned.customer_id) AS planned_calls,
    total(verdict = 'inside') AS inside_calls,
    total(verdict = 'outside') AS outside_calls,
    total(verdict = 'uncertain') AS uncertain_calls,
    total(completed AND no_sale_reason IS NOT NULL) AS no_sale_visits,
    total(completed AND duration_s IS NOT NULL AND NOT auto_closed) AS timed_visits,
    total(CASE WHEN completed AND NOT auto_closed THEN duration_s END) AS time_in_store_s,
    total(sold.value_minor) AS visit_sales,
    total(sold.waiting) AS visit_orders_without_rate,
    total(sold.products) AS visit_products,
    count(DISTINCT counted.customer_id) AS customers_visited,
    min(started_clock_s) AS first_call_clock_s,
    max(ended_clock_s) AS last_call_clock_s
FROM counted
LEFT JOIN planned USING (day, customer_id)
LEFT JOIN (
    SELECT visit_id, sum(worth_minor) AS value_minor, sum(worth_minor IS NULL) AS waiting,
        (SELECT count(DISTINCT line.value ->> 'product_id')
            FROM won AS order_of_visit, json_each(order_of_visit.lines) AS line
            WHERE order_of_visit.visit_id = won.visit_id) AS products
    FROM won WHERE visit_id IN (SELECT id FROM counted) GROUP BY visit_id
) AS sold ON sold.visit_id = counted.id
"""
_DEALS = """
SELECT count(*) AS won_deals,
    total(worth_minor) AS revenue,
    total(worth_minor IS NULL) AS won_without_rate,
    total(worth_minor > 0) AS valued_won_deals,
    count(DISTINCT customer_id) AS active_outlets
FROM won WHERE closed_on >= :start AND closed_on < :end
"""
_PLAN = """
SELECT count(*) AS planned_customers,
    total(EXISTS (
        SELECT 1 FROM counted
        WHERE counted.day = planned.day AND counted.customer_id = planned.customer_id
    )) AS planned_customers_visited,
    (SELECT count(*) FROM stop
        WHERE state = 'cancelled' AND day >= :start AND day < :end) AS cancelled_stops
FROM planned
"""


def totals(
    connection: sqlite3.Connection, period: Period, *, currency: str, offset_s: int, today: str
) -> dict[str, int | None]:
    """
    Return the measures of a period by key; money in minor units, None where there is nothing.

    :param currency: the organisation's; a deal in another one is worth what the office says
    :param offset_s: of the rep's zone from UTC, for the clock times of visits not sent yet
    :param today: the day on which an order that was not sent yet closed, where no visit says it
    """
    values = {
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "currency": currency,
        "offset_s": offset_s,
        "today": today,
    }
    found: dict[str, int | None] = {}
    for question in (_VISITS, _DEALS, _PLAN):
        row = connection.execute(_COUNTED + question, values).fetchone()
        # SQLite's total() is a float, and exact up to 2 ** 53.
        found |= {key: None if row[key] is None else int(row[key]) for key in row.keys()}  # noqa: SIM118
    return found
