"""The messages of sync, byte for byte. A changed file is a changed protocol, and needs an ADR.

To write them anew: `TAPAK_WRITE_GOLDEN=1 pytest tests/golden`, and look at the difference.
"""

import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from shared.metrics.own import OwnFigure
from shared.schemas.catalogue import UPWARD
from shared.schemas.record import load
from shared.sync import chain, cursors
from shared.sync.protocol import (
    Anchor,
    Captured,
    Change,
    ClockReading,
    EnrolAnswer,
    EnrolRequest,
    Kind,
    MalformedError,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushHeader,
    Result,
    RowChange,
    RowEvent,
    Status,
    TokenAnswer,
    encode,
)

FOLDER = Path(__file__).parent / "sync"
KEY = bytes(range(32))
DEVICE = "01990000-0000-7000-8000-0000000000d1"
FORMER = "01990000-0000-7000-8000-0000000000d0"
REP = "01990000-0000-7000-8000-0000000000a1"
CUSTOMER = "01990000-0000-7000-8000-0000000000c1"
VISIT = "01990000-0000-7000-8000-0000000000b1"
CHECK_IN = "01990000-0000-7000-8000-0000000000b2"
DEAL = "01990000-0000-7000-8000-0000000000e1"
STOP = "01990000-0000-7000-8000-0000000000f1"

NOW = Captured(
    ClockReading(wall_ms=1_795_400_000_000, elapsed_ms=3_600_000, boot_id="boot-2"),
    Anchor(token="1795396400000.c2lnbmF0dXJl", elapsed_ms=5_000, boot_id="boot-2"),
)
AFTER_REBOOT = Captured(
    ClockReading(wall_ms=1_795_400_100_000, elapsed_ms=9_000, boot_id="boot-3"), NOW.anchor
)
CHANGES = (
    Change(
        sequence=1201,
        entity="visit",
        kind=Kind.CREATE,
        record_id=VISIT,
        data={"customer_id": CUSTOMER, "stop_id": STOP, "time_zone": "Asia/Jakarta"},
        captured=NOW,
        group_id="01990000-0000-7000-8000-000000000091",
    ),
    Change(
        sequence=1202,
        entity="check_in",
        kind=Kind.CREATE,
        record_id=CHECK_IN,
        data={
            "visit_id": VISIT,
            "customer_id": CUSTOMER,
            "fix": {
                "latitude": -6.2,
                "longitude": 106.9,
                "accuracy_m": 9.0,
                "fix_ms": 1_795_400_000_000,
            },
            "fence": {
                "customer_id": CUSTOMER,
                "latitude": -6.2,
                "longitude": 106.9,
                "radius_m": 100.0,
                "location_version": 1,
            },
            "time_zone": "Asia/Jakarta",
            "verdict": "inside",
        },
        captured=NOW,
        group_id="01990000-0000-7000-8000-000000000091",
    ),
    Change(
        sequence=1203,
        entity="visit",
        kind=Kind.PATCH,
        record_id=VISIT,
        data={"notes": "Pemilik minta diskon 😀"},
        captured=AFTER_REBOOT,
        base_version=4,
    ),
    Change(
        sequence=1204,
        entity="stop.cancel",
        kind=Kind.COMMAND,
        record_id=STOP,
        data={"reason": "Banjir"},
        captured=AFTER_REBOOT,
    ),
)


def a_push() -> bytes:
    head = bytes(31) + b"\x01"
    header = PushHeader(
        request_id="9f2c00112233aabb",
        device_id=DEVICE,
        schema_version=1,
        count=len(CHANGES),
        first=CHANGES[0].sequence,
        head_before=head.hex(),
        settled=1200,
        epoch="first",
    )
    lines = [header.to_line()]
    for change in CHANGES:
        line, head = chain.seal(change.to_body(), head=head, key=KEY)
        lines.append(line)
    return b"\n".join(lines) + b"\n"


