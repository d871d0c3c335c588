"""The server's own trouble: a database that cannot now, a clock set back."""

import datetime as dt
import sqlite3
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from mobile.services.views import OrderLine, RecordState
from mobile.sync.answers import BusyError
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes, commands, entities, epochs
from server.sync.models import ChangeLog, Quarantine
from server.visits.models import CheckIn, Visit
from shared import failpoints
from shared.sync.protocol import Kind
from shared.time import utc_now
from tests.fakes.company import Company
from tests.fakes.handset import Handset


def a_visit(phone: Handset, customer_id: str, product_id: str) -> str:
    visit = phone.visits.check_in(customer_id=customer_id, fix=None)
    line = OrderLine(product_id=product_id, product_name="", quantity=1, price_minor=7)
    phone.visits.take_order(visit.id, [line])
    phone.visits.check_out(visit.id, fix=None)
    return visit.id


def busy() -> OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return OperationalError("UPDATE", {}, error)


@pytest.mark.fault("storage", "server's database busy, away or deadlocked")
def test_a_database_that_cannot_now_records_nothing_and_says_when_to_come_again(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_out = entities.UPWARD["check_out", Kind.CREATE]

    def refuse(_incoming: object) -> None:
        raise busy()

    monkeypatch.setitem(entities.UPWARD, ("check_out", Kind.CREATE), refuse)
    a_visit(phone, company.maju, company.soda)

    with pytest.raises(BusyError) as refusal:
        phone.synchronize()

    assert refusal.value.retry_after_s == 5
    assert phone.sync.status().problem == "server_busy"
    with company.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ChangeLog)) == 0
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 0
    monkeypatch.setitem(entities.UPWARD, ("check_out", Kind.CREATE), check_out)
    assert phone.synchronize().needs_you == 0


@pytest.mark.fault("storage", "server's database busy, away or deadlocked")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("state", ["40P01", "40001"], ids=["deadlock", "serialization"])
def test_the_loser_of_a_deadlock_records_nothing_and_comes_again(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    check_out = entities.UPWARD["check_out", Kind.CREATE]

    def lose(_incoming: object) -> None:
        db.session.execute(db.text(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"))

    monkeypatch.setitem(entities.UPWARD, ("check_out", Kind.CREATE), lose)
    a_visit(phone, company.maju, company.soda)

    with pytest.raises(BusyError):
        phone.synchronize()

    with company.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ChangeLog)) == 0
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 0
    monkeypatch.setitem(entities.UPWARD, ("check_out", Kind.CREATE), check_out)
    assert phone.synchronize().needs_you == 0


@pytest.mark.fault("server killed (SIGKILL)", "PostgreSQL's process behind a push")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", ["phone locked", "rows written", "feed written", "committed"])
def test_a_push_whose_database_process_ends_has_no_effect_or_one(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def end(name: str) -> None:
        if name == f"server: {step}":
            monkeypatch.undo()
            with db.engine.connect() as other:
                other.execute(
                    db.text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

    visit_id = a_visit(phone, company.maju, company.soda)
    monkeypatch.setattr(failpoints, "reach", end)
    if step == "committed":
        phone.synchronize()  # the next request finds a new connection
    else:
        with pytest.raises(BusyError):
            phone.synchronize()
        with company.app.app_context():
            assert db.session.scalar(select(func.count()).select_from(ChangeLog)) == 0
            assert db.session.scalar(select(func.count()).select_from(Visit)) == 0

    assert phone.synchronize().needs_you == 0

    assert phone.sync.status().waiting == 0
    with company.app.app_context():
        assert db.session.scalars(select(Visit.id)).all() == [visit_id]
        assert changes.wrong_scopes() == []


@pytest.mark.fault("clock", "server's clock an hour off")
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_server_whose_clock_is_off_loses_and_doubles_nothing(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    def off() -> dt.datetime:
        return utc_now() + dt.timedelta(hours=hours)

    visits = [a_visit(phone, company.maju, company.soda)]
    with monkeypatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("server.") and getattr(module, "utc_now", None) is utc_now:
                patch.setattr(module, "utc_now", off)
        phone.synchronize()
        visits.append(a_visit(phone, company.jaya, company.soda))
        phone.synchronize()
    visits.append(a_visit(phone, company.maju, company.soda))

    report = phone.synchronize()  # the clock is right again

    assert (report.needs_you, report.fetched_anew, phone.sync.status().waiting) == (0, [], 0)
    with company.app.app_context():
        assert list(db.session.scalars(select(Visit.id).order_by(Visit.id))) == sorted(visits)
        for check_in in db.session.scalars(select(CheckIn)):
            assert check_in.captured_at <= check_in.received_at
        assert changes.wrong_scopes() == []
    assert {record.state for record in phone.sync.records()} == {RecordState.SENT}


def test_a_statement_that_always_fails_is_a_bug_and_is_passed(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_incoming: object) -> None:
        db.session.execute(db.text("SELECT * FROM no_such_table"))

    monkeypatch.setitem(entities.UPWARD, ("consent", Kind.CREATE), fail)
    phone.day.consent(given=True)
    a_visit(phone, company.maju, company.soda)

    phone.synchronize()

    with company.app.app_context():
        assert "no_such_table" in db.session.scalars(select(Quarantine.error)).one()
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 1


def test_rows_written_in_bulk_are_found_missing_and_entered(
    phone: Handset, company: Company
) -> None:
    with company.app.app_context(), transaction():
        db.session.execute(db.text("UPDATE customer SET name = 'X', version = version + 1"))
    with company.app.app_context():
        assert changes.wrong_scopes() == [f"rep:{company.sari}"]

    with company.app.app_context(), transaction():
        changes.index_everything()
    phone.synchronize()

    assert {customer.name for customer in phone.customers.search("")} == {"X"}
    with company.app.app_context():
        assert changes.wrong_scopes() == []


def test_the_command_line_finds_and_mends_what_bypassed_the_feed(
    phone: Handset, company: Company
) -> None:
    runner = CliRunner()
    with company.app.app_context():
        assert runner.invoke(commands.group, ["check"]).exit_code == 0
        with transaction():
            db.session.execute(db.text("UPDATE product SET version = version + 1"))
        found = runner.invoke(commands.group, ["check"])
        assert (found.exit_code, "org" in found.output) == (1, True)
        assert runner.invoke(commands.group, ["rebuild"]).exit_code == 0
        assert runner.invoke(commands.group, ["check"]).exit_code == 0
        before = epochs.current_epoch()
        assert runner.invoke(commands.group, ["new-epoch"]).exit_code == 0
        assert epochs.current_epoch() != before

    phone.synchronize()

    assert phone.synchronize().fetched_anew == []
