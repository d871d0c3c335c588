"""Records changed, removed or sent from a copy raise a signal; an honest phone's trouble none."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from mobile.sync.answers import ChainRefusedError
from server.platform.access import SYSTEM
from server.platform.database import db
from server.signals.jobs import raise_signals
from server.signals.models import ChainBreak
from server.signals.queries import SignalFilter, SignalRow, list_signals
from server.signals.schemas import sentence_of
from server.sync import push
from server.sync.models import ChangeLog, Quarantine
from shared.signals import RULES, Rule
from shared.time import business_day, utc_now
from tests.fakes.company import ZONE, Company
from tests.fakes.handset import SERVER, Handset
from tests.fakes.network import Fault
from tests.fakes.wire import header, post
from tests.integration.sync.test_enrolled_again import copy_of, work


def signals(company: Company) -> list[SignalRow]:
    """Look at all days that wait; return the signals about chains."""
    with company.app.app_context():
        raise_signals()
    with company.app.app_context():
        found = list_signals(access=SYSTEM, where=SignalFilter()).rows
        return [each for each in found if each.rule is Rule.CHAIN_BROKEN]


def test_a_record_changed_after_it_was_made(phone: Handset, company: Company) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.tamper_with_check_ins()
    for _ in range(2):
        with pytest.raises(ChainRefusedError):
            phone.synchronize()

    [signal] = signals(company)
    assert (signal.rule, signal.rep_id) == (Rule.CHAIN_BROKEN, company.sari)
    assert signal.day == business_day(utc_now(), ZONE)
    assert signal.inputs == {"records": 2, "reason": "tampered"}
    with company.app.test_request_context():
        assert "2 records that do not follow" in sentence_of(signal)
    assert "backup" in RULES[signal.rule].causes


def test_a_record_removed_from_the_log(phone: Handset, company: Company) -> None:
    work(phone, company)
    with phone.database.read() as connection:
        rows = connection.execute("SELECT line FROM outbox ORDER BY sequence").fetchall()
    lines = [bytes(row["line"]) for row in rows]
    del lines[1]

    answer = post(company.app.test_client(), phone, header(phone, n=len(lines)), *lines)

    assert json.loads(answer.data)["code"] == "tampered"
    [signal] = signals(company)
    assert signal.inputs == {"records": len(lines), "reason": "tampered"}
    with company.app.app_context():
        assert db.session.scalars(select(ChangeLog)).all() == []


def test_of_ever_other_lines_the_first_are_kept(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "MOST_QUARANTINED", 4)
    client = company.app.test_client()
    for number in range(4):
        lines = [b"%d of %d" % (place, number) for place in range(3)]
        for _ in range(2):  # what comes once more is kept already
            assert post(client, phone, header(phone, n=3), *lines).status_code == 409

    with company.app.app_context():
        kept = db.session.scalars(select(Quarantine.line).order_by(Quarantine.id))
        assert list(kept) == [b"0 of 0", b"1 of 0", b"2 of 0", b"0 of 1"]


def test_two_phones_on_one_copied_database(
    phone: Handset, company: Company, tmp_path: Path
) -> None:
    work(phone, company)
    phone.synchronize()
    copy = copy_of(phone, tmp_path)
    work(phone, company)
    work(copy, company)
    phone.synchronize()
    with pytest.raises(ChainRefusedError):
        copy.synchronize()

    [signal] = signals(company)
    assert signal.inputs["reason"] == "forked"

    # Enrolled again, it goes on as a phone of its own; the signal stays for a person to decide.
    copy.enrolment.enrol(server_url=SERVER, code=company.enrolment_code(company.sari))
    copy.synchronize()
    work(copy, company)
    copy.synchronize()
    assert [each.id for each in signals(company)] == [signal.id]
    copy.switch_off()


def test_lost_answers_and_an_enrolment_of_a_whole_phone_break_nothing(
    phone: Handset, company: Company
) -> None:
    work(phone, company)
    phone.network.next(Fault.LOSE_ANSWER, Fault.NONE)
    with pytest.raises(Exception, match="answer lost"):
        phone.synchronize()
    phone.synchronize()
    phone.enrolment.enrol(server_url=SERVER, code=company.enrolment_code(company.sari))
    work(phone, company)
    phone.synchronize()

    assert signals(company) == []
    with company.app.app_context():
        assert db.session.scalars(select(ChainBreak)).all() == []
