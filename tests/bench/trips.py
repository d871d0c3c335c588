"""Short trips to the server: small batches, nothing to say, many phones with little.

The rest of `./run bench-sync` sends much at once; a rep has little. Where
fifty phones push at once, what they send was recorded before, from real phones' outboxes and as
their own client writes it: fifty phones bring fifty processors, and here they would take the
server's. All is done three times, and the middle one counts.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import cast

import urllib3
from flask import Flask

from tests.bench import crowd
from tests.bench.measure import CountingPool
from tests.bench.pushing import push_all, waiting_lines
from tests.bench.recorded import Request, check, recorded
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

Figure = tuple[str, float, str, str | None]

_PHONES, _PUSHES, _CHANGES_EACH = 50, 20, 5
_TIMES = 3


def short_trips(app: Flask, company: Company, folder: Path, url: str) -> list[Figure]:
    """Return what small batches cost, an empty sync, and fifty phones with little to say."""
    figures: list[Figure] = []
    with _phone(folder / "trips.db", url, company, company.sari) as (phone, pool):
        for batch, changes, rate, size in ((50, 2_000, 4_000, 175), (1, 300, 250, 850)):
            sent_before, seconds = pool.sent_bytes, []
            for _ in range(_TIMES):
                _jot_down(phone, changes)
                began = time.perf_counter()
                push_all(phone, batch=batch)
                seconds.append(time.perf_counter() - began)
                if waiting_lines(phone):
                    raise RuntimeError("changes are still waiting")
            sent = (pool.sent_bytes - sent_before) / (changes * _TIMES)
            name = f"push in batches of {batch}"
            figures += [
                (name, changes / median(seconds), "changes/s", f">= {rate}"),
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


def _many_with_little(app: Flask, company: Company, folder: Path, url: str) -> list[Figure]:
    """Return how phones fare that push a few changes each, one request after the other."""
    reps = crowd.add_reps(app, company, count=_PHONES, prefix="little")
    pushes = []
    for number, (rep_id, _) in enumerate(reps):
        with _phone(folder / f"little-{number}.db", url, company, rep_id) as (phone, _):
            _jot_down(phone, _CHANGES_EACH * _PUSHES * _TIMES)
            pushes.append(recorded(phone, url, batch=_CHANGES_EACH))
    rates, halves, slowest = [], [], []
    for first in range(0, _PUSHES * _TIMES, _PUSHES):
        took, wall = _push_at_once([requests[first : first + _PUSHES] for requests in pushes])
        rates.append(len(took) / wall)
        halves.append(crowd.percentile(took, 0.5))
        slowest.append(crowd.percentile(took, 0.99))
    name = f"{_PHONES} phones, {_CHANGES_EACH} changes a push"
    return [
        (name, median(rates), "pushes/s", ">= 400"),
        (f"{name}, p50", median(halves) * 1e3, "ms", None),
        (f"{name}, p99", median(slowest) * 1e3, "ms", "<= 300"),
    ]


def _push_at_once(pushes: Sequence[Sequence[Request]]) -> tuple[list[float], float]:
    """Let each send its requests, all at the same time; return seconds of each, and of all."""
    start = threading.Barrier(len(pushes) + 1)

    def push(requests: Sequence[Request]) -> list[float]:
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

    with ThreadPoolExecutor(max_workers=len(pushes)) as threads:
        running = [threads.submit(push, requests) for requests in pushes]
        start.wait()
        began = time.perf_counter()
        took = sorted(seconds for future in running for seconds in future.result())
        return took, time.perf_counter() - began


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
