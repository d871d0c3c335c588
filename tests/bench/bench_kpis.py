"""How fast days are counted and numbers are read, on SQLite and PostgreSQL.

`./run bench-kpis`: a company is written in bulk; all days are counted, one day is counted again,
and the overview's question is asked. The floor is `kpi_floor.py`, in the same database. PostgreSQL
runs as it does for tests, without fsync, but for the last part: phones that sync with a real
server, on a PostgreSQL with fsync.
"""

import datetime as dt
import gc
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select, text

from server.metrics.jobs import refresh_rollups
from server.metrics.models import DailyRollup
from server.metrics.operations import days
from server.metrics.queries import Question, metric_values
from server.platform.access import SYSTEM
from server.platform.database import db, is_postgresql
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.visits.models import Visit
from shared.metrics.catalog import ACTIVITIES, KPIS
from shared.metrics.definition import Metric
from shared.metrics.formula import Window
from shared.time import Grain, Period
from tests.bench import company, freshness, kpi_floor
from tests.bench.company import Size
from tests.bench.freshness import percentile
from tests.support.application import running_app
from tests.support.databases import PostgresTemplate, SqliteTemplate, migrate
from tests.support.postgres import running_postgres

_TARGET = Path(__file__).resolve().parents[2] / "build" / "bench" / "bench-kpis.json"
_REPS_OF_TEN_TIMES = 100
_REP_DAYS = 20
_YEARS = {Window.YEAR, Window.PREVIOUS_YEAR}

Row = dict[str, Any]
Template = PostgresTemplate | SqliteTemplate


@dataclass(frozen=True)
class Asked:
    """Seconds of each overview: with nothing kept, worked out anew after a change, and kept."""

    first: list[float]
    cold: list[float]
    warm: list[float]


@click.command()
@click.option("--reps", default=1_000, show_default=True)
@click.option("--days", default=250, show_default=True, help="Working days of each rep.")
@click.option("--visits", default=12, show_default=True, help="Visits a day.")
@click.option("--questions", default=20, show_default=True, help="How often it is asked.")
@click.option("--phones", default=200, show_default=True, help="How many sync; 0: leave it out.")
@click.option("--seconds", default=60.0, show_default=True, help="For how long.")
@click.option("--every", default=20.0, show_default=True, help="Seconds between a phone's visits.")
@click.option(
    "--database",
    "databases",
    multiple=True,
    default=("postgresql", "sqlite"),
    type=click.Choice(["postgresql", "sqlite"]),
    help="One of the two; by default both.",
)
def main(
    *,
    reps: int,
    days: int,
    visits: int,
    questions: int,
    phones: int,
    seconds: float,
    every: float,
    databases: tuple[str, ...],
) -> None:
    """Measure counting and reading; print a table and write build/bench/bench-kpis.json."""
    size = Size(reps=reps, days=days, visits=visits)
    click.echo(f"{reps} reps, {days} days, {visits} visits a day: {size.rows} visits")
    results: list[Row] = []
    for result in _all(size, databases, questions, phones, seconds, every):
        results.append(result)
        click.echo(
            f"{result['name']:<58}{result['value']:>14,.3f} {result['unit']:<9}"
            f"goal {result['goal'] or '-':<12} floor {result['floor'] or '-'}"
        )
    _TARGET.parent.mkdir(parents=True, exist_ok=True)
    _TARGET.write_text(json.dumps(results, indent=2) + "\n")


def _all(
    size: Size,
    databases: tuple[str, ...],
    questions: int,
    phones: int,
    seconds: float,
    every_s: float,
) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name, running_postgres() as postgres:
        folder = Path(name)
        for database in databases:
            template: Template = (
                PostgresTemplate(postgres, folder)
                if database == "postgresql"
                else SqliteTemplate(folder)
            )
            yield from _counting_and_reading(template, folder, size, questions)
            yield from _ten_times(template, folder, size, questions)
    if phones and "postgresql" in databases:
        yield from _freshness(phones, seconds, every_s)


def _counting_and_reading(
    template: Template, folder: Path, size: Size, questions: int
) -> Iterator[Row]:
    with _written(template, folder, size) as kind:
        floor_s = kpi_floor.floor_s()
        parts = list[float]()
        rebuild_s = _timed(lambda: parts.extend(_rebuild()))
        _settle()
        healing_s = _timed(lambda: _compare(size))
        floor = round(size.rows / floor_s)
        goal = f">= {floor // 2}"
        yield _row(f"full rebuild, {kind}", size.rows / rebuild_s, "visits/s", goal, floor)
        yield _row(f"full rebuild, longest part, {kind}", max(parts), "s")
        yield _row(f"five weeks compared with the raw rows, {kind}", healing_s, "s")
        if kind == "postgresql":
            duckdb = round(size.rows / kpi_floor.duckdb_s())
            yield _row("the floor's statements in DuckDB", duckdb, "visits/s")
        one_day = [_timed(_count_one_day) for _ in range(_REP_DAYS)]
        yield _row(f"refresh of one rep-day, p50, {kind}", percentile(one_day, 0.5), "s")
        yield _row(f"refresh of one rep-day, p95, {kind}", percentile(one_day, 0.95), "s")
        yield from _overview(_asked(size, questions), kind)


