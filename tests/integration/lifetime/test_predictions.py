"""Predictions of what customers will buy: who sees which, and why there may be none."""

import csv
import datetime as dt
import io
import random
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.deals.models import Deal
from server.lifetime.operations.fit import FEWEST_REPEAT_CUSTOMERS, fit_lifetime_values
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.vocabulary import StageKind
from tests.factories.company import FOUNDED_AT, Company, add_customer, sign_in

FIRST_DAY = dt.date(2026, 1, 5)
LAST_DAY = dt.date(2026, 6, 30)
NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


def sell(customer_id: str, rep_id: str, team_id: str, day: dt.date, amount_minor: int) -> None:
    at = dt.datetime.combine(day, dt.time(5), dt.UTC)
    db.session.add(
        Deal(
            id=new_id(),
            customer_id=customer_id,
            owner_id=rep_id,
            team_id=team_id,
            stage_key="won",
            kind=StageKind.WON,
            amount_minor=amount_minor,
            base_amount_minor=amount_minor,
            currency="IDR",
            closed_day=day,
            closed_at=at,
            closed_rep_id=rep_id,
            created_at=FOUNDED_AT,
            updated_at=FOUNDED_AT,
        )
    )


def sell_to_many(company: Company, customers: int) -> None:
    """Let every second customer be Sari's in the east, the others Rina's in the west."""
    chance = random.Random(5)
    for number in range(customers):
        rep, team = (company.sari, company.east) if number % 2 else (company.rina, company.west)
        customer = add_customer(f"Outlet {number:03}", owner_id=rep, team_id=team)
        day, typical = FIRST_DAY, chance.randrange(20_000_00, 400_000_00)
        for _ in range(chance.randrange(2, 9)):
            sell(customer, rep, team, day, int(typical * chance.uniform(0.6, 1.5)))
            day += dt.timedelta(days=chance.randrange(3, 40))
            if day > LAST_DAY:
                break


@pytest.fixture
def predicted(app: Flask, company: Company) -> Company:
    """Return a company of 80 customers, with what is predicted of them."""
    with app.app_context():
        with transaction():
            sell_to_many(company, 80)
        with transaction():
            fit = fit_lifetime_values(last_day=LAST_DAY, now=NOW, currency="IDR")
            assert fit.problem is None
    return company


@pytest.mark.parametrize(
    ("person", "customers"), [("admin", 80), ("budi", 40), ("dewi", 40), ("sari", 40), ("joko", 0)]
)
def test_each_sees_the_own_customers(
    client: FlaskClient, predicted: Company, person: str, customers: int
) -> None:
    sign_in(client, person)
    answer = client.get("/api/v1/lifetime?size=500").get_json()
    period = {"from": "2026-06-01", "to": "2026-07-01", "metrics": "predicted_lifetime_value"}
    value = client.get("/api/v1/metrics/values", query_string=period).get_json()["values"][0]
    page = client.get("/lifetime")

    values = [row["value_minor"] for row in answer["rows"]]
    assert (answer["total"], len(values)) == (customers, customers)
    assert values == sorted(values, reverse=True)
    assert all(0 <= row["probability_alive"] <= 1 for row in answer["rows"])
    assert answer["fit"]["customers"] == 80
    assert Decimal(value["denominator"]) == customers
    assert Decimal(value["numerator"]) * 100 == sum(values)
    assert value["reason"] == (None if customers else "no_prediction")
    assert page.status_code == 200


def test_a_stranger_sees_nothing(client: FlaskClient, predicted: Company) -> None:
    assert client.get("/api/v1/lifetime").status_code == 401
    assert client.get("/lifetime").status_code == 302


def test_the_list_is_sorted_narrowed_and_taken_along(
    client: FlaskClient, predicted: Company
) -> None:
    sign_in(client, "admin")

    def column(query: str, number: int) -> list[float]:
        text = client.get(f"/lifetime.csv?{query}").get_data(as_text=True)
        return [float(row[number] or 0) for row in [*csv.reader(io.StringIO(text))][1:]]

    for key, number in (("value", 3), ("purchases", 4), ("alive", 5), ("repeats", 6), ("age", 8)):
        values = column(f"sort={key}", number)
        assert values == sorted(values)
        assert column(f"sort=-{key}", number) == sorted(values, reverse=True)
    assert column("", 3) == column("sort=-value", 3) == column("sort=nonsense", 3)
    assert len(column(f"rep={predicted.sari}", 3)) == 40
    assert len(column("q=Outlet+07", 3)) == 10
    page = client.get("/lifetime?q=Outlet+079&sort=alive").get_data(as_text=True)
    assert page.count('class="row-link" href="/customers/') == 1
    assert "No customer matches" in client.get("/lifetime?q=nobody").get_data(as_text=True)


def test_too_few_customers_say_so(app: Flask, client: FlaskClient, company: Company) -> None:
    with app.app_context():
        with transaction():
            sell_to_many(company, FEWEST_REPEAT_CUSTOMERS - 1)
        with transaction():
            fit_lifetime_values(last_day=LAST_DAY, now=NOW, currency="IDR")
    sign_in(client, "admin")

    answer = client.get("/api/v1/lifetime").get_json()
    page = client.get("/lifetime", headers={"Accept-Language": "en"}).get_data(as_text=True)

    assert (answer["fit"]["problem"], answer["rows"]) == ("too_few_customers", [])
    assert "too few to predict from" in page


def test_a_new_fit_replaces_the_old_one(app: Flask, predicted: Company) -> None:
    with app.app_context():
        with transaction():
            first = fit_lifetime_values(last_day=LAST_DAY, now=NOW, currency="IDR")
            parameters = first.r, first.alpha, first.p, first.q
        with transaction():
            again = fit_lifetime_values(last_day=LAST_DAY, now=NOW, currency="IDR")

        assert (again.r, again.alpha, again.p, again.q) == parameters


def test_before_any_sale_there_is_nothing_to_fit(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        fit = fit_lifetime_values(last_day=LAST_DAY, now=NOW, currency="IDR")

        assert (fit.problem, fit.customers, fit.first_day) == ("too_few_customers", 0, None)
