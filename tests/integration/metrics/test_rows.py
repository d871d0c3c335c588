"""The rows behind a number: they add up to it, for whoever asks, and nobody sees more."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.deals.models import Deal, StageChange
from server.metrics.jobs import refresh_rollups
from server.platform.database import db
from server.platform.transaction import transaction
from shared.metrics.catalog import METRICS
from shared.metrics.definition import Part
from shared.metrics.formula import evaluate
from tests.factories.company import Company, sign_in
from tests.integration.metrics.test_laws import History

MARCH = {"from": "2026-03-01", "to": "2026-04-01"}


def rows_of(client: FlaskClient, key: str, **query: str) -> tuple[int, dict[str, Any]]:
    response = client.get(f"/api/v1/metrics/{key}/rows", query_string={**MARCH, **query})
    return response.status_code, response.get_json()


def further_rows(
    client: FlaskClient, key: str, first: dict[str, Any], **query: str
) -> list[dict[str, Any]]:
    pages = range(2, first["pages"] + 1)
    answers = [rows_of(client, key, page=str(page), **query)[1] for page in pages]
    return [row for answer in answers for row in answer["rows"]]


@pytest.mark.parametrize("seed", [3])
def test_the_rows_add_up_to_the_number_after_any_history(
    app: Flask, client: FlaskClient, company: Company, seed: int
) -> None:
    history = History(company, seed)
    with app.app_context():
        for _ in range(40):
            with transaction():
                history.act()
        refresh_rollups()
        deals_say_since_when_they_stand()

    checked = 0
    numerator = (Part.NUMERATOR,)
    for name, parts in (("admin", tuple(Part)), ("budi", numerator), ("sari", numerator)):
        sign_in(client, name)
        answer = client.get("/api/v1/metrics/values", query_string=MARCH).get_json()
        for value in answer["values"]:
            for part in parts:
                checked += has_its_rows(client, value, part)
        client.delete("/api/v1/session")
    assert checked > 2 * 50


def deals_say_since_when_they_stand() -> None:
    moved = select(func.max(StageChange.day)).where(StageChange.deal_id == Deal.id)
    rows = db.session.execute(select(Deal.stage_since, moved.scalar_subquery())).all()
    assert rows
    assert all(since == latest for since, latest in rows)


def has_its_rows(client: FlaskClient, value: dict[str, Any], part: Part) -> bool:
    key = value["key"]
    status, answer = rows_of(client, key, part=part, size="40")
    formula = METRICS[key].part(part)
    if formula is None:
        assert (status, answer["code"]) == (422, "no_denominator")
        return False
    if status != 200:
        assert (status, answer["code"]) == (422, "no_rows_behind")
        return False
    rows = answer["rows"] + further_rows(client, key, answer, part=part, size="40")
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["slot"]] += Decimal(row["amount"])
    for measure in answer["measures"]:
        assert sums[measure["slot"]] == Decimal(measure["total"]), (key, part)
        assert measure["rows"] == sum(row["slot"] == measure["slot"] for row in rows)
    assert (
        len({(row["slot"], row["id"], row["rep_id"], row["day"]) for row in rows})
        == answer["total"]
    )
    of_rows = evaluate(formula, {m["slot"]: sums[m["slot"]] for m in answer["measures"]})
    assert of_rows == (None if value[part] is None else Decimal(value[part])), (key, part)
    return True


COUNTED_ONCE = (
    "active_outlets",
    "new_outlets",
    "customers_visited",
    "coverage",
    "coverage_verified",
    "customer_acquisition_cost",
)


def test_each_customer_that_counts_once_is_a_row_for_all_teams_reps_and_classes(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    history = History(company, 5)
    with app.app_context():
        for _ in range(40):
            with transaction():
                history.act()
        refresh_rollups()

    questions: list[tuple[str, dict[str, str]]] = [
        ("admin", {}),
        ("budi", {}),
        ("sari", {}),
        ("admin", {"class": "A"}),
        ("admin", {"class": "B"}),
        *(("admin", {"team": team}) for team in (company.east, company.west)),
        *(("admin", {"rep": rep}) for rep in (company.sari, company.joko, company.rina)),
    ]
    seen = 0
    for name, query in questions:
        sign_in(client, name)
        asked = {**MARCH, **query}
        # What a customer costs is not known by class.
        keys = COUNTED_ONCE[:-1] if "class" in query else COUNTED_ONCE
        answer = client.get(
            "/api/v1/metrics/values", query_string={**asked, "metrics": ",".join(keys)}
        ).get_json()
        for value in answer["values"]:
            for part in Part:
                seen += customers_are_rows(client, value, part, query)
        client.delete("/api/v1/session")
    assert seen > len(questions) * len(COUNTED_ONCE)


def customers_are_rows(
    client: FlaskClient, value: dict[str, Any], part: Part, query: dict[str, str]
) -> int:
    """Check that the rows are as many different customers as the part says; return how many."""
    if value["key"] == "customer_acquisition_cost" and part is Part.NUMERATOR:
        return 0
    status, answer = rows_of(client, value["key"], part=part, **query)
    if METRICS[value["key"]].part(part) is None:
        assert (status, answer["code"]) == (422, "no_denominator")
        return 0
    assert status == 200, answer
    customers = {row["customer_id"] for row in answer["rows"]}
    assert len(customers) == len(answer["rows"]) == answer["total"]
    assert Decimal(value[part] or 0) == answer["total"], (value["key"], part, query)
    for row in answer["rows"]:
        assert row["kind"] == "customer"
        assert row["first_day"] <= row["day"]
        assert query.get("rep", row["rep_id"]) == row["rep_id"]
    return len(customers)


def test_a_row_can_be_opened_and_names_rep_and_customer(
    client: FlaskClient, busy_company: Company
) -> None:
    sign_in(client, "budi")
    _, productive = rows_of(client, "strike_rate", rep=busy_company.sari)
    _, revenue = rows_of(client, "revenue")
    _, outlets = rows_of(client, "active_outlets")

    assert {row["kind"] for row in productive["rows"]} == {"visit"}
    assert {row["rep_name"] for row in productive["rows"]} == {"Sari"}
    assert {row["customer_name"] for row in productive["rows"]} == {"Toko Maju"}
    assert sorted(row["amount"] for row in revenue["rows"]) == ["1000.00", "2000.00", "6000.00"]
    assert {row["customer_name"]: row["events"] for row in outlets["rows"]} == {"Toko Maju": 3}
    for row in productive["rows"] + revenue["rows"] + outlets["rows"]:
        assert client.get(row["href"]).status_code == 200


def test_a_number_that_is_no_sum_of_rows_says_so(
    client: FlaskClient, busy_company: Company
) -> None:
    sign_in(client, "budi")

    answers = [
        rows_of(client, "revenue_per_rep", part="denominator"),
        rows_of(client, "sales_cycle_length_median"),
        rows_of(client, "calls", part="denominator"),
        rows_of(client, "no_such_metric"),
        rows_of(client, "calls", rep=busy_company.rina),
        rows_of(client, "calls", to="2026-02-01"),
    ]

    assert [(status, answer["code"]) for status, answer in answers] == [
        (422, "no_rows_behind"),
        (422, "no_rows_behind"),
        (422, "no_denominator"),
        (404, "not_found"),
        (404, "not_found"),
        (422, "invalid_input"),
    ]
