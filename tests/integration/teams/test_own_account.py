"""Everybody changes their own password, knowing the old one, and ends sessions elsewhere."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.identity.models import User
from server.platform.audit import AuditEntry
from server.platform.database import db
from tests.factories.company import PASSWORD, Company, sign_in
from tests.support.forms import send

NEW = "a longer sentence than before"


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


@pytest.mark.parametrize("who", ["admin", "budi", "sari"])
def test_a_new_password_keeps_this_session_and_ends_the_others(
    app: Flask, company: Company, who: str
) -> None:
    here, elsewhere = (sign_in(app.test_client(), who) for _ in range(2))

    told = send(here, "/account", "/account/password", present=PASSWORD, password=NEW, again=NEW)

    assert "Sessions elsewhere have ended" in told.text
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    form = {"user": who, "password": PASSWORD}
    assert app.test_client().post("/api/v1/session", json=form).status_code == 401
    form["password"] = NEW
    assert app.test_client().post("/api/v1/session", json=form).status_code == 200
    with app.app_context():
        actions = db.session.scalars(
            select(AuditEntry.action).where(AuditEntry.user_id == getattr(company, who))
        )
        assert "user.password_changed" in set(actions)


def test_sessions_elsewhere_end_while_the_password_stays(app: Flask, company: Company) -> None:
    here, elsewhere = (sign_in(app.test_client(), "sari") for _ in range(2))

    wrong = send(here, "/account", "/account/sessions", known="no")
    assert (wrong.status_code, is_in(elsewhere)) == (422, True)
    told = send(here, "/account", "/account/sessions", known=PASSWORD)

    assert "This one goes on" in told.text
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert is_in(sign_in(app.test_client(), "sari"))
    assert company.sari


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"present": "wrong"}, "not your present password"),
        ({"password": "short", "again": "short"}, "At least"),
        ({"password": "long" * 126, "again": "long" * 126}, "At most 500 characters."),
        ({"again": "another sentence"}, "The two passwords differ"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    app: Flask, company: Company, typed: dict[str, str], said: str
) -> None:
    client = sign_in(app.test_client(), "budi")

    form = {"present": PASSWORD, "password": NEW, "again": NEW} | typed
    answer = send(client, "/account", "/account/password", **form)

    assert (answer.status_code, said in answer.text) == (422, True)
    assert NEW not in answer.text
    assert is_in(sign_in(app.test_client(), "budi"))
    assert company.budi


def test_whoever_guesses_waits_as_at_the_sign_in(app: Flask, company: Company) -> None:
    client = sign_in(app.test_client(), "budi")

    form = {"present": "wrong", "password": NEW, "again": NEW}
    answers = [send(client, "/account", "/account/password", **form) for _ in range(6)]
    right = send(client, "/account", "/account/password", **{**form, "present": PASSWORD})

    assert [answer.status_code for answer in answers] == [422] * 6
    assert "Too many wrong passwords" in right.text
    with app.app_context():
        assert db.session.get_one(User, company.budi).locked_until is not None


def test_a_stranger_has_no_account(app: Flask, company: Company) -> None:
    assert company
    assert app.test_client().get("/account").status_code == 302
