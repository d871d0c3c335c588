"""Administrators look after the catalogue: search, add, change, archive, undo, export."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.platform.audit import AuditEntry
from server.platform.database import db
from server.products.models import Product
from tests.factories.company import Company, sign_in

COFFEE = {
    "sku": "COF",
    "name": "Coffee <b>",
    "category": "Drinks",
    "unit": "pack",
    "price": "12.500",
    "cost": "9,750.50",
}


def send(client: FlaskClient, path: str, **fields: Any) -> tuple[int, str]:
    page = client.get("/products").get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    answer = client.post(path, data=fields | {"csrf_token": token}, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def product(app: Flask, sku: str) -> Product:
    with app.app_context():
        return db.session.scalars(select(Product).where(Product.sku == sku)).one()


def test_a_product_is_added_changed_archived_and_brought_back(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "admin")

    status, page = send(client, "/products/new", **COFFEE)

    assert (status, "Coffee &lt;b&gt;" in page) == (200, True)
    coffee = product(app, "COF")
    assert (coffee.price_minor, coffee.cost_minor) == (12_500_00, 9_750_50)
    assert send(client, "/products/new", **COFFEE)[0] == 409
    path = f"/products/{coffee.id}"
    changed = COFFEE | {"price": "13000", "base": "1"}
    assert send(client, path, **changed)[0] == 200
    status, page = send(client, path, **(changed | {"price": "14000"}))
    assert status == 409
    assert 'value="14000"' in page
    assert "Saved by somebody else meanwhile: 13000" in page
    _, page = send(client, f"{path}/active", base="2", active="")
    assert "is archived" in page
    assert "COF" not in client.get("/products").get_data(as_text=True).split("notice")[0]
    assert "COF" in client.get("/products.csv?state=archived").get_data(as_text=True)
    _, page = send(client, f"{path}/active", base="3", active="yes")
    assert "is in use again" in page
    with app.app_context():
        assert list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == [
            "product.created",
            "product.changed",
            "product.archived",
            "product.restored",
        ]
        phone = db.session.get_one(Product, coffee.id)
        assert (phone.price_minor, phone.version, phone.active) == (13_000_00, 4, True)


def test_a_catalogue_that_is_archived_is_not_one_that_never_was(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    for product_id in (company.tea, company.rice):
        _, page = send(client, f"/products/{product_id}/active", base="1", active="")

    assert "No product matches" in page
    assert "No products yet" not in page


def test_what_makes_no_sense_is_shown_again(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    for wrong in (
        {"sku": ""},
        {"name": "x" * 201},
        {"name": "a\0b"},
        {"price": ""},
        {"price": "-1"},
        {"price": "9" * 18},
        {"price": "=1+1"},
        {"cost": "cheap"},
    ):
        status, page = send(client, f"/products/{company.tea}", **(COFFEE | {"base": "1"} | wrong))
        assert (status, 'aria-invalid="true"' in page) == (422, True), wrong
    assert product(app, "TEA").version == 1
    for query in ("q=%25&category=x&state=y&page=-1", "q=te", "state=all&category=Drinks"):
        assert client.get(f"/products?{query}").status_code == 200


def test_others_change_no_product(app: Flask, company: Company) -> None:
    unknown = "0197f0aa-0000-7000-8000-000000000000"
    assert sign_in(app.test_client(), "admin").get(f"/products/{unknown}").status_code == 404
    for name in ("budi", "sari"):
        client = sign_in(app.test_client(), name)
        page = client.get("/").get_data(as_text=True)
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
        for path in (
            "/products/new",
            f"/products/{company.tea}",
            f"/products/{company.tea}/active",
        ):
            assert client.post(path, data=COFFEE | {"csrf_token": token}).status_code == 403
