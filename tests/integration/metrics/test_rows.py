"""The rows behind a number: they add up to it, for whoever asks, and nobody sees more."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.deals.models import Deal, StageChange
from server.metrics.jobs import refresh_rollups
from server.metrics.models import WorkingTime
from server.platform.database import db
from server.platform.transaction import transaction
from shared.metrics.catalog import METRICS
from shared.metrics.definition import Part
from shared.metrics.formula import Kind, evaluate
from tests.factories.company import Company, sign_in
from tests.integration.metrics.test_laws import History

KINDS = {each.slot: each.kind for metric in METRICS.values() for each in metric.measures()}
MADE_OF: dict[Kind, Callable[[list[Decimal]], Decimal]] = {
    Kind.MEDIAN: median,
    Kind.MIN: min,
    Kind.MAX: max,
}
"""All others are sums."""
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
        with transaction():
            history.set_targets()
            begun = dt.date(2026, 3, 4)
            db.session.add(WorkingTime(rep_id=company.sari, start_on=begun, percent=50))
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
    assert status == 200, (key, part, answer)
    rows = answer["rows"] + further_rows(client, key, answer, part=part, size="40")
    sums: dict[str, Decimal | None] = {}
    for measure in answer["measures"]:
        slot, total = measure["slot"], measure["total"]
        amounts = [Decimal(row["amount"]) for row in rows if row["slot"] == slot]
        sums[slot] = None if total is None else Decimal(total)
        if KINDS[slot] in MADE_OF:
            assert sums[slot] == (MADE_OF[KINDS[slot]](amounts) if amounts else None), (key, part)
        elif KINDS[slot] is not Kind.CALENDAR:
            # A share of a rep has no end of digits.
            assert round(sum(amounts, Decimal(0)), 20) == round(Decimal(total), 20), (key, part)
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
            "/api/v1/metrics/values", query_string={**asked, "metrics": ",".join((*keys, OFTEN))}
        ).get_json()
        for value in answer["values"]:
            for part in Part:
                if value["key"] == OFTEN:
                    due_visits_are_rows(client, value, part, query)
                else:
                    seen += customers_are_rows(client, value, part, query)
        client.delete("/api/v1/session")
    assert seen > len(questions) * len(COUNTED_ONCE)


OFTEN = "visit_frequency_compliance"


def due_visits_are_rows(
    client: FlaskClient, value: dict[str, Any], part: Part, query: dict[str, str]
) -> None:
    """Check that the customers, each once, come to the visits that were due, or were made."""
    status, answer = rows_of(client, OFTEN, part=part, **query)
    assert status == 200
    rows = answer["rows"]
    assert len({row["customer_id"] for row in rows}) == len(rows) == answer["total"]
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal(value[part] or 0), (part, query)
    assert all(row["events"] >= Decimal(row["amount"]) for row in rows if part == "numerator")


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


def test_reps_targets_middle_values_and_first_times_have_rows_too(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    with app.app_context(), transaction():
        # From the middle of the month at half time: 17 of 31 days at 50 %.
        begun = dt.date(2026, 3, 15)
        db.session.add(WorkingTime(rep_id=busy_company.sari, start_on=begun, percent=50))
    sign_in(client, "budi")
    for rep, amount in ((busy_company.sari, 3_100_00), (busy_company.joko, 900_00)):
        body = {"month": "2026-03-01", "rep": rep, "seen": None, "amount": amount}
        assert client.put("/api/v1/metrics/targets", json=body).status_code == 204

    def rows(key: str, part: str = "numerator") -> list[dict[str, Any]]:
        status, answer = rows_of(client, key, part=part)
        assert status == 200
        for row in answer["rows"]:
            assert client.get(row["href"]).status_code == 200
        found: list[dict[str, Any]] = answer["rows"]
        return found

    reps = {row["rep_name"]: row for row in rows("revenue_per_rep", "denominator")}
    assert {row["kind"] for row in reps.values()} == {"rep"}
    assert reps["Joko"]["amount"] == "1"
    assert reps["Sari"]["amount"].startswith("0.274193548")
    assert (reps["Sari"]["first_day"], reps["Sari"]["events"]) == ("2026-03-02", 1)
    targets = {row["rep_name"]: row["amount"] for row in rows("target_attainment", "denominator")}
    # Of 26 working days 14 were left, at half time.
    assert targets == {"Joko": "900.00", "Sari": "834.62"}
    middle = rows("average_purchase_value_median")
    assert {row["kind"] for row in middle} == {"deal"}
    assert sorted(row["amount"] for row in middle) == ["1000.00", "2000.00", "6000.00"]
    assert {row["kind"] for row in rows("first_call_time")} == {"day"}


def test_what_has_no_such_part_or_nobody_sees_says_so(
    client: FlaskClient, busy_company: Company
) -> None:
    sign_in(client, "budi")

    answers = [
        rows_of(client, "calls", part="denominator"),
        rows_of(client, "no_such_metric"),
        rows_of(client, "calls", rep=busy_company.rina),
        rows_of(client, "calls", to="2026-02-01"),
    ]

    assert [(status, answer["code"]) for status, answer in answers] == [
        (422, "no_denominator"),
        (404, "not_found"),
        (404, "not_found"),
        (422, "invalid_input"),
    ]
