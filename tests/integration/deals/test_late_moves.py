"""A move that a phone tells late is taken as it was, and listed where it contradicts another."""

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient

from server.deals.operations import deals
from server.metrics.jobs import refresh_rollups
from server.metrics.rollups.rebuild import differing_rows
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9

DAY = dt.timedelta(days=1)
MARCH = {"from": "2026-03-01", "to": "2026-04-01"}


def test_a_sale_before_its_opportunity_counts_as_revenue_and_is_listed(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    deal_id, tuesday = new_id(), MONDAY_9 + DAY
    with app.app_context():
        with transaction():
            deals.create_deal(
                deal=deals.NewDeal(
                    deal_id=deal_id,
                    owner_id=company.sari,
                    customer_id=company.shop,
                    stage_key="opportunity",
                    currency="IDR",
                    amount_minor=700_00,
                ),
                at=tuesday,
                day=tuesday.date(),
                reporting_currency="IDR",
            )
            # The phone was offline on the Monday. To refuse it would lose the sale.
            deals.change_deal(
                deal_id=deal_id, fields={"stage_key": "won"}, at=MONDAY_9, day=MONDAY_9.date()
            )
        refresh_rollups()
        assert not any(differing_rows().values())
    sign_in(client, "budi")

    asked = MARCH | {"metrics": "revenue,sales_cycle_errors,sales_cycle_length"}
    found = client.get("/api/v1/metrics/values", query_string=asked).get_json()["values"]
    assert [value["value"] or value["reason"] for value in found] == [
        *("700.00", "1", "no_won_deals"),
    ]
    listed = client.get("/api/v1/quality/closed_before_opportunity", query_string=MARCH).get_json()
    assert [row["id"] for row in listed["rows"]] == [deal_id]
