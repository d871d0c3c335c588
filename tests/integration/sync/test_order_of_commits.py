"""No hole in the cursor, and one effect, when several transactions run at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from mobile.services.deal_views import DealFields
from mobile.storage import device as phone_device
from mobile.storage import outbox, replica
from server.customers import operations as customers
from server.deals.models import Deal
from server.deals.operations import deals
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.models import ChangeLog, Scope, SyncIndex
from server.visits.models import Visit
from shared.sync.protocol import PushHeader, rep_scope
from shared.time import business_day, utc_now
from tests.factories.company import count_customers_of
from tests.fakes.company import ZONE, Company
from tests.fakes.handset import Handset
from tests.support.databases import until_somebody_waits

_PATIENCE_S = 60.0


def in_threads(*work: Callable[[], object]) -> None:
    """Run all at once; fail if one failed."""
    failures: list[BaseException] = []

    def guarded(function: Callable[[], object]) -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE_S)
        assert not thread.is_alive()
    assert failures == []


def rename(company: Company, customer_id: str, name: str, wait: Callable[[], object]) -> None:
    with company.app.app_context(), transaction():
        customers.change_contact(customer_id=customer_id, fields={"name": name}, at=utc_now())
        wait()


@pytest.mark.fault("concurrency", "writers commit in another order than they began")
def test_a_transaction_that_began_first_and_commits_last_is_not_missed(
    phone: Handset, company: Company
) -> None:
    """On SQLite the second waits for the first; on PostgreSQL it commits before it."""
    first_has_written, second_is_done = threading.Event(), threading.Event()
    overlaps = company.app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql")
    with company.app.app_context(), transaction():
        # Else each of them has the list counted, and the second waits for the mark of the first.
        count_customers_of(company.sari)

    def first() -> None:
        def wait() -> None:
            first_has_written.set()
            if overlaps:
                second_is_done.wait(_PATIENCE_S)

        rename(company, company.maju, "Maju Baru", wait)

    def second() -> None:
        first_has_written.wait(_PATIENCE_S)
        rename(company, company.jaya, "Jaya Baru", lambda: None)
        if overlaps:
            phone.synchronize()
            assert {c.name for c in phone.customers.search("")} == {"Toko Maju", "Jaya Baru"}
        second_is_done.set()

    in_threads(first, second)
    phone.synchronize()

    assert {c.name for c in phone.customers.search("")} == {"Maju Baru", "Jaya Baru"}
    with phone.database.read() as connection, company.app.app_context():
        scope = rep_scope(company.sari)
        assert replica.digest(connection, scope) == db.session.get_one(Scope, scope).digest


def test_many_writers_give_each_change_a_position_of_its_own(
    phone: Handset, company: Company
) -> None:
    def write(customer_id: str, writer: int) -> None:
        for number in range(5):
            rename(company, customer_id, f"Toko {writer} {number}", lambda: None)

    in_threads(
        *(
            lambda writer=writer, customer=customer: write(customer, writer)
            for writer, customer in enumerate([company.maju, company.jaya] * 2)
        )
    )
    report = phone.synchronize()

    assert report.fetched_anew == []
    with company.app.app_context():
        positions = db.session.scalars(
            select(SyncIndex.position).where(SyncIndex.scope == rep_scope(company.sari))
        ).all()
        head = db.session.get_one(Scope, rep_scope(company.sari)).head
    assert len(set(positions)) == len(positions)
    assert max(positions) == head
    # Two customers and a stop at first, then twenty changes.
    assert head == 3 + 20


@pytest.mark.fault("request", "sent twice at once")
def test_a_push_sent_twice_at_once_has_one_effect(phone: Handset, company: Company) -> None:
    phone.day.start_day()
    phone.visits.check_in(customer_id=company.maju, fix=None)
    with phone.database.read() as connection:
        lines = outbox.next_batch(connection, most=100, most_bytes=10**6)
        state = phone_device.get(connection)
        header = PushHeader(
            request_id="twice",
            device_id=state.device_id,
            schema_version=1,
            count=len(lines),
            first=1,
            head_before=outbox.head_before(connection, 1).hex(),
            settled=0,
            epoch=state.epoch,
        )
    body = header.pack([line.line for line in lines])
    answers = []

    def send() -> None:
        answers.append(phone.api.push("http://tapak.test", header, body))

    in_threads(send, send, send)

    assert sorted(answer.results[0].duplicate for answer in answers) == [False, True, True]
    assert {answer.through for answer in answers} == {len(lines)}
    with company.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 1
        assert db.session.scalar(select(func.count()).select_from(ChangeLog)) == len(lines)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_the_office_wrote_while_a_push_waited_for_the_row_is_not_taken_for_the_phones_own(
    phone: Handset, company: Company
) -> None:
    fields = DealFields(
        title="Fridge", source="", amount_minor=100, lines=(), expected_close_on=None, note=""
    )
    deal_id = phone.deals.create(company.maju, fields)
    phone.synchronize()
    phone.deals.change(deal_id, replace(fields, note="from the rep"))
    phone.deals.change(deal_id, replace(fields, note="from the rep", amount_minor=200))

    with ThreadPoolExecutor(1) as second, company.app.app_context():
        with transaction():
            at = utc_now()
            office = {"amount_minor": 300}
            deals.change_deal(deal_id=deal_id, fields=office, at=at, day=business_day(at, ZONE))
            syncing = second.submit(phone.synchronize)
            until_somebody_waits()
        report = syncing.result(_PATIENCE_S)

    assert report.needs_you == 1, "the amounts differ, and nobody was asked"
    with company.app.app_context():
        deal = db.session.get_one(Deal, deal_id)
        assert (deal.amount_minor, deal.note) == (300, "from the rep")
        log = db.session.execute(
            select(ChangeLog.version_before, ChangeLog.version, ChangeLog.status)
            .where(ChangeLog.record_id == deal_id)
            .order_by(ChangeLog.sequence)
        )
        assert [tuple(row) for row in log] == [(0, 1, "ok"), (2, 3, "ok"), (3, 3, "conflict")]
