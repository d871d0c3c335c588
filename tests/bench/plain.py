"""The plainest work of the sync bench: many records of one kind, a row each, nothing to judge.

Tasks, with all that a phone says of one: fifteen values each, its number, entity, kind and id, five
fields, four of the clocks, the anchor and the mac. Pushed by one phone, then fetched by a fresh
one. Its floor inserts the same fifteen into one table, and no more (`floor.PLAIN_PATH`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil
from flask import Flask

from server.platform.transaction import transaction
from tests.bench import crowd
from tests.bench.measure import CountingPool, Usage, measured
from tests.bench.pushing import push_all, waiting_lines
from tests.bench.trips import Figure
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

_CUSTOMERS = 100
_TITLES = ("Bring the new price list", "Collect the empty crates", "Talk about the shelf")


@dataclass(frozen=True, slots=True)
class Plain:
    """What was seen of the product, and the lines that it took, for the floor."""

    lines: list[bytes]
    push: Usage
    pull: Usage
    received: int

    def figures(self, floor: Usage, *, share: str) -> list[Figure]:
        """
        Return what to report.

        :param floor: of the same lines
        :param share: goal of the share of the floor
        """
        count = len(self.lines)
        name = f"{count:,} plain records of 15 values"
        rate, floor_rate = count / self.push.seconds, count / floor.seconds
        return [
            (f"{name}, push", rate, "records/s", ">= 8000"),
            (f"{name}, the floor", floor_rate, "records/s", None),
            (f"{name}, share of the floor", rate / floor_rate, "", share),
            (f"{name}, CPU of server", _micros(self.push.server_cpu_s, count), "us/record", None),
            (f"{name}, CPU of the floor", _micros(floor.server_cpu_s, count), "us/record", None),
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
    """Push the records of one phone, and fetch them with a fresh one."""
    ((rep_id, _),) = crowd.add_reps(app, company, count=1, prefix="plain")
    with app.app_context(), transaction():
        customers = crowd.add_customers(rep_id, company, count=_CUSTOMERS)
    pool, fresh_pool = CountingPool(), CountingPool()
    phone = Handset(folder / "plain.db", cast(Network, pool))
    fresh = Handset(folder / "plain-fresh.db", cast(Network, fresh_pool))
    for handset in (phone, fresh):
        handset.enrolment.enrol(server_url=url, code=company.enrolment_code(rep_id))
    phone.synchronize()
    write_down(phone, customers, records=records)
    lines = waiting_lines(phone)
    with measured(servers, pool) as push:
        push_all(phone, batch=batch)
    if waiting_lines(phone):
        raise RuntimeError("records are still waiting")
    with measured(servers, fresh_pool) as pull:
        received = fresh.synchronize().received
    for handset in (phone, fresh):
        handset.switch_off()
    return Plain(lines, push, pull, received)


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
