"""A rep whose account the office has ended: the phone still sends what it holds, for 30 days."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.tokens import ACCESS_TOKEN
from mobile.sync.answers import SendOnlyError, SignInNeededError, WipeError
from mobile.sync.scheduler import SyncScheduler
from mobile.sync.wiping import Wiper
from server.identity import operations as identity
from server.identity.models import SENDS_AFTER_LEAVING, Device, User
from server.platform.database import db
from server.platform.transaction import transaction
from server.teams.operations import people
from server.visits.models import Visit
from shared.sync.protocol import OWN_RECORDS_PATH
from shared.time import utc_now
from shared.vocabulary import Wipe
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.support.tapak import wait_until


def set_active(company: Company, *, active: bool, at: dt.datetime | None = None) -> None:
    with company.app.app_context(), transaction():
        version = db.session.get_one(User, company.sari).version
        people.set_active(
            user_id=company.sari,
            active=active,
            base=str(version),
            at=at or utc_now(),
            by=company.manager,
        )


def visits_on_server(company: Company) -> int:
    with company.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Visit)) or 0


def work(phone: Handset, company: Company, *, visits: int) -> None:
    for _ in range(visits):
        visit = phone.visits.check_in(customer_id=company.maju, fix=None)
        phone.visits.cancel(visit.id, "closed")


@pytest.mark.fault("history", "rep has left, and the phone still holds work")
def test_all_is_sent_and_nothing_fetched(phone: Handset, company: Company) -> None:
    phone.phone.batch.changes = 3  # more batches than one sync sends before it fetches
    work(phone, company, visits=12)
    before = phone.network.requests.count("/v1/sync/pull")
    set_active(company, active=False)

    with pytest.raises(SendOnlyError):
        phone.synchronize()

    assert phone.sync.status().waiting == 0
    assert phone.sync.status().problem == "send_only"
    assert visits_on_server(company) == 12
    assert phone.network.requests.count("/v1/sync/pull") == before + 1
    token = phone.secrets.read(ACCESS_TOKEN) or ""
    answer = company.app.test_client().get(
        OWN_RECORDS_PATH, headers={"Authorization": f"Device {token}"}
    )
    assert answer.status_code in {401, 403}


def test_tokens_that_ran_out_meanwhile_are_renewed(phone: Handset, company: Company) -> None:
    work(phone, company, visits=1)
    set_active(company, active=False)
    with company.app.app_context(), transaction():
        db.session.scalars(select(Device)).one().access_expires_at = utc_now()

    with pytest.raises(SendOnlyError):
        phone.synchronize()

    assert visits_on_server(company) == 1


def test_after_thirty_days_the_work_stays_on_the_phone(phone: Handset, company: Company) -> None:
    work(phone, company, visits=1)
    long_ago = utc_now() - SENDS_AFTER_LEAVING
    set_active(company, active=False, at=long_ago)

    with pytest.raises(SignInNeededError) as refusal:
        phone.synchronize()

    assert refusal.value.code == "device_revoked"
    assert phone.sync.status().waiting > 0
    assert visits_on_server(company) == 0


def test_who_comes_back_works_on(phone: Handset, company: Company) -> None:
    set_active(company, active=False)
    work(phone, company, visits=1)
    set_active(company, active=True)

    phone.synchronize()

    assert phone.sync.status().problem == ""
    assert visits_on_server(company) == 1


def test_a_phone_whose_access_was_ended_by_itself_sends_nothing(
    phone: Handset, company: Company
) -> None:
    work(phone, company, visits=1)
    set_active(company, active=False)
    with company.app.app_context(), transaction():
        device = db.session.scalars(select(Device)).one()
        identity.revoke_device(device_id=device.id, at=utc_now(), by=None)

    with pytest.raises(SignInNeededError):
        phone.synchronize()

    assert visits_on_server(company) == 0


def test_it_still_hears_that_it_is_to_be_emptied(phone: Handset, company: Company) -> None:
    work(phone, company, visits=1)
    set_active(company, active=False)
    with company.app.app_context(), transaction():
        device = db.session.scalars(select(Device)).one()
        identity.ask_to_wipe(device_id=device.id, wipe=Wipe.AFTER_PUSH, at=utc_now(), by=None)

    with pytest.raises(WipeError) as request:
        phone.synchronize()
    wiper = Wiper(
        database=phone.database, secrets=phone.secrets, api=phone.api, delete_files=lambda: None
    )

    assert wiper.wipe(request.value)
    assert visits_on_server(company) == 1
    assert not phone.enrolment.is_enrolled


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_photos_follow_although_nothing_can_be_fetched(phone: Handset, company: Company) -> None:
    set_active(company, active=False)
    sent: list[bool] = []
    scheduler = SyncScheduler(
        phone=phone.phone,
        connectivity=SwitchedConnectivity(),
        send_photos=lambda: sent.append(True) or 0,  # type: ignore[func-returns-value]
    )

    scheduler.start()
    try:
        wait_until(lambda: bool(sent))
    finally:
        scheduler.stop()
