"""Bad input to the phone's endpoints: strangers, malformed, cut off, too large, forged."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from mobile.device.tokens import ACCESS_TOKEN, REFRESH_TOKEN
from mobile.storage import device as phone_device
from mobile.storage import outbox
from mobile.sync.answers import ChainRefusedError, SignInNeededError
from server.identity import operations as identity
from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.models import ChangeLog, Quarantine
from server.visits.models import Visit
from shared.sync import chain
from shared.sync.ids import new_id
from shared.sync.protocol import (
    ENROL_PATH,
    MAX_CHANGES,
    MAX_COMPRESSED_BYTES,
    PULL_PATH,
    PUSH_PATH,
    REFRESH_PATH,
    Captured,
    Change,
    ClockReading,
    Kind,
    PullRequest,
    PushHeader,
)
from shared.time import utc_now
from tests.fakes.company import PASSWORD, Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone


@pytest.fixture
def client(company: Company) -> FlaskClient:
    return company.app.test_client()


def problem(response: TestResponse) -> tuple[int, str]:
    assert response.headers["X-Sync"] == "1"
    assert response.mimetype == "application/problem+json"
    return response.status_code, response.json["code"]  # type: ignore[index]


def token(phone: Handset) -> dict[str, str]:
    return {"Authorization": f"Device {phone.secrets.read(ACCESS_TOKEN)}"}


def header(phone: Handset, **changed: Any) -> dict[str, Any]:
    with phone.database.read() as connection:
        state = phone_device.get(connection)
    wire: dict[str, Any] = json.loads(
        PushHeader(
            request_id="r1",
            device_id=state.device_id,
            schema_version=1,
            count=0,
            first=1,
            head_before=chain.FIRST_HEAD.hex(),
            settled=0,
            epoch=state.epoch,
        ).to_line()
    )
    return {**wire, **changed}


def post(
    client: FlaskClient, phone: Handset, wire: dict[str, Any], *lines: bytes, **headers: str
) -> TestResponse:
    body = b"\n".join([json.dumps(wire).encode(), *lines]) + b"\n"
    return client.post(PUSH_PATH, data=body, headers={**token(phone), **headers})


def send(
    client: FlaskClient, phone: Handset, company: Company, *changes: tuple[str, str, str, Any]
) -> list[list[Any]]:
    """Push changes as (entity, kind, id, data), sealed as the phone's own, past its services."""
    with company.app.app_context():
        with phone.database.read() as connection:
            state = phone_device.get(connection)
        device = db.session.get_one(Device, state.device_id)
        head, key, first = device.head, device.mac_key, device.through + 1
    before, lines = head, []
    for sequence, (entity, kind, record_id, data) in enumerate(changes, start=first):
        change = Change(
            sequence=sequence,
            entity=entity,
            kind=Kind(kind),
            record_id=record_id,
            data=data,
            captured=Captured(ClockReading(1_795_000_000_000, 1_000, "b")),
            base_version=0 if kind == "p" else None,
        )
        line, head = chain.seal(change.to_body(), head=head, key=key)
        lines.append(line)
    wire = header(phone, n=len(lines), first=first, h0=before.hex())
    response = post(client, phone, wire, *lines)
    assert response.status_code == 200, response.data
    return response.json["res"]  # type: ignore[index]


PULL = PullRequest("r1", new_id(), 1, "first", {}).to_bytes()


def test_a_stranger_is_told_to_enrol(client: FlaskClient) -> None:
    for path, body in ((PUSH_PATH, b"{}\n"), (PULL_PATH, PULL)):
        for authorization in ("", "Device ", "Device nonsense", "Bearer nonsense"):
            headers = {"Authorization": authorization}
            assert problem(client.post(path, data=body, headers=headers)) == (401, "token_unknown")
        assert problem(client.post(path, data=body)) == (401, "token_unknown")


@pytest.mark.parametrize("who", ["manager", "sari"])
@pytest.mark.parametrize("path", [PUSH_PATH, PULL_PATH])
def test_a_signed_in_person_is_no_phone(
    client: FlaskClient, company: Company, who: str, path: str
) -> None:
    signed_in = client.post(
        "/api/v1/session", json={"user": f"{who}{company.tag}", "password": PASSWORD}
    )
    assert signed_in.status_code == 200

    assert problem(client.post(path, data=b"{}\n")) == (401, "token_unknown")


