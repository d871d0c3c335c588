"""A company of any size for benches: its rows written in bulk, a working day at a time.

Each rep has ten days' worth of customers, visits them in turn by the journey plan, takes an order
in four visits of ten, and carries a deal through the pipeline every few days. `more_visits` repeats
the visits of each day at the same customers. The same arguments give the same rows.
"""

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from server.costs.models import Cost
from server.customers.models import Customer, CustomerAssignment
from server.deals.models import Deal, DealLine, StageChange
from server.identity.models import User
from server.metrics.models import Target
from server.planning.models import JourneyStop
from server.platform.database import db, is_postgresql
from server.products.models import Product
from server.teams.models import Team, TeamMembership
from server.visits.models import Visit

FIRST_DAY = dt.date(2025, 1, 1)
_PRODUCTS = 40
_REPS_OF_A_TEAM = 10
_DAYS_OF_A_CYCLE = 10
_VERDICTS = ("inside",) * 8 + ("outside", "uncertain")

_STAMPED = ("version", "field_versions", "created_at", "updated_at")
_STAMP = (1, "{}", "2025-01-01 00:00:00.000000", "2025-01-01 00:00:00.000000")
_COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Team: ("id", "code", "name"),
    User: (
        *("id", "code", "name", "role", "language", "time_zone", "quota_carrying", "active"),
        *("failed_sign_ins", "created_at"),
    ),
    TeamMembership: ("user_id", "team_id", "start_on"),
    Customer: (
        *("id", "code", "name", "customer_class", "sector", "contact_name", "phone", "email"),
        *("address", "city", "notes", "radius_m", "location_version", "is_prospect", "owner_id"),
        *("team_id", "custom_fields", *_STAMPED),
    ),
    CustomerAssignment: ("customer_id", "start_on", "rep_id"),
    Product: (
        *("id", "sku", "name", "category", "unit", "price_minor", "cost_minor", "active"),
        *_STAMPED,
    ),
    Target: ("id", "metric_key", "month", "rep_id", "team_id", "amount"),
    Cost: (
        *("id", "category", "day", "team_id", "amount_minor", "currency", "base_amount_minor"),
        "note",
    ),
    JourneyStop: (
        *("id", "rep_id", "customer_id", "day", "sequence", "state", "cancel_reason"),
        *_STAMPED,
    ),
    Visit: (
        *("id", "rep_id", "team_id", "customer_id", "stop_id", "day", "time_zone", "state"),
        *("started_at", "ended_at", "started_clock_s", "ended_clock_s", "duration_s", "verdict"),
        *("verdict_reason", "time_trust", "auto_closed", "no_sale_reason", "notes"),
        *("form_answers", "cancel_reason", *_STAMPED),
    ),
    Deal: (
        *("id", "title", "customer_id", "visit_id", "owner_id", "team_id", "source", "stage_key"),
        *("kind", "stage_since", "amount_minor", "currency", "base_amount_minor", "lost_reason"),
        "note",
        *("lead_day", "lead_rep_id", "opportunity_day", "opportunity_rep_id", "closed_day"),
        *("closed_at", "closed_rep_id", *_STAMPED),
    ),
    DealLine: (
        *("deal_id", "position", "product_id", "quantity", "unit_price_minor", "discount_minor"),
        "amount_minor",
    ),
    StageChange: ("id", "deal_id", "from_stage", "to_stage", "at", "day", "rep_id"),
}
# In the order of their foreign keys.
_Row = tuple[object, ...]
_Rows = dict[type[Any], list[_Row]]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the company is."""

    reps: int
    days: int
    visits: int
    """Customers visited a day."""
    more_visits: int = 1
    """Visits of a day at each of them."""

    @property
    def rows(self) -> int:
        """Return the number of visits in all."""
        return self.reps * self.days * self.visits * self.more_visits

    def day(self, number: int) -> dt.date:
        """Return a working day by its number: Monday to Saturday."""
        start = FIRST_DAY + dt.timedelta(days=7 * (number // 6))
        return start + dt.timedelta(days=number % 6)

    @property
    def last_day(self) -> dt.date:
        """Return the last working day."""
        return self.day(self.days - 1)


def write(size: Size) -> None:
    """Write the company into the empty database of the application."""
    draw = random.Random(0)
    with _indexes_made_at_the_end():
        _write(_standing(size, draw))
        for number in range(size.days):
            _write(_day(size, number, draw))
    connection = db.engine.raw_connection()
    try:
        connection.cursor().execute("ANALYZE")
        connection.commit()
    finally:
        connection.close()


@contextmanager
def _indexes_made_at_the_end() -> Iterator[None]:
    """Sort for each index once instead of looking for the place of every row: several times faster.

    SQLite does not gain by it.
    """
    if not is_postgresql():
        yield
        return
    tables = [model.__tablename__ for model in _COLUMNS]
    found = db.session.execute(text(_INDEXES), {"tables": tables}).all()
    for name, _ in found:
        db.session.execute(text(f'DROP INDEX "{name}"'))
    db.session.commit()
    yield
    db.session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    for _, definition in found:
        db.session.execute(text(definition))
    db.session.commit()


_INDEXES = """
SELECT i.indexname, i.indexdef FROM pg_indexes i
WHERE i.schemaname = current_schema() AND i.tablename = ANY(:tables)
    AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)
