"""Every page answers every role as it should, with rows and without, on both databases."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.platform.transaction import transaction
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit, take_order
from tests.support.pages import ADMINISTRATORS, EVERYBODY, PAGES

MARCH = "period=custom&from=2026-03-01&to=2026-03-31"
EXPORTS = (
    "/visits.csv",
    "/visits.xlsx",
    "/reps.csv",
    "/numbers/strike_rate.xlsx",
    "/deals.csv",
    "/customers.xlsx",
)
EXPORTS_OF_THE_OFFICE = ("/users.xlsx", "/devices.csv", "/products.csv")


def paths(opens_for: frozenset[str]) -> list[str]:
    """Return the pages that need nothing to be there."""
    bare = {each.path.partition("?")[0] for each in PAGES if each.opens_for == opens_for}
    return sorted(path for path in bare if "{" not in path)


@pytest.mark.parametrize("name", ["admin", "budi", "sari"])
def test_pages_open_before_anything_was_recorded(
    client: FlaskClient, company: Company, name: str
) -> None:
    del company
    sign_in(client, name)

    statuses = {path: client.get(path).status_code for path in (*paths(EVERYBODY), *EXPORTS)}

    assert set(statuses.values()) == {200}, statuses


@pytest.mark.parametrize("preset", ["today", "week", "quarter", "year", "all"])
def test_pages_of_numbers_open_for_every_period(
    app: Flask, client: FlaskClient, company: Company, preset: str
) -> None:
    _record(app, company)
    sign_in(client, "admin")

    for path in ("/", "/activity"):
        for compare in ("previous", "last_year"):
            answer = client.get(f"{path}?period={preset}&compare={compare}&heat=1&sort=name")
            assert answer.status_code == 200, answer.get_data(as_text=True)[:500]


def test_only_administrators_reach_the_pages_of_the_office(
    client: FlaskClient, company: Company
) -> None:
    del company
    for name, status in (("admin", 200), ("budi", 403), ("sari", 403)):
        sign_in(client, name)
        asked = (*paths(ADMINISTRATORS), *EXPORTS_OF_THE_OFFICE)
        assert {path: client.get(path).status_code for path in asked} == dict.fromkeys(
            asked, status
        )


def test_strangers_are_sent_to_the_sign_in_page(client: FlaskClient, company: Company) -> None:
    everything = [re.sub(r"{\w+}", company.sari, listed.path) for listed in PAGES]
    for path in (*everything, *EXPORTS, *EXPORTS_OF_THE_OFFICE):
        answer = client.get(path)

        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in")


def test_nobody_narrows_a_page_to_somebody_elses_rep_or_team(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    _record(app, company)
    sign_in(client, "budi")

    assert client.get(f"/?rep={company.rina}&{MARCH}").status_code == 404
    assert client.get(f"/?team={company.west}&{MARCH}").status_code == 404
    visits = client.get(f"/visits.csv?rep={company.rina}&{MARCH}").get_data(as_text=True)
    assert len(visits.splitlines()) == 1


def test_what_makes_no_sense_in_an_address_is_left_aside(
    client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "admin")

    for query in (
        "rep=nobody&team=%27",
        "period=soon&page=-1&sort=%00",
        "from=x&to=y&verdict=maybe",
    ):
        for path in ("/", "/activity", "/visits"):
            assert client.get(f"{path}?{query}").status_code == 200


def test_a_page_says_that_days_are_being_counted_and_follows_by_itself(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    _record(app, company)
    sign_in(client, "admin")

    page = client.get(f"/?{MARCH}").get_data(as_text=True)

    assert "2 days of reps are being counted again" in page
    assert 'hx-trigger="load delay:3s"' in page


def _record(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        visit = record_visit(rep_id=company.sari, customer_id=company.shop)
        record_visit(rep_id=company.rina, customer_id=company.kiosk)
        take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=3,
            unit_price_minor=500_000,
            visit_id=visit,
        )
