"""Settings, health and the first steps: for administrators, validated, audited, undone."""

import datetime as dt
import html
import re
from typing import Any

from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from server.identity.commands import add_user
from server.metrics.models import StaleDay
from server.platform.audit import AuditEntry
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.organisation import change_organisation, organisation
from server.platform.transaction import transaction
from server.teams.models import TeamLead
from shared.time import utc_now
from shared.working import USUAL_WEEK, Steps, VisitWeeks, WorkRules
from tests.factories.company import Company, sign_in

SETTINGS = {
    "name": "PT Maju <Jaya>",
    "language": "id",
    "geofence_radius_m": "150",
    "track_retention_days": "60",
    "day_starts": "07:30",
    "day_ends": "16:00",
    "weekdays": ["1", "2", "3", "4", "5"],
    "week_since": "today",
    "visits_a": "1",
    "visits_b": "2",
    "visits_c": "6",
    "visits_since": "always",
    "idle_minutes": "15",
    "base": "0",
}


def token(client: FlaskClient, path: str = "/settings") -> str:
    page = client.get(path).get_data(as_text=True)
    return str(re.findall(r'name="csrf_token" value="([^"]+)"', page)[0])


def send(client: FlaskClient, path: str, **fields: Any) -> tuple[int, str]:
    fields |= {"csrf_token": token(client)}
    answer = client.post(path, data=fields, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def test_settings_count_at_once_are_audited_and_undone(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")

    status, page = send(client, "/settings", **SETTINGS)

    assert (status, "The settings are saved." in page) == (200, True)
    assert "PT Maju &lt;Jaya&gt;" in client.get("/users").get_data(as_text=True)
    new = client.get("/users/new").get_data(as_text=True)
    assert re.search(r'<option value="id" selected>', new)
    with app.app_context():
        assert organisation().geofence_radius_m == 150
        assert organisation().track_retention_days == 60
        assert (organisation().day_starts, organisation().day_ends) == ("07:30", "16:00")
        entry = db.session.scalars(select(AuditEntry)).one()
        assert entry.action == "settings.changed"
        assert entry.details["geofence_radius_m"] == [None, 150]
        assert entry.details["visit_weeks"] == [None, [[None, [1, 2, 6]]]]
        rules = organisation().work_rules
        assert (rules.week, rules.visits) == (
            USUAL_WEEK.changed(frozenset(range(1, 6)), since=business_today()),
            Steps(VisitWeeks(1, 2, 6)),
        )
        today = business_today()
        assert [rules.idle_minutes.on(today + dt.timedelta(days=days)) for days in (0, 1)] == [
            5,
            15,
        ]
    status, page = send(client, "/settings", **(SETTINGS | {"geofence_radius_m": "200"}))
    assert status == 409
    assert 'value="200"' in page
    assert "Saved by somebody else meanwhile: 150" in page
    notice = send(client, "/settings", **(SETTINGS | {"name": "Other", "base": "1"}))[1]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', notice[notice.index("notice") :]))
    send(client, "/settings", **(SETTINGS | {"base": fields["base"]}))
    with app.app_context():
        assert organisation().name == "PT Maju <Jaya>"


def test_undo_brings_back_what_a_correction_of_the_work_rules_forgot(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    before = WorkRules(week=Steps(frozenset({1}), ((dt.date(2026, 3, 2), frozenset({1, 2})),)))
    with app.app_context(), transaction():
        change_organisation(fields=before.to_wire(), at=utc_now(), by=company.admin)
    assert "Until 1 Mar 2026: Mon." in client.get("/settings").get_data(as_text=True)
    sent = SETTINGS | {"base": "1", "week_since": "always"}
    page = send(client, "/settings", **sent)[1]

    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page[page.index("notice") :]))
    with app.app_context():
        assert organisation().work_rules.week == Steps(frozenset(range(1, 6)))
    undone = {name: html.unescape(text) for name, text in fields.items() if name in sent}
    send(client, "/settings", **undone, work_rules=html.unescape(fields["work_rules"]))

    with app.app_context():
        assert organisation().work_rules == before


def test_settings_out_of_bounds_are_refused_with_what_was_typed(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    changes: tuple[dict[str, Any], ...] = (
        {"geofence_radius_m": "19"},
        {"geofence_radius_m": "1e3"},
        {"track_retention_days": "6"},
        {"day_starts": "24:00"},
        {"day_starts": ""},
        {"day_ends": "07:30"},
        {"track_retention_days": "9" * 40},
        {"language": "xx"},
        {"name": "x" * 121},
        {"name": "a\0b"},
        {"weekdays": []},
        {"weekdays": ["8"]},
        {"visits_a": "0"},
        {"visits_c": "53"},
        {"week_since": "tomorrow"},
        {"idle_minutes": "4"},
    )
    for wrong in changes:
        status, page = send(client, "/settings", **(SETTINGS | wrong))
        assert (status, 'aria-invalid="true"' in page) == (422, True), wrong
    with app.app_context():
        assert organisation().version == 0


def test_health_says_what_waits_and_what_is_down(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        db.session.execute(delete(StaleDay))
        db.session.add(
            StaleDay(
                rep_id=company.sari,
                day=dt.date(2026, 3, 2),
                marked_at=utc_now() - dt.timedelta(hours=2),
            )
        )
    sign_in(client, "admin")

    page = client.get("/health").get_data(as_text=True)

    assert "Something needs you" in page
    assert "The worker does not keep up" in page
    assert "does not answer" in page  # these tests have no Redis
    assert "The tables are older" not in page


def test_first_steps_are_ticked_by_what_is_there_until_put_away(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    page = client.get("/").get_data(as_text=True)
    assert "5 of 8 done" in page
    with app.app_context(), transaction():
        db.session.execute(delete(TeamLead))
    assert "4 of 8 done" in client.get("/first-steps").get_data(as_text=True)

    _, page = send(client, "/first-steps/dismiss")
    assert "4 of 8 done" not in page
    _, page = send(client, "/first-steps/dismiss", away="")
    assert "4 of 8 done" in page
    budi = sign_in(app.test_client(), "budi")
    assert "of 8 done" not in budi.get("/").get_data(as_text=True)


def test_others_change_no_settings(app: Flask, company: Company) -> None:
    for name in ("budi", "sari"):
        client = sign_in(app.test_client(), name)
        fields = SETTINGS | {"csrf_token": token(client, "/")}
        assert client.post("/settings", data=fields).status_code == 403
        assert client.post("/first-steps/dismiss", data=fields).status_code == 403


def test_a_new_installation_says_how_the_first_administrator_is_made(app: Flask) -> None:
    client = app.test_client()
    assert "./run cli add-user" in client.get("/sign-in").get_data(as_text=True)

    with app.app_context():
        done = CliRunner().invoke(add_user, ["boss", "The Boss", "--password", "long enough"])
        assert done.exit_code == 0, done.output
    assert "./run cli add-user" not in client.get("/sign-in").get_data(as_text=True)
    client.post("/api/v1/session", json={"user": "boss", "password": "long enough"})
    assert "0 of 8 done" in client.get("/").get_data(as_text=True)
    for path in ("/users", "/teams", "/devices", "/alerts", "/health", "/settings", "/audit"):
        assert client.get(path).status_code == 200
