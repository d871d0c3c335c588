"""Costs over the API and on the page: who sees and writes them, what is refused, undo, the file."""

import datetime as dt
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.costs.models import Cost
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.vocabulary import CostCategory
from tests.factories.company import Company, sign_in
from tests.integration.metrics.conftest import busy_company  # noqa: F401 - a fixture
from tests.support.forms import send, take_back

PATH = "/api/v1/costs"
DAY = "2026-03-02"
MARCH = {"from": "2026-03-01", "to": "2026-04-01"}


def enter(client: FlaskClient, **fields: Any) -> Any:
    body = {"category": "advertising", "day": DAY, "amount_minor": 1_500_00} | fields
    return client.post(PATH, json=body)


def acquisition_cost(client: FlaskClient) -> Any:
    answer = client.get(
        "/api/v1/metrics/values",
        query_string=MARCH | {"metrics": "customer_acquisition_cost"},
    ).get_json()
    return answer["values"][0]["numerator"]


def costs_behind(client: FlaskClient) -> list[dict[str, Any]]:
    path = "/api/v1/metrics/customer_acquisition_cost/rows"
    rows: list[dict[str, Any]] = client.get(path, query_string=MARCH).get_json()["rows"]
    return rows


def submit(client: FlaskClient, path: str, **fields: str) -> Any:
    token = re.findall(
        r'name="csrf_token" value="([^"]+)"', client.get("/costs/new").get_data(as_text=True)
    )
    return client.post(path, data={"csrf_token": token[0]} | fields)


def test_a_cost_is_entered_corrected_deleted_and_brought_back(
    app: Flask,
    client: FlaskClient,
    busy_company: Company,  # noqa: F811
) -> None:
    sign_in(client, "budi")
    cost = enter(client, team_id=busy_company.east).get_json()
    assert (cost["team_name"], cost["source"], cost["version"]) == ("East", "entered", 1)
    assert acquisition_cost(client) == "1500.00"

    as_it_is = {name: cost[name] for name in ("category", "day", "team_id", "note")}
    path = f"{PATH}/{cost['id']}"
    corrected = client.put(path, json=as_it_is | {"amount_minor": 2_000_00, "version": 1})
    assert corrected.get_json()["base_amount_minor"] == 2_000_00
    assert acquisition_cost(client) == "2000.00"
    late = client.put(path, json=as_it_is | {"amount_minor": 9_00, "version": 1})
    assert (late.status_code, late.get_json()["code"]) == (409, "changed_meanwhile")

    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.get(PATH).get_json()["total"] == 0
    assert acquisition_cost(client) == "0.00"
    assert client.post(f"{path}/restoration").get_json()["amount_minor"] == 2_000_00
    assert acquisition_cost(client) == "2000.00"

    with app.app_context():
        actions = db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject == cost["id"])
            .order_by(AuditEntry.id)
        ).all()
    assert actions == ["cost.enter", "cost.correct", "cost.delete", "cost.restore"]


def test_each_role_sees_and_writes_its_costs(client: FlaskClient, company: Company) -> None:
    assert client.get(PATH).status_code == 401
    assert client.get("/costs").headers["Location"].startswith("/sign-in")
    sign_in(client, "admin")
    of_company = enter(client).get_json()["id"]
    of_rina = enter(client, rep_id=company.rina).get_json()
    assert of_rina["team_id"] == company.west
    of_east = enter(client, team_id=company.east).get_json()["id"]
    assert client.get(PATH).get_json()["total"] == 3

    sign_in(client, "budi")
    assert [row["id"] for row in client.get(PATH).get_json()["rows"]] == [of_east]
    for hidden in (of_company, of_rina["id"]):
        assert client.get(f"{PATH}/{hidden}").status_code == 404
        assert client.delete(f"{PATH}/{hidden}").status_code == 404
        assert client.get(f"/costs/{hidden}").status_code == 404
    for holder in ({}, {"rep_id": company.rina}, {"team_id": company.west}):
        assert enter(client, **holder).get_json()["code"] == "cost.holder"

    sign_in(client, "sari")
    assert client.get(PATH).status_code == 403
    assert client.get("/costs").status_code == 403
    assert enter(client, rep_id=company.sari).status_code == 403


