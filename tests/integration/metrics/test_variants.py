"""The variants of the KPIs come out of deals as they happened."""

import datetime as dt
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from server.deals.operations import deals
from server.metrics.jobs import refresh_rollups
from server.metrics.rollups.rebuild import differing_rows
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, take_order

DAY = dt.timedelta(days=1)


def lead(company: Company, moves: dict[int, str], start: dt.datetime = MONDAY_9) -> None:
    """Record a lead, of Monday by itself, and where it came, by days after it."""
    deal_id = new_id()
    deals.create_deal(
        deal=deals.NewDeal(
            deal_id=deal_id,
            owner_id=company.sari,
            customer_id=company.kiosk,
            stage_key="lead",
            currency="IDR",
        ),
        at=start,
        day=start.date(),
        reporting_currency="IDR",
    )
    for days, stage in moves.items():
        at = start + days * DAY
        deals.change_deal(deal_id=deal_id, fields={"stage_key": stage}, at=at, day=at.date())


def test_the_variants_of_the_kpis(app: Flask, client: FlaskClient, company: Company) -> None:
    with app.app_context():
        with transaction():
            lead(company, {30: "opportunity"})
            lead(company, {31: "opportunity", 41: "lost"})
            lead(company, {2: "opportunity", 6: "lost"})
            lead(company, {})
            for days, product, price in (
                (0, company.tea, 5_000_00),
                (1, company.tea, 20_000_00),
                (2, company.rice, 75_000_00),
                (3, company.tea, 0),
            ):
                take_order(
                    rep_id=company.sari,
                    customer_id=company.shop,
                    product_id=product,
                    quantity=1,
                    unit_price_minor=price,
                    at=MONDAY_9 + days * DAY,
                )
        refresh_rollups()
        assert not any(differing_rows().values())

    answer: dict[str, Any] = (
        sign_in(client, "admin")
        .get(
            "/api/v1/metrics/values",
            query_string={
                "from": "2026-03-01",
                "to": "2026-05-01",
                "metrics": "lead_to_opportunity_rate_30d,sales_cycle_length_lost,"
                "upsell_revenue_share,cross_sell_revenue_share,won_deals_without_value,"
                "sales_growth,sales_growth_amount,customer_historic_value",
            },
        )
        .get_json()
    )
    assert {each["key"]: each["value"] or each["reason"] for each in answer["values"]} == {
        "lead_to_opportunity_rate_30d": "0.5",
        "sales_cycle_length_lost": "7",
        "upsell_revenue_share": "0.2",
        "cross_sell_revenue_share": "0.75",
        "won_deals_without_value": "1",
        "sales_growth": "no_previous_sales",
        "sales_growth_amount": "100000.00",
        # What the goods cost is 4,000, 4,000, 52,000 and 4,000.
        "customer_historic_value": "36000.00",
    }


def test_thirty_days_after_the_lead_its_rate_of_thirty_days_is_final(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    now = utc_now()
    sign_in(client, "admin")

    def immature(**query: str) -> list[bool]:
        keys = "lead_to_opportunity_rate,lead_to_opportunity_rate_30d"
        asked = {
            "metrics": keys,
            "from": str(now.date() - 60 * DAY),
            "to": str(now.date() + 2 * DAY),
        }
        answer: Any = client.get("/api/v1/metrics/values", query_string=asked | query).get_json()
        return [each["immature"] for each in answer["values"]]

    for age, expected in ((31, [True, False]), (28, [True, True])):
        with app.app_context():
            with transaction():
                lead(company, {}, now - age * DAY)
            refresh_rollups()
        assert immature() == expected
        assert immature(by="source") == expected
    # The days before are over, whatever became of their leads.
    assert immature(to=str(now.date() - 30 * DAY)) == [True, False]
    assert immature(**{"from": str(now.date() - 30 * DAY)}) == [True, True]


def test_of_a_hundred_opportunities_three_are_won_and_seven_lost(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context():
        with transaction():
            for number in range(100):
                outcome = {9: "won" if number < 3 else "lost"} if number < 10 else {}
                lead(company, {1: "opportunity", **outcome})
        refresh_rollups()

    answer: dict[str, Any] = (
        sign_in(client, "admin")
        .get(
            "/api/v1/metrics/values",
            query_string={
                "from": "2026-03-01",
                "to": "2026-04-01",
                "metrics": "opportunities,open_opportunities,opportunity_to_win_rate,"
                "opportunity_to_win_rate_cohort,lead_conversion_rate",
            },
        )
        .get_json()
    )
    told = ("value", "numerator", "denominator", "immature")
    assert {each["key"]: tuple(each[part] for part in told) for each in answer["values"]} == {
        "opportunities": ("100", "100", None, False),
        "open_opportunities": ("90", "90", None, False),
        "opportunity_to_win_rate": ("0.3", "3", "10", False),
        "opportunity_to_win_rate_cohort": ("0.03", "3", "100", True),
        "lead_conversion_rate": ("0.03", "3", "100", True),
    }
