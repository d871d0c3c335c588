"""A form that is sent twice is carried out once; another content is another form."""

import re
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.sent_forms import REMEMBERED, SentForm, forget_old_forms
from server.platform.transaction import transaction
from shared.time import utc_now
from tests.factories.company import Company, sign_in


def form_of(client: FlaskClient, path: str) -> dict[str, str]:
    """Return the hidden fields of the page's first form that has a key of its own."""
    page = client.get(path).get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    key = re.findall(r'name="once" value="([^"]+)"', page)[0]
    return {"csrf_token": token, "once": key}


def count(app: Flask, action: str) -> int:
    with app.app_context():
        statement = select(func.count()).where(AuditEntry.action == action)
        return db.session.scalar(statement) or 0


def test_the_same_form_sent_twice_at_once_is_done_once(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    path = f"/users/{company.sari}/invitation"
    hidden = form_of(client, f"/users/{company.sari}")
    cookie = client.get_cookie("session")
    assert cookie is not None

    def press(_: int) -> tuple[int, str]:
        browser = app.test_client()
        browser.set_cookie("session", cookie.value)
        answer = browser.post(path, data=hidden, headers={"Referer": "http://localhost/users"})
        return answer.status_code, answer.location

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(press, range(2)))

    assert count(app, "user.invited") == 1
    assert answers == [
        (302, "/users"),
        (302, f"/users/{company.sari}#new-invitation"),
    ]


def test_the_second_one_is_told_so(app: Flask, client: FlaskClient, company: Company) -> None:
    sign_in(client, "admin")
    hidden = form_of(client, f"/users/{company.sari}")
    path = f"/users/{company.sari}/invitation"
    client.post(path, data=hidden)

    page = client.post(path, data=hidden, follow_redirects=True).get_data(as_text=True)

    assert "sent twice and done once" in page
    assert count(app, "user.invited") == 1


def test_a_form_that_was_refused_or_typed_anew_is_sent_again(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    hidden = form_of(client, "/teams/new")
    given = hidden | {"name": "North", "code": "east", "parent_id": ""}
    assert client.post("/teams/new", data=given).status_code == 409
    assert client.post("/teams/new", data=given).status_code == 409
    assert client.post("/teams/new", data=given | {"code": "north"}).status_code == 302
    assert client.post("/teams/new", data=given | {"code": "far-north"}).status_code == 302
    twice = client.post("/teams/new", data=given | {"code": "north"})
    assert "sent twice and done once" in twice.get_data(as_text=True)
    assert count(app, "team.created") == 2


def test_forms_are_forgotten_after_a_while(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    client.post(f"/users/{company.sari}/invitation", data=form_of(client, f"/users/{company.sari}"))
    with app.app_context():
        with transaction():
            assert forget_old_forms(at=utc_now()) == 0
            assert forget_old_forms(at=utc_now() + 2 * REMEMBERED) == 1
        assert db.session.scalar(select(func.count()).select_from(SentForm)) == 0
