"""While the app has no window, the service that keeps the route sends what waits."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from mobile.container.adapters import Adapters
from mobile.container.follower import Follower
from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.phone import PhoneDescription
from mobile.device.simulated_gps import FixedGps
from mobile.settings import PhoneSettings
from mobile.storage.examination import FILE_NAME
from mobile.sync.api_client import ApiClient
from server.identity import operations as identity
from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from shared.geo import Position
from shared.time import utc_now
from shared.vocabulary import Wipe
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.tapak import wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DESCRIPTION = PhoneDescription(model="Test", system="Test", app_version="0.1.0")


@pytest.fixture
def connectivity() -> SwitchedConnectivity:
    return SwitchedConnectivity(is_online=False)


@pytest.fixture
def app_of_sari(company: Company, tmp_path: Path) -> Iterator[Handset]:
    """Give the app itself, which has not synced since the day was started."""
    handset = Handset(tmp_path / FILE_NAME, Network(company.app))
    handset.enrol(company.enrolment_code(company.sari))
    handset.day.start_day()
    yield handset
    handset.switch_off()


@pytest.fixture
def service_network(company: Company) -> Network:
    return Network(company.app)


@pytest.fixture
def service(
    app_of_sari: Handset,
    connectivity: SwitchedConnectivity,
    tmp_path: Path,
    service_network: Network,
) -> Iterator[Follower]:
    """Give the service: own connection, client and network; the app's keys and files."""
    follower = Follower(
        PhoneSettings(data=tmp_path),
        adapters=Adapters(
            clock=app_of_sari.clock,
            connectivity=connectivity,
            secrets=app_of_sari.secrets,
            phone=DESCRIPTION,
        ),
        gps=FixedGps(Position(*MAJU), now=app_of_sari.clock.now),
        api=ApiClient(secrets=app_of_sari.secrets, pool=service_network),
    )
    yield follower
    follower.close()


def waiting(phone: Handset) -> int:
    return phone.sync.status().waiting


def test_the_network_comes_back_and_the_service_sends_what_the_app_recorded(
    app_of_sari: Handset, service: Follower, connectivity: SwitchedConnectivity, company: Company
) -> None:
    app_of_sari.visits.check_in(customer_id=company.maju, fix=None)
    assert service.step()
    assert waiting(app_of_sari) > 0

    connectivity.switch(is_online=True)

    wait_until(lambda: waiting(app_of_sari) == 0)
    assert service.step()


def test_while_the_app_syncs_the_service_waits(
    app_of_sari: Handset,
    service: Follower,
    service_network: Network,
    connectivity: SwitchedConnectivity,
    company: Company,
) -> None:
    app_of_sari.visits.check_in(customer_id=company.maju, fix=None)
    with app_of_sari.path.with_suffix(".sync-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connectivity._is_online = True  # nobody is told: the attempt is made here
        assert service._scheduler._attempt() > 0
        assert not service_network.requests
    service._scheduler.request()
    wait_until(lambda: waiting(app_of_sari) == 0)


def test_a_wipe_reaches_a_phone_whose_app_is_not_open(
    app_of_sari: Handset, service: Follower, connectivity: SwitchedConnectivity, company: Company
) -> None:
    with company.app.app_context(), transaction():
        [device] = db.session.scalars(select(Device))
        identity.ask_to_wipe(device_id=device.id, wipe=Wipe.NOW, at=utc_now(), by=None)
    connectivity._is_online = True
    service._scheduler.request()

    wait_until(lambda: not app_of_sari.enrolment.is_enrolled)
    assert not service.step(), "and the service ends"