def _overview(asked: Asked, kind: str) -> Iterator[Row]:
    for name, seconds, goal in (
        ("nothing kept", asked.first, "<= 0.6"),
        ("right after a day was counted", asked.cold, "<= 0.15"),
        ("warm", asked.warm, "<= 0.15"),
    ):
        for share in (0.5, 0.95):
            aim = goal if kind == "postgresql" and share > 0.5 else None
            yield _row(
                f"overview of a quarter, {name}, p{share * 100:.0f}, {kind}",
                percentile(seconds, share),
                "s",
                aim,
            )


def _ten_times(template: Template, folder: Path, size: Size, questions: int) -> Iterator[Row]:
    """Ask the same of a hundred reps with one visit and with ten at each customer a day.

    Asked ten times as often: a share of two p95 of few questions tells of the machine alone.
    """
    small = Size(reps=min(size.reps, _REPS_OF_TEN_TIMES), days=min(size.days, 78), visits=12)
    asked: list[list[float]] = []
    for more in (1, 10):
        with _written(template, folder, replace(small, more_visits=more)) as kind:
            for _ in _rebuild():
                pass
            _settle()
            asked.append(_asked(small, 10 * questions).first)
    once, ten = asked
    for share, name in ((0.5, "median"), (0.95, "p95")):
        yield _row(
            f"overview with ten times the visits, {name}, share of once, {kind}",
            percentile(ten, share) / percentile(once, share),
            "",
            "<= 1.2" if kind == "postgresql" else None,
        )


def _freshness(phones: int, seconds: float, every_s: float) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name, running_postgres(durable=True) as postgres:
        url = postgres.url(postgres.create_database()).replace(
            "postgresql://", "postgresql+psycopg://"
        )
        migrate(url, Path(name))
        seen = freshness.measure(url, Path(name), phones=phones, seconds=seconds, every_s=every_s)
    text_ = f"push to number, {phones} phones, {len(seen)} visits"
    yield _row(f"{text_}, p50, postgresql", percentile(seen, 0.5), "s", "<= 2")
    yield _row(f"{text_}, p95, postgresql", percentile(seen, 0.95), "s", "<= 5")


@contextmanager
def _written(template: Template, folder: Path, size: Size) -> Iterator[str]:
    with (
        template.copy(folder) as url,
        running_app(Settings(data=folder, database_url=url, secret_key="bench")) as app,
        app.app_context(),
    ):
        kind = "postgresql" if is_postgresql() else "sqlite"
        seconds = _timed(lambda: company.write(size))
        click.echo(f"{kind}: {size.rows} visits written in {seconds:.0f} s")
        if db.session.scalar(select(func.count()).select_from(Visit)) != size.rows:
            raise click.ClickException("not all visits were written")
        yield kind
        db.session.remove()


def _row(
    name: str, value: float, unit: str, goal: str | None = None, floor: float | None = None
) -> Row:
    return {"name": name, "value": round(value, 4), "unit": unit, "goal": goal, "floor": floor}


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _rebuild() -> Iterator[float]:
    with transaction():
        parts = days.parts_to_rebuild()
    for part in parts:
        start = time.perf_counter()
        with transaction():
            days.rebuild_everything(part)
        yield time.perf_counter() - start


def _compare(size: Size) -> None:
    """Compare the last weeks with the raw rows, as the healing pass does each night."""
    end = size.last_day + dt.timedelta(days=1)
    period = Period(end - dt.timedelta(days=35), end)
    if days.find_wrong_days(period) or days.find_wrong_team_days(period):
        raise click.ClickException("what was counted differs from the raw rows")
    db.session.rollback()


def _settle() -> None:
    """Do what PostgreSQL does by itself a minute after so many rows were written."""
    if is_postgresql():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _count_one_day() -> None:
    rollup = DailyRollup.__table__.c
    with transaction():
        rep_id, day = db.session.execute(
            select(rollup.rep_id, rollup.day).order_by(func.random()).limit(1)
        ).one()
        days.mark_stale({(rep_id, day)})
    refresh_rollups()


def _asked(size: Size, questions: int) -> Asked:
    asked = Asked([], [], [])
    _ask(size)
    # As the web server does: what a start leaves in memory is no garbage to look for.
    gc.collect()
    gc.freeze()
    for _ in range(questions):
        with transaction():
            db.session.execute(text("UPDATE numbers_version SET version = version + 1"))
        asked.first.append(_timed(lambda: _ask(size)))
        _count_one_day()
        asked.cold.append(_timed(lambda: _ask(size)))
        asked.warm.append(_timed(lambda: _ask(size)))
    return asked


def _ask(size: Size) -> None:
    """Ask what the overview does: all that is no variant, and the weeks of what has a trend."""
    shown = [metric for metric in [*KPIS, *ACTIVITIES] if metric.variant_of is None]
    drawn = [metric.key for metric in shown if not _looks_back(metric)]
    end = size.last_day + dt.timedelta(days=1)
    question = Question(
        metrics=shown,
        period=Period(end - dt.timedelta(days=91), end),
        today=end,
        currency="IDR",
        series=Grain.WEEK,
        drawn=frozenset(drawn),
    )
    answer = metric_values(access=SYSTEM, question=question)
    if not answer.total.values["calls"].value.value:
        raise click.ClickException("the overview is empty")
    db.session.rollback()


def _looks_back(metric: Metric) -> bool:
    return any(measure.window in _YEARS for measure in metric.measures())


if __name__ == "__main__":
    main()
