"""How quick the manager site is with a large company and many managers, on PostgreSQL.

`./run bench-web`: a company is written in bulk and counted; a real server starts, managers sign in
and click through the pages of a quarter, each with a pause between clicks. The time of a page is
what the manager's side waits for its HTML, queueing included; the floor is the same for the page
that says whether the server lives. Processor time of a page is what the web server and PostgreSQL
took for all of them, divided by their number, and that of the crowd itself stands beside it,
because it has the same cores. Weight is what the browser loads, each file by gzip, beside the
chart and map libraries and the map's own data. Paint is Chromium's Largest Contentful Paint on a
page already visited once, as for somebody who opens it ten times a day.
"""

import gzip
import json
import random
import re
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import psutil
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
from tests.bench.measure import cpu_s
from tests.support.application import running_app
from tests.support.browser import CHROMIUM_ARGUMENTS, find_chromium
from tests.support.databases import migrate
from tests.support.postgres import running_postgres
from tests.support.serving import postmaster
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
    "/reports/daily",
    "/live",
    "/visits",
    "/pipeline",
    "/deals",
    "/customers",
    "/customers/map",
    "/numbers/revenue",
    "/numbers/strike_rate",
    "/numbers/pjp_rate",
    "/targets",
    "/plans",
    "/tasks",
    "/costs",
    "/expenses",
    "/signals",
    "/alerts",
    "/quality",
    "/lifetime",
    "/customers/duplicates",
    "/conflicts",
    "/customers/merges",
    "/customers/proposals",
    "/fences/codes",
    "/holidays",
    "/exchange-rates",
    "/dashboards/new",
    "/account",
    "/search?q=shop-1",
    "/search?q=Shop+12-3",
    "/search?q=warung",
)
_OF_ADMINISTRATORS = (
    "/users",
    "/teams",
    "/devices",
    "/audit",
    "/definitions",
    "/fences",
    "/settings",
    "/products",
    "/imports",
    "/visit-form",
    "/pipeline/setup",
    "/health",
)
# Pages of one row, by the list that leads to them and what such a link looks like.
_OF_ONE = {
    "one visit": ("/visits", re.compile(r'href="(/visits/[0-9a-f-]{36})"')),
    "one customer": ("/customers", re.compile(r'href="(/customers/[0-9a-f-]{36})"')),
    "one deal": ("/deals", re.compile(r'href="(/deals/[0-9a-f-]{36})"')),
    "one signal": ("/signals", re.compile(r'href="(/signals/[0-9a-f-]{36})"')),
    "one track": ("/activity", re.compile(r'href="(/tracks/[0-9a-f-]{36}/[0-9-]{10})"')),
}
_OF_ONE_IN_THE_OFFICE = {
    "one person": ("/users", re.compile(r'href="(/users/[0-9a-f-]{36})"')),
    "one team": ("/teams", re.compile(r'href="(/teams/[0-9a-f-]{36})"')),
    "one product": ("/products", re.compile(r'href="(/products/[0-9a-f-]{36})"')),
}
_PAINT = """
() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => resolve(null), 3000);
})
"""

_NIGHT_S, _REST_S, _RESTS_BELOW = 600.0, 3.0, 0.1

Row = dict[str, Any]


