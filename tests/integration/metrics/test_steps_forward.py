"""A deal's step forward is put down to the customer's last visit before it."""

import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from server.deals.operations import deals
from server.metrics.jobs import refresh_rollups
from server.metrics.models import DailyRollup
from server.metrics.operations.days import rebuild_everything
from server.metrics.rollups.rebuild import differing_rows
from server.platform.database import db
from server.platform.transaction import transaction
from server.visits import operations as visits
from shared.sync.ids import new_id
from shared.vocabulary import VisitState
from tests.factories.company import Company
from tests.factories.visits import MONDAY_9, record_visit, take_order

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _connected(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def advancing() -> dict[int, int]:
    """Return how many visits of each day moved a deal on, by day of March, after refreshing."""
    refresh_rollups()
    assert not any(differing_rows().values())
    table = DailyRollup.__table__
    rows = db.session.execute(select(table.c.day, table.c.advancing_calls))
    return {row.day.day: row.advancing_calls for row in rows if row.advancing_calls}


def lead(company: Company, at: dt.datetime, *, customer_id: str | None = None) -> str:
    deal_id = new_id()
    deals.create_deal(
        deal=deals.NewDeal(
            deal_id=deal_id,
            owner_id=company.sari,
            customer_id=customer_id or company.shop,
            stage_key="lead",
            currency="IDR",
            amount_minor=1_000_00,
        ),
        at=at,
        day=at.date(),
        reporting_currency="IDR",
    )
    return deal_id


def move(deal_id: str, stage: str, at: dt.datetime) -> None:
    deals.change_deal(deal_id=deal_id, fields={"stage_key": stage}, at=at, day=at.date())


def test_the_last_visit_before_the_step_gets_it(company: Company) -> None:
    with transaction():
        deal_id = lead(company, MONDAY_9)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        record_visit(rep_id=company.joko, customer_id=company.shop, at=MONDAY_9 + 2 * DAY)
        record_visit(rep_id=company.sari, customer_id=company.shop, at=MONDAY_9 + 6 * DAY)
        move(deal_id, "opportunity", MONDAY_9 + 5 * DAY)

    assert advancing() == {4: 1}


def test_two_steps_after_one_visit_are_one_visit(company: Company) -> None:
    with transaction():
        deal_id = lead(company, MONDAY_9)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        move(deal_id, "opportunity", MONDAY_9 + 3 * DAY)
        move(deal_id, "won", MONDAY_9 + 4 * DAY)

    assert advancing() == {2: 1}


def test_fifteen_days_are_too_long_and_a_step_back_or_a_loss_is_none(company: Company) -> None:
    with transaction():
        late, back, lost = (lead(company, MONDAY_9) for _ in range(3))
        record_visit(rep_id=company.sari, customer_id=company.shop)
        move(late, "opportunity", MONDAY_9 + 15 * DAY)
        move(lost, "lost", MONDAY_9 + DAY)
        move(back, "negotiation", MONDAY_9 - DAY)
        move(back, "opportunity", MONDAY_9 + DAY)
        take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=1,
            unit_price_minor=1,
        )
    assert advancing() == {}

    with transaction():
        move(lead(company, MONDAY_9), "opportunity", MONDAY_9 + 14 * DAY)
    assert advancing() == {2: 1}


def test_a_late_visit_takes_the_step_and_gives_it_back(company: Company) -> None:
    with transaction():
        deal_id = lead(company, MONDAY_9)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        move(deal_id, "opportunity", MONDAY_9 + 5 * DAY)
    assert advancing() == {2: 1}

    with transaction():
        late = record_visit(rep_id=company.joko, customer_id=company.shop, at=MONDAY_9 + 3 * DAY)
    assert advancing() == {5: 1}

    with transaction():
        visits.patch_visit(
            visit_id=late,
            rep_id=company.joko,
            fields={"state": VisitState.CANCELLED, "cancel_reason": "wrong customer"},
            at=MONDAY_9 + 4 * DAY,
        )
    assert advancing() == {2: 1}


def test_a_step_that_arrives_late_or_is_voided_reopens_the_day_of_the_visit(
    company: Company,
) -> None:
    with transaction():
        deal_id = lead(company, MONDAY_9)
        record_visit(rep_id=company.rina, customer_id=company.kiosk)
        record_visit(rep_id=company.joko, customer_id=company.shop)
    assert advancing() == {}

    with transaction():
        move(deal_id, "opportunity", MONDAY_9 + 5 * DAY)
    assert advancing() == {2: 1}
    with transaction():
        rebuild_everything([company.joko])
    assert advancing() == {2: 1}

    with transaction():
        deals.change_deal(
            deal_id=deal_id,
            fields={"customer_id": company.kiosk},
            at=MONDAY_9 + 6 * DAY,
            day=(MONDAY_9 + 6 * DAY).date(),
        )
    refresh_rollups()
    table = DailyRollup.__table__
    got = db.session.scalars(select(table.c.rep_id).where(table.c.advancing_calls == 1)).all()
    assert got == [company.rina]

    with transaction():
        deals.void_deal(deal_id=deal_id, at=MONDAY_9 + 7 * DAY)
    assert advancing() == {}
