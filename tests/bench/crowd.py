"""Many phones at once, and a rep with a large territory: the rest of `./run bench-sync`."""

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import psutil
from flask import Flask
from sqlalchemy import insert

from mobile.sync.answers import SyncError
from server.customers.models import Customer
from server.identity import operations as identity
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.teams.models import TeamMembership
from shared.sync.ids import new_id
from shared.sync.protocol import PULL_PATH
from shared.time import utc_now
from shared.vocabulary import CustomerClass, Role
from tests.bench.measure import CountingPool, Usage, measured
from tests.fakes.company import MAJU, ZONE, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

_CHUNK = 5_000


def add_reps(
    app: Flask, company: Company, *, count: int, prefix: str = "crowd"
) -> list[tuple[str, str]]:
    """Add reps with a customer each; return their ids with their customers'."""
    now, made = utc_now(), []
    with app.app_context(), transaction():
        for number in range(count):
            rep = identity.create_user(
                code=f"{prefix}{company.tag}{number}",
                name=f"Rep {number}",
                role=Role.REP,
                time_zone=ZONE,
                at=now,
            )
            db.session.add(
                TeamMembership(user_id=rep.id, team_id=company.team, start_on=dt.date(2020, 1, 1))
            )
            db.session.flush()
            made.append((rep.id, add_customers(rep.id, company, count=1)[0]))
    return made


def sync_at_once(
    phones: list[Handset], customers: list[str]
) -> tuple[list[float], list[str], float]:
    """Let every phone work offline, then all sync at the same moment.

    Return the seconds each took, the codes of those that failed, and the seconds of all.
    """
    for phone, customer in zip(phones, customers, strict=True):
        visit = phone.visits.check_in(customer_id=customer, fix=phone.fix(MAJU))
        phone.visits.cancel(visit.id, "Wrong outlet")
    start = threading.Barrier(len(phones) + 1)
    problems: list[str] = []

    def run(phone: Handset) -> float:
        start.wait()
        began = time.perf_counter()
        try:
            phone.synchronize()
        except SyncError as error:
            problems.append(error.code)
        return time.perf_counter() - began

    with ThreadPoolExecutor(max_workers=len(phones)) as pool:
        running = [pool.submit(run, phone) for phone in phones]
        start.wait()
        began = time.perf_counter()
        seconds = sorted(future.result() for future in running)
        return seconds, problems, time.perf_counter() - began


def percentile(seconds: list[float], share: float) -> float:
    """Return the value that this share of the sorted values do not exceed."""
    return seconds[min(len(seconds) - 1, int(share * len(seconds)))]


def add_territory(app: Flask, company: Company, rep_id: str, *, count: int) -> None:
    """Give a rep many customers."""
    with app.app_context():
        for start in range(0, count, _CHUNK):
            with transaction():
                add_customers(rep_id, company, count=min(_CHUNK, count - start))


def add_customers(rep_id: str, company: Company, *, count: int) -> list[str]:
    """Give a rep customers, in the transaction that is open; return their ids."""
    now = utc_now()
    ids = [new_id() for _ in range(count)]
    db.session.execute(
        insert(Customer),
        [
            {
                "id": customer_id,
                "code": f"C-{customer_id}",
                "name": f"Toko Sumber Rejeki {number}",
                "customer_class": CustomerClass.B,
                "contact_name": "Ibu Sari",
                "phone": f"0812{number:08d}",
                "address": f"Jl. Merdeka {number}, RT 02",
                "city": "Bekasi",
                "latitude": MAJU[0],
                "longitude": MAJU[1],
                "location_version": 1,
                "owner_id": rep_id,
                "team_id": company.team,
                "created_at": now,
                "updated_at": now,
            }
            for number, customer_id in enumerate(ids)
        ],
    )
    record_changed("customer", *ids)
    return ids


def first_sync(
    path: Path, url: str, code: str, servers: list[psutil.Process]
) -> tuple[Usage, int, float]:
    """Fetch a territory with a fresh phone.

    Return what it used, how many rows came, and the seconds until the first page could be used.
    """
    pool = CountingPool()
    phone = Handset(path, cast(Network, pool))
    phone.enrolment.enrol(server_url=url, code=code)
    pool.began.clear()
    with measured(servers, pool) as usage:
        began = time.perf_counter()
        received = phone.synchronize().received
    pulls = [at for address, at in pool.began if address.endswith(PULL_PATH)]
    phone.switch_off()
    return usage, received, (pulls[1] if len(pulls) > 1 else time.perf_counter()) - began
