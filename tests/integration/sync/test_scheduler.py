"""Sync runs by itself: after an action, when the network comes back, and after a failure."""

import random
import threading
from collections.abc import Iterator

import pytest

from mobile.device.connectivity import SwitchedConnectivity
from mobile.sync.scheduler import SyncScheduler
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault
from tests.support.tapak import wait_until


class AtOnce(random.Random):
    """Jitter that never waits."""

    def uniform(self, a: float, b: float) -> float:
        return min(a, b)


@pytest.fixture
def connectivity() -> SwitchedConnectivity:
    return SwitchedConnectivity()


@pytest.fixture
def attempted() -> threading.Semaphore:
    """To be acquired once for each attempt that has ended."""
    return threading.Semaphore(0)


@pytest.fixture
def scheduler(
    phone: Handset, connectivity: SwitchedConnectivity, attempted: threading.Semaphore
) -> Iterator[SyncScheduler]:
    scheduler = SyncScheduler(
        phone=phone.phone,
        connectivity=connectivity,
        rng=AtOnce(),
        on_finished=attempted.release,
    )
    phone.recorder.subscribe(scheduler.notice_action)
    scheduler.start()
    yield scheduler
    scheduler.stop()


def wait_until_sent(phone: Handset) -> None:
    wait_until(lambda: phone.sync.status().waiting == 0)


def test_an_action_is_sent_without_being_asked(
    phone: Handset, scheduler: SyncScheduler, company: Company
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=None)

    wait_until_sent(phone)


def test_after_a_failure_it_tries_again_by_itself(
    phone: Handset, scheduler: SyncScheduler, company: Company
) -> None:
    phone.network.next(*[Fault.LOSE_ANSWER] * 3)

    phone.visits.check_in(customer_id=company.maju, fix=None)
    scheduler.request()

    wait_until_sent(phone)


def test_it_waits_for_the_network_and_then_sends(
    phone: Handset,
    scheduler: SyncScheduler,
    connectivity: SwitchedConnectivity,
    attempted: threading.Semaphore,
    company: Company,
) -> None:
    assert attempted.acquire(timeout=60)  # the one at the start
    connectivity.switch(is_online=False)
    phone.visits.check_in(customer_id=company.maju, fix=None)
    asked = len(phone.network.requests)
    scheduler.request()
    assert attempted.acquire(timeout=60)
    assert len(phone.network.requests) == asked

    connectivity.switch(is_online=True)

    wait_until_sent(phone)


def test_a_phone_of_nobody_asks_nothing(phone: Handset) -> None:
    with phone.database.write() as connection:
        connection.execute("DELETE FROM device")
    asked = len(phone.network.requests)

    lonely = SyncScheduler(phone=phone.phone, connectivity=SwitchedConnectivity())
    lonely.start()
    lonely.request()
    lonely.stop()

    assert len(phone.network.requests) == asked
