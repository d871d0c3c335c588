"""How fast days are counted and numbers are read, on SQLite and PostgreSQL.

`./run bench-kpis`: a company with its visits and orders is written in bulk; then all days are
counted, one day is counted again, and the overview's question is asked. The floor is one
hand-written INSERT … SELECT … GROUP BY of a few totals of the same visits, in the same database.
PostgreSQL runs as it does for tests, without fsync.
"""

import datetime as dt
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, insert, select, text

from server.app import create_app
from server.customers.models import Customer, CustomerAssignment
from server.deals.models import Deal
from server.identity.models import User
from server.metrics import operations
from server.metrics.jobs import refresh_rollups
from server.metrics.queries import Question, metric_values
from server.metrics.rollups.rebuild import differing_rows
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.teams.models import Team, TeamMembership
from server.visits.models import Visit
from shared.metrics.catalog import METRICS
from shared.sync.ids import new_id
from shared.time import Grain, Period
from shared.vocabulary import CustomerClass, Role, StageKind, TimeTrust, Verdict, VisitState
from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.postgres import running_postgres

_TARGET = Path(__file__).resolve().parents[2] / "build" / "bench" / "bench-kpis.json"
_FIRST = dt.date(2025, 1, 1)
_BEGIN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
_ROWS_AT_ONCE = 5_000
_FLOOR = """
INSERT INTO bench_floor
SELECT rep_id, day, count(*), sum(CASE WHEN state = 'completed' THEN 1 ELSE 0 END),
       sum(CASE WHEN verdict = 'inside' THEN 1 ELSE 0 END), sum(duration_s),
       min(started_clock_s), max(ended_clock_s), count(DISTINCT customer_id)
FROM visit WHERE deleted_at IS NULL GROUP BY rep_id, day
"""

Row = dict[str, Any]


@click.command()
@click.option("--reps", default=1_000)
@click.option("--days", default=250, help="Working days of each rep.")
@click.option("--visits", default=12, help="Visits a day.")
@click.option("--questions", default=20, help="How often the overview is asked.")
def main(*, reps: int, days: int, visits: int, questions: int) -> None:
    """Measure counting and reading; print a table and write build/bench/bench-kpis.json."""
    click.echo(f"{reps} reps, {days} days, {visits} visits a day: {reps * days * visits} visits")
    results: list[Row] = []
    with tempfile.TemporaryDirectory() as name, running_postgres() as postgres:
        folder = Path(name)
        for template in (PostgresTemplate(postgres, folder), SqliteTemplate(folder)):
            with template.copy(folder) as url:
                for result in _measure(url, folder, reps, days, visits, questions):
                    results.append(result)
                    click.echo(
                        f"{result['name']:<44}{result['value']:>14,.3f} {result['unit']:<9}"
                        f"goal {result['goal'] or '-':<10} floor {result['floor'] or '-'}"
                    )
    _TARGET.parent.mkdir(parents=True, exist_ok=True)
    _TARGET.write_text(json.dumps(results, indent=2) + "\n")


def _measure(
    url: str, folder: Path, reps: int, days: int, visits: int, questions: int
) -> Iterator[Row]:
    app = create_app(Settings(data=folder, database_url=url, secret_key="bench"))
    kind = url.partition(":")[0].partition("+")[0]
    with app.app_context():
        found_s = _timed(lambda: _found(reps, days, visits))
        click.echo(f"{kind}: written in {found_s:.0f} s")
        rows = reps * days * visits
        floor_s = _timed(_run_floor)
        parts = list[float]()
        rebuild_s = _timed(lambda: parts.extend(_rebuild()))
        if any(differing_rows().values()):
            raise click.ClickException("what was counted differs from the raw rows")
        goal = kind == "postgresql"
        floor = round(rows / floor_s)
        yield _result(
            f"{kind}: full rebuild", rows / rebuild_s, "visits/s", f">= {floor // 2}", floor
        )
        yield _result(f"{kind}: full rebuild, longest part", max(parts), "s", None, None)
        yield _result(f"{kind}: one rep-day", _timed(_count_one_day), "s", None, None)
        asked = sorted(_timed(lambda: _ask(days)) for _ in range(questions))
        yield _result(
            f"{kind}: overview of a quarter, p50", statistics.median(asked), "s", None, None
        )
        p95 = asked[min(len(asked) - 1, int(len(asked) * 0.95))]
        yield _result(
            f"{kind}: overview of a quarter, p95", p95, "s", "<= 0.6" if goal else None, None
        )
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def _result(name: str, value: float, unit: str, goal: str | None, floor: float | None) -> Row:
    return {"name": name, "value": round(value, 4), "unit": unit, "goal": goal, "floor": floor}


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _run_floor() -> None:
    with transaction():
        db.session.execute(
            text(
                "CREATE TABLE bench_floor AS SELECT rep_id, day, 0 a, 0 b, 0 c, 0 d, 0 e, 0 f, 0 g "
                "FROM visit WHERE 1 = 0"
            )
        )
        db.session.execute(text(_FLOOR))


