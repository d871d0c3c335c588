"""Administrators add, change and let go people and teams; the past stays as it was."""

import datetime as dt
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.customers.models import Customer
from server.identity.models import Invitation, User
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.teams.models import Team, TeamLead, TeamMembership
from server.visits.models import Visit
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit

UNKNOWN = "0197f0aa-0000-7000-8000-000000000000"


class Office:
    """An administrator's browser: sends the forms that the pages show."""

    def __init__(self, app: Flask, client: FlaskClient, company: Company) -> None:
        self.app, self.client, self.company = app, sign_in(client, "admin"), company

    def token(self) -> str:
        page = self.client.get("/teams").get_data(as_text=True)
        return re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]

    def send(self, path: str, **fields: Any) -> tuple[int, str]:
        answer = self.client.post(
            path, data=fields | {"csrf_token": self.token()}, follow_redirects=True
        )
        return answer.status_code, answer.get_data(as_text=True)

    def person(self, who: str, **fields: Any) -> dict[str, Any]:
        """Return the form of a person as their page shows it, with changes."""
        with self.app.app_context():
            user = db.session.scalars(select(User).where(User.code == who)).one()
            team = db.session.scalar(
                select(TeamMembership.team_id).where(
                    TeamMembership.user_id == user.id, TeamMembership.end_on.is_(None)
                )
            )
            form = {
                "code": user.code,
                "name": user.name,
                "role": user.role,
                "language": user.language,
                "time_zone": user.time_zone,
                "quota_carrying": "yes",
                "team_id": team or "",
                "base": str(user.version),
            }
        return form | fields

    def actions(self) -> list[str]:
        with self.app.app_context():
            return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.fixture
def office(app: Flask, client: FlaskClient, company: Company) -> Office:
    return Office(app, client, company)


def test_a_person_is_added_found_and_invited(office: Office) -> None:
    form = office.person(
        "sari", code="wati", name="Wati <b>", team_id=office.company.west, language="id"
    )
    status, page = office.send("/users/new", **form)

    assert (status, "Wati &lt;b&gt; is added" in page) == (200, True)
    assert "Next: a code for the phone" in page
    found = office.client.get("/users?q=WAT").get_data(as_text=True)
    assert ("wati" in found, "budi" in found) == (True, False)
    with office.app.app_context():
        user_id = db.session.scalars(select(User.id).where(User.code == "wati")).one()
    _, page = office.send(f"/users/{user_id}/invitation")
    path = re.findall(r"<code>http://[^/]+(/invitation/[^<]+)</code>", page)[0]
    assert path not in office.client.get(f"/users/{user_id}").get_data(as_text=True)

    stranger = office.app.test_client()
    token = re.findall(
        r'name="csrf_token" value="([^"]+)"', stranger.get(path).get_data(as_text=True)
    )[0]
    for password, again in (("short", "short"), ("long enough", "another one")):
        answer = stranger.post(
            path, data={"csrf_token": token, "password": password, "again": again}
        )
        assert answer.status_code == 422
    chosen = {"csrf_token": token, "password": "long enough", "again": "long enough"}
    assert stranger.post(path, data=chosen).location == "/sign-in?user=wati"
    assert stranger.get(path).status_code == 404
    signed = stranger.post("/api/v1/session", json={"user": "wati", "password": "long enough"})
    assert signed.status_code == 200
    assert office.actions() == ["user.created", "user.invited", "user.password_set"]
    with office.app.app_context():
        assert db.session.get_one(User, user_id).last_signed_in_at is not None


def test_a_link_ends_with_its_week_with_the_next_one_and_with_the_person(office: Office) -> None:
    user_id = office.company.joko

    def link() -> str:
        _, page = office.send(f"/users/{user_id}/invitation")
        return str(re.findall(r"<code>http://[^/]+(/invitation/[^<]+)</code>", page)[0])

    first, second = link(), link()
    assert office.client.get(first).status_code == 404
    assert office.client.get(second).status_code == 200
    with office.app.app_context(), transaction():
        row = db.session.scalars(select(Invitation).where(Invitation.user_id == user_id)).one()
        row.expires_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert office.client.get(second).status_code == 404
    third = link()
    office.send(f"/users/{user_id}/active", base="1", active="")
    assert office.client.get(third).status_code == 404


def test_two_who_edit_the_same_person_both_keep_what_they_typed(office: Office) -> None:
    first = office.person("sari", name="Sari Dewi")
    second = office.person("sari", name="Sari Ayu", time_zone="Asia/Makassar")

    assert office.send(f"/users/{office.company.sari}", **first)[0] == 200
    status, page = office.send(f"/users/{office.company.sari}", **second)

    assert status == 409
    assert 'value="Sari Ayu"' in page
    assert "Saved by somebody else meanwhile: Sari Dewi" in page
    newer = re.findall(r'name="base" value="([^"]+)"', page)[0]
    assert office.send(f"/users/{office.company.sari}", **(second | {"base": newer}))[0] == 200
    assert office.actions().count("user.changed") == 2


