"""Real processes, killed without a word at any moment: the phone while it saves, the server too."""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from mobile.storage.database import is_sound
from server.customers.models import Customer
from server.platform.database import db
from server.platform.settings import Settings
from server.sync import changes
from server.sync.models import ChangeLog
from tests.e2e.pocket import PhoneInPocket, phone_in_pocket, sync_until_sent
from tests.fakes.company import Company, found_company
from tests.support.application import running_app
from tests.support.databases import mostly_on
from tests.support.tapak import RunningTapak, is_healthy, wait_until

# `./run test-faults` takes its time.
_PROSPECTS, _ROUNDS = (30, 25) if "TAPAK_FAULT_EXAMPLES" in os.environ else (15, 8)


@pytest.fixture
def company(tapak: RunningTapak, database_url: str) -> Iterator[Company]:
    with running_app(Settings(data=tapak.data, database_url=database_url)) as app:
        yield found_company(app)


@pytest.mark.fault("server killed (SIGKILL)", "again and again while phones send")
@pytest.mark.fault("server killed (SIGKILL)", "its master alone, a worker of it alone")
@pytest.mark.fault("phone killed (SIGKILL)", "before and after an action is saved")
@pytest.mark.timeout(600)
@mostly_on("sqlite")
def test_killed_while_saving_and_while_sending(
    tapak: RunningTapak, company: Company, tmp_path: Path
) -> None:
    rng = random.Random(2026)
    folder = tmp_path / "phone"
    with phone_in_pocket(folder) as phone:
        code = company.enrolment_code(company.sari)
        phone.do("enrol", server=tapak.url, code=code)
        sync_until_sent(phone)
        saved = kill_the_phone_while_it_saves(phone, folder, rng)

        killed: list[int] = []
        stop = threading.Event()
        killer = threading.Thread(target=kill_the_server, args=(tapak, stop, killed, rng))
        killer.start()
        try:
            for number in range(_ROUNDS):
                phone.do("add_prospect", name=f"Depot {number}")
                saved.add(f"Depot {number}")
                phone.do("sync")
                time.sleep(0.2)
        finally:
            stop.set()
            killer.join()
        assert killed
        wait_until(lambda: is_healthy(tapak.url), timeout_s=60)
        saved |= kill_its_parts(tapak, phone)
        sync_until_sent(phone)
        assert phone.do("waiting") == [0, 0]

    with company.app.app_context():
        prospects = set(db.session.scalars(select(Customer.name).where(Customer.is_prospect)))
        rows = db.session.scalar(
            select(func.count()).select_from(Customer).where(Customer.is_prospect)
        )
        sequences = db.session.scalars(
            select(ChangeLog.sequence).order_by(ChangeLog.sequence)
        ).all()
        assert saved <= prospects
        assert rows == len(prospects)  # none twice
        assert list(sequences) == list(range(1, len(sequences) + 1))
        assert changes.wrong_scopes() == []


def kill_the_phone_while_it_saves(
    phone: PhoneInPocket, folder: Path, rng: random.Random
) -> set[str]:
    """Return the names whose saving was confirmed before a kill; others may be there too."""
    saved: set[str] = set()
    for number in range(_PROSPECTS):
        name = f"Warung {number}"
        if rng.random() < 0.2:
            phone.tell("add_prospect", name=name)
            time.sleep(rng.uniform(0.0, 0.02))
            phone.die()
            assert is_sound(folder / "phone.db")
        else:
            phone.do("add_prospect", name=name)
            saved.add(name)
    return saved


def kill_its_parts(tapak: RunningTapak, phone: PhoneInPocket) -> set[str]:
    """Kill the master of the web server alone, and a worker of it alone; return what was saved."""
    saved = set()
    for part in ("master", "worker"):
        processes = tapak.processes("granian")
        masters = {process.pid for process in processes} & {child.ppid() for child in processes}
        [killed, *_] = [each for each in processes if (each.pid in masters) == (part == "master")]
        killed.kill()
        saved.add(f"Depot of the {part}")
        phone.do("add_prospect", name=f"Depot of the {part}")
        phone.do("sync")
        wait_until(lambda killed=killed: not killed.is_running())  # type: ignore[misc]
        wait_until(lambda: is_healthy(tapak.url))
    return saved


def kill_the_server(
    tapak: RunningTapak, stop: threading.Event, killed: list[int], rng: random.Random
) -> None:
    """Kill the web server again and again; its supervisor starts it anew."""
    while True:
        for process in tapak.processes("granian"):
            with suppress(psutil.NoSuchProcess):  # a worker ends with its master
                process.kill()
                killed.append(process.pid)
        if stop.wait(rng.uniform(0.2, 0.6)):
            return
