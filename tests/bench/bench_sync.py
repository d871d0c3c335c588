"""How fast a phone's work reaches the server, and the server's rows a fresh phone.

`./run bench-sync`: the phone's real services and engine against a real granian, on PostgreSQL
(fsync on) and SQLite, over loopback without TLS; phone and server share this machine. The worker
does not run. Two kinds of work: visits of four changes each, of many rows and rules, and plain
records (`plain.py`). The floors are those of `floor.py`, in the same run: one inserts the same
lines in bulk, one the same rows as the product, with their indexes and foreign keys, one the values
of plain records. Endpoint is compared with endpoint: a bare client sends what a phone would send,
recorded, to the product and to its floors. A phone's own push is measured beside that: it
makes, sends and settles its batches while the server works.
"""

import gc
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
import psutil
import urllib3
from flask import Flask

from mobile.storage import device, outbox
from server.app import create_app
from server.demo.supervisor import web_arguments
from server.platform.database import db
from server.platform.redis_server import free_port
from server.platform.settings import Settings
from shared.sync.protocol import SCHEMA_VERSION, PushHeader
from tests.bench import crowd, plain, trips
from tests.bench.floor import DEVICE_VARIABLE, PLAIN_PATH, SAME_ROWS_PATH
from tests.bench.floor import PATH as FLOOR_PATH
from tests.bench.measure import CountingPool, Usage, measured
from tests.bench.pushing import push_all, waiting_lines
from tests.bench.recorded import Request, measured_changes, send_all
from tests.bench.slow_links import slow_links
from tests.bench.visits import PER_VISIT, Pushed, add_outlets, push_recorded, work
from tests.fakes.company import Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.databases import migrate
from tests.support.postgres import running_postgres
from tests.support.serving import postmaster, served

_ROOT = Path(__file__).parents[2]
_MIB = 1024 * 1024
# Of the design: changes/s, share of the floor, bytes and CPU of one change, memory.
_GOALS = {
    "postgresql": {"push": ">= 8000", "share": ">= 0.5", "cpu": "<= 180"},
    "sqlite": {"push": ">= 8000", "share": ">= 0.25", "cpu": "<= 100"},
}

Row = dict[str, Any]


