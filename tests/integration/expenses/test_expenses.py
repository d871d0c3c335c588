"""Who sees expenses, who decides about them, what they come to: over the API."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.expenses import operations
from server.metrics.models import StaleDay
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import ExpenseKind, ExpenseState
from tests.factories.company import Company, sign_in

PATH = "/api/v1/expenses"
DAY = dt.date(2026, 3, 2)


def record(
    company: Company,
    rep: str,
    amount_minor: int,
    *,
    state: ExpenseState = ExpenseState.SUBMITTED,
    day: dt.date = DAY,
    **more: Any,
) -> str:
    expense = operations.NewExpense(
        expense_id=new_id(),
        rep_id=getattr(company, rep),
        day=day,
        kind=ExpenseKind.FUEL,
        amount_minor=amount_minor,
        state=state,
        **{"currency": "IDR", **more},
    )
    operations.create_expense(expense=expense, at=utc_now(), today=DAY, reporting_currency="IDR")
    return expense.expense_id


@pytest.fixture
def expenses(app: Flask, company: Company) -> dict[str, str]:
    with app.app_context(), transaction():
        return {
            "fuel": record(company, "sari", 50_000_00, mileage_m=12_000),
            "parking": record(company, "sari", 5_000_00, day=dt.date(2026, 2, 27)),
            "draft": record(company, "sari", 1_000_00, state=ExpenseState.DRAFT),
            "rina's": record(company, "rina", 70_000_00),
            "budi's": record(company, "budi", 90_000_00),
        }


def decide(client: FlaskClient, *ids: str, decision: str = "approved", reason: str = "") -> Any:
    body = {"ids": list(ids), "decision": decision, "reason": reason}
    return client.post(f"{PATH}/decisions", json=body)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("admin", {"fuel", "parking", "rina's", "budi's"}),
        ("budi", {"fuel", "parking", "budi's"}),
        ("dewi", {"rina's"}),
        ("sari", {"fuel", "parking", "draft"}),
        ("joko", set()),
    ],
)
def test_each_sees_own_expenses_and_those_handed_in_by_whom_they_lead(
    client: FlaskClient, expenses: dict[str, str], name: str, seen: set[str]
) -> None:
    sign_in(client, name)

    listed = client.get(PATH).get_json()

    assert {row["id"] for row in listed["rows"]} == {expenses[key] for key in seen}
    for key, expense_id in expenses.items():
        answer = client.get(f"{PATH}/{expense_id}")
        assert answer.status_code == (200 if key in seen else 404)


def test_a_stranger_sees_nothing_and_decides_nothing(
    client: FlaskClient, expenses: dict[str, str]
) -> None:
    assert client.get(PATH).status_code == 401
    assert client.get(f"{PATH}/totals").status_code == 401
    assert decide(client, expenses["fuel"]).status_code == 401
    assert client.post(f"{PATH}/{expenses['fuel']}/reopening").status_code == 401


def test_an_approved_expense_counts_its_day_anew_and_so_does_taking_it_back(
    app: Flask, client: FlaskClient, company: Company, expenses: dict[str, str]
) -> None:
    def stale() -> set[tuple[str, dt.date]]:
        with app.app_context(), transaction():
            marks = db.session.scalars(select(StaleDay)).all()
            found = {(mark.rep_id, mark.day) for mark in marks}
            for mark in marks:
                db.session.delete(mark)
            return found

    assert stale() == set()
    sign_in(client, "budi")

    assert decide(client, expenses["fuel"], expenses["parking"]).get_json() == {"decided": 2}

    assert stale() == {(company.sari, DAY), (company.sari, dt.date(2026, 2, 27))}
    seen = client.get(f"{PATH}/{expenses['fuel']}").get_json()
    assert (seen["state"], seen["decider_name"]) == ("approved", "Budi")
    reopened = client.post(f"{PATH}/{expenses['fuel']}/reopening").get_json()
    assert (reopened["state"], reopened["decider_name"]) == ("submitted", None)
    assert stale() == {(company.sari, DAY)}
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-3:] == ["expense.decided", "expense.decided", "expense.reopened"]


@pytest.mark.parametrize(
    ("name", "which", "body", "status", "code"),
    [
        ("sari", ["fuel"], {}, 403, "forbidden"),
        ("dewi", ["fuel"], {}, 404, "not_found"),
        ("budi", ["budi's"], {}, 403, "expense.own"),
        ("budi", ["fuel", "rina's"], {}, 404, "not_found"),
        ("budi", ["draft"], {}, 409, "expense.not_waiting"),
        ("budi", ["fuel"], {"decision": "rejected"}, 422, "expense.reason_missing"),
        ("budi", ["fuel"], {"decision": "rejected", "reason": "  "}, 422, "expense.reason_missing"),
        ("budi", ["fuel"], {"decision": "draft"}, 422, "invalid_input"),
        ("budi", [], {}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_decided_changes_nothing(
    client: FlaskClient,
    expenses: dict[str, str],
    name: str,
    which: list[str],
    body: dict[str, str],
    status: int,
    code: str,
) -> None:
    sign_in(client, name)

    answer = decide(client, *(expenses[key] for key in which), **body)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    sign_in(client, "admin")
    assert client.get(f"{PATH}?state=submitted").get_json()["total"] == 4


def test_totals_are_by_rep_and_month_without_drafts(
    client: FlaskClient, company: Company, expenses: dict[str, str]
) -> None:
    sign_in(client, "admin")
    decide(client, expenses["fuel"])
    decide(client, expenses["parking"], decision="rejected", reason="No receipt")

    totals = client.get(f"{PATH}/totals?rep={company.sari}").get_json()

    assert [(row["month"], row["approved_minor"], row["rejected_minor"]) for row in totals] == [
        ("2026-03-01", 50_000_00, 0),
        ("2026-02-01", 0, 5_000_00),
    ]
    assert [row["mileage_m"] for row in totals] == [12_000, 0]
    assert client.get(f"{PATH}/totals?start=2026-03-01").status_code == 422


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"day": DAY + dt.timedelta(days=1)}, "expense.future"),
        ({"currency": "XXX"}, "expense.currency"),
    ],
)
def test_an_impossible_expense_is_refused(
    app: Flask, company: Company, change: dict[str, Any], code: str
) -> None:
    with app.app_context(), pytest.raises(ProblemError) as refused, transaction():
        record(company, "sari", 1, **change)

    assert refused.value.code == code


def test_an_approved_expense_is_no_longer_the_reps_to_change(
    app: Flask, client: FlaskClient, company: Company, expenses: dict[str, str]
) -> None:
    sign_in(client, "budi")
    decide(client, expenses["fuel"])

    with app.app_context(), pytest.raises(operations.ExpenseApprovedError), transaction():
        operations.change_expense(
            expense_id=expenses["fuel"],
            rep_id=company.sari,
            fields={"amount_minor": 1},
            at=utc_now(),
            today=DAY,
        )
    with app.app_context(), transaction():
        operations.delete_expense(expense_id=expenses["parking"], rep_id=company.sari, at=utc_now())
    assert client.get(f"{PATH}/{expenses['parking']}").status_code == 404
