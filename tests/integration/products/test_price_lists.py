"""What products cost in other currencies, and the currency of a customer's orders."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.currencies.operations.rates import RateEntry, enter_rate
from server.customers.models import Customer
from server.platform.database import db
from server.platform.transaction import transaction
from server.products.models import Product
from server.sync import rows
from tests.factories.company import Company, sign_in

DAY = dt.date(2026, 3, 2)


@pytest.fixture(autouse=True)
def rate(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        enter_rate(
            entry=RateEntry(currency="USD", day=DAY, rate=Decimal(16_000)),
            reporting_currency="IDR",
            at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
            today=DAY,
            by=company.admin,
        )


def send(client: FlaskClient, path: str, **fields: Any) -> tuple[int, str]:
    page = client.get("/").get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    answer = client.post(path, data=fields | {"csrf_token": token}, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_product_has_a_price_in_each_currency(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    path = f"/products/{company.tea}"
    form = {"sku": "TEA", "name": "Tea", "category": "Drinks", "unit": "", "price": "5000"}

    assert 'name="price_USD"' in client.get(path).text
    assert "TEA" in client.get("/products.csv?unpriced=USD").text
    status, page = send(client, path, **form, cost="4000", price_USD="0.35", base="1")

    assert (status, "US$0.35" in page) == (200, True)
    assert send(client, path, **form, price_USD="-1", base="2")[0] == 422
    status, page = send(client, path, **form, price_USD="0.40", base="1")
    assert (status, "Saved by somebody else meanwhile: 0.35" in page) == (409, True)
    assert "TEA" not in client.get("/products.csv?unpriced=USD").text
    [line] = [one for one in client.get("/products.csv").text.splitlines() if "TEA" in one]
    assert line.endswith(",0.35")
    with app.app_context():
        row = rows.products([company.tea])[company.tea]
        assert (row.version, row.fields["prices"]) == (2, {"USD": 35})
    send(client, path, **form, cost="4000", price_USD="", base="2")
    with app.app_context():
        assert db.session.get_one(Product, company.tea).prices == {}


def test_programs_read_prices_and_administrators_set_them(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    path = f"/api/v1/products/{company.tea}/prices"
    body: dict[str, Any] = {"version": 1, "prices": {"USD": 35, "JPY": 0}}
    assert app.test_client().put(path, json=body).status_code == 401
    for name in ("budi", "sari"):
        assert sign_in(app.test_client(), name).put(path, json=body).status_code == 403
    sign_in(client, "admin")

    answer = client.put(path, json=body)

    assert answer.get_json()["prices"] == {"USD": 35, "JPY": 0}
    listed = sign_in(app.test_client(), "sari").get("/api/v1/products").get_json()
    assert {row["sku"]: row["prices"] for row in listed} == {
        "RICE": {},
        "TEA": {"USD": 35, "JPY": 0},
    }
    assert client.put(path, json=body).status_code == 409
    for prices in ({"IDR": 1}, {"XQQ": 1}, {"USD": -1}, {"USD": 2**60}, {"USD": "1"}, 5):
        answer = client.put(path, json={"version": 2, "prices": prices})
        assert answer.status_code == 422, prices
    unknown = "0197f0aa-0000-7000-8000-000000000000"
    answer = client.put(f"/api/v1/products/{unknown}/prices", json=body)
    assert answer.status_code == 404


def test_a_customer_orders_in_a_currency_of_its_own(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    path = f"/customers/{company.shop}"
    form = {"name": "Toko Maju", "customer_class": "A", "radius_m": "100"}
    assert "Currency of orders" not in client.get(path).text

    assert send(client, f"{path}/edit", **form, currency="XQQ", base="1")[0] == 422
    status, page = send(client, f"{path}/edit", **form, currency="USD", base="1")

    assert (status, "USD · US Dollar" in page) == (200, True)
    api = client.get(f"/api/v1/customers/{company.shop}").get_json()
    assert api["currency"] == "USD"
    assert ",USD" in client.get("/customers.csv").text
    with app.app_context():
        row = rows.customers([company.shop])[company.shop]
        assert (row.version, row.fields["currency"]) == (2, "USD")
    # Its company's own is none of its own.
    send(client, f"{path}/edit", **form, currency="IDR", base="2")
    with app.app_context():
        assert db.session.get_one(Customer, company.shop).currency == ""
    assert send(sign_in(client, "sari"), f"{path}/edit", **form, base="3")[0] == 403
