"""Who sees tasks, who gives them to whom, what becomes of them: over the API."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.tasks import operations
from shared.sync.ids import new_id
from shared.time import business_day, utc_now
from tests.factories.company import ZONE, Company, sign_in
from tests.factories.visits import record_visit

PATH = "/api/v1/tasks"


def today() -> dt.date:
    return business_day(utc_now(), ZONE)


def add(company: Company, title: str, *, rep: str = "sari", due: int | None = 0) -> str:
    """Add a task that is due so many days from now."""
    task = operations.NewTask(
        task_id=new_id(),
        rep_id=getattr(company, rep),
        title=title,
        due_on=None if due is None else today() + dt.timedelta(days=due),
    )
    operations.create_task(task=task, created_by=task.rep_id, at=utc_now(), day=today())
    return task.task_id


@pytest.fixture
def tasks(app: Flask, company: Company) -> dict[str, str]:
    with app.app_context(), transaction():
        return {
            "late": add(company, "Collect the payment", due=-2),
            "today": add(company, "Bring brochures"),
            "some day": add(company, "Ask about the second shop", due=None),
            "rina's": add(company, "Show the new tea", rep="rina", due=3),
        }


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("admin", {"late", "today", "some day", "rina's"}),
        ("budi", {"late", "today", "some day"}),
        ("dewi", {"rina's"}),
        ("sari", {"late", "today", "some day"}),
        ("joko", set()),
        ("rina", {"rina's"}),
    ],
)
def test_each_sees_own_tasks_and_those_of_the_teams_they_lead(
    client: FlaskClient, tasks: dict[str, str], name: str, seen: set[str]
) -> None:
    sign_in(client, name)

    listed = client.get(PATH).get_json()

    assert {row["id"] for row in listed["rows"]} == {tasks[key] for key in seen}
    for key, task_id in tasks.items():
        assert client.get(f"{PATH}/{task_id}").status_code == (200 if key in seen else 404)
        change = client.patch(f"{PATH}/{task_id}", json={"note": "x"})
        assert change.status_code == (200 if key in seen else 404)


def test_a_stranger_sees_nothing_and_gives_nothing(
    client: FlaskClient, tasks: dict[str, str]
) -> None:
    assert client.get(PATH).status_code == 401
    assert client.get(f"{PATH}/{tasks['late']}").status_code == 401
    assert client.post(PATH, json={"title": "x"}).status_code == 401


def test_the_most_overdue_comes_first_and_the_finished_last(
    client: FlaskClient, tasks: dict[str, str]
) -> None:
    sign_in(client, "admin")
    client.patch(f"{PATH}/{tasks['late']}", json={"state": "done"})

    def order(query: str = "") -> list[str]:
        names = {task_id: name for name, task_id in tasks.items()}
        return [names[row["id"]] for row in client.get(PATH + query).get_json()["rows"]]

    assert order() == ["today", "rina's", "some day", "late"]
    assert order("?closed=true") == ["late"]
    assert order("?due=today") == ["today"]
    assert order("?due=upcoming") == ["rina's", "some day"]
    assert order("?search=BROCHURES") == ["today"]


def test_a_manager_gives_a_task_from_a_visit_and_finishing_it_says_when(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        visit_id = record_visit(rep_id=company.sari, customer_id=company.shop)
    sign_in(client, "budi")
    body = {
        "title": "Send the price list",
        "rep": company.joko,
        "customer": company.shop,
        "visit": visit_id,
        "due_on": today().isoformat(),
    }

    made = client.post(PATH, json=body)

    assert made.status_code == 201
    task = made.get_json()
    assert (task["rep_name"], task["creator_name"]) == ("Joko", "Budi")
    assert (task["customer_name"], task["visit_id"]) == ("Toko Maju", visit_id)
    sign_in(client, "joko")
    done = client.patch(f"{PATH}/{task['id']}", json={"state": "done"}).get_json()
    assert done["finished_at"] is not None
    again = client.patch(f"{PATH}/{task['id']}", json={"state": "open"}).get_json()
    assert again["finished_at"] is None
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-3:] == ["task.assigned", "task.changed", "task.changed"]


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("sari", {"rep": "joko"}, 404, "task.unknown_rep"),
        ("budi", {"rep": "rina"}, 404, "task.unknown_rep"),
        ("budi", {"customer": "kiosk"}, 404, "customer.unknown"),
        ("budi", {"visit": "nobody"}, 404, "visit.unknown"),
        ("budi", {"title": ""}, 422, "invalid_input"),
        ("budi", {"title": "x" * 201}, 422, "invalid_input"),
        ("budi", {"due_on": "tomorrow"}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_given_is_refused_in_words(
    client: FlaskClient, company: Company, name: str, body: dict[str, Any], status: int, code: str
) -> None:
    sign_in(client, name)
    ids = {"rep", "customer", "visit"}
    wanted = {
        key: getattr(company, value, company.tea) if key in ids else value
        for key, value in body.items()
    }

    answer = client.post(PATH, json={"title": "Call", **wanted})

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_a_stale_change_is_refused_and_a_reassigned_task_is_gone_for_the_first_rep(
    client: FlaskClient, company: Company, tasks: dict[str, str]
) -> None:
    path = f"{PATH}/{tasks['today']}"
    sign_in(client, "budi")
    moved = client.patch(path, json={"rep": company.joko, "version": 1})
    stale = client.patch(path, json={"title": "Other", "version": 1})
    elsewhere = client.patch(path, json={"rep": company.rina})

    assert moved.get_json()["rep_name"] == "Joko"
    assert (stale.status_code, stale.get_json()["code"]) == (409, "task.changed")
    assert elsewhere.get_json()["code"] == "task.unknown_rep"
    sign_in(client, "sari")
    assert client.get(path).status_code == 404
    sign_in(client, "joko")
    assert client.get(path).get_json()["title"] == "Bring brochures"
