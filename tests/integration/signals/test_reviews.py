"""Who sees signals, who answers, who decides: over the API and on the pages."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.platform.transaction import transaction
from server.signals.jobs import raise_signals
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, presence, record_visit
from tests.integration.signals.test_rules import visit
from tests.support import forms
from tests.support.forms import form_to

REASON = {"decision": "explained", "reason": "The customer called her back."}


@pytest.fixture
def visit_id(app: Flask, company: Company) -> str:
    """Return a visit of Sari's (east) whose check-out was far away."""
    with app.app_context():
        with transaction():
            arrived = presence(company.shop, MONDAY_9)
            left = presence(company.shop, MONDAY_9, metres_away=1_900)
            visit_id = visit(company, company.shop, arrived, left)
            record_visit(rep_id=company.rina, customer_id=company.kiosk)
        raise_signals()
    return visit_id


@pytest.fixture
def signal_id(client: FlaskClient, company: Company, visit_id: str) -> str:
    del company
    rows = sign_in(client, "admin").get("/api/v1/signals").get_json()["rows"]
    (signal,) = rows
    assert signal["visit_id"] == visit_id
    return str(signal["id"])


@pytest.mark.parametrize(
    ("name", "sees"),
    [("admin", 1), ("budi", 1), ("dewi", 0), ("sari", 1), ("joko", 0)],
)
def test_a_signal_is_seen_by_the_rep_and_those_who_lead_the_rep(
    client: FlaskClient, signal_id: str, visit_id: str, name: str, sees: int
) -> None:
    sign_in(client, name)

    listed = client.get("/api/v1/signals").get_json()
    pages = [f"/api/v1/signals/{signal_id}", f"/signals/{signal_id}"]

    assert listed["total"] == sees
    assert {client.get(path).status_code for path in pages} == {200 if sees else 404}
    assert (signal_id in client.get("/signals").get_data(as_text=True)) == bool(sees)
    on_visit = client.get(f"/visits/{visit_id}")
    assert (signal_id in on_visit.get_data(as_text=True)) == bool(sees)


def test_a_stranger_is_sent_away(client: FlaskClient, signal_id: str) -> None:
    client.delete("/api/v1/session")
    stranger = client.application.test_client()

    assert stranger.get("/api/v1/signals").status_code == 401
    assert stranger.post(f"/api/v1/signals/{signal_id}/answer", json={}).status_code == 401
    assert stranger.get("/signals").headers["Location"].startswith("/sign-in")


def test_the_rep_answers_once_and_the_manager_decides_once(
    client: FlaskClient, signal_id: str
) -> None:
    path = f"/api/v1/signals/{signal_id}"
    sign_in(client, "sari")
    answered = client.post(f"{path}/answer", json={"answer": "I forgot to check out."})
    again = client.post(f"{path}/answer", json={"answer": "No, the owner asked me to come."})
    assert (answered.status_code, again.status_code) == (200, 409)
    assert again.get_json()["code"] == "signal.answered"

    sign_in(client, "budi")
    decided = client.post(f"{path}/decision", json=REASON)
    again = client.post(f"{path}/decision", json={"decision": "confirmed", "reason": "Hm."})
    assert (decided.status_code, again.status_code) == (200, 409)

    sign_in(client, "sari")
    seen = client.get(path).get_json()
    assert seen["answer"] == "I forgot to check out."
    assert (seen["decision"], seen["reason"]) == (REASON["decision"], REASON["reason"])
    assert "1,900 m" in seen["sentence"]
    assert client.get("/api/v1/signals?decided=false").get_json()["total"] == 0
    assert client.get("/api/v1/signals?decided=true").get_json()["total"] == 1


@pytest.mark.parametrize(
    ("name", "action", "status", "code"),
    [
        ("sari", "decision", 403, "forbidden"),
        ("dewi", "decision", 404, "not_found"),
        ("budi", "answer", 403, "signal.not_yours"),
        ("rina", "answer", 404, "not_found"),
    ],
)
def test_nobody_else_answers_or_decides(
    client: FlaskClient, signal_id: str, name: str, action: str, status: int, code: str
) -> None:
    sign_in(client, name)
    body = REASON if action == "decision" else {"answer": "x"}

    answer = client.post(f"/api/v1/signals/{signal_id}/{action}", json=body)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_a_decision_without_a_reason_is_refused(client: FlaskClient, signal_id: str) -> None:
    sign_in(client, "budi")

    answer = client.post(
        f"/api/v1/signals/{signal_id}/decision", json={"decision": "confirmed", "reason": ""}
    )

    assert answer.status_code == 422
    assert client.get(f"/api/v1/signals/{signal_id}").get_json()["decision"] is None


