"""Totals follow the raw rows, whatever changes, in whichever order it arrives."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from server.deals.operations import deals
from server.metrics.jobs import refresh_rollups
from server.metrics.models import CustomerDayRollup, DailyRollup, DealFact, StaleDay
from server.metrics.operations.days import mark_days_stale, rebuild_everything
from server.metrics.rollups.rebuild import differing_rows
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.events import day_changed
from server.platform.transaction import transaction
from shared.metrics.measures import ROLLUP_MEASURES
from shared.sync.ids import new_id
from shared.time import business_day
from shared.vocabulary import StopState
from tests.factories.company import ZONE, Company, add_customer
from tests.factories.visits import MONDAY_9, record_visit, take_order

MONDAY = dt.date(2026, 3, 2)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _connected(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def total(rep_id: str, column: str, day: dt.date = MONDAY) -> Any:
    return db.session.scalar(
        select(DailyRollup.__table__.c[column]).where(
            DailyRollup.__table__.c.rep_id == rep_id, DailyRollup.__table__.c.day == day
        )
    )


def totals(rep_id: str, *columns: str, day: dt.date = MONDAY) -> tuple[Any, ...]:
    return tuple(total(rep_id, column, day) for column in columns)


def plan(rep_id: str, customer_id: str, *, state: StopState = StopState.PLANNED) -> None:
    db.session.add(
        JourneyStop(
            id=new_id(),
            rep_id=rep_id,
            customer_id=customer_id,
            day=MONDAY,
            sequence=1,
            state=state,
            created_at=MONDAY_9,
            updated_at=MONDAY_9,
        )
    )


def test_a_day_of_visits_is_counted(company: Company) -> None:
    with transaction():
        warung, depot, stall = (
            add_customer(name, owner_id=company.sari, team_id=company.east)
            for name in ("Warung", "Depot", "Stall")
        )
        plan(company.sari, company.shop)
        plan(company.sari, warung)
        plan(company.sari, depot, state=StopState.CANCELLED)
        visit = record_visit(rep_id=company.sari, customer_id=company.shop)
        take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=3,
            unit_price_minor=5_000_00,
            visit_id=visit,
        )
        record_visit(
            rep_id=company.sari, customer_id=company.shop, at=MONDAY_9 + HOUR, metres_away=500
        )
        record_visit(rep_id=company.sari, customer_id=stall, at=MONDAY_9 + 2 * HOUR, metres_away=95)
        record_visit(rep_id=company.sari, customer_id=depot, at=MONDAY_9 + 3 * HOUR, minutes=None)
    refresh_rollups()

    assert totals(
        company.sari, "calls", "completed_visits", "productive_visits", "days_worked"
    ) == (4, 3, 1, 1)
    assert totals(company.sari, "inside_calls", "outside_calls", "uncertain_calls") == (2, 1, 1)
    assert totals(
        company.sari,
        "planned_customers",
        "planned_customers_visited",
        "planned_calls",
        "cancelled_stops",
    ) == (2, 1, 2, 1)
    assert totals(company.sari, "timed_visits", "time_in_store_s", "work_s") == (
        3,
        3 * 20 * 60,
        (2 * 60 + 20) * 60,
    )
    assert totals(company.sari, "first_call_clock_s", "last_call_clock_s") == (
        9 * 3600,
        11 * 3600 + 20 * 60,
    )
    assert totals(
        company.sari, "revenue_minor", "visit_sales_minor", "won_deals", "visit_products", "leads"
    ) == (15_000_00, 15_000_00, 1, 1, 0)
    assert totals(company.sari, "margin_minor", "costed_revenue_minor") == (3_000_00, 15_000_00)
    assert total(company.sari, "team_id") == company.east
    assert not any(differing_rows().values())


def lead(company: Company, *, day: dt.date, amount_minor: int = 1_000_00) -> str:
    deal_id = new_id()
    at = dt.datetime.combine(day, dt.time(3), dt.UTC)
    deals.create_deal(
        deal=deals.NewDeal(
            deal_id=deal_id,
            owner_id=company.sari,
            customer_id=company.shop,
            stage_key="lead",
            currency="IDR",
            amount_minor=amount_minor,
        ),
        at=at,
        day=day,
        reporting_currency="IDR",
    )
    return deal_id


def move(deal_id: str, stage_key: str, *, day: dt.date) -> None:
    at = dt.datetime.combine(day, dt.time(4), dt.UTC)
    deals.change_deal(deal_id=deal_id, fields={"stage_key": stage_key}, at=at, day=day)


def test_a_deal_is_counted_where_each_of_its_milestones_happened(company: Company) -> None:
    with transaction():
        deal_id = lead(company, day=MONDAY)
    refresh_rollups()

    assert totals(company.sari, "leads", "leads_undecided", "open_leads") == (1, 1, 1)

    with transaction():
        move(deal_id, "opportunity", day=MONDAY + 2 * DAY)
        move(deal_id, "negotiation", day=MONDAY + 5 * DAY)
    refresh_rollups()

    assert totals(
        company.sari, "leads", "leads_to_opportunities", "leads_undecided", "leads_open"
    ) == (1, 1, 0, 1)
    opened = MONDAY + 2 * DAY
    assert totals(
        company.sari, "opportunities", "open_opportunities", "open_leads", day=opened
    ) == (1, 1, -1)
    weighed = [total(company.sari, "weighted_pipeline_minor", MONDAY + n * DAY) for n in (2, 5)]
    assert weighed[0] > 0
    assert weighed[1] > 0

    with transaction():
        move(deal_id, "won", day=MONDAY + 9 * DAY)
    refresh_rollups()

    won = MONDAY + 9 * DAY
    assert totals(company.sari, "leads_won", "leads_open") == (1, 0)
    assert totals(company.sari, "opportunities_won", "opportunities_undecided", day=opened) == (
        1,
        0,
    )
    assert totals(
        company.sari,
        "won_deals",
        "revenue_minor",
        "cycle_days",
        "lead_cycle_days",
        "open_opportunities",
        day=won,
    ) == (1, 1_000_00, 7, 9, -1)
    assert db.session.scalar(select(func.sum(DailyRollup.__table__.c.weighted_pipeline_minor))) == 0
    assert not any(differing_rows().values())


def test_a_handed_over_deal_leaves_the_pipeline_of_the_rep_who_had_it(company: Company) -> None:
    with transaction():
        deal_id = lead(company, day=MONDAY)
        move(deal_id, "opportunity", day=MONDAY + DAY)
    refresh_rollups()
    with transaction():
        at = dt.datetime.combine(MONDAY + 3 * DAY, dt.time(3), dt.UTC)
        deals.change_deal(
            deal_id=deal_id,
            fields={"owner_id": company.joko, "stage_key": "negotiation"},
            at=at,
            day=MONDAY + 3 * DAY,
        )
    refresh_rollups()

    assert total(company.sari, "open_opportunities", MONDAY + 3 * DAY) == -1
    assert total(company.joko, "open_opportunities", MONDAY + 3 * DAY) == 1
    assert not any(differing_rows().values())


def order(company: Company, *, day: dt.date, product_id: str, rep_id: str, price: int) -> str:
    return take_order(
        rep_id=rep_id,
        customer_id=company.shop,
        product_id=product_id,
        quantity=1,
        unit_price_minor=price,
        at=dt.datetime.combine(day, dt.time(3), dt.UTC),
    )


def purchase_types() -> dict[dt.date, str | None]:
    rows = db.session.execute(select(DealFact.day, DealFact.purchase_type))
    return {row.day: row.purchase_type for row in rows}


def test_a_late_first_order_reopens_the_days_of_the_later_ones(company: Company) -> None:
    tuesday, friday = MONDAY + DAY, MONDAY + 4 * DAY
    with transaction():
        order(company, day=tuesday, product_id=company.tea, rep_id=company.sari, price=500)
        order(company, day=friday, product_id=company.rice, rep_id=company.joko, price=100)
    refresh_rollups()
    assert purchase_types() == {tuesday: "new", friday: "cross_sell"}

    with transaction():
        late = order(company, day=MONDAY, product_id=company.rice, rep_id=company.joko, price=400)
    refresh_rollups()

    assert purchase_types() == {MONDAY: "new", tuesday: "cross_sell", friday: "repeat"}
    assert totals(company.sari, "existing_customer_deals", "cross_sell_deals", day=tuesday) == (
        1,
        1,
    )
    first = select(CustomerDayRollup.day).where(CustomerDayRollup.first_won_deals == 1)
    assert db.session.scalars(first).all() == [MONDAY]

    with transaction():
        deals.void_deal(deal_id=late, at=MONDAY_9)
    refresh_rollups()

    assert purchase_types() == {tuesday: "new", friday: "cross_sell"}
    assert not any(differing_rows().values())


def test_a_deal_that_closes_anew_counts_at_its_latest_close_only(company: Company) -> None:
    with transaction():
        deal_id = lead(company, day=MONDAY)
        move(deal_id, "won", day=MONDAY + DAY)
    refresh_rollups()
    with transaction():
        move(deal_id, "negotiation", day=MONDAY + 2 * DAY)
    refresh_rollups()
    with transaction():
        move(deal_id, "won", day=MONDAY + 3 * DAY)
    refresh_rollups()

    assert total(company.sari, "won_deals", MONDAY + DAY) == 0
    assert total(company.sari, "won_deals", MONDAY + 3 * DAY) == 1
    assert not any(differing_rows().values())


def test_counting_again_from_nothing_gives_the_same_to_the_last_digit(company: Company) -> None:
    with transaction():
        for number in range(12):
            at = MONDAY_9 + number * 7 * HOUR
            rep_id, customer_id = (
                (company.sari, company.shop) if number % 3 else (company.rina, company.kiosk)
            )
            visit = record_visit(
                rep_id=rep_id, customer_id=customer_id, at=at, metres_away=number * 20
            )
            if number % 2:
                take_order(
                    rep_id=rep_id,
                    customer_id=customer_id,
                    product_id=company.tea if number % 4 == 1 else company.rice,
                    quantity=number,
                    unit_price_minor=333 * number,
                    visit_id=visit,
                    at=at,
                )
        deal_id = lead(company, day=business_day(MONDAY_9, ZONE))
        move(deal_id, "lost", day=MONDAY + 6 * DAY)
    refresh_rollups()
    incremental = rows()

    with transaction():
        rebuild_everything()

    assert rows() == incremental
    assert not any(differing_rows().values())


def rows() -> list[tuple[Any, ...]]:
    tables = [DailyRollup.__table__, CustomerDayRollup.__table__, DealFact.__table__]
    return sorted(
        (
            tuple(str(value) for value in row)
            for table in tables
            for row in db.session.execute(select(table))
        ),
    )


def test_the_check_notices_a_change_that_nobody_marked(company: Company) -> None:
    with day_changed.muted(), transaction():
        record_visit(rep_id=company.sari, customer_id=company.shop)

    assert {table: rows for table, rows in differing_rows().items() if rows} == {
        "class_day_rollup": 1,
        "customer_day_rollup": 1,
    }


def test_marking_a_day_twice_raises_its_generation(company: Company) -> None:
    found = []
    for _ in range(2):
        with transaction():
            mark_days_stale(rep_id=company.sari, days={MONDAY, MONDAY + DAY})
        marks = select(StaleDay.generation).order_by(StaleDay.day)
        found.append(list(db.session.scalars(marks)))

    first, second = found
    assert second == [generation + 1 for generation in first]


def test_every_additive_measure_is_a_column() -> None:
    columns = {column.name for column in DailyRollup.__table__.columns}

    assert {measure.column for measure in ROLLUP_MEASURES.values()} <= columns
    assert columns - {measure.column for measure in ROLLUP_MEASURES.values()} == {
        "rep_id",
        "day",
        "team_id",
        "active",
    }