def test_a_phone_cannot_speak_for_another(
    client: FlaskClient, phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    other = new_phone(company.budi)
    borrowed = header(other)

    assert problem(post(client, phone, borrowed)) == (401, "token_unknown")


@pytest.mark.fault("data", "forged ids, another rep's records")
def test_another_reps_records_look_like_none(
    client: FlaskClient, phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()
    budi = new_phone(company.budi)
    unknown = new_id()

    results = send(
        client,
        budi,
        company,
        ("visit", "p", visit.id, {"notes": "mine now"}),
        ("visit", "p", unknown, {"notes": "mine now"}),
        ("stop.cancel", "x", company.stop, {"reason": "mine now"}),
        ("customer", "p", company.maju, {"phone": "0"}),
        ("visit", "c", visit.id, {"customer_id": company.maju, "time_zone": "Asia/Jakarta"}),
    )

    assert [result[1:3] for result in results] == [
        ["rejected", "visit.unknown"],
        ["rejected", "visit.unknown"],
        ["rejected", "stop.unknown"],
        ["rejected", "not_allowed"],
        ["rejected", "id_reused"],
    ]
    with company.app.app_context():
        assert db.session.get_one(Visit, visit.id).notes == ""


@pytest.mark.fault("history", "token expired; refresh answer lost; access ended")
def test_a_revoked_phone_is_told_so_and_keeps_its_work(phone: Handset, company: Company) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    with company.app.app_context(), transaction():
        identity_id = phone.enrolment.identity()
        assert identity_id is not None
        identity.revoke_device(device_id=identity_id.device_id, at=utc_now(), by=None)

    with pytest.raises(SignInNeededError) as refusal:
        phone.synchronize()

    assert refusal.value.code == "device_revoked"
    assert phone.sync.status().waiting == 2
    assert phone.sync.status().problem == "device_revoked"


@pytest.mark.fault("history", "token expired; refresh answer lost; access ended")
def test_an_expired_token_is_renewed_without_a_word(phone: Handset, company: Company) -> None:
    before = phone.secrets.read(REFRESH_TOKEN)
    with company.app.app_context(), transaction():
        db.session.execute(update(Device).values(access_expires_at=utc_now()))
    phone.visits.check_in(customer_id=company.maju, fix=None)

    phone.synchronize()

    assert phone.sync.status().waiting == 0
    assert phone.secrets.read(REFRESH_TOKEN) != before


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
    ("v", 2),
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


NONSENSE: list[tuple[dict[str, Any], int]] = [
    ({"cur": []}, 400),
    ({"cur": {"org": "1"}}, 400),
    ({"cur": {"org": -1}}, 400),
    ({"limit": 0}, 400),
    ({"limit": 10**9}, 400),
    ({"v": 2}, 400),
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


def test_a_scope_of_another_rep_is_not_given(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    with phone.database.read() as connection:
        state = phone_device.get(connection)
    request = PullRequest("r", state.device_id, 1, state.epoch, {f"rep:{company.budi}": 0})

    answer = client.post(PULL_PATH, data=request.to_bytes(), headers=token(phone)).json

    assert answer is not None
    assert answer["scopes"] == ["org", f"rep:{company.sari}"]


def a_check_in(company: Company, **changed: Any) -> dict[str, Any]:
    fix = {"latitude": -6.2, "longitude": 106.9, "accuracy_m": 9, "fix_ms": 1_795_000_000_000}
    return {
        "visit_id": new_id(),
        "customer_id": company.maju,
        "fix": {**fix, **changed.pop("fix", {})},
        "fence": {"customer_id": company.maju, "radius_m": 100},
        "time_zone": "Asia/Jakarta",
        "verdict": "inside",
        **changed,
    }


NOON_MS = 1_795_000_000_000


def a_track(*fixes: list[Any]) -> dict[str, Any]:
    return {"time_zone": "Asia/Jakarta", "fixes": list(fixes)}


def a_deal(company: Company, **changed: Any) -> dict[str, Any]:
    return {
        "customer_id": company.maju,
        "stage_key": "won",
        "currency": "IDR",
        "lines": [{"product_id": company.soda, "quantity": 1, "unit_price_minor": 5}],
        **changed,
    }


BAD_RECORDS: list[tuple[str, Callable[[Company], dict[str, Any]], str, str]] = [
    ("check_in", lambda c: a_check_in(c, fix={"latitude": 91}), "fix.latitude", "lat_range"),
    ("check_in", lambda c: a_check_in(c, fix={"longitude": -181}), "fix.longitude", "lon_range"),
    (
        "check_in",
        lambda c: a_check_in(c, fix={"accuracy_m": 10**9}),
        "fix.accuracy_m",
        "accuracy_range",
    ),
    (
        "check_in",
        lambda c: a_check_in(c, fix={"accuracy_m": -1}),
        "fix.accuracy_m",
        "accuracy_range",
    ),
    (
        "check_in",
        lambda c: a_check_in(c, fix={"fix_ms": 2**60}),
        "fix.fix_ms",
        "out_of_range",
    ),
    ("track", lambda _: a_track([NOON_MS, 91, 106.9, 9, 0]), "fixes.0", "lat_range"),
    ("track", lambda _: a_track([NOON_MS, -6.2, 181, 9, 0]), "fixes.0", "lon_range"),
    ("track", lambda _: a_track([NOON_MS, -6.2, 106.9, -1, 0]), "fixes.0", "accuracy_range"),
    ("track", lambda _: a_track([2**52, -6.2, 106.9, 9, 0]), "fixes.0", "time_range"),
    ("track", lambda _: a_track([NOON_MS, "NaN", 106.9, 9, 0]), "fixes.0", "invalid"),
    ("track", lambda _: a_track(), "fixes", "too_few"),
    ("track", lambda _: a_track([NOON_MS, -6.2, 106.9, 9, 0]), "", "track.no_consent"),
    ("check_in", lambda c: a_check_in(c, fix={"latitude": "-6.2"}), "fix.latitude", "invalid"),
    ("check_in", lambda c: a_check_in(c, fix={"latitude": True}), "fix.latitude", "invalid"),
    ("check_in", lambda c: a_check_in(c, verdict="sure"), "verdict", "unknown_value"),
    ("check_in", lambda c: a_check_in(c, time_zone="Mars/Olympus"), "time_zone", "unknown_zone"),
    (
        "check_in",
        lambda c: a_check_in(c, time_zone="../../etc/passwd"),
        "time_zone",
        "unknown_zone",
    ),
    ("check_in", lambda c: a_check_in(c, battery_percent=101), "battery_percent", "out_of_range"),
    ("check_in", lambda c: a_check_in(c, visit_id="7"), "visit_id", "not_an_id"),
    ("check_in", a_check_in, "", "visit.unknown"),
    ("visit", lambda _: {}, "customer_id", "missing"),
    (
        "visit",
        lambda c: {"customer_id": c.maju, "time_zone": "Asia/Jakarta", "notes": "a\0b"},
        "notes",
        "control_character",
    ),
    (
        "visit",
        lambda c: {"customer_id": c.maju, "time_zone": "Asia/Jakarta", "notes": "x" * 10_001},
        "notes",
        "too_long",
    ),
    (
        "visit",
        lambda _: {"customer_id": new_id(), "time_zone": "Asia/Jakarta"},
        "",
        "customer.unknown",
    ),
    ("deal", lambda c: a_deal(c, stage_key="sold"), "", "deal.unknown_stage"),
    ("deal", lambda c: a_deal(c, currency="XYZ"), "", "deal.currency"),
    ("deal", lambda c: a_deal(c, amount_minor=2**63), "amount_minor", "out_of_range"),
    ("deal", lambda c: a_deal(c, expected_close_on="soon"), "expected_close_on", "invalid"),
    (
        "deal",
        lambda c: a_deal(c, lines=[{"product_id": c.soda, "quantity": 0, "unit_price_minor": 5}]),
        "lines.0.quantity",
        "out_of_range",
    ),
    (
        "deal",
        lambda c: a_deal(c, lines=[{"product_id": new_id(), "quantity": 1, "unit_price_minor": 5}]),
        "",
        "deal.unknown_product",
    ),
    ("track", lambda _: {"time_zone": "Asia/Jakarta", "fixes": []}, "fixes", "too_few"),
    (
        "track",
        lambda _: {"time_zone": "Asia/Jakarta", "fixes": [[1, 2, 3, 4, 0]]},
        "",
        "track.no_consent",
    ),
    ("end_day", lambda _: {"work_day_id": new_id()}, "", "work_day.unknown"),
    ("unicorn", lambda _: {}, "e", "unknown_entity"),
]


@pytest.mark.fault("data", "unknown entity, kind, field, version")
@pytest.mark.fault("data", "NaN, NUL, halves of surrogates, 2^63, wrong types")
def test_one_bad_record_never_blocks_the_others(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    good = {"customer_id": company.jaya, "time_zone": "Asia/Jakarta", "notes": "😀 halo", "x": 1}
    changes = [(entity, "c", new_id(), make(company)) for entity, make, _, _ in BAD_RECORDS]

    results = send(client, phone, company, *changes, ("visit", "c", new_id(), good))

    assert [(result[3], result[2]) for result in results[:-1]] == [
        (field, reason) for _, _, field, reason in BAD_RECORDS
    ]
    assert results[-1][1] == "ok"
    with company.app.app_context():
        assert db.session.scalars(select(Visit.notes)).all() == ["😀 halo"]
        assert db.session.scalar(select(func.count()).select_from(Quarantine)) == 0


_WORN = (
    b'{"s":1,"e":"%s","k":"c","id":"0199aaaa-bbbb-7ccc-8ddd-0123456789ab","d":{"customer_id":'
    b'"0199aaaa-bbbb-7ccc-8ddd-0123456789ab","time_zone":"Asia/Jakarta","notes":"%s"},'
    b'"t":{"w":1,"m":1,"b":"%s"}}'
)


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b"{}", "k", "unknown_kind"),
        (b'{"nonsense}', "json", "malformed"),
        (b'{"s":1,"e":"visit","k":"c","id":"7","d":{},"t":{}}', "id", "not_an_id"),
        (b'{"s":NaN}', "json", "constant_nan"),
        (b"\xff}", "json", "malformed"),
        (b'{"s":1,"e":"visit","k":["c"]}', "k", "unknown_kind"),
        (_WORN % (b"visit\\u0000", b"", b"b"), "e", "control_character"),
        (_WORN % (b"visit", b"\\ud800", b"b"), "notes", "control_character"),
        (_WORN % (b"visit", b"", b"\\u0000"), "t.b", "control_character"),
        (
            _WORN.replace(b'"w":1', b'"w":9223372036854775808') % (b"visit", b"", b"b"),
            "t.w",
            "out_of_range",
        ),
        (
            _WORN.replace(b'"w":1', b'"w":18446744073709551616') % (b"visit", b"", b"b"),
            "t.w",
            "not_an_integer",
        ),
    ],
)
def test_a_line_that_is_no_change_is_answered_and_passed(
    client: FlaskClient, phone: Handset, company: Company, body: bytes, field: str, reason: str
) -> None:
    with company.app.app_context():
        key = db.session.scalars(select(Device.mac_key)).one()
    line, _ = chain.seal(body, head=chain.FIRST_HEAD, key=key)

    response = post(client, phone, header(phone, n=1), line)

    assert response.json["res"] == [[1, "rejected", reason, field]]  # type: ignore[index]
    assert response.json["through"] == 1  # type: ignore[index]


@pytest.mark.fault("data", "a changed, swapped or removed line")
def test_a_line_changed_after_it_was_made_is_kept_and_reported(
    phone: Handset, company: Company
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    with phone.database.write() as connection:
        connection.execute(
            "UPDATE outbox SET line ="
            " CAST(replace(CAST(line AS TEXT), 'uncertain', 'inside') AS BLOB)"
            " WHERE entity = 'check_in'"
        )

    with pytest.raises(ChainRefusedError) as refusal:
        phone.synchronize()

    assert refusal.value.code == "tampered"
    with company.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ChangeLog)) == 0
        assert db.session.scalars(select(Quarantine.reason)).all() == ["tampered"] * 2


@pytest.mark.fault("history", "phone's database copied to a second phone, or restored")
def test_a_copied_phone_is_found_out(phone: Handset, new_phone: NewPhone, company: Company) -> None:
    phone.day.start_day()
    with phone.database.read() as connection:
        copied = connection.execute("SELECT head, next_sequence FROM device").fetchone()
        assert copied["next_sequence"] == 3
    phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()
    with phone.database.write() as connection:
        connection.execute("DELETE FROM outbox WHERE sequence > 2")
        connection.execute("UPDATE device SET next_sequence = 3, head = ?", (copied["head"],))
        connection.execute("DELETE FROM visit")
        connection.execute("DELETE FROM presence")
    phone.visits.check_in(customer_id=company.jaya, fix=None)

    with pytest.raises(ChainRefusedError) as refusal:
        phone.synchronize()

    assert refusal.value.code == "forked"
    with phone.database.read() as connection:
        assert outbox.has_pending(connection)


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
