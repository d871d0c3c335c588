"""What happens to a phone in the middle of its sending or fetching, between two requests."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from mobile.sync.answers import OfflineError, SignInNeededError, WipeError
from mobile.sync.wiping import Wiper
from server.customers import operations as customers
from server.identity import operations as identity
from server.identity.models import Device
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync import changes, epochs
from server.sync.models import ChangeLog
from server.visits.models import Visit
from shared.sync.protocol import PULL_PATH, PUSH_PATH, REFRESH_PATH
from shared.time import utc_now
from shared.vocabulary import Wipe
from tests.fakes.company import Company
from tests.fakes.handset import SERVER, Handset
from tests.fakes.interruptions import Interruptions
from tests.fakes.network import Fault

_VISITS = 5
_BATCH = 3
"""A visit, its check-in and its cancelling."""


@pytest.fixture
def network(company: Company) -> Interruptions:
    return Interruptions(company.app)


@pytest.fixture
def phone(company: Company, network: Interruptions, tmp_path: Path) -> Handset:
    """Give a phone with five visits to send, in several batches."""
    handset = Handset(tmp_path / "phone.db", network, page_rows=3, batch=_BATCH)
    handset.enrol(company.enrolment_code(company.sari))
    for _ in range(_VISITS):
        visit = handset.visits.check_in(customer_id=company.maju, fix=None)
        handset.visits.cancel(visit.id, "Wrong outlet")
    return handset


def device_id(phone: Handset) -> str:
    known = phone.enrolment.identity()
    assert known is not None
    return known.device_id


def visits(company: Company) -> int:
    with company.app.app_context():
        assert changes.wrong_scopes() == []
        return db.session.scalar(select(func.count()).select_from(Visit)) or 0


def taken(company: Company) -> int:
    with company.app.app_context():
        return db.session.scalar(select(func.count()).select_from(ChangeLog)) or 0


@pytest.mark.fault("history", "access ended while the phone sends")
def test_access_ended_between_two_batches(
    company: Company, phone: Handset, network: Interruptions
) -> None:
    def revoke() -> None:
        with company.app.app_context(), transaction():
            identity.revoke_device(device_id=device_id(phone), at=utc_now(), by=None)

    waiting = phone.sync.status().waiting
    network.before(PUSH_PATH, 2, revoke)

    with pytest.raises(SignInNeededError):
        phone.synchronize()

    assert taken(company) == _BATCH
    assert phone.sync.status().waiting == waiting - _BATCH
    phone.enrolment.enrol(server_url=SERVER, code=company.enrolment_code(company.sari))
    assert phone.synchronize().needs_you == 0
    assert (visits(company), phone.sync.status().waiting) == (_VISITS, 0)


@pytest.mark.fault("history", "phone wiped while it sends")
@pytest.mark.parametrize("wipe", list(Wipe))
def test_a_wipe_between_two_batches(
    company: Company, phone: Handset, network: Interruptions, wipe: Wipe
) -> None:
    def ask() -> None:
        with company.app.app_context(), transaction():
            identity.ask_to_wipe(device_id=device_id(phone), wipe=wipe, at=utc_now(), by=None)

    network.before(PUSH_PATH, 2, ask)

    with pytest.raises(WipeError) as request:
        phone.synchronize()

    # Of a stolen phone nothing more is taken, but what was taken stays whole.
    assert visits(company) == (_VISITS if wipe is Wipe.AFTER_PUSH else 1)
    wiper = Wiper(
        database=phone.database, secrets=phone.secrets, api=phone.api, delete_files=lambda: None
    )
    assert wiper.wipe(request.value)
    assert not phone.enrolment.is_enrolled


@pytest.mark.fault("history", "token expired while the phone sends, and the new one's answer lost")
@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.LOSE_REQUEST, Fault.CUT_ANSWER])
def test_a_token_that_expires_between_two_batches(
    company: Company, phone: Handset, network: Interruptions, fault: Fault
) -> None:
    def expire() -> None:
        with company.app.app_context(), transaction():
            db.session.execute(update(Device).values(access_expires_at=utc_now()))

    network.before(PUSH_PATH, 2, expire)
    network.fault_at(REFRESH_PATH, 1, fault)

    with pytest.raises(OfflineError):
        phone.synchronize()

    assert taken(company) == _BATCH
    phone.restart()
    phone.synchronize()
    assert (visits(company), phone.sync.status().waiting) == (_VISITS, 0)


def delete_and_forget(company: Company) -> None:
    with company.app.app_context(), transaction():
        customer = customers.lock_customer(company.jaya)
        customer.deleted_at = utc_now()
        customer.version += 1
        record_changed("customer", company.jaya)
    with company.app.app_context(), transaction():
        changes.forget_gone_rows(before=utc_now())


def begin_epoch(company: Company) -> None:
    with company.app.app_context(), transaction():
        epochs.begin_epoch(at=utc_now())


@pytest.mark.fault("concurrency", "a new epoch begins while a phone fetches")
@pytest.mark.fault("concurrency", "deletions are forgotten while a phone fetches")
@pytest.mark.parametrize("happens", [begin_epoch, delete_and_forget])
@pytest.mark.parametrize("page", [1, 2, 3])
def test_between_two_pages(
    company: Company, phone: Handset, network: Interruptions, happens: object, page: int
) -> None:
    assert callable(happens)
    for number in range(6):
        phone.customers.create_prospect(name=f"Warung {number}")
    network.before(PULL_PATH, page, lambda: happens(company))

    phone.synchronize()

    gone = happens is delete_and_forget
    assert {customer.name for customer in phone.customers.search("")} == {
        "Toko Maju",
        *([] if gone else ["Toko Jaya"]),
        *(f"Warung {number}" for number in range(6)),
    }
    assert (visits(company), phone.sync.status().waiting) == (_VISITS, 0)
    assert phone.synchronize().fetched_anew == []


@pytest.mark.fault("history", "installed anew, and the old phone still has unsent work")
def test_an_old_installation_sends_late_what_it_has(
    company: Company, phone: Handset, tmp_path: Path
) -> None:
    new = Handset(tmp_path / "new.db", Interruptions(company.app))
    new.enrol(company.enrolment_code(company.sari))
    mine = new.visits.check_in(customer_id=company.jaya, fix=None)
    new.synchronize()
    assert visits(company) == 1

    phone.synchronize()

    assert (visits(company), phone.sync.status().waiting) == (_VISITS + 1, 0)
    new.synchronize()
    for each in (phone, new):
        with each.database.read() as connection:
            [count] = connection.execute("SELECT count(*) FROM visit").fetchone()
        assert count == _VISITS + 1
        assert each.visits.get(mine.id).customer.id == company.jaya
