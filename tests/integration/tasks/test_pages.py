"""The page of tasks and the card on a visit: who sees them, and what the forms do."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.platform.transaction import transaction
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit
from tests.integration.tasks.test_tasks import add
from tests.support import forms
from tests.support.forms import take_back


@pytest.fixture
def task_id(app: Flask, company: Company) -> str:
    with app.app_context(), transaction():
        return add(company, "Collect <the> payment", due=-1)


def send(client: FlaskClient, page: str, action: str, fields: dict[str, str]) -> str:
    """Send a form of a page with its token; return the page that follows."""
    token = re.findall(
        r'name="csrf_token" value="([^"]+)"', client.get(page).get_data(as_text=True)
    )
    answer = client.post(action, data={**fields, "csrf_token": token[0]})
    if answer.status_code == 302:
        answer = client.get(answer.headers["Location"])
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(("name", "sees"), [("admin", 1), ("budi", 1), ("dewi", 0), ("sari", 1)])
def test_each_role_sees_its_tasks(client: FlaskClient, task_id: str, name: str, sees: int) -> None:
    sign_in(client, name)

    page = client.get("/tasks").get_data(as_text=True)

    assert ("Collect &lt;the&gt; payment" in page) == bool(sees)
    assert (task_id in page) == bool(sees)
    for query, rows in (("", sees), ("?state=closed", 0), ("?q=payment", sees), ("?q=visit", 0)):
        file = client.get(f"/tasks.csv{query}").get_data(as_text=True)
        assert file.count("payment") == rows


def test_a_stranger_is_sent_away_and_a_forged_form_refused(
    client: FlaskClient, task_id: str
) -> None:
    assert client.get("/tasks").headers["Location"].startswith("/sign-in")
    sign_in(client, "budi")
    assert client.post(f"/tasks/{task_id}", data={"state": "done"}).status_code == 400


def test_a_task_is_finished_undone_and_given_to_another_rep(
    client: FlaskClient, company: Company, task_id: str
) -> None:
    sign_in(client, "budi")
    done = {"state": "done", "was": "open", "version": "1"}

    page = send(client, "/tasks", f"/tasks/{task_id}", done)
    assert "The task is changed." in page
    assert "Undo" in page
    stale = send(client, "/tasks", f"/tasks/{task_id}", done)
    assert "Somebody has changed this task meanwhile." in stale
    take_back(client, page)
    page = send(client, "/tasks", f"/tasks/{task_id}", {"rep": company.joko, "version": "3"})
    assert page.count("Joko") > 1
    page = send(client, "/tasks", f"/tasks/{task_id}", {"rep": company.rina, "version": "4"})
    assert "There is no such rep in your teams." in page


def test_a_task_is_given_from_a_visit(app: Flask, client: FlaskClient, company: Company) -> None:
    with app.app_context(), transaction():
        visit_id = record_visit(rep_id=company.sari, customer_id=company.shop)
    sign_in(client, "budi")
    fields = {"title": "Price list", "rep": company.sari, "visit": visit_id, "due_on": "2026-03-06"}

    page = send(client, "/tasks", "/tasks", fields)

    assert "Price list" in page
    assert "From a visit" in client.get("/tasks").get_data(as_text=True)
    page = send(client, "/tasks", "/tasks", {"title": " ", "note": "By Friday"})
    assert "Write what is to be done." in page
    assert "By Friday</textarea>" in page


def test_a_task_is_about_a_customer_and_found_by_it(
    client: FlaskClient, company: Company, task_id: str
) -> None:
    sign_in(client, "budi")
    place = f"/customers/{company.shop}"
    given = forms.send(client, place, "/tasks", title="Bring a fridge", rep=company.sari)
    assert given.request.path == place
    assert "Bring a fridge" in given.text

    offered = client.get("/tasks/customers?customer_code=maju").text
    assert re.findall(r'<option value="([^"]+)">', offered) == ["TOKO-MAJU"]
    about = {"title": "Count the shelf", "rep": company.sari, "customer_code": "toko-maju"}
    assert forms.send(client, "/tasks", "/tasks", **about).status_code == 200
    refused = forms.send(client, "/tasks", "/tasks", **about | {"customer_code": "KIOS-RINA"})
    assert refused.status_code == 422
    assert "There is no customer of this code" in refused.text
    assert 'value="KIOS-RINA"' in refused.text

    listed = client.get(f"/tasks?customer={company.shop}").text
    assert "Bring a fridge" in listed
    assert "Count the shelf" in listed
    assert "Collect &lt;the&gt; payment" not in listed
