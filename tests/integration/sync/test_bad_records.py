"""Records that cannot be: each is answered with its field and reason, the good ones stay."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.identity.models import Device
from server.platform.database import db
from server.sync.models import Quarantine
from server.visits.models import Visit
from shared.sync import chain
from shared.sync.ids import new_id
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.wire import header, post, send


@pytest.fixture
def client(company: Company) -> FlaskClient:
    return company.app.test_client()


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


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


ODD_VALUES = [
    (nested(60), None),
    (nested(100), ["too_deep", "json"]),
    (nested(300), ["too_deep", "json"]),  # more than the quick writer takes
    (nested(1_000), ["too_deep", "json"]),  # more than the standard one does
    (nested(1_100), ["malformed", "json"]),  # more than the quick reader takes
    (nested(100_000), ["malformed", "json"]),
    (b'{"a":' * 500 + b"1" + b"}" * 500, ["too_deep", "json"]),
    (b"1e999", ["out_of_range", "json"]),  # infinity, which no database takes
    (b"123456789012345678901234567890", None),
    (b'"\\ud800"', None),
]
"""Of a field that no schema knows, with what is answered; None: it is left out."""


@pytest.mark.fault("data", "nested deeper than can be written again, numbers beyond any")
def test_the_batch_around_a_value_that_cannot_be_written_again_is_applied(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    with company.app.app_context():
        key = db.session.scalars(select(Device.mac_key)).one()
    lines, head = [], chain.FIRST_HEAD
    for sequence, (value, _) in enumerate([*ODD_VALUES, (b"1", None)], start=1):
        body = b'{"s":%d,"e":"visit","k":"c","id":"%s","d":{"x":%s,%s},"t":%s}' % (
            sequence,
            new_id().encode(),
            value,
            b'"customer_id":"%s","time_zone":"Asia/Jakarta"' % company.jaya.encode(),
            b'{"w":1795000000000,"m":1000,"b":"b"}',
        )
        line, head = chain.seal(body, head=head, key=key)
        lines.append(line)

    response = post(client, phone, header(phone, n=len(lines)), *lines)

    assert response.status_code == 200
    results = response.json["res"]  # type: ignore[index]
    told = [None if result[1] == "ok" else result[2:] for result in results]
    assert told == [*(answer for _, answer in ODD_VALUES), None]