@click.command()
@click.option("--reps", default=1_000, show_default=True)
@click.option("--days", default=250, show_default=True, help="Working days of each rep.")
@click.option("--visits", default=12, show_default=True, help="Visits a day.")
@click.option("--customers", default=200_000, show_default=True, help="At least so many.")
@click.option("--managers", default=50, show_default=True, help="How many click at once.")
@click.option("--seconds", default=240.0, show_default=True, help="For how long.")
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
            taking = {
                "web server": tapak.processes("granian")[0],
                "workers": tapak.processes("server.worker work")[0],
                "scheduler": tapak.processes("server.worker schedule")[0],
                "PostgreSQL": postmaster(url),
            }
            _wait_for_the_night([taking["workers"], taking["PostgreSQL"]])
            results += _clicks(tapak, query, managers, seconds, pause, taking)
            results += _seen(tapak, query)
    for row in results:
        click.echo(
            f"{row['name']:<58}{row['value']:>14,.3f} {row['unit']:<6}"
            f"goal {row['goal'] or '-':<10} floor {row['floor'] or '-':<10}"
            f"{'' if _is_reached(row) else 'OVER'}".rstrip()
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
                is_admin = _who(number) == "administrator"
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


def _wait_for_the_night(working: list[psutil.Process]) -> None:
    """Wait until the workers rest: a server that has just started does the night's work at once."""
    deadline = time.monotonic() + _NIGHT_S
    while time.monotonic() < deadline:
        before = cpu_s(working)
        time.sleep(_REST_S)
        if cpu_s(working) - before < _RESTS_BELOW * _REST_S:
            return
    click.echo("the workers were still busy with the night's work")


def _clicks(
    tapak: RunningTapak,
    query: str,
    managers: int,
    seconds: float,
    pause_s: float,
    taking: Mapping[str, psutil.Process],
) -> list[Row]:
    """Let the managers click; return the times of each page and of all, and the floor."""
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    failed: list[str] = []
    cookies = [_cookie(tapak.url, number) for number in range(managers)]
    floor = _floor(tapak.url)

    pages = [_pages(tapak.url, query, cookies[number], number) for number in range(managers)]

    def open_page(pool: urllib3.PoolManager, path: str) -> float:
        started = time.perf_counter()
        answer = pool.request("GET", _address(tapak.url, path, query), redirect=False)
        if answer.status != 200:
            failed.append(f"{path} {answer.status}")
        return time.perf_counter() - started

    # Each server process compiles a page's template once, when somebody opens it first.
    for number in range(min(managers, 2)):
        pool = _pool(cookies[number])
        for path in [*pages[number].values(), *pages[number].values()]:
            open_page(pool, path)
    before = {name: cpu_s([process]) for name, process in taking.items()}
    crowd_before = time.process_time()
    end = time.monotonic() + seconds

    def click_through(number: int) -> None:
        draw, pool = random.Random(number), _pool(cookies[number])
        time.sleep(draw.random() * pause_s)
        while time.monotonic() < end:
            page = draw.choice(list(pages[number]))
            taken[page, _who(number)].append(open_page(pool, pages[number][page]))
            time.sleep(max(0.0, draw.expovariate(1 / pause_s)))

    threads = [threading.Thread(target=click_through, args=(n,)) for n in range(managers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = {name: cpu_s([process]) - before[name] for name, process in taking.items()}
    took["the crowd itself"] = time.process_time() - crowd_before
    if failed:
        raise click.ClickException(f"pages that did not open: {sorted(set(failed))}")
    everything = [each for times in taken.values() for each in times]
    return [
        *_by_page(taken, floor),
        _row("all pages, p50", 1000 * percentile(everything, 0.5), "ms", None, floor),
        _row("all pages, p95", 1000 * percentile(everything, 0.95), "ms", "<= 200", floor),
        _row("pages a second", len(everything) / seconds, "/s"),
        *(
            _row(f"processor time of a page, {name}", 1000 * each / len(everything), "ms")
            for name, each in took.items()
        ),
    ]


def _by_page(taken: Mapping[tuple[str, str], list[float]], floor: float) -> list[Row]:
    """Return p50 and p95 of each page, the slowest first; those of administrators apart."""
    rows: list[Row] = []
    for who in dict.fromkeys(who for _, who in taken):
        pages = [
            (percentile(times, 0.95), path) for (path, by), times in taken.items() if by == who
        ]
        for p95, path in sorted(pages, reverse=True):
            times = taken[path, who]
            label = f"{path}, {who}, {len(times)} times"
            rows.append(_row(f"{label}, p50", 1000 * percentile(times, 0.5), "ms", None, floor))
            rows.append(_row(f"{label}, p95", 1000 * p95, "ms", "<= 200", floor))
    return rows


def _who(number: int) -> str:
    return "administrator" if number % _ONE_ADMINISTRATOR_OF == 0 else "manager"


def _pages(url: str, query: str, cookie: str, number: int) -> dict[str, str]:
    """Return what somebody may open, by what it is called: lists, and the first row of some."""
    is_office = _who(number) == "administrator"
    ones = _OF_ONE | (_OF_ONE_IN_THE_OFFICE if is_office else {})
    pages = [*PAGES, *(_OF_ADMINISTRATORS if is_office else ())]
    pool, places = _pool(cookie), {path: path for path in pages}
    for name, (path, link) in ones.items():
        found = link.search(pool.request("GET", _address(url, path, query)).data.decode())
        if found:
            places[name] = found[1]
    return places


def _pool(cookie: str) -> urllib3.PoolManager:
    return urllib3.PoolManager(headers={"Cookie": cookie}, retries=False)


def _is_reached(row: Row) -> bool:
    return row["goal"] is None or row["value"] <= float(row["goal"].removeprefix("<= "))


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
    cookie = _cookie(tapak.url, 0)
    name, _, value = cookie.partition("=")
    seen: list[tuple[float, float | None, str]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*CHROMIUM_ARGUMENTS]
        )
        for called, path in _pages(tapak.url, query, cookie, 0).items():
            with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
                context.add_cookies([{"name": name, "value": value, "url": tapak.url}])
                page = context.new_page()
                loaded: list[Response] = []

                def note(response: Response, known: list[Response] = loaded) -> None:
                    known.append(response)

                page.on("response", note)
                page.goto(_address(tapak.url, path, query))
                # The map listens to the server as long as it is open.
                page.wait_for_load_state("load" if path == "/live" else "networkidle")
                weight = sum(_gzipped(response) for response in loaded)
                page.goto(_address(tapak.url, path, query))
                seen.append((weight / 1024, page.evaluate(_PAINT), called))
        browser.close()
    paints = [(paint, path) for _, paint, path in seen if paint is not None]
    return [
        *(
            _row(f"{path}, weight", weight, "KB", "<= 300")
            for weight, _, path in sorted(seen, reverse=True)
        ),
        *(
            _row(f"{path}, largest contentful paint", paint, "ms", "<= 1000")
            for paint, path in sorted(paints, reverse=True)
        ),
    ]


def _gzipped(response: Response) -> int:
    if any(part in response.url for part in (*_LIBRARIES, *_MAP_DATA)):
        return 0
    kind = response.headers.get("content-type", "")
    if response.status != 200 or "event-stream" in kind:
        return 0
    body = response.body()
    packed = "font" in kind
    return len(body if packed else gzip.compress(body, 6))


def _address(url: str, path: str, query: str) -> str:
    return f"{url}{path}{'&' if '?' in path else '?'}{query}"


def _row(
    name: str, value: float, unit: str, goal: str | None = None, floor: float | None = None
) -> Row:
    return {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "floor": floor}


if __name__ == "__main__":
    main()