def a_push_answer() -> PushAnswer:
    return PushAnswer(
        request_id="9f2c00112233aabb",
        epoch="first",
        through=1207,
        results=(
            Result(1201, Status.APPLIED, version=1),
            Result(1202, Status.MERGED, version=6, fields={"stop_id": None}),
            Result(1203, Status.CONFLICT, version=6, fields={"stage_key": "won"}, code=DEAL),
            Result(1204, Status.REJECTED, code="lat_range", field_name="fix.latitude"),
            Result(1205, Status.APPLIED, version=3, duplicate=True),
            Result(1206, Status.DUPLICATE, duplicate=True),
            Result(1207, Status.APPLIED, version=1, flags={"future_fix": 1, "duplicate_fix": 2}),
        ),
        anchor_token="1795400000500.c2lnbmF0dXJl",
    )


def a_pull_request() -> PullRequest:
    return PullRequest(
        request_id="9f2c00112233aabc",
        device_id=DEVICE,
        schema_version=1,
        epoch="first",
        cursors={"org": 551, f"rep:{REP}": 8812},
    )


def a_pull_answer() -> PullAnswer:
    scope = f"rep:{REP}"
    return PullAnswer(
        request_id="9f2c00112233aabc",
        epoch="first",
        scopes=("org", scope),
        changes=(
            RowChange(scope, 8813, RowEvent.PUT, "customer", CUSTOMER, 6, {"name": "Toko Maju"}),
            RowChange(scope, 8814, RowEvent.LEAVE, "deal", DEAL),
            RowChange(scope, 8815, RowEvent.DELETE, "stop", STOP),
        ),
        cursors={"org": 551, scope: 8815},
        digests={"org": "0" * 16, scope: "7f" * 8},
        more=False,
        anchor_token="1795400000900.c2lnbmF0dXJl",
    )


def an_enrolment() -> EnrolAnswer:
    return EnrolAnswer(
        user_id=REP,
        rep_name="Sari Dewi",
        organisation={"currency": "IDR", "time_zone": "Asia/Jakarta", "geofence_radius_m": 100},
        mac_key=KEY.hex(),
        epoch="first",
        anchor_token="1795396400000.c2lnbmF0dXJl",
        tokens=TokenAnswer("access-token", "refresh-token"),
    )


def a_former_phone() -> EnrolRequest:
    """Return what a phone says that was another device before."""
    return EnrolRequest(
        "7KQM4-XPA2D",
        DEVICE,
        "Phone",
        "0.1.0",
        FORMER,
        1201,
        ((1200, "0a" * 32), (1201, "0b" * 32)),
    )


def a_settled_pull() -> PullRequest:
    """Return what a phone asks that knows answers."""
    return replace(a_pull_request(), settled=1201, head="0b" * 32)


def a_pull_in_doubt() -> tuple[PullRequest, PullAnswer]:
    """Return what a phone asks, and hears, of changes that failed for a fault of the server."""
    asked = replace(a_pull_request(), in_doubt=(3, 4), in_doubt_before={FORMER: (1200, 1201)})
    taken = Result(1201, Status.APPLIED, version=1, duplicate=True)
    refused = Result(3, Status.REJECTED, code="internal", duplicate=True)
    return asked, replace(a_pull_answer(), results=(refused,), results_before={FORMER: (taken,)})


def a_pull_of_a_copy() -> tuple[PullRequest, PullAnswer]:
    """Return what a phone asks, and hears, that knows of another one with its numbers."""
    heads = ((1137, "0a" * 32), (1201, "0b" * 32))
    asked = replace(a_pull_request(), settled=1201, heads=heads)
    return asked, replace(a_pull_answer(), common=1137)


