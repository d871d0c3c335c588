"""How fast tracks are worked out, and how soon a position is on an open manager page.

`./run bench-tracks`: days of fixes through the filter, the stops and the distance on one core,
against a plain numpy pass over the same numbers; then a real granian on PostgreSQL with Redis,
which takes positions while managers' pages are open. Phones, pages and server share this machine.
"""

import json
import math
import os
import random
import re
import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import urllib3

from server.demo.supervisor import web_arguments
from server.platform.broadcast import STREAM_PATH
from server.platform.redis_server import free_port, running_redis
from server.platform.settings import Settings
from shared.sync.protocol import LIVE_PATH
from shared.time import utc_now
from shared.tracking.chunks import pieces_of_chunks
from shared.tracking.day import moved_m
from shared.tracking.stops import find_stops
from tests.bench import live_company
from tests.bench.measure import measured
from tests.support.databases import migrate
from tests.support.postgres import running_postgres
from tests.support.serving import postmaster, served

_ROOT = Path(__file__).parents[2]
_EVERY_S = 30
_STAY, _RIDE = 40, 20
"""Fixes at a customer's, and on the way to the next."""
_DEGREE_M = 110_574.0
_EARTH_M = 6_371_008.8
_MESSAGE = re.compile(rb"data: (\[.*?\])\n\n", re.DOTALL)
_MIB = 1024 * 1024

Row = dict[str, Any]


@click.command()
@click.option("--reps", default=1_000, show_default=True, help="Whose days, and who send.")
@click.option("--fixes", default=960, show_default=True, help="Of a day.")
@click.option("--pages", default=200, show_default=True, help="Open live maps.")
@click.option("--rounds", default=6, show_default=True, help="Of positions.")
@click.option("--every", "every_s", default=10.0, show_default=True, help="Seconds of a round.")
def main(reps: int, fixes: int, pages: int, rounds: int, every_s: float) -> None:
    """Measure tracks and live positions."""
    rows = _tracks(reps, fixes)
    with tempfile.TemporaryDirectory(prefix="tapak-bench-") as folder:
        rows += _live(Path(folder), reps=reps, pages=pages, rounds=rounds, every_s=every_s)
    target = _ROOT / "build" / "bench" / "bench-tracks.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(rows, indent=2) + "\n")
    click.echo(f"{reps} reps, {fixes} fixes a day, {pages} pages, {os.cpu_count()} CPUs\n")
    click.echo(f"{'':52}{'measured':>14}  {'unit':<12}{'goal':>9}{'floor':>16}")
    for row in rows:
        floor = "" if row["floor"] is None else f"{row['floor']:,.2f}"
        click.echo(
            f"{row['name']:52}{row['value']:>14,.2f}  {row['unit']:<12}{row['goal'] or '':>9}"
            f"{floor:>16}"
        )


def _tracks(reps: int, fixes: int) -> list[Row]:
    days = [_day(random.Random(number), fixes) for number in range(reps)]
    received_at = utc_now()
    began = time.process_time()
    stops = metres = 0.0
    for day in days:
        for piece in pieces_of_chunks([(day, received_at)]):
            found = find_stops(piece, gap=None)
            stops += len(found)
            metres += moved_m(piece, found)
    ours_s = time.process_time() - began
    began = time.process_time()
    plain_m = sum(_plain(np.array(day, dtype=float)) for day in days)
    plain_s = time.process_time() - began
    count = reps * fixes
    return [
        _row("filter, stops and distance", count / ours_s, "fixes/s", floor=count / plain_s),
        _row("stops found in a day", stops / reps, "stops"),
        _row("length of a day", metres / reps / 1000, "km", floor=plain_m / reps / 1000),
    ]


def _day(chance: random.Random, fixes: int) -> list[list[Any]]:
    """Return a day of stays and rides with the jitter of a phone; every 400th fix leaps away."""
    start_ms = int((time.time() - 86_400) * 1000)
    latitude, longitude = -6.2 + chance.uniform(-0.2, 0.2), 106.8 + chance.uniform(-0.2, 0.2)
    rows: list[list[Any]] = []
    bearing = 0.0
    for number in range(fixes):
        turn = number % (_STAY + _RIDE)
        if turn == _STAY:
            bearing = chance.uniform(0, 2 * math.pi)
        if turn >= _STAY:
            step = 150 / _DEGREE_M
            latitude += step * math.cos(bearing)
            longitude += step * math.sin(bearing)
        leap = 1.0 if number % 400 == 399 else 0.0
        jitter = 5 / _DEGREE_M
        rows.append(
            [
                start_ms + number * _EVERY_S * 1000,
                latitude + chance.gauss(0, jitter) + leap,
                longitude + chance.gauss(0, jitter),
                round(chance.uniform(4, 30), 1),
                False,
            ]
        )
    return rows


def _plain(day: Any) -> float:
    """Return the length of a day the plainest way: sharp fixes, haversine between neighbours."""
    sharp = day[(day[:, 3] <= 200) & (day[:, 0] <= time.time() * 1000)]
    latitude, longitude = np.radians(sharp[:, 1]), np.radians(sharp[:, 2])
    half = (
        np.sin(np.diff(latitude) / 2) ** 2
        + np.cos(latitude[:-1]) * np.cos(latitude[1:]) * np.sin(np.diff(longitude) / 2) ** 2
    )
    return float(np.sum(2 * _EARTH_M * np.arcsin(np.sqrt(half))))