"""
"""Those of no constraint."""


def rep_id(number: int) -> str:
    """Return the id of a rep by number."""
    return _id("aa", number)


def team_id(number: int) -> str:
    """Return the id of a team by number."""
    return _id("ab", number)


def product_id(number: int) -> str:
    """Return the id of a product by number."""
    return _id("b0", number)


def customer_id(size: Size, rep: int, number: int) -> str:
    """Return the id of a rep's customer by number."""
    return _id("bb", rep * _customers(size) + number)


def _id(table: str, number: int) -> str:
    return f"{number:012x}70008000{table:0>12}"


def _write(rows: _Rows) -> None:
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        if is_postgresql():
            cursor.execute("SET TIME ZONE 'UTC'")
            # The rows fit together; looking each of them up takes most of the time.
            cursor.execute("SET session_replication_role = replica")
        for model, columns in _COLUMNS.items():
            if not rows.get(model):
                continue
            names = ", ".join(columns)
            if is_postgresql():
                with cursor.copy(f"COPY {model.__tablename__} ({names}) FROM STDIN") as copy:
                    copy.write("".join(_lines(rows[model])))
            else:
                marks = ", ".join("?" * len(columns))
                cursor.execute("BEGIN")
                cursor.executemany(
                    # Names of our own tables and columns.
                    f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})",  # noqa: S608
                    rows[model],
                )
                cursor.execute("COMMIT")
        connection.commit()
    finally:
        connection.close()


def _lines(rows: Iterable[_Row]) -> Iterator[str]:
    for row in rows:
        yield "\t".join([r"\N" if value is None else str(value) for value in row]) + "\n"


