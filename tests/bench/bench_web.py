"""How quick the manager site is with a large company and many managers, on PostgreSQL.

`./run bench-web`: a company is written in bulk and counted; a real server starts, managers sign in
and click through the pages of a quarter, each with a pause between clicks. The time of a page is
what the manager's side waits for its HTML, queueing included; the floor is the same for the page
that says whether the server lives. Weight is what the browser loads, each file by gzip, beside the
chart and map libraries and the map's own data. Paint is Chromium's Largest Contentful Paint on a
page already visited once, as for somebody who opens it ten times a day.
"""

import gzip
import json
import random
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import click
import urllib3
from playwright.sync_api import Response, sync_playwright
from sqlalchemy import text
from werkzeug.security import generate_password_hash

from server.identity.models import User
from server.metrics.operations import days
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.teams.models import TeamLead
from shared.sync.ids import new_id
from shared.time import add_months, utc_now
from shared.vocabulary import Role
from tests.bench import company
from tests.bench.company import Size, team_id
from tests.bench.freshness import percentile
from tests.support.application import running_app
from tests.support.browser import CHROMIUM_ARGUMENTS, find_chromium
from tests.support.databases import migrate
from tests.support.postgres import running_postgres
from tests.support.tapak import RunningTapak, running_tapak

_TARGET = Path(__file__).resolve().parents[2] / "build" / "bench" / "bench-web.json"
_PASSWORD = "correct horse"
_DATABASE = "tapak_bench_web"
_REPS_OF_A_TEAM = 10
_MOST_MANAGERS = 200
_ONE_ADMINISTRATOR_OF = 25
"""The others have two teams each."""
# Shops nobody has visited yet, with what a list shows, until there are enough.
_NEW_CUSTOMERS = text("""
INSERT INTO customer (
    id, code, name, customer_class, sector, contact_name, phone, email, address, city, notes,
    location_version, is_prospect, team_id, custom_fields, version, field_versions, created_at,
    updated_at)
SELECT
    (lpad(to_hex(number), 12, '0') || '7000800000000000beef')::uuid, 'new-' || number,
    (ARRAY['Toko ', 'Warung ', 'Kios '])[1 + number % 3] || md5(number::text),
    (ARRAY['A', 'B', 'C'])[1 + number % 3], '', '', '0812' || lpad(number::text, 8, '0'), '', '',
    (ARRAY['Bandung', 'Bekasi', 'Bogor', 'Jakarta', 'Medan'])[1 + number % 5], '', 0, true,
    (SELECT id FROM team ORDER BY id OFFSET number % (SELECT count(*) FROM team) LIMIT 1),
    '{}', 1, '{}', now(), now()
FROM generate_series(1, CAST(:customers AS bigint) - (SELECT count(*) FROM customer)) AS number
""")
_LIBRARIES = ("/vendor/echarts", "/vendor/leaflet", "/vendor/world-atlas", "/vendor/cities")
_MAP_DATA = ("/map/points", "tile")
PAGES = (
    "/",
    "/activity",
    "/leaderboard",
    "/visits",
    "/pipeline",
    "/deals",
    "/customers",
    "/customers/map",
    "/numbers/revenue",
    "/numbers/strike_rate",
    "/targets",
    "/plans",
    "/signals",
    "/search?q=shop-1",
    "/search?q=Shop+12-3",
)
_PAINT = """
() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => resolve(null), 3000);
})
"""

Row = dict[str, Any]


@click.command()
@click.option("--reps", default=1_000, show_default=True)
@click.option("--days", default=250, show_default=True, help="Working days of each rep.")
@click.option("--visits", default=12, show_default=True, help="Visits a day.")
@click.option("--customers", default=200_000, show_default=True, help="At least so many.")
@click.option("--managers", default=50, show_default=True, help="How many click at once.")
@click.option("--seconds", default=120.0, show_default=True, help="For how long.")
@click.option("--pause", default=5.0, show_default=True, help="Seconds between a manager's clicks.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="A folder for the company, to be used again the next time; others may have to enter it.",
)
def main(
    *,
    reps: int,
    days: int,
    visits: int,
    customers: int,
    managers: int,
    seconds: float,
    pause: float,
    keep: Path | None,
) -> None:
    """Measure the manager site; print a table and write build/bench/bench-web.json."""
    size = Size(reps=reps, days=days, visits=visits)
    click.echo(f"{size.rows} visits, {managers} managers, a click every {pause:g} s")
    results: list[Row] = []
    with tempfile.TemporaryDirectory() as name, running_postgres(keep=keep) as postgres:
        folder, url = Path(name), postgres.url(_DATABASE)
        is_new = postgres.create_database_once(_DATABASE)
        migrate(url, folder)
        if is_new:
            _prepare(url, folder, size, customers)
        with running_tapak(folder / "data", database_url=url) as tapak:
            query = _quarter(size)
            results += _clicks(tapak, query, managers, seconds, pause)
            results += _seen(tapak, query)
    for row in results:
        click.echo(
            f"{row['name']:<58}{row['value']:>14,.3f} {row['unit']:<6}"
            f"goal {row['goal'] or '-':<10} floor {row['floor'] or '-'}"
        )
    _TARGET.parent.mkdir(parents=True, exist_ok=True)
    _TARGET.write_text(json.dumps(results, indent=2) + "\n")


