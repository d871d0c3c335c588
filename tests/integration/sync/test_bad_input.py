"""Requests to the phone's endpoints that cannot be read: malformed, cut off, too large."""

import gzip
import json
import secrets
from typing import Any

import pytest
from flask.testing import FlaskClient

from mobile.storage import device as phone_device
from mobile.sync.answers import RefusedError
from shared.sync.ids import new_id
from shared.sync.protocol import (
    ENROL_PATH,
    MAX_CHANGES,
    MAX_COMPRESSED_BYTES,
    PULL_PATH,
    PUSH_PATH,
    REFRESH_PATH,
)
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.wire import header, post, problem, token


@pytest.fixture
def client(company: Company) -> FlaskClient:
    return company.app.test_client()


UNREADABLE = [
    (b"", "truncated"),
    (b"\n", "malformed"),
    (b"{}\n", "malformed"),
    (b"[]\n", "malformed"),
    (b"nonsense\n", "malformed"),
    (b'{"v":NaN}\n', "malformed"),
    (b"\xff\xfe\n", "malformed"),
    (b"[" * 100_000 + b"\n", "malformed"),
    (b'{"v":1', "truncated"),
]


@pytest.mark.fault("data", "unknown entity, kind, field, version")
def test_a_push_that_cannot_be_read(client: FlaskClient, phone: Handset) -> None:
    for body, code in UNREADABLE:
        response = client.post(PUSH_PATH, data=body, headers=token(phone))

        assert problem(response) == (400, code)


WRONG_FIELDS: list[tuple[str, object]] = [
    ("v", "2"),
    ("req", 7),
    ("req", "x" * 65),
    ("n", "2"),
    ("n", True),
    ("first", 2**63),
    ("h0", None),
    ("settled", 1.5),
    ("epoch", {}),
    ("dev", []),
]


def test_a_header_with_a_wrong_field_names_it(client: FlaskClient, phone: Handset) -> None:
    for field, value in WRONG_FIELDS:
        response = post(client, phone, header(phone, **{field: value}))

        assert problem(response) == (400, "malformed")
        assert response.json["field"] == field  # type: ignore[index]


DISAGREEMENTS: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"n": 1}, (400, "truncated")),
    ({"first": 0}, (400, "truncated")),
    ({"first": 2}, (409, "gap")),
    ({"epoch": "other"}, (410, "epoch")),
    ({"settled": 5}, (410, "epoch")),
    ({"v": 2}, (426, "app_outdated")),
    ({"v": 0}, (426, "app_outdated")),
    ({"schema": 2}, (426, "app_outdated")),
    ({"schema": 0}, (426, "app_outdated")),
    ({"h0": "00"}, (409, "forked")),
]


def test_phone_and_server_remember_different_things(client: FlaskClient, phone: Handset) -> None:
    for changed, expected in DISAGREEMENTS:
        response = post(client, phone, header(phone, **changed))

        assert problem(response) == expected
        if expected[1] in ("gap", "epoch"):
            assert response.json["through"] == 0  # type: ignore[index]


@pytest.mark.fault("data", "too many changes, a bomb")
def test_a_body_too_large_is_refused(client: FlaskClient, phone: Handset) -> None:
    bomb = gzip.compress(b"\n" * 30_000_000)
    assert len(bomb) < MAX_COMPRESSED_BYTES
    zipped = {"Content-Encoding": "gzip", **token(phone)}

    for body, headers in (
        (bomb, zipped),
        (b"x" * (MAX_COMPRESSED_BYTES + 1), zipped),
        (b"x" * 5_000_000, token(phone)),
    ):
        assert problem(client.post(PUSH_PATH, data=body, headers=headers)) == (413, "too_large")
    for count in (MAX_CHANGES + 1, 100_000):
        many = [b"{}"] * count
        assert problem(post(client, phone, header(phone, n=count), *many)) == (413, "too_large")


@pytest.mark.fault("request", "cut: no, half or a wrong gzip, a line missing")
def test_a_gzip_that_is_cut_or_none_is_sent_again(client: FlaskClient, phone: Handset) -> None:
    headers = {"Content-Encoding": "gzip", **token(phone)}
    whole = gzip.compress(json.dumps(header(phone)).encode() + b"\n")

    for body in (whole[:-4], whole[:20], b"", b"no gzip at all"):
        assert problem(client.post(PUSH_PATH, data=body, headers=headers)) == (400, "truncated")
    unknown = {"Content-Encoding": "br", **token(phone)}
    assert problem(client.post(PUSH_PATH, data=whole, headers=unknown)) == (400, "malformed")


def test_the_phone_says_that_it_was_not_understood_and_asks_no_less_of_the_network(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    with monkeypatch.context() as odd:
        odd.setattr(secrets, "token_hex", lambda _bytes: "x" * 65)
        for _ in range(2):
            with pytest.raises(RefusedError) as refusal:
                phone.synchronize()
            assert refusal.value.code == "malformed"

    assert (phone.sync.status().problem, phone.phone.batch.changes) == ("malformed", 50)
    phone.synchronize()
    assert phone.sync.status().waiting == 0


NONSENSE: list[tuple[dict[str, Any], int]] = [
    ({"cur": []}, 400),
    ({"cur": {"org": "1"}}, 400),
    ({"cur": {"org": -1}}, 400),
    ({"limit": 0}, 400),
    ({"limit": 10**9}, 400),
    ({"v": "2"}, 400),
    ({"v": 2}, 426),
    ({"cur": {"org": 10**12}}, 410),
    ({"epoch": "other"}, 410),
    ({"schema": 2}, 426),
]


def test_a_pull_that_asks_for_nonsense(client: FlaskClient, phone: Handset) -> None:
    for changed, status in NONSENSE:
        with phone.database.read() as connection:
            state = phone_device.get(connection)
        wire = {
            "v": 1,
            "req": "r",
            "dev": state.device_id,
            "schema": 1,
            "epoch": state.epoch,
            "cur": {},
            **changed,
        }

        response = client.post(PULL_PATH, json=wire, headers=token(phone))

        assert problem(response)[0] == status


INCOMPLETE: list[tuple[dict[str, Any], str]] = [
    ({}, "code"),
    ({"code": "x"}, "device_id"),
    ({"code": "x", "device_id": "7"}, "device_id"),
    ({"code": 7, "device_id": "0199"}, "code"),
]


def test_enrolment_names_what_is_missing(client: FlaskClient) -> None:
    for body, field in INCOMPLETE:
        response = client.post(ENROL_PATH, json=body)

        assert problem(response) == (422, "invalid_input")
        assert field in json.dumps(response.json["errors"])  # type: ignore[index]


def test_enrolment_with_a_wrong_code_and_renewing_with_a_wrong_token(
    client: FlaskClient,
) -> None:
    wrong = {"code": "AAAAA-AAAAA", "device_id": new_id()}

    assert problem(client.post(ENROL_PATH, json=wrong)) == (401, "enrolment.wrong_code")
    assert problem(client.post(REFRESH_PATH, json={"refresh": "x"})) == (401, "token_unknown")
    assert problem(client.post(REFRESH_PATH, data=b"{", content_type="application/json")) == (
        400,
        "malformed_json",
    )