def _standing(size: Size, draw: random.Random) -> _Rows:
    """Return teams, reps, customers, products, targets and costs."""
    rows: _Rows = {model: [] for model in _COLUMNS}
    teams = -(-size.reps // _REPS_OF_A_TEAM)
    rows[Team] = [(team_id(n), f"team-{n}", f"Team {n}") for n in range(teams)]
    for n in range(_PRODUCTS):
        category, price = f"category {n % 8}", 10_000 * (n + 1)
        rows[Product].append(
            (
                product_id(n),
                f"sku-{n}",
                f"Product {n}",
                category,
                "",
                price,
                price * 7 // 10,
                1,
                *_STAMP,
            )
        )
    for n in range(size.reps):
        rep, team = rep_id(n), team_id(n // _REPS_OF_A_TEAM)
        zone, created_at = "Asia/Jakarta", _STAMP[2]
        rows[User].append((rep, f"rep-{n}", f"Rep {n}", "rep", "", zone, 1, 1, 0, created_at))
        rows[TeamMembership].append((rep, team, FIRST_DAY.isoformat()))
        for number in range(_customers(size)):
            shop = customer_id(size, n, number)
            rows[Customer].append(
                (
                    shop,
                    f"shop-{n}-{number}",
                    f"Shop {n}-{number}",
                    "ABBCCC"[number % 6],
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    100,
                    0,
                    0,
                    rep,
                    team,
                    "{}",
                    *_STAMP,
                )
            )
            rows[CustomerAssignment].append((shop, FIRST_DAY.isoformat(), rep))
    _add_targets_and_costs(size, rows, draw)
    return rows


def _add_targets_and_costs(size: Size, rows: _Rows, draw: random.Random) -> None:
    months = sorted({size.day(number).replace(day=1) for number in range(size.days)})
    for month_number, month in enumerate(months):
        for n in range(size.reps):
            number = month_number * size.reps + n
            rows[Target].append(
                (
                    _id("b1", number),
                    "revenue",
                    month.isoformat(),
                    rep_id(n),
                    team_id(n // _REPS_OF_A_TEAM),
                    draw.randrange(200, 400) * 1000000,
                )
            )
        for n in range(len(rows[Team])):
            amount = draw.randrange(1, 20) * 1_000_000
            rows[Cost].append(
                (
                    _id("b2", month_number * len(rows[Team]) + n),
                    "advertising",
                    month.isoformat(),
                    team_id(n),
                    amount,
                    "IDR",
                    amount,
                    "",
                )
            )


def _customers(size: Size) -> int:
    return size.visits * _DAYS_OF_A_CYCLE


def _day(size: Size, number: int, draw: random.Random) -> _Rows:
    """Return what all reps did on a day."""
    rows: _Rows = {model: [] for model in _COLUMNS}
    for n in range(size.reps):
        _add_visits(size, number, n, rows, draw)
        if (number + n) % 4 == 0:
            _add_deal(size, number, n, rows, draw)
    return rows


def _add_visits(size: Size, number: int, n: int, rows: _Rows, draw: random.Random) -> None:
    day, rep, team = size.day(number).isoformat(), rep_id(n), team_id(n // _REPS_OF_A_TEAM)
    first = (number * size.reps + n) * size.visits
    customers, shift = _customers(size), number * size.visits
    every_s = 36_000 // (size.visits * size.more_visits)
    for call in range(size.visits):
        shop, stop = customer_id(size, n, (shift + call) % customers), _id("cc", first + call)
        is_planned = call % 6 != 0
        if is_planned:
            rows[JourneyStop].append((stop, rep, shop, day, call, "planned", "", *_STAMP))
        for again in range(size.more_visits):
            place = call * size.more_visits + again
            number_of_all = first * size.more_visits + place
            visit = _id("dd", number_of_all)
            start_s = 3_600 + every_s * place
            duration_s = draw.randrange(every_s // 6, every_s * 5 // 6)
            is_order = draw.random() < 0.4 and again == 0
            reason = None if is_order else "closed"
            rows[Visit].append(
                (
                    visit,
                    rep,
                    team,
                    shop,
                    stop if is_planned else None,
                    day,
                    "Asia/Jakarta",
                    "completed",
                    _instant(day, start_s),
                    _instant(day, start_s + duration_s),
                    start_s + 25200,
                    start_s + duration_s + 25200,
                    duration_s,
                    draw.choice(_VERDICTS),
                    "",
                    "verified",
                    0,
                    reason,
                    "",
                    "{}",
                    "",
                    *_STAMP,
                )
            )
            if is_order:
                deal = _id("ee", number_of_all)
                amount = _add_lines(deal, rows, draw)
                rows[Deal].append(
                    (
                        deal,
                        "",
                        shop,
                        visit,
                        rep,
                        team,
                        "",
                        "won",
                        "won",
                        day,
                        amount,
                        "IDR",
                        amount,
                        "",
                        "",
                        None,
                        None,
                        None,
                        None,
                        day,
                        _instant(day, start_s),
                        rep,
                        *_STAMP,
                    )
                )


def _add_lines(deal: str, rows: _Rows, draw: random.Random) -> int:
    total = 0
    for position in range(draw.randrange(1, 4)):
        product, quantity = draw.randrange(_PRODUCTS), draw.randrange(1, 20)
        price = 10_000 * (product + 1)
        amount = price * quantity
        rows[DealLine].append((deal, position, product_id(product), quantity, price, 0, amount))
        total += amount
    return total


def _add_deal(size: Size, number: int, n: int, rows: _Rows, draw: random.Random) -> None:
    """Add a deal that begins on this day and moves on over the next weeks."""
    rep, team = rep_id(n), team_id(n // _REPS_OF_A_TEAM)
    index = number * size.reps + n
    deal, shop = _id("ef", index), customer_id(size, n, draw.randrange(_customers(size)))
    outcome = draw.choice(("won", "lost", "lost", "opportunity", "lead"))
    steps: list[tuple[str | None, str, int]] = [(None, "lead", number)]
    if outcome != "lead":
        steps.append(("lead", "opportunity", number + draw.randrange(1, 10)))
    if outcome in {"won", "lost"}:
        steps.append(("opportunity", outcome, steps[-1][2] + draw.randrange(1, 30)))
    steps = [step for step in steps if step[2] < size.days]
    days: dict[str, str] = {}
    for place, (before, after, day_number) in enumerate(steps):
        day = days[after] = size.day(day_number).isoformat()
        rows[StageChange].append(
            (_id(f"f{place}", index), deal, before, after, _instant(day, 20_000), day, rep)
        )
    stage = steps[-1][1]
    amount = draw.randrange(1, 50) * 1_000_000
    opportunity, closed = days.get("opportunity"), days.get("won") or days.get("lost")
    rows[Deal].append(
        (
            deal,
            "A contract",
            shop,
            None,
            rep,
            team,
            "fair",
            stage,
            "open" if stage == "opportunity" else stage,
            max(days.values()),
            amount,
            "IDR",
            amount,
            "",
            "",
            days["lead"],
            rep,
            opportunity,
            opportunity and rep,
            closed,
            closed and _instant(closed, 20000),
            closed and rep,
            *_STAMP,
        )
    )


def _instant(day: str, seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{day} {hour:02}:{minute:02}:{second:02}.000000"
