"""Searching everything: what is found, by whom, and what nonsense is answered."""

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.platform.transaction import transaction
from shared.time import utc_now
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit, take_order


def found(client: FlaskClient, text: str) -> str:
    answer = client.get("/search", query_string={"q": text})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def recent_visit(app: Flask, company: Company) -> str:
    """Return a visit of yesterday at Toko Maju, with an order."""
    at = utc_now() - dt.timedelta(days=1)
    with app.app_context(), transaction():
        visit = record_visit(rep_id=company.sari, customer_id=company.shop, at=at)
        take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=1,
            unit_price_minor=100,
            visit_id=visit,
            at=at,
        )
        return visit


def test_customers_deals_visits_and_reps_are_found_together(
    client: FlaskClient, company: Company, recent_visit: str
) -> None:
    sign_in(client, "budi")

    shown = found(client, "  mAJu ")

    assert f'href="/customers/{company.shop}"' in shown
    assert f'href="/visits/{recent_visit}"' in shown
    assert 'href="/deals/' in shown
    assert f"rep={company.sari}" in found(client, "sar")


@pytest.mark.parametrize(("name", "count"), [("admin", 1), ("sari", 1), ("dewi", 0), ("joko", 0)])
def test_nobody_finds_what_is_not_theirs(
    client: FlaskClient, company: Company, recent_visit: str, name: str, count: int
) -> None:
    sign_in(client, name)

    shown = found(client, "Toko Maju")

    assert shown.count(f'href="/customers/{company.shop}"') == count
    assert shown.count(f'href="/visits/{recent_visit}"') == count
    assert ("Nothing found" in shown) is not bool(count)


def test_nonsense_finds_nothing_and_breaks_nothing(client: FlaskClient, company: Company) -> None:
    del company
    assert client.get("/search?q=toko").status_code == 302
    sign_in(client, "admin")

    for text in (
        "",
        "x",
        "%%",
        "__",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "\0\0\0",
        "x" * 500,
    ):
        shown = found(client, text)
        assert "<script>alert" not in shown
        assert 'href="/customers/' not in shown.split('id="found"')[1]
