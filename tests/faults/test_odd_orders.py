"""Changes in an order, of a size or with a number that an honest phone would hardly send."""

import random
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.expenses.models import Expense
from server.identity.models import Device
from server.platform.database import db
from server.sync import changes
from server.sync.models import ChangeLog, Quarantine
from server.visits.models import CheckIn, Visit
from shared.schemas.visit import LONGEST_NOTES
from shared.sync import chain
from shared.sync.ids import new_id
from shared.sync.protocol import Captured, Change, ClockReading, Kind
from tests.fakes.company import ZONE, Company
from tests.fakes.handset import Handset
from tests.fakes.wire import header, post, problem, send
from tests.integration.sync.conftest import NewPhone


@pytest.fixture
def client(company: Company) -> FlaskClient:
    return company.app.test_client()


def count(company: Company, model: Any) -> int:
    with company.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def check_in(company: Company, visit_id: str) -> dict[str, Any]:
    return {
        "visit_id": visit_id,
        "customer_id": company.maju,
        "fix": None,
        "fence": {"customer_id": company.maju, "radius_m": 100},
        "time_zone": ZONE,
        "verdict": "uncertain",
    }


@pytest.mark.fault("data", "parent after child")
def test_a_child_before_its_parent_is_refused_and_the_parent_taken(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    visit = new_id()
    parent = {"customer_id": company.maju, "time_zone": ZONE}

    results = send(
        client,
        phone,
        company,
        ("check_in", "c", new_id(), check_in(company, visit)),
        ("visit", "c", visit, parent),
        ("check_in", "c", new_id(), check_in(company, visit)),
    )

    assert [result[1:3] for result in results] == [
        ["rejected", "visit.unknown"],
        ["ok", 1],
        ["ok", 1],
    ]
    assert (count(company, Visit), count(company, CheckIn)) == (1, 1)


@pytest.mark.fault("data", "delete, then patch, then delete again")
def test_an_edit_after_the_own_deletion_brings_nothing_back(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    expense = new_id()
    whole = {
        "day": "2026-11-10",
        "kind": "parking",
        "amount_minor": 5_000_00,
        "currency": "IDR",
        "state": "draft",
    }

    results = send(
        client,
        phone,
        company,
        ("expense", "c", expense, whole),
        ("expense", "d", expense, {}),
        ("expense", "p", expense, {"amount_minor": 1}),
        ("expense", "d", expense, {}),
    )

    assert [result[1] for result in results] == ["ok", "ok", "conflict", "ok"], results
    with company.app.app_context():
        row = db.session.get_one(Expense, expense)
        assert (row.deleted_at is not None, row.amount_minor) == (True, 5_000_00)
        assert changes.wrong_scopes() == []


@pytest.mark.fault("data", "a number that jumps, inside a valid chain")
@pytest.mark.parametrize("jump", [-1, 1, 2**40])
def test_a_number_that_does_not_fit_its_place_is_refused_and_passed(
    client: FlaskClient, phone: Handset, company: Company, jump: int
) -> None:
    with company.app.app_context():
        key = db.session.scalars(select(Device.mac_key)).one()
    head, lines = chain.FIRST_HEAD, []
    for place in (1, 2, 3):
        change = Change(
            sequence=place + jump if place == 2 else place,
            entity="visit",
            kind=Kind.CREATE,
            record_id=new_id(),
            data={"customer_id": company.maju, "time_zone": ZONE},
            captured=Captured(ClockReading(1_795_000_000_000, 1_000, "b")),
        )
        line, head = chain.seal(change.to_body(), head=head, key=key)
        lines.append(line)

    answer = post(client, phone, header(phone, n=3), *lines)

    assert answer.json is not None
    assert [result[:3] for result in answer.json["res"]] == [
        [1, "ok", 1],
        [2, "rejected", "out_of_order"],
        [3, "ok", 1],
    ]
    assert answer.json["through"] == 3
    assert (count(company, Visit), count(company, ChangeLog)) == (2, 3)


@pytest.mark.fault("data", "a change of one byte, and of the largest size")
def test_a_line_of_one_byte_is_kept_for_a_person(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    for line in (b"", b"1", b"{"):
        assert problem(post(client, phone, header(phone, n=1), line)) == (409, "tampered")

    assert (count(company, ChangeLog), count(company, Quarantine)) == (0, 3)
    phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()  # nothing of it stands in the way of what the phone itself made
    assert count(company, Visit) == 1


@pytest.mark.fault("data", "a change of one byte, and of the largest size")
def test_the_longest_notes_arrive_whole_on_the_other_phone(
    phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    rng = random.Random(3)
    other = new_phone(company.sari)
    texts: dict[str, str] = {}
    for _ in range(12):  # together several times what a request may carry
        visit = phone.visits.check_in(customer_id=company.maju, fix=None)
        longest = "".join(chr(rng.randrange(0x1F300, 0x1F5FF)) for _ in range(LONGEST_NOTES))
        phone.visits.write_notes(visit.id, longest)
        phone.visits.cancel(visit.id, "Wrong outlet")
        texts[visit.id] = longest

    report = phone.synchronize()
    other.synchronize()

    assert (report.needs_you, phone.sync.status().waiting) == (0, 0)
    assert {visit: other.visits.get(visit).notes for visit in texts} == texts
    with company.app.app_context():
        assert changes.wrong_scopes() == []