def test_who_moves_takes_customers_along_and_leaves_the_past(office: Office) -> None:
    company = office.company
    with office.app.app_context(), transaction():
        record_visit(rep_id=company.sari, customer_id=company.shop)

    status, _ = office.send(f"/users/{company.sari}", **office.person("sari", team_id=company.west))

    assert status == 200
    with office.app.app_context():
        tenures = db.session.execute(
            select(TeamMembership.team_id, TeamMembership.end_on.is_(None))
            .where(TeamMembership.user_id == company.sari)
            .order_by(TeamMembership.start_on)
        )
        assert [tuple(row) for row in tenures] == [(company.east, False), (company.west, True)]
        assert db.session.get_one(Customer, company.shop).team_id == company.west
        assert db.session.scalars(select(Visit.team_id)).one() == company.east
    dewi = sign_in(office.app.test_client(), "dewi")
    assert dewi.get(f"/customers/{company.shop}").status_code == 200
    # Back on the same day: as if it had never been said.
    office.send(f"/users/{company.sari}", **office.person("sari", team_id=company.east))
    with office.app.app_context():
        last = db.session.scalars(
            select(TeamMembership.team_id)
            .where(TeamMembership.user_id == company.sari)
            .order_by(TeamMembership.start_on.desc())
        ).first()
        assert last == company.east


def test_nobody_locks_the_company_out(office: Office) -> None:
    admin = office.company.admin
    _, page = office.send(f"/users/{admin}/active", base="1", active="")
    assert "the only administrator left" in page
    status, page = office.send(f"/users/{admin}", **office.person("admin", role="manager"))
    assert (status, "the only administrator left" in page) == (409, True)
    office.send(f"/users/{office.company.dewi}", **office.person("dewi", role="admin"))
    status, page = office.send(f"/users/{admin}", **office.person("admin", role="manager"))
    assert (status, "Somebody else has to do this" in page) == (409, True)


def test_letting_go_ends_the_session_and_is_undone_by_a_click(office: Office) -> None:
    sari = sign_in(office.app.test_client(), "sari")
    assert sari.get("/").status_code == 200

    _, page = office.send(f"/users/{office.company.sari}/active", base="1", active="")

    assert "Nothing was deleted" in page
    assert sari.get("/").status_code == 302
    notice = page[page.index("notice") :]
    fields = dict(re.findall(r'name="(base|active)" value="([^"]*)"', notice[:1500]))
    office.send(f"/users/{office.company.sari}/active", **fields)
    assert sign_in(sari, "sari").get("/").status_code == 200
    assert "user.reactivated" in office.actions()


WRONG: tuple[dict[str, str], ...] = (
    {"code": ""},
    {"code": "budi"},
    {"code": "x" * 81},
    {"name": "a\0b"},
    {"role": "king"},
    {"time_zone": "../etc/passwd"},
    {"team_id": "none"},
    {"language": "klingon"},
)


def test_what_makes_no_sense_is_shown_again_with_all_that_was_typed(office: Office) -> None:
    for wrong in WRONG:
        form = office.person("sari") | {"name": "Typed Before"} | wrong
        for path in (f"/users/{office.company.sari}", "/users/new"):
            status, page = office.send(path, **(form if "code" in wrong else form | {"code": "n"}))
            assert status in {409, 422}, wrong
            assert "name" in wrong or "Typed Before" in page, wrong
    lost = office.person("sari", team_id=UNKNOWN)
    assert office.send(f"/users/{office.company.sari}", **lost)[0] == 404


def test_teams_are_made_renamed_led_and_archived_when_empty(office: Office) -> None:
    company = office.company
    given = {"code": "north", "name": "North", "parent_id": company.east, "leads": [company.dewi]}
    assert office.send("/teams/new", **given)[0] == 200
    with office.app.app_context():
        north = db.session.scalars(select(Team).where(Team.code == "north")).one().id
    assert office.send("/teams/new", **given)[0] == 409

    _, page = office.send(f"/teams/{company.east}/archive", base="1", archived="yes")
    assert "There are people or teams in this team" in page
    changed = given | {"name": "Far North", "leads": [company.budi, company.dewi], "base": "1"}
    assert office.send(f"/teams/{north}", **changed)[0] == 200
    status, page = office.send(f"/teams/{north}", **(changed | {"name": "Near North"}))
    assert (status, "Saved by somebody else meanwhile: Far North" in page) == (409, True)
    wrong = changed | {"base": "2", "leads": [company.sari]}
    assert office.send(f"/teams/{north}", **wrong)[0] == 422
    below = {"code": "east", "name": "East", "parent_id": north, "leads": [], "base": "1"}
    assert office.send(f"/teams/{company.east}", **below)[0] == 422

    _, page = office.send(f"/teams/{north}/archive", base="2", archived="yes")
    assert "Far North is archived" in page
    joins = office.person("joko", team_id=north)
    assert office.send(f"/users/{company.joko}", **joins)[0] == 422
    _, page = office.send(f"/teams/{north}/archive", base="3", archived="")
    assert "Far North is in use again" in page
    with office.app.app_context():
        leads = select(TeamLead.user_id).where(TeamLead.team_id == north)
        assert set(db.session.scalars(leads)) == {company.budi, company.dewi}


def test_others_change_nothing(office: Office) -> None:
    company = office.company
    posts = (
        f"/users/{company.joko}",
        f"/users/{company.joko}/active",
        f"/users/{company.joko}/invitation",
        f"/teams/{company.east}",
        f"/teams/{company.east}/archive",
        "/users/new",
        "/teams/new",
    )
    before = len(office.actions())
    for name, status in (("budi", 403), ("sari", 403), ("", 302)):
        client = office.app.test_client()
        page = (sign_in(client, name).get("/") if name else client.get("/sign-in")).get_data(True)
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
        assert {client.post(path, data={"csrf_token": token}).status_code for path in posts} == {
            status
        }
    for path in (f"/users/{UNKNOWN}", f"/teams/{UNKNOWN}"):
        assert office.client.get(path).status_code == 404
    assert len(office.actions()) == before
