"""Signing in by name and password, over HTTP."""

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from server.identity import operations
from server.identity.operations import NOBODY_HASH
from server.platform.transaction import transaction
from tests.factories.company import FOUNDED_AT, PASSWORD, Company, sign_in


def test_a_stranger_is_told_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/api/v1/session")

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == "not_signed_in"


def test_the_right_password_opens_a_session(client: FlaskClient, company: Company) -> None:
    sign_in(client, "budi")

    who = client.get("/api/v1/session").get_json()

    assert (who["id"], who["role"]) == (company.budi, "manager")


def test_name_and_password_are_wrong_alike(client: FlaskClient, company: Company) -> None:
    wrong_name = client.post("/api/v1/session", json={"user": "nobody", "password": PASSWORD})
    wrong_password = client.post("/api/v1/session", json={"user": "budi", "password": "no"})

    assert wrong_name.status_code == wrong_password.status_code == 401
    assert wrong_name.get_json() == wrong_password.get_json()


def test_a_name_nobody_has_is_refused_with_as_much_work() -> None:
    method, _, digest = generate_password_hash("any").split("$")
    same_method, _, same_digest = NOBODY_HASH.split("$")

    assert (same_method, len(same_digest)) == (method, len(digest))


def test_after_five_wrong_passwords_even_the_right_one_must_wait(
    client: FlaskClient, company: Company
) -> None:
    for _ in range(5):
        answer = client.post("/api/v1/session", json={"user": "budi", "password": "no"})
        assert answer.get_json()["code"] == "sign_in.wrong"

    locked = client.post("/api/v1/session", json={"user": "budi", "password": PASSWORD})

    assert locked.status_code == 429
    assert locked.get_json()["code"] == "sign_in.locked"
    assert int(locked.headers["Retry-After"]) > 0


def test_the_wait_ends_and_the_count_starts_anew(app: Flask, company: Company) -> None:
    with app.app_context():
        for _ in range(5):
            with transaction():
                operations.sign_in(code="budi", password="no", at=FOUNDED_AT)
        later = FOUNDED_AT + dt.timedelta(minutes=16)

        with transaction():
            outcome = operations.sign_in(code="budi", password=PASSWORD, at=later)

        assert outcome.user_or_raise().failed_sign_ins == 0


def test_a_new_password_ends_the_sessions_of_the_old_one(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    with app.app_context(), transaction():
        operations.set_password(user_id=company.budi, password="new", at=FOUNDED_AT, by=None)

    assert client.get("/api/v1/session").status_code == 401


def test_missing_fields_are_named(client: FlaskClient) -> None:
    answer = client.post("/api/v1/session", json={"user": "budi"})

    assert answer.status_code == 422
    assert "password" in answer.get_json()["errors"]["json"]


def test_a_body_that_is_no_json_is_a_bad_request(client: FlaskClient) -> None:
    answer = client.post("/api/v1/session", data="{", content_type="application/json")

    assert answer.status_code == 400
    assert answer.get_json()["code"] == "malformed_json"


def test_signing_out_ends_the_session(client: FlaskClient, company: Company) -> None:
    sign_in(client, "budi")

    client.delete("/api/v1/session")

    assert client.get("/api/v1/session").status_code == 401