def _prepare(url: str, folder: Path, size: Size, customers: int) -> None:
    settings = Settings(data=folder, database_url=url, secret_key="bench")
    with running_app(settings) as app, app.app_context():
        company.write(size)
        with transaction():
            db.session.execute(_NEW_CUSTOMERS, {"customers": customers})
        for part in days.parts_to_rebuild():
            with transaction():
                days.rebuild_everything(part)
        teams = max(1, -(-size.reps // _REPS_OF_A_TEAM))
        digest = generate_password_hash(_PASSWORD, method="scrypt:1024:8:1")
        with transaction():
            for number in range(_MOST_MANAGERS):
                is_admin = number % _ONE_ADMINISTRATOR_OF == 0
                person = User(
                    id=new_id(),
                    code=f"manager-{number}",
                    name=f"Manager {number}",
                    role=Role.ADMIN if is_admin else Role.MANAGER,
                    time_zone="Asia/Jakarta",
                    quota_carrying=False,
                    password_hash=digest,
                    created_at=utc_now(),
                )
                db.session.add(person)
                db.session.flush()
                if not is_admin:
                    for place in (2 * number, 2 * number + 1):
                        lead = TeamLead(team_id=team_id(place % teams), user_id=person.id)
                        db.session.merge(lead)
        db.session.execute(text("ANALYZE"))
        db.session.remove()


def _quarter(size: Size) -> str:
    first = max(add_months(size.last_day, -3), company.FIRST_DAY)
    return f"period=custom&from={first}&to={size.last_day}"


def _clicks(
    tapak: RunningTapak, query: str, managers: int, seconds: float, pause_s: float
) -> list[Row]:
    """Let the managers click; return the times of each page and of all, and the floor."""
    taken: dict[str, list[float]] = defaultdict(list)
    failed: list[str] = []
    cookies = [_cookie(tapak.url, number) for number in range(managers)]
    floor = _floor(tapak.url)
    end = time.monotonic() + seconds

    def click_through(number: int) -> None:
        draw = random.Random(number)
        pool = urllib3.PoolManager(headers={"Cookie": cookies[number]}, retries=False)
        time.sleep(draw.random() * pause_s)
        while time.monotonic() < end:
            path = draw.choice(PAGES)
            started = time.perf_counter()
            answer = pool.request("GET", _address(tapak.url, path, query), redirect=False)
            taken[path].append(time.perf_counter() - started)
            if answer.status != 200:
                failed.append(f"{path} {answer.status}")
            time.sleep(max(0.0, draw.expovariate(1 / pause_s)))

    threads = [threading.Thread(target=click_through, args=(n,)) for n in range(managers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise click.ClickException(f"pages that did not open: {sorted(set(failed))}")
    everything = [each for times in taken.values() for each in times]
    rows = [
        _row(f"{path}, p95", 1000 * percentile(times, 0.95), "ms", "<= 200", floor)
        for path, times in sorted(taken.items())
    ]
    rows.append(_row("all pages, p50", 1000 * percentile(everything, 0.5), "ms", None, floor))
    rows.append(_row("all pages, p95", 1000 * percentile(everything, 0.95), "ms", "<= 200", floor))
    rows.append(_row("pages a second", len(everything) / seconds, "/s"))
    return rows


def _floor(url: str) -> float:
    pool, times = urllib3.PoolManager(retries=False), []
    for _ in range(50):
        started = time.perf_counter()
        pool.request("GET", f"{url}/healthz")
        times.append(time.perf_counter() - started)
    return round(1000 * percentile(times, 0.95), 2)


def _cookie(url: str, number: int) -> str:
    body = json.dumps({"user": f"manager-{number}", "password": _PASSWORD}).encode()
    answer = urllib3.PoolManager(retries=False).request(
        "POST", f"{url}/api/v1/session", body=body, headers={"Content-Type": "application/json"}
    )
    if answer.status != 200:
        raise click.ClickException(f"a manager cannot sign in: {answer.status}")
    return answer.headers["Set-Cookie"].partition(";")[0]


def _seen(tapak: RunningTapak, query: str) -> list[Row]:
    """Open each page in Chromium; return what it weighs and when its largest part stands."""
    name, _, value = _cookie(tapak.url, 0).partition("=")
    heaviest, paints = (0.0, ""), list[float]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*CHROMIUM_ARGUMENTS]
        )
        for path in PAGES:
            with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
                context.add_cookies([{"name": name, "value": value, "url": tapak.url}])
                page = context.new_page()
                loaded: list[Response] = []

                def note(response: Response, seen: list[Response] = loaded) -> None:
                    seen.append(response)

                page.on("response", note)
                page.goto(_address(tapak.url, path, query))
                page.wait_for_load_state("networkidle")
                weight = sum(_gzipped(response) for response in loaded)
                heaviest = max(heaviest, (weight / 1024, path))
                page.goto(_address(tapak.url, path, query))
                if (paint := page.evaluate(_PAINT)) is not None:
                    paints.append(paint)
        browser.close()
    return [
        _row(f"weight of the heaviest page, {heaviest[1]}", heaviest[0], "KB", "<= 300"),
        _row("largest contentful paint, median of pages", percentile(paints, 0.5), "ms"),
        _row("largest contentful paint, slowest page", max(paints), "ms", "<= 1000"),
    ]


def _gzipped(response: Response) -> int:
    if any(part in response.url for part in (*_LIBRARIES, *_MAP_DATA)):
        return 0
    body = response.body() if response.status == 200 else b""
    packed = "font" in response.headers.get("content-type", "")
    return len(body if packed else gzip.compress(body, 6))


def _address(url: str, path: str, query: str) -> str:
    return f"{url}{path}{'&' if '?' in path else '?'}{query}"


def _row(
    name: str, value: float, unit: str, goal: str | None = None, floor: float | None = None
) -> Row:
    return {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "floor": floor}


if __name__ == "__main__":
    main()
