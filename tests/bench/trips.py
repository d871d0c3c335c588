"""Short trips to the server and bad roads: small batches, nothing to say, a week over a slow link.

The rest of `./run bench-sync` sends much over a line that costs nothing; a rep has neither. Where
fifty phones push at once, what they send was recorded before, from real phones' outboxes and as
their own client writes it: fifty phones bring fifty processors, and here they would take the
server's.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import urllib3
from flask import Flask

from mobile.sync.answers import OfflineError
from shared.sync.protocol import PULL_PATH
from tests.bench import crowd
from tests.bench.link import Link, shaped
from tests.bench.measure import CountingPool
from tests.bench.pushing import push_all, waiting_lines
from tests.bench.recorded import Request, check, recorded
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

Figure = tuple[str, float, str, str | None]

_MOBILE = Link(rate=1_000_000, round_trip_s=0.1)
_EDGE_OF_THE_WORLD = Link(rate=50_000, round_trip_s=2.0, lost=0.1)
_WEEK_OF_VISITS = 167
"""Of three changes each."""
_TERRITORY = 5_000
_PHONES, _PUSHES, _CHANGES_EACH = 50, 20, 5
_TRIES = 30


def short_trips(app: Flask, company: Company, folder: Path, url: str) -> list[Figure]:
    """Return what small batches cost, an empty sync, and fifty phones with little to say."""
    figures: list[Figure] = []
    with _phone(folder / "trips.db", url, company, company.sari) as (phone, pool):
        for batch, changes, rate, size in ((50, 2_000, 4_000, 175), (1, 300, 250, 850)):
            _jot_down(phone, changes)
            sent_before, began = pool.sent_bytes, time.perf_counter()
            push_all(phone, batch=batch)
            seconds = time.perf_counter() - began
            if waiting_lines(phone):
                raise RuntimeError("changes are still waiting")
            sent = (pool.sent_bytes - sent_before) / changes
            name = f"push in batches of {batch}"
            figures += [
                (name, changes / seconds, "changes/s", f">= {rate}"),
                (f"{name}, sent", sent, "B/change", f"<= {size}"),
            ]
        phone.synchronize()  # what the office says of the last of them
        sent_before, received_before = pool.sent_bytes, pool.received_bytes
        asked_before = len(pool.began)
        phone.synchronize()
        figures += [
            ("nothing to say, requests", len(pool.began) - asked_before, "", "1"),
            ("nothing to say, sent", pool.sent_bytes - sent_before, "B", "<= 700"),
            ("nothing to say, received", pool.received_bytes - received_before, "B", "<= 700"),
        ]
    return figures + _many_with_little(app, company, folder, url)


def slow_links(app: Flask, company: Company, folder: Path, url: str) -> list[Figure]:
    """Return the seconds a week's work and a territory take over a phone's connection."""
    figures: list[Figure] = []
    for name, link, goal in (
        ("a week's 500 changes, 1 Mbit/s, 100 ms", _MOBILE, "<= 2.5"),
        ("a week's 500 changes, 50 kbit/s, 2 s, 10 % lost", _EDGE_OF_THE_WORLD, "<= 60"),
    ):
        path = folder / f"week-{link.rate:.0f}.db"
        with _phone(path, url, company, company.sari) as (phone, _), shaped(url, link) as slow:
            _work(phone, company)
            _move(phone, slow)
            figures.append((name, _seconds_until_sent(phone), "s", goal))
    ((rep_id, _),) = crowd.add_reps(app, company, count=1, prefix="wide")
    crowd.add_territory(app, company, rep_id, count=_TERRITORY)
    with shaped(url, _MOBILE) as slow:
        pool = CountingPool()
        phone = Handset(folder / "territory.db", cast(Network, pool))
        phone.enrolment.enrol(server_url=slow, code=company.enrolment_code(rep_id))
        pool.began.clear()
        began = time.perf_counter()
        phone.synchronize()
        seconds = time.perf_counter() - began
        pulls = [at for address, at in pool.began if address.endswith(PULL_PATH)]
        phone.switch_off()
    name = f"first sync of {_TERRITORY:,} rows, 1 Mbit/s, 100 ms"
    return [
        *figures,
        (f"{name}, first page usable", pulls[1] - began, "s", "<= 3"),
        (f"{name}, all", seconds, "s", "<= 12"),
    ]


def _many_with_little(app: Flask, company: Company, folder: Path, url: str) -> list[Figure]:
    """Let phones push a few changes each, one request after the other, for some seconds."""
    reps = crowd.add_reps(app, company, count=_PHONES, prefix="little")
    pushes = []
    for number, (rep_id, _) in enumerate(reps):
        with _phone(folder / f"little-{number}.db", url, company, rep_id) as (phone, _):
            _jot_down(phone, _CHANGES_EACH * _PUSHES)
            pushes.append(recorded(phone, url, batch=_CHANGES_EACH))
    start = threading.Barrier(_PHONES + 1)

    def push(requests: list[Request]) -> list[float]:
        pool = urllib3.PoolManager(num_pools=1, retries=False)
        start.wait()
        seconds, answers = [], []
        for request in requests:
            began = time.perf_counter()
            answers.append(request.send(pool))
            seconds.append(time.perf_counter() - began)
        for request, answer in zip(requests, answers, strict=True):
            check(request, answer)
        return seconds

    with ThreadPoolExecutor(max_workers=_PHONES) as threads:
        running = [threads.submit(push, requests) for requests in pushes]
        start.wait()
        began = time.perf_counter()
        took = sorted(seconds for future in running for seconds in future.result())
        wall = time.perf_counter() - began
    name = f"{_PHONES} phones, {_CHANGES_EACH} changes a push"
    return [
        (name, len(took) / wall, "pushes/s", ">= 400"),
        (f"{name}, p50", crowd.percentile(took, 0.5) * 1e3, "ms", None),
        (f"{name}, p99", crowd.percentile(took, 0.99) * 1e3, "ms", "<= 300"),
    ]


@contextmanager
def _phone(
    path: Path, url: str, company: Company, rep_id: str
) -> Iterator[tuple[Handset, CountingPool]]:
    pool = CountingPool()
    phone = Handset(path, cast(Network, pool))
    phone.enrolment.enrol(server_url=url, code=company.enrolment_code(rep_id))
    phone.synchronize()
    yield phone, pool
    phone.switch_off()


def _jot_down(phone: Handset, changes: int) -> None:
    """Make tasks: a change each."""
    for number in range(changes):
        phone.tasks.create(title=f"Bring price list {number}", due_on=phone.tasks.today())


def _work(phone: Handset, company: Company) -> None:
    for _ in range(_WEEK_OF_VISITS):
        visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
        phone.visits.cancel(visit.id, "closed")


def _move(phone: Handset, url: str) -> None:
    """Let the phone reach its server by another address."""
    with phone.database.write() as connection:
        connection.execute("UPDATE device SET server_url = ?", (url,))


def _seconds_until_sent(phone: Handset) -> float:
    began = time.perf_counter()
    for _ in range(_TRIES):
        try:
            phone.synchronize()
        except OfflineError:
            continue
        break
    if waiting := phone.sync.status().waiting:
        raise RuntimeError(f"{waiting} changes are still waiting")
    return time.perf_counter() - began