TASK = "01990000-0000-7000-8000-0000000000a7"
EXPENSE = "01990000-0000-7000-8000-0000000000a8"
ERRANDS = (
    Change(
        sequence=1,
        entity="task",
        kind=Kind.CREATE,
        record_id=TASK,
        data={
            "title": "Antar brosur",
            "note": "",
            "customer_id": CUSTOMER,
            "visit_id": VISIT,
            "due_on": "2026-11-26",
        },
        captured=NOW,
    ),
    Change(
        sequence=2,
        entity="task",
        kind=Kind.PATCH,
        record_id=TASK,
        data={"state": "done"},
        captured=NOW,
        base_version=1,
    ),
    Change(
        sequence=3,
        entity="expense",
        kind=Kind.CREATE,
        record_id=EXPENSE,
        data={
            "day": "2026-11-25",
            "kind": "mileage",
            "amount_minor": 35_000_00,
            "currency": "IDR",
            "mileage_m": 23_400,
            "note": "Bekasi–Cikarang",
            "state": "draft",
        },
        captured=NOW,
    ),
    Change(
        sequence=4,
        entity="expense",
        kind=Kind.PATCH,
        record_id=EXPENSE,
        data={"state": "submitted"},
        captured=NOW,
        base_version=1,
    ),
    Change(
        sequence=5, entity="expense", kind=Kind.DELETE, record_id=EXPENSE, data={}, captured=NOW
    ),
)

FIGURES = {
    "revenue": OwnFigure(Decimal("1250000.50"), None, Decimal("1250000.50"), None, "money", 1),
    "strike_rate": OwnFigure(
        Decimal(2) / 3,
        None,
        numerator=Decimal(2),
        denominator=Decimal(3),
        unit="percent",
        version=1,
    ),
    "drop_size": OwnFigure(None, "no_productive_visits", Decimal(0), Decimal(0), "money", 2),
}

