"""KPIs a company makes for itself: like the built-in ones everywhere, versioned, and audited."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.metrics.jobs import refresh_rollups
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit, take_order

MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
PAGE_OF_MARCH = "period=custom&from=2026-03-01&to=2026-03-31"
ORDERS_PER_CALL = {
    "name": "Orders per call",
    "name_id": "Pesanan per kunjungan",
    "formula": "won_deals / calls",
    "unit": "count",
    "target": "0.5",
}


@pytest.fixture
def busy(app: Flask, company: Company) -> Company:
    """Return a company with four visits and one order in March, counted."""
    with app.app_context():
        with transaction():
            visits = [record_visit(rep_id=company.sari, customer_id=company.shop) for _ in "1234"]
            take_order(
                rep_id=company.sari,
                customer_id=company.shop,
                product_id=company.tea,
                quantity=1,
                unit_price_minor=1000_00,
                visit_id=visits[0],
            )
        refresh_rollups()
    return company


def create(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/definitions", json=ORDERS_PER_CALL | changes)
    assert answer.status_code == 201, answer.get_json()
    created: dict[str, Any] = answer.get_json()
    return created


def value_of(client: FlaskClient, key: str, **query: str) -> dict[str, Any]:
    answer = client.get(
        "/api/v1/metrics/values", query_string={**MARCH, "metrics": key, **query}
    ).get_json()
    value: dict[str, Any] = answer["values"][0]
    return value


def test_it_appears_everywhere(client: FlaskClient, busy: Company) -> None:
    sign_in(client, "admin")
    created = create(client)
    key = created["key"]

    value = value_of(client, key)
    catalogue = client.get("/api/v1/metrics?lang=id", headers={"Accept-Language": "id"}).get_json()
    rows = client.get(f"/api/v1/metrics/{key}/rows", query_string=MARCH).get_json()
    file = client.get("/api/v1/metrics/values.csv", query_string={**MARCH, "metrics": key})
    client.set_cookie("language", "id")
    page = client.get(f"/?{PAGE_OF_MARCH}").get_data(as_text=True)
    behind = client.get(f"/numbers/{key}?{PAGE_OF_MARCH}")

    assert key == "own_orders_per_call"
    assert (value["value"], value["numerator"], value["denominator"]) == ("0.25", "1", "4")
    assert (value["version"], value["status"]) == (1, "at_risk")
    assert "Pesanan per kunjungan" in {metric["name"] for metric in catalogue}
    assert (rows["total"], rows["measures"][0]["total"]) == (1, "1")
    assert f"{key},Orders per call,1,count" in file.get_data(as_text=True)
    assert 'id="tile-own_orders_per_call"' in page
    assert "Pesanan per kunjungan" in page
    assert behind.status_code == 200


@pytest.mark.parametrize("person", ["budi", "sari"])
def test_others_see_it_with_their_own_numbers(
    client: FlaskClient, busy: Company, person: str
) -> None:
    key = create(sign_in(client, "admin"))["key"]
    client.delete("/api/v1/session")
    sign_in(client, person)

    assert value_of(client, key)["value"] == "0.25"
    assert client.get("/api/v1/definitions").get_json()[0]["key"] == key
    assert client.get(f"/?{PAGE_OF_MARCH}").status_code == 200


@pytest.mark.parametrize("person", ["budi", "sari", None])
def test_only_an_administrator_makes_one(
    client: FlaskClient, company: Company, person: str | None
) -> None:
    status = 401 if person is None else 403
    if person is not None:
        sign_in(client, person)

    edition = {"edition": 1}
    answers = [
        client.post("/api/v1/definitions", json=ORDERS_PER_CALL),
        client.put("/api/v1/definitions/own_x", json=ORDERS_PER_CALL | edition),
        client.post("/api/v1/definitions/own_x/archive", json=edition),
        client.post("/api/v1/definitions/own_x/restore", json=edition),
    ]
    pages = [
        client.get(path).status_code
        for path in ("/definitions", "/definitions/new", "/number-preview?formula=calls")
    ]

    assert {answer.status_code for answer in answers} == {status}
    assert set(pages) == ({302} if person is None else {403})


def test_another_formula_is_another_version(app: Flask, client: FlaskClient, busy: Company) -> None:
    sign_in(client, "admin")
    key = create(client)["key"]

    def change(**fields: Any) -> Any:
        return client.put(f"/api/v1/definitions/{key}", json=ORDERS_PER_CALL | fields)

    renamed = change(name="Orders a call", edition=1).get_json()
    changed = change(name="Orders a call", formula="100 * won_deals / calls", edition=2).get_json()
    late = change(name="Too late", edition=2)

    assert (renamed["version"], renamed["edition"]) == (1, 2)
    assert (changed["version"], changed["edition"]) == (2, 3)
    assert (late.status_code, late.get_json()["code"]) == (409, "changed_meanwhile")
    assert (value_of(client, key)["value"], value_of(client, key)["version"]) == ("25", 2)
    with app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject == key).order_by(AuditEntry.id)
        ).all()
        assert [entry.action for entry in entries] == [
            *("metric.created", "metric.changed", "metric.changed")
        ]
        assert entries[-1].details["before"] == {"formula": "won_deals / calls"}


def test_archived_ones_are_shown_nowhere_and_come_back(client: FlaskClient, busy: Company) -> None:
    sign_in(client, "admin")
    key = create(client)["key"]
    asked = {**MARCH, "metrics": key}

    gone = client.post(f"/api/v1/definitions/{key}/archive", json={"edition": 1}).get_json()
    while_gone = client.get("/api/v1/metrics/values", query_string=asked)
    second = create(client)["key"]
    back = client.post(f"/api/v1/definitions/{key}/restore", json={"edition": 2}).get_json()

    assert gone["archived_at"] is not None
    assert while_gone.status_code == 422
    assert second == f"{key}_2"
    assert back["archived_at"] is None
    assert value_of(client, key)["value"] == "0.25"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"formula": "won_deals / cals"}, "formula"),
        ({"formula": "__import__('os')"}, "formula"),
        ({"formula": ""}, "formula"),
        ({"unit": "clock"}, "unit"),
        ({"unit": "apples"}, "unit"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"target": "much"}, "target"),
        ({"target": "NaN"}, "target"),
        ({"target": "1e30"}, "target"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: FlaskClient, company: Company, changes: dict[str, str], field: str
) -> None:
    sign_in(client, "admin")

    answer = client.post("/api/v1/definitions", json=ORDERS_PER_CALL | changes)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_input")
    assert field in str(answer.get_json()["errors"])
    assert client.get("/api/v1/definitions").get_json() == []


def test_the_pages(client: FlaskClient, busy: Company) -> None:
    sign_in(client, "admin")
    client.set_cookie("language", "en")
    empty = client.get("/definitions/new").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', empty)
    assert token is not None
    form = ORDERS_PER_CALL | {
        "family": "activity",
        "direction": "higher_is_better",
        "csrf_token": token[1],
    }

    preview = client.get(
        "/number-preview", query_string=form | {"period": "all"}, headers={"HX-Request": "true"}
    ).get_data(as_text=True)
    wrong = client.get("/number-preview?formula=cals").get_data(as_text=True)
    refused = client.post("/definitions/new", data=form | {"formula": "cals"})
    saved = client.post("/definitions/new", data=form)
    index = client.get("/definitions").get_data(as_text=True)
    activity = client.get(f"/activity?{PAGE_OF_MARCH}").get_data(as_text=True)
    late = client.post("/definitions/own_orders_per_call", data=form | {"edition": "0"})
    archived = client.post(
        "/definitions/own_orders_per_call/archive", data={**form, "edition": "1", "archived": "yes"}
    )

    assert "<html" not in preview
    assert "won deals ÷ visits" in preview
    assert "There is no measure called cals." in wrong
    assert refused.status_code == 422
    assert "There is no measure called cals." in refused.get_data(as_text=True)
    assert 'value="Orders per call"' in refused.get_data(as_text=True)
    assert (saved.status_code, archived.status_code) == (302, 302)
    assert "own_orders_per_call" in index
    assert 'id="tile-own_orders_per_call"' in activity
    assert late.status_code == 409
    assert "Somebody else has changed this meanwhile" in late.get_data(as_text=True)
    assert "is archived" in client.get("/definitions").get_data(as_text=True)