def _rebuild() -> Iterator[float]:
    with transaction():
        parts = operations.parts_to_rebuild()
    for part in parts:
        start = time.perf_counter()
        with transaction():
            operations.rebuild_everything(part)
        yield time.perf_counter() - start


def _count_one_day() -> None:
    with transaction():
        visit = select(Visit.rep_id, Visit.day).limit(1)
        rep_id, day = db.session.execute(visit).one()
        operations.mark_stale({(rep_id, day)})
    refresh_rollups()


def _ask(days: int) -> None:
    end = _FIRST + dt.timedelta(days=days)
    period = Period(max(_FIRST, end - dt.timedelta(days=90)), end)
    answer = metric_values(
        access=SYSTEM,
        question=Question(
            metrics=list(METRICS.values()),
            period=period,
            today=end,
            currency="IDR",
            series=Grain.WEEK,
        ),
    )
    if not answer.total.values["calls"].value.value:
        raise click.ClickException("the overview is empty")
    db.session.rollback()


def _found(reps: int, days: int, visits: int) -> None:
    """Write the company; each rep has two weeks' worth of customers and visits them in turn."""
    draw = random.Random(0)
    team, stamp = new_id(), {"created_at": _BEGIN, "updated_at": _BEGIN}
    with transaction():
        db.session.execute(insert(Team), [{"id": team, "code": "all", "name": "All"}])
    for number in range(reps):
        rep = new_id()
        customers = [new_id() for _ in range(visits * 10)]
        made: list[Row] = []
        deals: list[Row] = []
        for day_number in range(days):
            day = _FIRST + dt.timedelta(days=day_number)
            for call in range(visits):
                visit = _visit(rep, team, customers[(day_number * visits + call) % len(customers)])
                start = _BEGIN + dt.timedelta(days=day_number, minutes=60 + call * 30)
                minutes = draw.randrange(5, 25)
                made.append(
                    visit
                    | stamp
                    | {
                        "day": day,
                        "started_at": start,
                        "ended_at": start + dt.timedelta(minutes=minutes),
                        "started_clock_s": 28_800 + call * 1800,
                        "ended_clock_s": 28_800 + call * 1800 + minutes * 60,
                        "duration_s": minutes * 60,
                        "verdict": draw.choice(list(Verdict)),
                    }
                )
                if draw.random() < 0.4:
                    amount = draw.randrange(10_000, 5_000_000)
                    deals.append(_order(made[-1], amount) | stamp)
        with transaction():
            _write_rep(rep, number, team, customers)
            for first in range(0, len(made), _ROWS_AT_ONCE):
                db.session.execute(insert(Visit), made[first : first + _ROWS_AT_ONCE])
            for first in range(0, len(deals), _ROWS_AT_ONCE):
                db.session.execute(insert(Deal), deals[first : first + _ROWS_AT_ONCE])
    if db.engine.dialect.name == "postgresql":
        with transaction():
            db.session.execute(text("ANALYZE"))
    if db.session.scalar(select(func.count()).select_from(Visit)) != reps * days * visits:
        raise click.ClickException("not all visits were written")


def _write_rep(rep: str, number: int, team: str, customers: list[str]) -> None:
    person: Row = {"id": rep, "code": f"rep-{number}", "name": f"Rep {number}", "role": Role.REP}
    person |= {"time_zone": "Asia/Jakarta", "quota_carrying": True, "password_hash": ""}
    db.session.execute(insert(User), [person | {"created_at": _BEGIN}])
    member = {"user_id": rep, "team_id": team, "start_on": _FIRST, "end_on": None}
    db.session.execute(insert(TeamMembership), [member])
    shops = [
        {
            "id": customer,
            "code": customer,
            "name": customer,
            "customer_class": CustomerClass.B,
            "radius_m": 100,
            "owner_id": rep,
            "team_id": team,
            "created_at": _BEGIN,
            "updated_at": _BEGIN,
        }
        for customer in customers
    ]
    db.session.execute(insert(Customer), shops)
    assigned = [{"customer_id": c, "rep_id": rep, "start_on": _FIRST} for c in customers]
    db.session.execute(insert(CustomerAssignment), assigned)


def _visit(rep: str, team: str, customer: str) -> Row:
    return {
        "id": new_id(),
        "rep_id": rep,
        "team_id": team,
        "customer_id": customer,
        "time_zone": "Asia/Jakarta",
        "state": VisitState.COMPLETED,
        "time_trust": TimeTrust.VERIFIED,
    }


def _order(visit: Row, amount: int) -> Row:
    return {
        "id": new_id(),
        "customer_id": visit["customer_id"],
        "visit_id": visit["id"],
        "owner_id": visit["rep_id"],
        "team_id": visit["team_id"],
        "stage_key": "won",
        "kind": StageKind.WON,
        "amount_minor": amount,
        "base_amount_minor": amount,
        "currency": "IDR",
        "closed_day": visit["day"],
        "closed_at": visit["started_at"],
        "closed_rep_id": visit["rep_id"],
    }


if __name__ == "__main__":
    main()