@click.command()
@click.option("--changes", default=10_000, show_default=True, help="How many to push.")
@click.option("--phones", default=200, show_default=True, help="How many sync at once.")
@click.option("--customers", default=50_000, show_default=True, help="Of the large territory.")
@click.option("--batch", default=500, show_default=True, help="Changes in one request.")
@click.option(
    "--database",
    "databases",
    multiple=True,
    default=("postgresql", "sqlite"),
    type=click.Choice(["postgresql", "sqlite"]),
    help="One of the two; by default both.",
)
def main(changes: int, phones: int, customers: int, batch: int, databases: tuple[str, ...]) -> None:
    """Measure push and pull."""
    rows: list[Row] = []
    for database in databases:
        with tempfile.TemporaryDirectory(prefix="tapak-bench-") as folder:
            size = _Size(changes=changes, batch=batch, phones=phones, customers=customers)
            rows += _bench(database, Path(folder), size)
    _write(rows)
    click.echo(f"{changes} changes in batches of {batch}, {os.cpu_count()} CPUs\n")
    click.echo(f"{'':66}{'measured':>12}  {'unit':<12}{'goal':>9}{'floor':>10}")
    for row in rows:
        floor = "" if row["floor"] is None else f"{row['floor']:,.2f}"
        click.echo(
            f"{row['name']:66}{row['value']:>12,.2f}  {row['unit']:<12}{row['goal'] or '':>9}"
            f"{floor:>10}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    changes: int
    batch: int
    phones: int
    customers: int


def _bench(database: str, folder: Path, size: _Size) -> list[Row]:
    with ExitStack() as stack:
        settings = Settings(data=folder, port=free_port(), reporting_currency="IDR")
        others: list[psutil.Process] = []
        if database == "postgresql":
            postgres = stack.enter_context(running_postgres(durable=True))
            url = postgres.url(postgres.create_database())
            settings = replace(settings, database_url=url)
            others = [postmaster(url)]
        migrate(settings.resolved_database_url, folder)
        app, company, outlets = _found(settings)

        pool = CountingPool()
        phone = Handset(folder / "phone.db", cast(Network, pool), batch=size.batch)
        with served(settings, web_arguments(settings)) as web:
            url = f"http://127.0.0.1:{settings.port}"
            phone.enrolment.enrol(server_url=url, code=company.enrolment_code(company.sari))
            phone.synchronize()
            saved = work(phone, company, outlets, visits=size.changes // PER_VISIT)
            lines = waiting_lines(phone)
            with measured([web, *others], pool) as push:
                push_all(phone, batch=size.batch)
            sent = len(lines)
            _expect(len(waiting_lines(phone)), 0)
            with measured([web, *others], pool) as again:
                _push_again(phone, url, lines, batch=size.batch)

            fresh_pool = CountingPool()
            fresh = Handset(folder / "fresh.db", cast(Network, fresh_pool))
            fresh.enrolment.enrol(server_url=url, code=company.enrolment_code(company.sari))
            with measured([web, *others], fresh_pool) as pull:
                received = fresh.synchronize().received
            endpoint = push_recorded(
                *(folder, url, company, outlets, [web, *others]),
                visits=size.changes // PER_VISIT,
                batch=size.batch,
            )
            with _floor_served(replace(settings, port=free_port()), PLAIN_PATH) as (
                floor,
                floor_url,
            ):
                records = plain.plain_records(
                    *(app, company, folder, url, [web, *others]),
                    floor_url=floor_url,
                    floor=[floor, *others],
                    records=size.changes,
                    batch=size.batch,
                )
            more = trips.short_trips(app, company, folder, url)
            more += _crowd(app, company, folder, url, phones=size.phones)
            more += _territory(app, company, folder, url, [web, *others], count=size.customers)
        for handset in (phone, fresh):
            handset.switch_off()
        more += slow_links(app, company, folder, settings)
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        floor = _floor(settings, endpoint.requests, others, path=FLOOR_PATH)
        os.environ[DEVICE_VARIABLE] = endpoint.device_id
        same_rows = _floor(settings, endpoint.requests, others, path=SAME_ROWS_PATH)
        del os.environ[DEVICE_VARIABLE]
        plain_floor = _floor(settings, records.requests, others, path=PLAIN_PATH)
        more = records.figures(plain_floor, share=_GOALS[database]["share"]) + more
    rows = _endpoints(database, endpoint, floor, same_rows)
    rows += _rows(database, push, sent, pull, received, saved)
    rows.append(
        _row(database, "the same pushed again", sent / again.seconds, "changes/s", ">= 30000")
    )
    return [*rows, *(_row(database, *row) for row in more)]


def _found(settings: Settings) -> tuple[Flask, Company, list[str]]:
    app = create_app(settings)
    company = found_company(app)
    outlets = add_outlets(app, company)
    # To look for garbage through the server's application, which no phone has, takes as long as to
    # push two thousand records. A phone's app keeps what its own start left out of it, too.
    gc.collect()
    gc.freeze()
    return app, company, outlets


def _push_again(phone: Handset, url: str, lines: list[bytes], *, batch: int) -> None:
    """Send what has been sent, as after lost answers."""
    with phone.database.read() as connection:
        state = device.get(connection)
        for start in range(0, len(lines), batch):
            part = lines[start : start + batch]
            header = PushHeader(
                request_id="again",
                device_id=state.device_id,
                schema_version=SCHEMA_VERSION,
                count=len(part),
                first=start + 1,
                head_before=outbox.head_before(connection, start + 1).hex(),
                settled=0,
                epoch=state.epoch,
            )
            answer = phone.api.push(url, header, header.pack(part))
            _expect(sum(result.duplicate for result in answer.results), len(part))


def _crowd(
    app: Flask, company: Company, folder: Path, url: str, *, phones: int
) -> list[tuple[str, float, str, str | None]]:
    reps = crowd.add_reps(app, company, count=phones)
    handsets = []
    for number, (rep_id, _) in enumerate(reps):
        pool = urllib3.PoolManager(retries=False)
        handset = Handset(folder / f"crowd-{number}.db", cast(Network, pool))
        handset.enrolment.enrol(server_url=url, code=company.enrolment_code(rep_id))
        handset.synchronize()
        handsets.append(handset)
    seconds, problems, wall = crowd.sync_at_once(handsets, [customer for _, customer in reps])
    for handset in handsets:
        handset.switch_off()
    name = f"{phones} phones at once"
    return [
        (f"{name}, syncs", phones / wall, "syncs/s", None),
        *(
            (f"{name}, p{share}", crowd.percentile(seconds, share / 100) * 1e3, "ms", None)
            for share in (50, 95, 99)
        ),
        (f"{name}, failed", len(problems), "phones", "0"),
    ]


def _territory(
    app: Flask,
    company: Company,
    folder: Path,
    url: str,
    servers: list[psutil.Process],
    *,
    count: int,
) -> list[tuple[str, float, str, str | None]]:
    crowd.add_territory(app, company, company.budi, count=count)
    code = company.enrolment_code(company.budi)
    usage, received, usable = crowd.first_sync(folder / "large.db", url, code, servers)
    name = f"first sync of {count:,} customers"
    return [
        (name, received / usage.seconds, "rows/s", ">= 15000"),
        (f"{name}, first page usable", usable, "s", "<= 3"),
        (f"{name}, all", usage.seconds, "s", None),
        (f"{name}, received", usage.received_bytes / received, "B/row", "<= 140"),
        *((f"{name}, memory of server {when}", size, "MiB", None) for when, size in _memory(usage)),
        (f"{name}, growth of phone", usage.client_growth_bytes / _MIB, "MiB", "<= 30"),
    ]


def _floor(
    settings: Settings, requests: list[Request], others: list[psutil.Process], *, path: str
) -> Usage:
    """Send the same requests to an endpoint that only inserts what they say, or what came of it."""
    with _floor_served(settings, path) as (web, _):
        return send_all(requests, path=path, measuring=partial(measured, [web, *others]))


@contextmanager
def _floor_served(settings: Settings, path: str) -> Iterator[tuple[psutil.Process, str]]:
    """Run the floors' server; give its process, and the address of one of them."""
    arguments = [
        "--factory" if word == "server.wsgi:app" else word for word in web_arguments(settings)
    ]
    if path == SAME_ROWS_PATH:  # one process has taken the rows out, and holds them
        arguments[arguments.index("--workers") + 1] = "1"
    with served(settings, [*arguments, "tests.bench.floor:create_floor"]) as web:
        yield web, f"http://127.0.0.1:{settings.port}{path}"


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        raise click.ClickException(f"{found} records arrived, not {wanted}")


def _endpoints(database: str, taken: Pushed, floor: Usage, same_rows: Usage) -> list[Row]:
    """Return how quick each endpoint takes the same requests of the same client."""
    product, count = taken.usage, measured_changes(taken.requests)
    goals, name = _GOALS[database], "endpoint, the same requests"

    def row(what: str, unit: str, found: list[float], goal: str | None = None) -> Row:
        value, beside = found
        return {**_row(database, f"{name}{what}", value, unit, goal), "floor": round(beside, 3)}

    def rates(beside: Usage) -> list[float]:
        return [count / product.seconds, count / beside.seconds]

    def cpu(beside: Usage) -> list[float]:
        return [usage.server_cpu_s * 1e6 / count for usage in (product, beside)]

    return [
        row("", "changes/s", rates(floor), goals["push"]),
        row(", CPU of server", "us/change", cpu(floor), goals["cpu"]),
        row(", beside the same rows", "changes/s", rates(same_rows)),
        row(", CPU beside the same rows", "us/change", cpu(same_rows)),
        *(
            _row(database, f"{name}, share of {what}", beside.seconds / product.seconds, "", goal)
            for what, beside, goal in (
                ("the floor", floor, goals["share"]),
                ("the same rows' floor", same_rows, None),
            )
        ),
    ]


def _rows(
    database: str, push: Usage, sent: int, pull: Usage, received: int, saved: float
) -> list[Row]:
    goals = _GOALS[database]

    def row(name: str, value: float, unit: str, goal: str | None = None) -> Row:
        return _row(database, name, value, unit, goal)

    return [
        row("push by a phone", sent / push.seconds, "changes/s", goals["push"]),
        row("push, sent", push.sent_bytes / sent, "B/change", "<= 150"),
        row("push, received", push.received_bytes / sent, "B/change"),
        row("push, CPU of server", push.server_cpu_s * 1e6 / sent, "us/change", goals["cpu"]),
        row("push, CPU of phone", push.client_cpu_s * 1e6 / sent, "us/change"),
        *(row(f"push, memory of server {when}", size, "MiB") for when, size in _memory(push)),
        row("push, growth of phone", push.client_growth_bytes / _MIB, "MiB", "<= 30"),
        row("pull", received / pull.seconds, "rows/s", ">= 15000"),
        row("pull, received", pull.received_bytes / received, "B/row", "<= 140"),
        row("pull, CPU of server", pull.server_cpu_s * 1e6 / received, "us/row", "<= 40"),
        row("pull, CPU of phone", pull.client_cpu_s * 1e6 / received, "us/row"),
        *(row(f"pull, memory of server {when}", size, "MiB") for when, size in _memory(pull)),
        row("pull, growth of phone", pull.client_growth_bytes / _MIB, "MiB", "<= 30"),
        row("phone, save an action", saved * 1e3, "ms", "<= 30"),
    ]


def _memory(usage: Usage) -> list[tuple[str, float]]:
    """Return the server's memory in MiB: flat where the three are alike."""
    return [
        ("before", usage.server_before_bytes / _MIB),
        ("at its most", usage.server_peak_bytes / _MIB),
        ("after", usage.server_after_bytes / _MIB),
    ]


def _row(database: str, name: str, value: float, unit: str, goal: str | None) -> Row:
    return {
        "name": f"{name}, {database}",
        "value": round(value, 3),
        "unit": unit,
        "goal": goal,
        "floor": None,
    }


def _write(rows: list[Row]) -> None:
    target = _ROOT / "build" / "bench" / "bench-sync.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
