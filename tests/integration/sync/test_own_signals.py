"""A rep reads on the phone what is said about own days, answers once, and hears the decision."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from mobile.screens.records.said import proposal_row, signal_row, signal_words
from mobile.services.records import RecordsService, SignalAnsweredError, SignalUnknownError
from mobile.storage.export_files import ExportFiles
from server.customers import operations as customers
from server.customers.models import LocationProposal
from server.platform.access import SYSTEM, Access
from server.platform.database import db
from server.platform.transaction import transaction
from server.signals.jobs import raise_signals
from server.signals.models import Signal, SignalReview
from server.signals.operations import review
from shared.signals import Decision, Rule
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import Role
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_own_records import office


@pytest.fixture
def service(phone: Handset, tmp_path: Path) -> RecordsService:
    return RecordsService(
        recorder=phone.recorder, files=ExportFiles(tmp_path), office=lambda: (None, "offline")
    )


def a_signal(phone: Handset, company: Company) -> str:
    """Check in with a position that the phone calls simulated; return the signal's id."""
    fix = replace(phone.fix(MAJU), is_mock=True)
    phone.visits.check_in(customer_id=company.maju, fix=fix)
    phone.synchronize()
    with company.app.app_context():
        raise_signals()
        signal_id = db.session.scalars(select(Signal.id)).one()
    phone.synchronize()
    return signal_id


def test_a_signal_is_read_answered_once_and_decided(
    phone: Handset, company: Company, service: RecordsService
) -> None:
    signal_id = a_signal(phone, company)
    read = service.read()
    [seen] = read.signals
    assert (seen.rule, seen.customer) == (Rule.MOCK_LOCATION, "Toko Maju")
    assert signal_row(seen, read.today).detail == "Today · Toko Maju · you may answer"
    assert "called 1 of 1 positions simulated" in signal_words(seen)
    assert "repair shop" in signal_words(seen)

    service.answer(signal_id, "A test setting of the workshop.")
    assert service.read().signals[0].answer == "A test setting of the workshop."
    with pytest.raises(SignalAnsweredError):
        service.answer(signal_id, "Another word.")
    with pytest.raises(SignalUnknownError):
        service.answer(new_id(), "To what?")
    phone.synchronize()
    manager = Access(user_id=company.manager, role=Role.MANAGER, team_ids=frozenset({company.team}))
    with company.app.app_context(), transaction():
        kept = db.session.get_one(SignalReview, signal_id)
        assert kept.answer == "A test setting of the workshop."
        review.decide(
            access=manager,
            signal_ids=[signal_id],
            decision=Decision.EXPLAINED,
            reason="Seen the phone.",
            at=utc_now(),
        )
    phone.synchronize()

    words = signal_words(service.read().signals[0])
    assert "You said: A test setting of the workshop." in words
    assert "Rina Hartono decided: Explained. Seen the phone." in words
    rows, _ = office(phone).fetch()
    assert rows is not None
    [row] = rows["signals"]
    assert row["name"] == "Simulated position"
    assert row["sentence"] == "The phone called 1 of 1 positions simulated."
    assert (row["answer"], row["reason"]) == (
        "A test setting of the workshop.",
        "Seen the phone.",
    )


def test_nobody_answers_for_another_or_twice(
    phone: Handset, company: Company, new_phone: NewPhone, service: RecordsService
) -> None:
    signal_id = a_signal(phone, company)
    budi = new_phone(company.budi)
    with phone.recorder.action() as action:  # past the phone's own rule
        action.command("signal.answer", signal_id, {"answer": "First."})
        action.command("signal.answer", signal_id, {"answer": "Second."})
    with budi.recorder.action() as action:
        action.command("signal.answer", signal_id, {"answer": "Not mine."})
    phone.synchronize()
    budi.synchronize()

    assert [r.reason for r in phone.sync.records() if r.reason] == ["signal.answered"]
    assert [r.reason for r in budi.sync.records() if r.reason] == ["not_found"]
    phone.synchronize()
    assert service.read().signals[0].answer == "First."


def test_a_proposed_point_is_seen_with_what_was_decided(
    phone: Handset, company: Company, service: RecordsService
) -> None:
    phone.customers.propose_location(company.maju, phone.fix(MAJU))
    phone.synchronize()
    read = service.read()
    assert "has not decided" in proposal_row(read.proposals[0], read.today).detail
    with company.app.app_context(), transaction():
        proposal_id = db.session.scalars(select(LocationProposal.id)).one()
        access = replace(SYSTEM, user_id=company.manager)
        customers.decide_location(
            access=access, proposal_id=proposal_id, approve=False, reason="Next door.", at=utc_now()
        )
    phone.synchronize()

    [seen] = service.read().proposals
    row = proposal_row(seen, read.today)
    assert row.title == "Toko Maju"
    assert row.detail == "Today · Rina Hartono did not take it: Next door."
    rows, _ = office(phone).fetch()
    assert rows is not None
    [kept] = rows["proposed_points"]
    assert (kept["approved"], kept["decision_reason"]) == (False, "Next door.")
