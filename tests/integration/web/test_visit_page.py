"""The page of a visit leads to the other visits of that day, and to no others."""

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient

from server.platform.transaction import transaction
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, record_visit


def test_a_visit_leads_to_the_one_before_and_the_one_after(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        first, second, third, next_day = (
            record_visit(
                rep_id=company.sari,
                customer_id=company.shop,
                at=MONDAY_9 + dt.timedelta(hours=hours),
            )
            for hours in (0, 1, 2, 24)
        )
        of_a_colleague = record_visit(rep_id=company.joko, customer_id=company.shop)
    sign_in(client, "budi")

    page = client.get(f"/visits/{second}").get_data(as_text=True)

    assert "Visit 2 of 3 that day" in page
    assert f'rel="prev" href="/visits/{first}"' in page
    assert f'rel="next" href="/visits/{third}"' in page
    assert next_day not in page
    assert of_a_colleague not in page


def test_the_only_visit_of_a_day_leads_nowhere(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        visit = record_visit(rep_id=company.sari, customer_id=company.shop)
    sign_in(client, "budi")

    page = client.get(f"/visits/{visit}").get_data(as_text=True)

    assert "that day" not in page
