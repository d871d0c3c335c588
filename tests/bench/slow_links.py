"""A week's work and a territory over a phone's connection: true packets, late, shaped and lost.

The rest of `./run bench-sync` goes over a line that costs nothing. Here the kernel's own TCP is at
both ends, and a program in between (`tests/support/packets`), which needs root. Of the worst link,
which depends on which packets are lost, three phones at once have one each, with other seeds; the
slowest counts.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import click
from flask import Flask

from mobile.sync.answers import OfflineError
from server.platform.settings import Settings
from shared.sync.protocol import PULL_PATH
from tests.bench import crowd
from tests.bench.measure import CountingPool
from tests.bench.trips import Figure
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.packets.links import (
    NoPacketsError,
    PacketLinks,
    packet_links,
    server_behind,
    url_of,
)
from tests.support.packets.radio import Link

_MOBILE = Link(rate=1_000_000, round_trip_s=0.1)
_EDGE_OF_THE_WORLD = Link(rate=50_000, round_trip_s=2.0, lost=0.1)
_SEEDS = (1, 2, 3)
_WEEK_OF_VISITS = 167
"""Of three changes each."""
_TERRITORY = 5_000
_TRIES = 30


def slow_links(app: Flask, company: Company, folder: Path, settings: Settings) -> list[Figure]:
    """Return the seconds that each takes; nothing, and say why, where there can be no packets."""
    with ExitStack() as stack:
        try:
            links = stack.enter_context(packet_links(_SEEDS))
        except NoPacketsError as error:
            click.echo(f"Slow links are not measured, they need root on Linux: {error}", err=True)
            return []
        stack.enter_context(server_behind(links, settings))
        place = _Place(app, company, folder, settings, links)
        return _week(place) + _worst_week(place) + _first_sync(place)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where it is measured."""

    app: Flask
    company: Company
    folder: Path
    settings: Settings
    links: PacketLinks

    @contextmanager
    def phone(self, rep_id: str, number: int = 0) -> Iterator[tuple[Handset, CountingPool]]:
        """Give a phone that has been enrolled over a cable; this thread is in its network."""
        pool = CountingPool()
        phone = Handset(self.folder / f"{rep_id}.db", cast(Network, pool))
        code = self.company.enrolment_code(rep_id)
        self.links.become(Link(), number)
        with self.links.at_phone(number):
            phone.enrolment.enrol(server_url=url_of(self.settings, number), code=code)
            yield phone, pool
            pool.clear()
        phone.switch_off()


def _week(place: _Place) -> list[Figure]:
    [rep] = crowd.add_reps(place.app, place.company, count=1, prefix="week")
    seconds, _ = _seconds_until_sent(place, 0, *rep, _MOBILE)
    return [("a week's 500 changes, 1 Mbit/s, 100 ms", seconds, "s", "<= 2.5")]


def _worst_week(place: _Place) -> list[Figure]:
    reps = crowd.add_reps(place.app, place.company, count=len(_SEEDS), prefix="worst")
    with ThreadPoolExecutor(max_workers=len(reps)) as threads:
        running = [
            threads.submit(_seconds_until_sent, place, number, *rep, _EDGE_OF_THE_WORLD)
            for number, rep in enumerate(reps)
        ]
        took = [future.result() for future in running]
    link = "50 kbit/s, 2 s, 10 % lost"
    return [
        (f"a week's 500 changes, {link}", max(seconds for seconds, _ in took), "s", "<= 60"),
        (f"its first 50 are answered, {link}", max(first for _, first in took), "s", None),
    ]


def _first_sync(place: _Place) -> list[Figure]:
    [(rep_id, _)] = crowd.add_reps(place.app, place.company, count=1, prefix="wide")
    crowd.add_territory(place.app, place.company, rep_id, count=_TERRITORY)
    with place.phone(rep_id) as (phone, pool):
        place.links.become(_MOBILE)
        pool.clear()
        pool.began.clear()
        began = time.perf_counter()
        phone.synchronize()
        seconds = time.perf_counter() - began
        pulls = [at for address, at in pool.began if address.endswith(PULL_PATH)]
    name = f"first sync of {_TERRITORY:,} rows, 1 Mbit/s, 100 ms"
    return [
        (f"{name}, first page usable", pulls[1] - began, "s", "<= 3"),
        (f"{name}, all", seconds, "s", "<= 12"),
    ]


def _seconds_until_sent(
    place: _Place, number: int, rep_id: str, customer_id: str, link: Link
) -> tuple[float, float]:
    """Return the seconds until all is sent, and until the first answers have come."""
    with place.phone(rep_id, number) as (phone, pool):
        phone.synchronize()
        for _ in range(_WEEK_OF_VISITS):
            visit = phone.visits.check_in(customer_id=customer_id, fix=phone.fix(MAJU))
            phone.visits.cancel(visit.id, "closed")
        place.links.become(link, number)
        pool.clear()  # who comes back to a network connects anew
        pool.began.clear()
        began = time.perf_counter()
        for _ in range(_TRIES):
            try:
                phone.synchronize()
            except OfflineError:
                continue
            break
        seconds = time.perf_counter() - began
        if waiting := phone.sync.status().waiting:
            raise RuntimeError(f"{waiting} changes are still waiting")
        return seconds, pool.began[1][1] - began