def test_a_manager_does_not_decide_about_an_own_day(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context():
        with transaction():
            arrived = presence(company.shop, MONDAY_9)
            left = presence(company.shop, MONDAY_9, metres_away=1_900)
            visit(company, company.shop, arrived, left, rep_id=company.budi)
        raise_signals()
    sign_in(client, "budi")
    (signal,) = client.get("/api/v1/signals").get_json()["rows"]

    answer = client.post(f"/api/v1/signals/{signal['id']}/decision", json=REASON)

    assert (answer.status_code, answer.get_json()["code"]) == (403, "signal.own")


def send(client: FlaskClient, page: str, action: str, fields: dict[str, Any]) -> str:
    """Send a form of the page, with the token it came with; return what follows."""
    path, _, query = page.partition("?")
    shown = client.get(page).text
    try:
        given = form_to(shown, f"{path}/{action}")
    except LookupError:  # of a notice that was shown before
        given = form_to(shown, "/sign-out")
    answer = client.post(f"{path}/{action}?{query}", data=given | fields)
    assert answer.status_code in {302, 422}
    return answer.text


def test_a_forged_decision_is_refused(client: FlaskClient, signal_id: str) -> None:
    sign_in(client, "budi")

    assert client.post(f"/signals/{signal_id}/decision", data=REASON).status_code == 400


def test_the_pages_take_answer_and_decision(client: FlaskClient, signal_id: str) -> None:
    sign_in(client, "sari")
    page = client.get(f"/signals/{signal_id}").get_data(as_text=True)
    assert "Often the honest cause:" in page
    assert 'name="answer"' in page
    assert 'name="reason"' not in page
    send(client, f"/signals/{signal_id}", "answer", {"answer": "I forgot."})

    sign_in(client, "budi")
    page = client.get(f"/signals/{signal_id}").get_data(as_text=True)
    assert "I forgot." in page
    send(client, f"/signals/{signal_id}", "decision", REASON)

    page = client.get(f"/signals/{signal_id}").get_data(as_text=True)
    assert REASON["reason"] in page
    assert "Take back" in page
    assert 'name="reason"' not in page
    assert signal_id not in client.get("/signals").get_data(as_text=True)
    assert signal_id in client.get("/signals?state=decided").get_data(as_text=True)

    send(client, f"/signals/{signal_id}", "reopening", {})
    page = client.get(f"/signals/{signal_id}").get_data(as_text=True)
    assert "The signal waits for a decision again." in page
    assert REASON["reason"] not in page
    page = send(client, f"/signals/{signal_id}", "decision", REASON | {"reason": " "})
    assert "write a reason" in page
    assert signal_id in client.get("/signals").get_data(as_text=True)


@pytest.fixture
def several(app: Flask, client: FlaskClient, company: Company, visit_id: str) -> list[str]:
    """Return a signal of Sari's, and one of Rina's, who is led by somebody else."""
    with app.app_context():
        with transaction():
            arrived = presence(company.kiosk, MONDAY_9)
            left = presence(company.kiosk, MONDAY_9, metres_away=1_900)
            visit(company, company.kiosk, arrived, left, rep_id=company.rina)
        raise_signals()
    rows = sign_in(client, "admin").get("/api/v1/signals").get_json()["rows"]
    return [row["id"] for row in sorted(rows, key=lambda row: row["visit_id"] != visit_id)]


def waiting(client: FlaskClient) -> set[str]:
    rows = client.get("/api/v1/signals?decided=false").get_json()["rows"]
    return {row["id"] for row in rows}


def test_several_are_decided_at_once_undone_and_decided_again(
    client: FlaskClient, several: list[str]
) -> None:
    sign_in(client, "admin")
    page = client.get("/signals").get_data(as_text=True)
    chosen = re.findall(r'name="signal" value="([^"]+)"', page)
    assert sorted(each.partition(".")[0] for each in chosen) == sorted(several)

    send(client, "/signals", "decisions", REASON | {"signal": chosen})
    assert waiting(client) == set()
    page = client.get("/signals?state=decided").get_data(as_text=True)
    assert "2 signals are decided" in page
    for left in (set(several), set()):
        (done_at,) = re.findall(r'name="done_at" value="([^"]+)"', page)
        send(client, "/signals?state=decided", "undo", {"done_at": done_at})
        assert waiting(client) == left
        page = client.get("/signals").get_data(as_text=True)
    decided = client.get(f"/api/v1/signals/{several[0]}").get_json()
    assert (decided["decision"], decided["reason"]) == (REASON["decision"], REASON["reason"])


def test_an_undo_leaves_a_later_decision_alone(client: FlaskClient, several: list[str]) -> None:
    mine = several[0]
    sign_in(client, "budi")
    send(client, f"/signals/{mine}", "decision", REASON)
    page = client.get(f"/signals/{mine}").get_data(as_text=True)
    (done_at,) = re.findall(r'name="done_at" value="([^"]+)"', page)
    sign_in(client, "admin")
    send(client, f"/signals/{mine}", "reopening", {})
    send(client, f"/signals/{mine}", "decision", REASON | {"reason": "I was there."})

    sign_in(client, "budi")
    send(client, "/signals?state=decided", "undo", {"done_at": done_at})

    assert "Somebody has decided already" in client.get("/signals").get_data(as_text=True)
    assert client.get(f"/api/v1/signals/{mine}").get_json()["reason"] == "I was there."


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("budi", 404, "not_found"), ("sari", 403, "forbidden"), ("admin", 204, None)],
)
def test_all_chosen_are_decided_or_none(
    client: FlaskClient, several: list[str], name: str, status: int, code: str | None
) -> None:
    sign_in(client, name)

    answer = client.post("/api/v1/signals/decisions", json=REASON | {"signals": several})

    assert answer.status_code == status
    assert code is None or answer.get_json()["code"] == code
    sign_in(client, "admin")
    assert len(waiting(client)) == (0 if code is None else 2)
    assert (
        client.post("/api/v1/signals/decisions", json=REASON | {"signals": []}).status_code == 422
    )