def test_the_costs_behind_a_number_are_told_to_who_sees_them(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    enter(client)
    enter(client, rep_id=company.rina)
    enter(client, category="salary", team_id=company.east)
    enter(client, rep_id=company.sari, amount_minor=100_00)
    of_east = enter(client, team_id=company.east, amount_minor=25_00, currency="USD").get_json()

    rows = costs_behind(client)
    assert {(row["rep_name"], row["team_name"], row["amount"]) for row in rows} == {
        (None, None, "1500.00"),
        ("Rina", "West", "1500.00"),
        ("Sari", "East", "100.00"),
        (None, "East", "1"),
    }
    assert all(client.get(row["href"]).status_code == 200 for row in rows)
    [waiting] = [row for row in rows if row["slot"] == "costs_without_rate"]
    assert (waiting["id"], waiting["own_amount"]) == (of_east["id"], "25.00")
    number = "/numbers/customer_acquisition_cost"
    page = client.get(number, query_string=MARCH | {"period": "custom"})
    assert {
        "The company",
        "Advertising",
        "– (US$25.00), waits for the rate of USD on 2 Mar 2026",
    } <= set(re.findall(r">\s*([^<>]+?)\s*<", page.text))
    assert (
        client.get(f"{number}.csv", query_string=MARCH | {"period": "custom"}).text.count("\n") == 5
    )

    sign_in(client, "budi")
    assert {row["team_name"] for row in costs_behind(client)} == {"East"}
    sign_in(client, "sari")
    assert [row["amount"] for row in costs_behind(client)] == ["100.00"]
    assert "/costs/" not in client.get(number, query_string=MARCH | {"period": "custom"}).text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount_minor": 0}, "cost.amount"),
        ({"amount_minor": -5}, "cost.amount"),
        ({"amount_minor": 10**15 + 1}, "cost.amount"),
        ({"day": "2199-01-01"}, "cost.day"),
        ({"day": "1999-12-31"}, "cost.day"),
        ({"note": "x" * 201}, "cost.note"),
        ({"rep_id": new_id()}, "cost.holder"),
        ({"team_id": new_id()}, "cost.holder"),
        ({"category": "bribes"}, "invalid_input"),
    ],
)
def test_an_impossible_cost_is_refused(
    client: FlaskClient, company: Company, fields: dict[str, Any], code: str
) -> None:
    del company
    sign_in(client, "admin")
    answer = enter(client, **fields)
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert client.get(PATH).get_json()["total"] == 0


def test_the_page_enters_keeps_what_was_typed_and_undoes(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    typed = {
        "category": "event",
        "day": DAY,
        "holder": f"rep:{company.sari}",
        "note": "Stand at the fair",
    }
    assert "Somebody else" not in client.get("/costs/new").get_data(as_text=True)
    wrong = submit(client, "/costs/new", **typed, amount="-3")
    assert wrong.status_code == 422
    assert "Stand at the fair" in wrong.get_data(as_text=True)
    assert "more than zero" in wrong.get_data(as_text=True)
    for impossible in ("", "a lot", "Infinity", "1e30"):
        assert submit(client, "/costs/new", **typed, amount=impossible).status_code == 422

    assert submit(client, "/costs/new", **typed, amount="250000.50").status_code == 302
    page = client.get("/costs?month=2026-03").get_data(as_text=True)
    cost_id = re.findall(r'action="/costs/([^/"]+)/deletion', page)[0]
    assert f"/costs/{cost_id}/deletion" in page
    assert 'value="250000.50"' in client.get(f"/costs/{cost_id}").get_data(as_text=True)

    submit(client, f"/costs/{cost_id}", **typed, amount="9", version="1")
    again = submit(client, f"/costs/{cost_id}", **typed, amount="8", version="1")
    assert again.status_code == 409
    assert 'value="8"' in again.get_data(as_text=True)
    assert 'name="version" value="2"' in again.get_data(as_text=True)

    page = send(client, "/costs", f"/costs/{cost_id}/deletion").get_data(as_text=True)
    assert "No costs here" in page
    take_back(client, page)
    assert "Stand at the fair" in client.get("/costs").get_data(as_text=True)


def test_the_list_is_filtered_and_leaves_as_a_file(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    enter(client, team_id=company.east, note="one")
    enter(client, team_id=company.west, category="salary", note="two")
    enter(client, day="2026-02-27", note="three")
    with app.app_context(), transaction():
        db.session.add(
            Cost(
                id=new_id(),
                code="ADS-1",
                category=CostCategory.ADVERTISING,
                day=dt.date(2026, 3, 3),
                amount_minor=1,
                currency="IDR",
                base_amount_minor=1,
                note="four",
            )
        )

    def notes(query: str) -> list[str]:
        lines = client.get(f"/costs.csv?{query}").get_data(as_text=True).splitlines()[1:]
        return [line.split(",")[6] for line in lines]

    assert notes("") == ["four", "two", "one", "three"]
    assert notes("month=2026-03") == ["four", "two", "one"]
    assert notes("month=nonsense&team=x&category=y&source=z") == ["four", "two", "one", "three"]
    assert notes("category=salary") == ["two"]
    assert notes(f"team={company.east}") == ["one"]
    assert notes("source=imported") == ["four"]
    answer = client.get(PATH + "?source=entered&start=2026-02-01&end=2026-03-01").get_json()
    assert answer["total"] == 1
