"""A phone whose records do not follow on each other sends no more, and still hears the office."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from mobile.storage import preferences
from mobile.sync.answers import ChainRefusedError
from server.customers import operations as customers
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes
from server.sync.models import Quarantine
from shared.sync.protocol import PUSH_PATH
from shared.time import utc_now
from tests.fakes.company import Company
from tests.fakes.handset import Handset


def fork(phone: Handset, company: Company) -> None:
    """Leave the phone as one that was restored from yesterday's copy and has worked since."""
    with phone.database.read() as connection:
        copied = connection.execute("SELECT head, next_sequence FROM device").fetchone()
    phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.synchronize()
    with phone.database.write() as connection:
        connection.execute("DELETE FROM outbox WHERE sequence >= ?", (copied["next_sequence"],))
        connection.execute(
            "UPDATE device SET next_sequence = ?, head = ?",
            (copied["next_sequence"], copied["head"]),
        )
        connection.execute("DELETE FROM visit")
        connection.execute("DELETE FROM presence")
    phone.visits.check_in(customer_id=company.jaya, fix=None)


def tamper(phone: Handset, company: Company) -> None:
    """Change a record after it was made."""
    phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.tamper_with_check_ins()


def rename(company: Company, name: str) -> None:
    with company.app.app_context(), transaction():
        customer = customers.lock_customer(company.jaya)
        customer.change({"name": name}, at=utc_now())
        changes.record_changes([("customer", company.jaya)])


def kept_aside(company: Company) -> int | None:
    with company.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Quarantine))


@pytest.mark.fault("history", "phone's database copied to a second phone, or restored")
@pytest.mark.fault("data", "a changed, swapped or removed line")
@pytest.mark.parametrize(("spoil", "code"), [(fork, "forked"), (tamper, "tampered")])
def test_sending_stops_fetching_goes_on_and_a_new_code_mends_it(
    phone: Handset, company: Company, spoil: Callable[[Handset, Company], None], code: str
) -> None:
    spoil(phone, company)
    rename(company, "Toko Baru")

    with pytest.raises(ChainRefusedError):
        phone.synchronize()
    assert phone.customers.get(company.jaya).customer.name == "Toko Baru"
    asked, kept = len(phone.network.requests), kept_aside(company)
    rename(company, "Toko Lagi")
    with pytest.raises(ChainRefusedError) as refusal:
        phone.synchronize()

    status = phone.sync.status()
    assert (refusal.value.code, status.problem, status.is_stopped) == (code, code, True)
    assert status.must_connect
    assert PUSH_PATH not in phone.network.requests[asked:]
    assert phone.customers.get(company.jaya).customer.name == "Toko Lagi"

    with phone.database.write() as connection:  # as an older app, which goes on sending
        preferences.delete(connection, "sending_stopped")
    with pytest.raises(ChainRefusedError):
        phone.synchronize()
    assert kept_aside(company) == kept

    phone.enrol(company.enrolment_code(company.sari))
    status = phone.sync.status()
    assert (status.waiting, status.problem, status.is_stopped) == (0, "", False)
