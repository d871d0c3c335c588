"""What a customer is expected to bring, out of orders of two years, and that it has a limit."""

import datetime as dt
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from server.metrics.jobs import refresh_rollups
from server.metrics.rollups.rebuild import differing_rows
from server.platform.transaction import transaction
from tests.factories.company import Company, sign_in
from tests.factories.visits import take_order

MARCH = {"from": "2026-03-01", "to": "2026-04-01", "metrics": "customer_lifetime_value"}


def test_the_value_follows_churn_and_says_where_it_is_capped(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    def order(customer_id: str, day: dt.date) -> None:
        with app.app_context():
            with transaction():
                take_order(
                    rep_id=company.sari,
                    customer_id=customer_id,
                    # Four fifths of its price are what it costs.
                    product_id=company.tea,
                    quantity=1,
                    unit_price_minor=5_000_00,
                    at=dt.datetime.combine(day, dt.time(3), dt.UTC),
                )
            refresh_rollups()
            assert not any(differing_rows().values())

    def value() -> tuple[Any, ...]:
        [found] = client.get("/api/v1/metrics/values", query_string=MARCH).get_json()["values"]
        return found["value"], found["reason"], found["capped"]

    sign_in(client, "admin")
    order(company.shop, dt.date(2025, 6, 2))
    assert value() == (None, "no_previous_customers", False)
    order(company.shop, dt.date(2024, 6, 3))
    order(company.kiosk, dt.date(2024, 7, 1))
    # One of two bought again, so customers stay two years: 5,000 once a year, a fifth of it margin.
    assert value() == ("2000.000", None, False)
    assert "At its limit" not in client.get(
        "/?period=custom&from=2026-03-01&to=2026-03-31"
    ).get_data(as_text=True)
    order(company.kiosk, dt.date(2025, 7, 1))
    # Both did: ten years, not for ever.
    assert value() == ("10000.000", None, True)
    page = client.get("/?period=custom&from=2026-03-01&to=2026-03-31").get_data(as_text=True)
    assert "At its limit" in page
    assert "reaches the limit of 10" in page
    [line] = (
        client.get("/api/v1/metrics/values.csv", query_string=MARCH)
        .get_data(as_text=True)
        .splitlines()[1:]
    )
    assert line.count(",yes,") == 1
