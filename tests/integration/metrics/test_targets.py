"""Targets by the API: one for a number, rep and month, told to the rep's phone at once."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.metrics.models import Target
from server.platform.database import db
from server.sync.models import SyncIndex
from shared.sync.protocol import RowEvent
from tests.factories.company import Company, sign_in

URL = "/api/v1/metrics/targets"
YEAR = f"{URL}?from=2026-01-01&to=2027-01-01"


def put(client: FlaskClient, rep: str | None, amount: object, **other: object) -> tuple[int, str]:
    body = {"month": "2026-03-01", "seen": None, "amount": amount, **other}
    if rep is not None:
        body["rep"] = rep
    answer = client.put(URL, json=body)
    problem: dict[str, Any] = answer.get_json(silent=True) or {}
    return answer.status_code, problem.get("code", "")


def test_a_second_target_for_the_month_is_refused(client: FlaskClient, company: Company) -> None:
    sign_in(client, "budi")

    assert put(client, company.sari, 100_00) == (204, "")
    assert put(client, company.sari, 200_00) == (409, "target.overlaps")
    assert put(client, company.sari, 200_00, seen=50_00) == (409, "changed_meanwhile")
    assert put(client, company.sari, 300_00, metric="calls") == (204, "")
    assert client.get(YEAR).get_json() == [
        {"rep": company.sari, "month": "2026-03-01", "amount": 100_00, "counted": 100_00}
    ]
    assert put(client, company.sari, None, seen=100_00) == (204, "")
    assert client.get(YEAR).get_json() == []


@pytest.mark.parametrize(
    ("amount", "code"),
    [(-1, "target.out_of_range"), (10**15 + 1, "target.out_of_range"), (1.5, "invalid_input")],
)
def test_a_negative_or_absurd_amount_is_refused(
    client: FlaskClient, company: Company, amount: object, code: str
) -> None:
    sign_in(client, "admin")

    assert put(client, company.sari, amount) == (422, code)
    assert put(client, company.sari, 1, month="2026-03-02")[0] == 422
    assert put(client, company.sari, 1, metric="luck") == (422, "invalid_input")
    assert put(client, company.sari, 1, metric="strike_rate") == (422, "target.not_for_metric")
    assert put(client, company.sari, 1, team=company.east) == (422, "invalid_input")
    assert put(client, None, 1) == (422, "invalid_input")
    assert client.get(f"{URL}?from=2026-01-01&to=2126-01-01").status_code == 422
    assert client.get(YEAR).get_json() == []


def test_everybody_sees_and_sets_what_is_theirs_alone(
    client: FlaskClient, company: Company
) -> None:
    assert client.get(YEAR).status_code == 401
    sign_in(client, "admin")
    for rep in (company.sari, company.rina):
        assert put(client, rep, 1_00)[0] == 204

    sign_in(client, "budi")
    assert [row["rep"] for row in client.get(YEAR).get_json()] == [company.sari]
    assert put(client, company.rina, 9_00, seen=1_00) == (404, "not_found")
    sign_in(client, "sari")
    assert [row["rep"] for row in client.get(YEAR).get_json()] == [company.sari]
    assert put(client, company.sari, 9_00, seen=1_00)[0] == 403


def test_a_team_has_targets_of_its_own(client: FlaskClient, company: Company) -> None:
    sign_in(client, "budi")
    assert put(client, None, 500, team=company.west, metric="calls") == (404, "not_found")
    assert put(client, None, 500, team=company.east, metric="calls") == (204, "")
    assert put(client, None, 600, team=company.east, metric="calls") == (409, "target.overlaps")
    assert put(client, company.sari, 300, metric="calls") == (204, "")
    assert client.get(f"{YEAR}&metric=calls").get_json() == [
        {"rep": company.sari, "month": "2026-03-01", "amount": 300, "counted": 300},
        {"team": company.east, "month": "2026-03-01", "amount": 500, "counted": 500},
    ]
    sign_in(client, "sari")
    assert [row.get("team") for row in client.get(f"{YEAR}&metric=calls").get_json()] == [None]
    sign_in(client, "admin")
    assert put(client, None, None, seen=500, team=company.east, metric="calls") == (204, "")


def test_the_phone_is_told(app: Flask, client: FlaskClient, company: Company) -> None:
    def feed() -> list[tuple[str, str]]:
        with app.app_context():
            found = db.session.execute(
                select(SyncIndex.scope, SyncIndex.event).where(SyncIndex.entity == "target")
            )
            return [(row.scope, row.event) for row in found]

    sign_in(client, "admin")
    put(client, company.sari, 1_00)
    assert feed() == [(f"rep:{company.sari}", RowEvent.PUT)]
    with app.app_context():
        assert db.session.scalar(select(Target.amount)) == 1_00
    put(client, company.sari, None, seen=1_00)
    assert [event for _, event in feed()] != [RowEvent.PUT]
