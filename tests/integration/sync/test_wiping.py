"""A phone that is to be wiped: after it has sent all, or at once; and the office sees it done."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.tokens import ACCESS_TOKEN, MAC_KEY
from mobile.sync.answers import OfflineError, SignInNeededError, WipeError
from mobile.sync.engine import synchronize
from mobile.sync.scheduler import SyncScheduler
from mobile.sync.wiping import Wiper
from server.identity import operations as identity
from server.identity.models import Device
from server.photos.models import Photo
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import entities
from server.visits.models import Visit
from shared.sync.protocol import WIPED_PATH, Kind
from shared.time import utc_now
from shared.vocabulary import PhotoState, Wipe
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault
from tests.support.tapak import wait_until

Ask = Callable[[Wipe], None]


@pytest.fixture
def ask(phone: Handset, company: Company) -> Ask:
    """Give what the office does to Sari's phone."""

    def ask(wipe: Wipe) -> None:
        with company.app.app_context(), transaction():
            device = db.session.scalars(select(Device)).one()
            identity.ask_to_wipe(device_id=device.id, wipe=wipe, at=utc_now(), by=None)

    return ask


@pytest.fixture
def deleted_files() -> list[str]:
    return []


@pytest.fixture
def wiper(phone: Handset, deleted_files: list[str]) -> Wiper:
    return Wiper(
        database=phone.database,
        secrets=phone.secrets,
        api=phone.api,
        delete_files=lambda: deleted_files.append("all"),
    )


def obey(phone: Handset, wiper: Wiper) -> bool:
    with pytest.raises(WipeError) as request:
        synchronize(phone.phone)
    return wiper.wipe(request.value)


def visits_on_server(company: Company) -> int:
    with company.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Visit)) or 0


def device(company: Company) -> Device:
    return db.session.scalars(select(Device)).one()


@pytest.mark.fault("history", "phone wiped")
def test_one_who_leaves_sends_all_first(
    phone: Handset, company: Company, ask: Ask, wiper: Wiper, deleted_files: list[str]
) -> None:
    token = phone.secrets.read(ACCESS_TOKEN)
    phone.visits.check_in(customer_id=company.maju, fix=None)
    ask(Wipe.AFTER_PUSH)

    assert obey(phone, wiper)

    assert visits_on_server(company) == 1
    assert not phone.enrolment.is_enrolled
    assert phone.secrets.read(MAC_KEY) is None
    assert deleted_files == ["all"]
    with phone.database.read() as connection:
        for table in ("customer", "visit", "outbox", "presence"):
            assert not connection.execute(f"SELECT 1 FROM {table}").fetchall()  # noqa: S608
    with company.app.app_context():
        assert device(company).wiped_at is not None
    answer = company.app.test_client().post(
        "/v1/sync/pull", data=b"{}", headers={"Authorization": f"Device {token}"}
    )
    assert (answer.status_code, answer.json["code"]) == (401, "device_revoked")  # type: ignore[index]


def test_it_waits_for_the_network_with_what_is_unsent(
    phone: Handset, company: Company, ask: Ask, wiper: Wiper
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    ask(Wipe.AFTER_PUSH)
    phone.network.next(Fault.LOSE_REQUEST)
    with pytest.raises(OfflineError):
        phone.synchronize()

    assert not wiper.wipe(WipeError(at_once=False))
    assert phone.visits.get(visit.id)
    assert obey(phone, wiper)
    assert visits_on_server(company) == 1


def test_it_waits_for_the_bytes_of_a_photo_and_no_longer(
    phone: Handset, company: Company, ask: Ask, wiper: Wiper
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.take_photo(visit.id)
    ask(Wipe.AFTER_PUSH)

    assert not obey(phone, wiper)
    assert phone.sender.send() == 1
    assert phone.sender.send() == 0

    assert obey(phone, wiper)
    with company.app.app_context():
        assert db.session.scalars(select(Photo.state)).one() == PhotoState.PRESENT


def test_it_does_not_wait_for_a_photo_whose_record_was_refused(
    phone: Handset, company: Company, ask: Ask, wiper: Wiper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(_incoming: object) -> None:
        raise ZeroDivisionError

    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.take_photo(visit.id)
    with monkeypatch.context() as broken:
        broken.setitem(entities.UPWARD, ("photo", Kind.CREATE), burst)
        phone.synchronize()
    ask(Wipe.AFTER_PUSH)

    assert phone.sender.send() == 0, "the server takes no bytes without a record"
    assert obey(phone, wiper)


@pytest.mark.fault("history", "phone wiped")
def test_of_a_stolen_phone_nothing_more_is_taken(
    phone: Handset, company: Company, ask: Ask, wiper: Wiper
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)
    ask(Wipe.NOW)
    ask(Wipe.AFTER_PUSH)  # does not soften it

    assert obey(phone, wiper)

    assert visits_on_server(company) == 0
    assert not phone.enrolment.is_enrolled


def test_one_whose_access_had_ended_is_wiped_too(
    phone: Handset, company: Company, ask: Ask, wiper: Wiper
) -> None:
    with company.app.app_context(), transaction():
        identity.revoke_device(device_id=device(company).id, at=utc_now(), by=None)
    with pytest.raises(SignInNeededError):
        phone.synchronize()
    ask(Wipe.NOW)

    assert obey(phone, wiper)
    with company.app.app_context():
        assert device(company).wiped_at is not None


def test_it_is_wiped_although_nobody_hears_of_it(
    phone: Handset, company: Company, ask: Ask, wiper: Wiper
) -> None:
    ask(Wipe.NOW)
    with pytest.raises(WipeError) as request:
        phone.synchronize()
    phone.network.is_up = False

    assert wiper.wipe(request.value)

    assert not phone.enrolment.is_enrolled
    assert phone.secrets.read(ACCESS_TOKEN) is None
    with company.app.app_context():
        assert device(company).wiped_at is None


@pytest.mark.fault("history", "phone enrolled anew")
def test_it_can_be_enrolled_again(phone: Handset, company: Company, ask: Ask, wiper: Wiper) -> None:
    ask(Wipe.NOW)
    assert obey(phone, wiper)

    phone.enrol(company.enrolment_code(company.sari))

    assert len(phone.customers.search("")) == 2


def test_nobody_says_so_unasked(phone: Handset, company: Company) -> None:
    token = phone.secrets.read(ACCESS_TOKEN)
    for headers, status in (({}, 401), ({"Authorization": f"Device {token}"}, 404)):
        answer = company.app.test_client().post(WIPED_PATH, headers=headers)
        assert answer.status_code == status


def test_the_scheduler_obeys(phone: Handset, ask: Ask, wiper: Wiper) -> None:
    ask(Wipe.NOW)
    scheduler = SyncScheduler(
        phone=phone.phone, connectivity=SwitchedConnectivity(is_online=True), wipe=wiper.wipe
    )
    scheduler.start()
    try:
        wait_until(lambda: not phone.enrolment.is_enrolled)
    finally:
        scheduler.stop()
