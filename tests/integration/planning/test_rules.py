"""Rules of planning: kept for who was planned by them, inherited by the others, and set back."""

import re

from flask import Flask

from server.planning.models import PlanningRules
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from tests.integration.planning.conftest import Planner
from tests.support.forms import send


def page(planner: Planner, rep: str = "", **query: object) -> str:
    wanted = {"rep": rep or planner.company.sari, "week": planner.days[0], **query}
    answer = planner.client.get("/plans", query_string=wanted)
    assert answer.status_code == 200
    return answer.text


def most(text: str, form: str = "rules") -> int:
    """Return the most stops a day that a form of the page offers."""
    found = re.search(rf'id="{form}-most"[^>]* value="(\d+)"', text)
    assert found
    return int(found[1])


def publish(planner: Planner, **rules: object) -> None:
    """Publish a proposal by these rules, as its page offers it."""
    place = f"/plans?rep={planner.company.sari}&week={planner.days[0]}&propose=1"
    place += "".join(f"&{name}={value}" for name, value in rules.items())
    action = f"/plans/{planner.company.sari}/{planner.days[0]}"
    assert send(planner.client, place, action).status_code == 200


def set_back(planner: Planner, action: str) -> str:
    place = f"/plans?rep={planner.company.sari}&week={planner.days[0]}"
    return send(planner.client, place, f"{action}/{planner.days[0]}/rules").text


def test_a_published_proposal_keeps_its_rules_for_the_rep_until_set_back(
    app: Flask, planner: Planner
) -> None:
    company = planner.company
    assert "These are the rules of the company" in page(planner)

    publish(planner, most=3, weekday="135")

    told = page(planner)
    assert "These rules were last used for Sari." in told
    assert most(told) == 3
    assert "These are the rules of the company" in page(planner, company.joko)
    week = planner.url.replace(planner.days[0], "2031-01-06")  # a program is told by them, too
    days = planner.client.post(f"{week}/proposal", json={}).get_json()["days"]
    assert [len(day["customers"]) for day in days] == [3, 0, 3, 0, 3, 0, 0]

    told = set_back(planner, f"/plans/{company.sari}")
    assert "The planning rules of Sari were changed." in told
    assert most(told) == 25
    with app.app_context():
        assert db.session.query(PlanningRules).count() == 0
        actions = [entry.action for entry in db.session.query(AuditEntry)]
        db.session.remove()
    assert {"plan.rules_kept", "plan.rules_forgotten"} <= set(actions)


def test_the_rules_of_a_team_are_its_reps_unless_they_have_own_ones(
    app: Flask, planner: Planner
) -> None:
    company = planner.company
    publish(planner, most=3)
    place = f"/plans?rep={company.joko}&week={planner.days[0]}"

    send(planner.client, place, "/plans/teams", team=company.east, most="7")

    assert most(page(planner)) == 3
    joko = page(planner, company.joko)
    assert "These are the rules of the team." in joko
    assert most(joko) == most(joko, "team") == 7
    assert "Back to the rules of the team" in page(planner)
    with app.app_context(), transaction():
        kept = db.session.query(PlanningRules).filter_by(team_id=company.east).one()
        assert kept.rules["most_stops"] == 7
    set_back(planner, f"/plans/teams/{company.east}")
    assert "These are the rules of the company" in page(planner, company.joko)


def test_rules_of_others_are_not_found(app: Flask, planner: Planner) -> None:
    company = planner.company
    token = re.search(r'name="csrf_token" value="([^"]*)"', page(planner))
    assert token
    sent = {"csrf_token": token[1], "most": "3"}
    for owner in (company.rina, f"teams/{company.west}"):
        address = f"/plans/{owner}/{planner.days[0]}/rules"
        assert planner.client.post(address, data=sent).status_code == 404
    team = sent | {"team": company.west, "week": planner.days[0]}
    assert planner.client.post("/plans/teams", data=team).status_code == 404
    with app.app_context():
        assert db.session.query(PlanningRules).count() == 0
        db.session.remove()
