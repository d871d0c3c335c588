"""The plainest work of the sync bench: many records of one kind, a row each, nothing to judge.

Tasks, with all that a phone says of one: fifteen values each, its number, entity, kind and id, five
fields, four of the clocks, the anchor and the mac. Pushed by one phone, then fetched by a fresh
one. Its floor inserts the same fifteen into one table, and no more (`floor.PLAIN_PATH`).

The two are compared twice. Both get the same requests of one client; and each is pushed to by a
phone of its kind: the product by its engine, the floor by the plainest one (`bare_phone.py`). The
phones push in turns, three times, and the middle one counts: a machine's own speed may go up and
down by more than the two differ from run to run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import cast

import psutil
from flask import Flask

from server.platform.transaction import transaction
from tests.bench import crowd
from tests.bench.bare_phone import BarePhone, records_of
from tests.bench.measure import CountingPool, Usage, measured
from tests.bench.pushing import push_all, waiting_lines
from tests.bench.recorded import Request, measured_changes, push_all_recorded, recorded
from tests.bench.trips import Figure
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

_CUSTOMERS, _TIMES = 100, 3
_TITLES = ("Bring the new price list", "Collect the empty crates", "Talk about the shelf")


@dataclass(frozen=True, slots=True)
class Plain:
    """What was seen of the product, and the requests that its endpoint took, for the floor."""

    requests: list[Request]
    endpoint: Usage
    pushes: Sequence[Usage]
    """By phones."""
    bare: Sequence[Usage]
    """Of as many records that the plainest phone pushed to the floor, each right after one."""
    pull: Usage
    received: int

    def figures(self, floor: Usage, *, share: str) -> list[Figure]:
        """
        Return what to report.

        :param floor: of the same requests
        :param share: goal of the share of the floor
        """
        count = sum(request.changes for request in self.requests)
        name = f"{count:,} plain records of 15 values"
        same = f"{name}, endpoint, the same requests"
        timed = measured_changes(self.requests)
        rate, floor_rate = timed / self.endpoint.seconds, timed / floor.seconds
        server = self.endpoint.server_cpu_s
        seconds, bare_seconds = (
            median(usage.seconds for usage in usages) for usages in (self.pushes, self.bare)
        )
        server_s = median(usage.server_cpu_s for usage in self.pushes)
        phone_s = median(usage.client_cpu_s for usage in self.pushes)
        return [
            (same, rate, "records/s", ">= 8000"),
            (f"{same}, the floor", floor_rate, "records/s", None),
            (f"{same}, share of the floor", rate / floor_rate, "", share),
            (f"{same}, CPU of server", _micros(server, timed), "us/record", None),
            (f"{same}, CPU of the floor", _micros(floor.server_cpu_s, timed), "us/record", None),
            (f"{name}, push by a phone", count / seconds, "records/s", ">= 8000"),
            (f"{name}, push by a bare phone to the floor", count / bare_seconds, "records/s", None),
            (f"{name}, push by a phone, share of that", bare_seconds / seconds, "", share),
            (f"{name}, CPU of server", _micros(server_s, count), "us/record", None),
            (f"{name}, CPU of phone", _micros(phone_s, count), "us/record", None),
            (f"{name}, sent", self.pushes[0].sent_bytes / count, "B/record", None),
            (f"{name}, pull", self.received / self.pull.seconds, "rows/s", ">= 15000"),
            (
                f"{name}, pull, CPU of server",
                _micros(self.pull.server_cpu_s, self.received),
                "us/row",
                "<= 40",
            ),
        ]


def plain_records(
    app: Flask,
    company: Company,
    folder: Path,
    url: str,
    servers: list[psutil.Process],
    *,
    floor_url: str,
    floor: list[psutil.Process],
    records: int,
    batch: int,
) -> Plain:
    """Push the records of phones, to the floor as well; fetch some with a fresh one."""
    pool, fresh_pool = CountingPool(), CountingPool()
    one, *reps = [rep for rep, _ in crowd.add_reps(app, company, count=1 + _TIMES, prefix="plain")]
    write = partial(_phone, app, company, url=url, pool=pool, records=records)
    other = write(one, folder / "plain-recorded.db")
    requests = recorded(other, url, batch=batch)
    pushes, bare = [], []
    for time, rep_id in enumerate(reps, start=1):
        phone = write(rep_id, folder / f"plain-{time}.db")
        with measured(servers, pool) as push:
            push_all(phone, batch=batch)
        if waiting_lines(phone):
            raise RuntimeError("records are still waiting")
        bare_phone = BarePhone(folder / f"bare-{time}.db", records_of(requests, time=time))
        with measured(floor) as bare_push:
            if bare_phone.push_all(floor_url, batch=batch) != records:
                raise RuntimeError("records are still waiting")
        pushes.append(push)
        bare.append(bare_push)
        bare_phone.switch_off()
        phone.switch_off()
    fresh = Handset(folder / "plain-fresh.db", cast(Network, fresh_pool))
    fresh.enrolment.enrol(server_url=url, code=company.enrolment_code(reps[0]))
    with measured(servers, fresh_pool) as pull:
        received = fresh.synchronize().received
    endpoint = push_all_recorded(requests, measuring=partial(measured, servers))
    for handset in (fresh, other):
        handset.switch_off()
    return Plain(requests, endpoint, pushes, bare, pull, received)


def _phone(
    app: Flask,
    company: Company,
    rep_id: str,
    path: Path,
    *,
    url: str,
    pool: CountingPool,
    records: int,
) -> Handset:
    """Return a rep's phone on which so many records wait."""
    with app.app_context(), transaction():
        customers = crowd.add_customers(rep_id, company, count=_CUSTOMERS)
    phone = Handset(path, cast(Network, pool))
    phone.enrolment.enrol(server_url=url, code=company.enrolment_code(rep_id))
    phone.synchronize()
    write_down(phone, customers, records=records)
    return phone


def write_down(phone: Handset, customers: list[str], *, records: int) -> None:
    """Make tasks at these customers."""
    today = phone.tasks.today()
    for number in range(records):
        phone.tasks.create(
            title=f"{_TITLES[number % len(_TITLES)]} {number}",
            note=f"Asked for at the counter, shelf {number % 40}",
            due_on=today,
            customer_id=customers[number % len(customers)],
        )


def _micros(seconds: float, count: int) -> float:
    return seconds * 1e6 / count