MESSAGES = {
    "errands.ndjson": b"\n".join(change.to_body() for change in ERRANDS) + b"\n",
    "enrol_request.json": EnrolRequest("7KQM4-XPA2D", DEVICE, "Phone", "0.1.0").to_bytes(),
    "enrol_request_again.json": a_former_phone().to_bytes(),
    "enrol_answer.json": encode(an_enrolment().to_wire()),
    "push.ndjson": a_push(),
    "push_answer.json": encode(a_push_answer().to_wire()),
    "pull_request.json": a_pull_request().to_bytes(),
    "pull_request_head.json": a_settled_pull().to_bytes(),
    "pull_request_doubt.json": a_pull_in_doubt()[0].to_bytes(),
    "pull_answer_doubt.json": encode(a_pull_in_doubt()[1].to_wire()),
    "pull_request_copy.json": a_pull_of_a_copy()[0].to_bytes(),
    "pull_answer_copy.json": encode(a_pull_of_a_copy()[1].to_wire()),
    "pull_answer.json": encode(a_pull_answer().to_wire()),
    "own_figures.json": encode({key: figure.to_wire() for key, figure in FIGURES.items()}),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_written_as_ever(name: str) -> None:
    file = FOLDER / name
    if os.environ.get("TAPAK_WRITE_GOLDEN"):
        file.write_bytes(MESSAGES[name])

    assert MESSAGES[name] == file.read_bytes()


def test_a_push_is_read_as_ever() -> None:
    header_line, *lines = (FOLDER / "push.ndjson").read_bytes().splitlines()

    header = PushHeader.from_line(header_line)
    head, changes = bytes.fromhex(header.head_before), []
    for line in lines:
        body, head = chain.unseal(line, head=head, key=KEY)
        changes.append(Change.from_body(body))

    assert tuple(changes) == CHANGES


def test_tasks_and_expenses_are_read_as_ever() -> None:
    lines = (FOLDER / "errands.ndjson").read_bytes().splitlines()

    changes = tuple(Change.from_body(line) for line in lines)

    assert changes == ERRANDS
    for change in changes:
        schema = UPWARD[change.entity, change.kind]
        loaded = load(schema, change.data, partial=change.kind is Kind.PATCH)
        assert set(loaded) == set(change.data)


def test_answers_and_requests_are_read_as_ever() -> None:
    def read(name: str) -> bytes:
        return (FOLDER / name).read_bytes()

    assert PushAnswer.from_bytes(read("push_answer.json")) == a_push_answer()
    assert PullRequest.from_bytes(read("pull_request.json")) == a_pull_request()
    assert PullAnswer.from_bytes(read("pull_answer.json")) == a_pull_answer()
    assert EnrolAnswer.from_bytes(read("enrol_answer.json")) == an_enrolment()
    assert PullRequest.from_bytes(read("pull_request_head.json")) == a_settled_pull()
    doubt = a_pull_in_doubt()
    assert PullRequest.from_bytes(read("pull_request_doubt.json")) == doubt[0]
    assert PullAnswer.from_bytes(read("pull_answer_doubt.json")) == doubt[1]
    copy = a_pull_of_a_copy()
    assert PullRequest.from_bytes(read("pull_request_copy.json")) == copy[0]
    assert PullAnswer.from_bytes(read("pull_answer_copy.json")) == copy[1]


def test_numbers_of_no_former_device_are_refused() -> None:
    asked = a_pull_in_doubt()[0]
    wrong: object
    for wrong in ([1], {"no id": [1]}, {FORMER: [0]}, {FORMER: {}}, {FORMER: [*range(1, 1002)]}):
        with pytest.raises(MalformedError):
            PullRequest.from_bytes(encode(json.loads(asked.to_bytes()) | {"were": wrong}))


def test_heads_that_are_none_are_refused() -> None:
    asked = a_pull_of_a_copy()[0]
    for wrong in ("{}", "[1]", '[{"s":1}]', '[{"s":1,"h":2}]', '[{"s":1,"h":"%s"}]' % ("a" * 65)):
        wire = json.loads(asked.to_bytes()) | {"heads": json.loads(wrong)}
        with pytest.raises(MalformedError):
            PullRequest.from_bytes(encode(wire))
    too_many = replace(asked, heads=tuple((number, "0a" * 32) for number in range(1, 66)))
    with pytest.raises(MalformedError):
        PullRequest.from_bytes(too_many.to_bytes())


def test_what_the_office_counts_is_read_to_the_last_digit() -> None:
    wire = json.loads((FOLDER / "own_figures.json").read_text())

    assert {
        key: OwnFigure.from_wire(figure | {"new": 1}) for key, figure in wire.items()
    } == FIGURES


def test_what_rows_say_is_compared_where_both_know_of_it() -> None:
    asked = replace(a_pull_request(), compares=("customer",))
    told = replace(a_pull_answer(), contents={"org": {"product": "7f" * 8}})

    assert PullRequest.from_bytes(asked.to_bytes()) == asked
    assert PullAnswer.from_bytes(encode(told.to_wire())) == told
    for wrong in ("[1]", '["a b"]', "{}", '["' + "x" * 41 + '"]'):
        wire = asked.to_bytes().replace(b'["customer"]', wrong.encode())
        with pytest.raises(MalformedError):
            PullRequest.from_bytes(wire)


def test_a_digest_of_what_a_row_says_is_the_same_for_ever() -> None:
    fields = {"name": "Toko Déjà", "latitude": -6.2, "lines": [{"quantity": 1}], "none": None}

    digest = cursors.content_digest("customer", CUSTOMER, fields)

    assert cursors.to_text(digest) == "48a4f48cc2af21e2"
    assert cursors.content_digest("customer", CUSTOMER, fields | {"latitude": -6.3}) != digest


def test_what_a_newer_server_adds_is_passed_over() -> None:
    answer = json.loads((FOLDER / "pull_answer.json").read_text()) | {"new": [1], "_": {}}

    assert PullAnswer.from_bytes(encode(answer)) == a_pull_answer()


def test_a_name_may_have_a_space_that_does_not_break() -> None:
    answer = replace(an_enrolment(), rep_name="Sari\u00a0Dewi")

    assert EnrolAnswer.from_bytes(encode(answer.to_wire())) == answer