def _live(folder: Path, *, reps: int, pages: int, rounds: int, every_s: float) -> list[Row]:
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres(durable=True))
        url = postgres.url(postgres.create_database())
        redis_url = stack.enter_context(running_redis(folder / "redis"))
        settings = Settings(data=folder, port=free_port(), database_url=url, redis_url=redis_url)
        migrate(settings.resolved_database_url, folder)
        company = live_company.found(replace(settings, redis_url=""), reps=reps, managers=pages)
        web = stack.enter_context(served(settings, web_arguments(settings)))
        listener = Listener(settings.port, company.managers)
        threading.Thread(target=listener.listen, daemon=True).start()
        phones = Phones(settings.port, company.tokens)
        with measured([web, postmaster(url)]) as usage:
            sent = phones.send(rounds=rounds, every_s=every_s)
        time.sleep(2)
        listener.stop()
    delays = sorted(
        listener.heard[number] - at for number, at in sent.items() if number in listener.heard
    )
    wanted = rounds * reps
    answered = sorted(phones.answers)
    return [
        _row("positions taken", len(sent) / usage.seconds, "positions/s"),
        _row("positions refused", wanted - len(sent), "positions", goal="<= 0"),
        _row("shown on an open page", 100 * len(delays) / wanted, "%", goal=">= 100"),
        _row("from phone to page, p50", _share(delays, 0.5), "s"),
        _row("from phone to page, p95", _share(delays, 0.95), "s", goal="<= 2"),
        _row("from phone to page, longest", delays[-1] if delays else 0.0, "s"),
        _row("the phone's answer, p95", 1000 * _share(answered, 0.95), "ms"),
        _row("CPU of web server and database", usage.server_cpu_s / usage.seconds, "cores"),
        _row("memory of the web server", usage.server_peak_bytes / _MIB, "MiB"),
    ]


class Phones:
    """Sends every rep's position once in a round, evenly."""

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self._url = f"http://127.0.0.1:{port}{LIVE_PATH}"
        self._tokens = tokens
        self._pool = urllib3.PoolManager(maxsize=16, retries=False)
        self.answers: list[float] = []

    def send(self, *, rounds: int, every_s: float) -> dict[int, float]:
        """Return when each position that was taken was sent, by its number."""
        sent: dict[int, float] = {}
        count = len(self._tokens)
        began = time.monotonic()

        def send_one(number: int) -> None:
            at = time.monotonic()
            answer = self._pool.request(
                "POST",
                self._url,
                json={
                    "latitude": -6.2,
                    # Tells positions apart on the page.
                    "longitude": number / 1e6,
                    "accuracy_m": 9.0,
                    "age_s": 0.0,
                },
                headers={"Authorization": f"Device {self._tokens[number % count]}"},
            )
            if answer.status == 200:
                sent[number] = at
                self.answers.append(time.monotonic() - at)

        with ThreadPoolExecutor(16) as phones:
            for number in range(rounds * count):
                due = began + number * every_s / count
                time.sleep(max(0.0, due - time.monotonic()))
                phones.submit(send_one, number)
        return sent


class Listener:
    """Many open pages in one thread: plain sockets that read what is pushed."""

    def __init__(self, port: int, cookies: Sequence[str]) -> None:
        self.heard: dict[int, float] = {}
        self._selector = selectors.DefaultSelector()
        self._buffers: dict[socket.socket, bytes] = {}
        self._is_stopped = False
        for cookie in cookies:
            connection = socket.create_connection(("127.0.0.1", port), timeout=30)
            request = f"GET {STREAM_PATH} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n"
            connection.sendall(request.encode())
            first = connection.recv(4096)
            if b" 200 " not in first.split(b"\r\n", 1)[0]:
                raise click.ClickException(f"a page could not be opened: {first[:80]!r}")
            connection.setblocking(False)
            self._buffers[connection] = b""
            self._selector.register(connection, selectors.EVENT_READ)

    def listen(self) -> None:
        """Note when each position was first on a page, until stopped."""
        while not self._is_stopped:
            for key, _ in self._selector.select(timeout=0.2):
                for number in self._read(key.fileobj):  # type: ignore[arg-type]
                    self.heard.setdefault(number, time.monotonic())

    def stop(self) -> None:
        """Close the pages."""
        self._is_stopped = True

    def _read(self, connection: socket.socket) -> Iterator[int]:
        data = connection.recv(65_536)
        if not data:
            self._selector.unregister(connection)
            return
        buffer = self._buffers[connection] + data
        end = 0
        for message in _MESSAGE.finditer(buffer):
            end = message.end()
            for news in json.loads(message[1]):
                if news["kind"] == "position":
                    yield round(news["seen"]["longitude"] * 1e6)
        self._buffers[connection] = buffer[end:]


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else math.inf


def _row(
    name: str, value: float, unit: str, *, goal: str | None = None, floor: float | None = None
) -> Row:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "goal": goal,
        "floor": None if floor is None else round(floor, 3),
    }


if __name__ == "__main__":
    main()