def test_the_list_is_narrowed_and_taken_along(client: FlaskClient, several: list[str]) -> None:
    sign_in(client, "admin")
    rina = client.get(f"/api/v1/signals/{several[1]}").get_json()["rep_id"]

    for query, listed in (
        ("", 2),
        (f"?rep={rina}", 1),
        ("?rule=far_checkout", 2),
        ("?rule=too_many", 0),
        ("?state=decided", 0),
        ("?rule=nonsense&rep=nobody&state=odd", 2),
    ):
        page = client.get(f"/signals{query}").get_data(as_text=True)
        file = client.get(f"/signals.csv{query}").get_data(as_text=True)
        assert sum(signal in page for signal in several) == listed
        assert len(file.splitlines()) == 1 + listed
    assert "1,900 m" in client.get("/signals.csv").get_data(as_text=True)
    assert client.get("/signals.xlsx").data.startswith(b"PK")
    sign_in(client, "sari")
    assert len(client.get("/signals.csv").get_data(as_text=True).splitlines()) == 2
    assert 'name="signal"' not in client.get("/signals").get_data(as_text=True)


def test_nothing_is_decided_where_nothing_is_chosen(
    client: FlaskClient, several: list[str]
) -> None:
    sign_in(client, "admin")

    page = send(client, "/signals", "decisions", REASON)

    assert "Choose the signals first." in page
    assert REASON["reason"] in page
    assert waiting(client) == set(several)


def test_a_manager_asks_first_and_the_rep_finds_the_question_among_the_tasks(
    client: FlaskClient, company: Company, signal_id: str, visit_id: str
) -> None:
    place, action = f"/signals/{signal_id}", f"/signals/{signal_id}/decision"
    question = {"decision": "ask", "reason": "Where were you at <ten>?"}
    sign_in(client, "budi")
    stale = form_to(client.get(place).text, action) | question

    asked = forms.send(client, place, action, **question).text

    assert "The rep finds the question among the tasks after the next sync." in asked
    assert "Budi asks: Where were you at &lt;ten&gt;?" in asked
    assert "Asked, not answered yet" in client.get("/signals").text
    sari = sign_in(client.application.test_client(), "sari")
    (task,) = sari.get("/api/v1/tasks").get_json()["rows"]
    assert (task["rep_id"], task["visit_id"]) == (company.sari, visit_id)
    assert task["title"].startswith("Question about 2 Mar: ")
    assert task["note"] == "Where were you at <ten>?"
    forms.send(sari, place, f"/signals/{signal_id}/answer", answer="In the customer's store room.")

    assert "Ask the rep" not in client.get(place).text
    late = client.post(action, data=stale | {"once": "2"}, follow_redirects=True)
    assert late.status_code == 409
    assert "The rep has answered already" in late.text


def test_visits_are_narrowed_by_their_signals(
    client: FlaskClient, signal_id: str, visit_id: str
) -> None:
    def listed(who: str, wanted: str) -> list[bool]:
        sign_in(client, who)
        page = client.get(f"/visits?period=all&signal={wanted}").text
        return [f"/visits/{visit_id}" in page, "Kios Rina" in page]

    assert listed("admin", "") == [True, True]
    for wanted in ("any", "waiting", "far_checkout"):
        assert listed("admin", wanted) == [True, False]
    assert listed("admin", "mock_location") == [False, False]
    assert listed("dewi", "any") == [False, False]
    sign_in(client, "admin")
    client.post(f"/api/v1/signals/{signal_id}/decision", json=REASON)
    assert listed("admin", "waiting") == [False, False]
    assert listed("admin", "any") == [True, False]
