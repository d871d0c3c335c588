"""The plainest work of the sync bench: many records of one kind, a row each, nothing to judge.

Tasks, with all that a phone says of one: fifteen values each, its number, entity, kind and id, five
fields, four of the clocks, the anchor and the mac. Pushed by one phone, then fetched by a fresh
one. Its floor inserts the same fifteen into one table, and no more (`floor.PLAIN_PATH`).

The two are compared twice. Both get the same requests of one client; and each is pushed to by a
phone of its kind: the product by its engine, the floor by the plainest one (`bare_phone.py`).
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import psutil
from flask import Flask

from server.platform.transaction import transaction
from tests.bench import crowd
from tests.bench.measure import CountingPool, Usage, measured
from tests.bench.pushing import push_all, waiting_lines
from tests.bench.recorded import Request, measured_changes, push_all_recorded, recorded
from tests.bench.trips import Figure
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

_CUSTOMERS = 100
_TITLES = ("Bring the new price list", "Collect the empty crates", "Talk about the shelf")


@dataclass(frozen=True, slots=True)
class Plain:
    """What was seen of the product, and the requests that its endpoint took, for the floor."""

    requests: list[Request]
    endpoint: Usage
    push: Usage
    """By another phone."""
    pull: Usage
    received: int

    def figures(self, floor: Usage, bare: Usage, *, share: str) -> list[Figure]:
        """
        Return what to report.

        :param floor: of the same requests
        :param bare: of as many records that the plainest phone pushed to the floor
        :param share: goal of the share of the floor
        """
        count = sum(request.changes for request in self.requests)
        name = f"{count:,} plain records of 15 values"
        same = f"{name}, endpoint, the same requests"
        timed = measured_changes(self.requests)
        rate, floor_rate = timed / self.endpoint.seconds, timed / floor.seconds
        server = self.endpoint.server_cpu_s
        by_phone, by_bare = count / self.push.seconds, count / bare.seconds
        return [
            (same, rate, "records/s", ">= 8000"),
            (f"{same}, the floor", floor_rate, "records/s", None),
            (f"{same}, share of the floor", rate / floor_rate, "", share),
            (f"{same}, CPU of server", _micros(server, timed), "us/record", None),
            (f"{same}, CPU of the floor", _micros(floor.server_cpu_s, timed), "us/record", None),
            (f"{name}, push by a phone", by_phone, "records/s", ">= 8000"),
            (f"{name}, push by a bare phone to the floor", by_bare, "records/s", None),
            (f"{name}, push by a phone, share of that", by_phone / by_bare, "", share),
            (f"{name}, CPU of server", _micros(self.push.server_cpu_s, count), "us/record", None),
            (f"{name}, CPU of phone", _micros(self.push.client_cpu_s, count), "us/record", None),
            (f"{name}, sent", self.push.sent_bytes / count, "B/record", None),
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
    records: int,
    batch: int,
) -> Plain:
    """Push the records of one phone and fetch them with a fresh one; then the same, recorded."""
    ((rep_id, _),) = crowd.add_reps(app, company, count=1, prefix="plain")
    with app.app_context(), transaction():
        customers = crowd.add_customers(rep_id, company, count=_CUSTOMERS)
    pool, fresh_pool = CountingPool(), CountingPool()
    phone = Handset(folder / "plain.db", cast(Network, pool))
    fresh = Handset(folder / "plain-fresh.db", cast(Network, fresh_pool))
    other = Handset(folder / "plain-recorded.db", cast(Network, pool))
    for handset in (phone, fresh, other):
        handset.enrolment.enrol(server_url=url, code=company.enrolment_code(rep_id))
    for handset in (phone, other):
        handset.synchronize()
        write_down(handset, customers, records=records)
    with measured(servers, pool) as push:
        push_all(phone, batch=batch)
    if waiting_lines(phone):
        raise RuntimeError("records are still waiting")
    with measured(servers, fresh_pool) as pull:
        received = fresh.synchronize().received
    requests = recorded(other, url, batch=batch)
    endpoint = push_all_recorded(requests, measuring=partial(measured, servers))
    for handset in (phone, fresh, other):
        handset.switch_off()
    return Plain(requests, endpoint, push, pull, received)


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
