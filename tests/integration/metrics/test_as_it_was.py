"""A class or a probability set later changes no past number."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from server.customers.models import Customer, PastCustomerClass
from server.customers.operations import edit_customer, keep_past_classes
from server.deals.models import Stage
from server.deals.operations import deals, moves
from server.deals.queries.deals import DealFilter
from server.deals.queries.pipeline import board
from server.metrics.jobs import refresh_rollups
from server.metrics.models import ClassDayRollup, DailyRollup, StaleDay
from server.metrics.operations.days import rebuild_everything
from server.metrics.queries import Question, metric_values
from server.metrics.rollups.rebuild import differing_rows
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from shared.metrics.catalog import METRICS
from shared.sync.ids import new_id
from shared.time import Period
from shared.vocabulary import CustomerClass
from tests.factories.company import Company
from tests.factories.visits import MONDAY_9, record_visit

DAY = dt.timedelta(days=1)
MONDAY = MONDAY_9.date()


@pytest.fixture(autouse=True)
def _connected(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def set_class(customer_id: str, customer_class: CustomerClass, day: dt.date) -> None:
    customer = db.session.get_one(Customer, customer_id)
    keep_past_classes({customer_id: customer.customer_class}, day=day)
    customer.customer_class = customer_class
    db.session.flush()
    record_changed("customer", customer_id)


def counted() -> list[tuple[int, str, int]]:
    """Return day of March, class and visits, after refreshing."""
    refresh_rollups()
    assert not any(differing_rows().values())
    row = ClassDayRollup.__table__.c
    rows = db.session.execute(select(row.day, row.customer_class, row.calls).order_by(row.day))
    return [(each.day.day, each.customer_class, each.calls) for each in rows]


def test_a_visit_counts_for_the_class_of_its_day(company: Company) -> None:
    with transaction():
        for day in (0, 1, 2):
            record_visit(rep_id=company.sari, customer_id=company.shop, at=MONDAY_9 + day * DAY)
    assert counted() == [(2, "A", 1), (3, "A", 1), (4, "A", 1)]

    with transaction():
        set_class(company.shop, CustomerClass.C, MONDAY + DAY)
    # Only the days from which it counts are counted again.
    assert len(db.session.execute(select(StaleDay.day)).all()) == 2
    assert counted() == [(2, "A", 1), (3, "C", 1), (4, "C", 1)]

    with transaction():
        set_class(company.shop, CustomerClass.B, MONDAY + 2 * DAY)
        set_class(company.shop, CustomerClass.A, MONDAY + 2 * DAY)
    assert counted() == [(2, "A", 1), (3, "C", 1), (4, "A", 1)]
    assert len(db.session.scalars(select(PastCustomerClass)).all()) == 2
    with transaction():
        rebuild_everything()
    assert counted() == [(2, "A", 1), (3, "C", 1), (4, "A", 1)]


def test_a_probability_set_later_moves_no_past_pipeline(company: Company) -> None:
    def weighted() -> dict[int, int]:
        refresh_rollups()
        assert not any(differing_rows().values())
        row = DailyRollup.__table__.c
        rows = db.session.execute(select(row.day, row.weighted_pipeline_minor))
        found = {each.day.day: each.weighted_pipeline_minor for each in rows}
        # What the board and the forecast say is the same number.
        day = MONDAY + 9 * DAY
        standing = board(access=SYSTEM, where=DealFilter(), today=day)
        assert sum(load.weighted_minor for load in standing.stages) == sum(found.values())
        assert sum(part.weighted_minor for part in standing.forecast) == sum(found.values())
        return found

    def opportunity(at: dt.datetime, stage_key: str = "opportunity") -> str:
        deal_id = new_id()
        deals.create_deal(
            deal=deals.NewDeal(
                deal_id=deal_id,
                owner_id=company.sari,
                customer_id=company.shop,
                stage_key=stage_key,
                currency="IDR",
                amount_minor=1_000_02,
            ),
            at=at,
            day=at.date(),
            reporting_currency="IDR",
        )
        return deal_id

    with transaction():
        db.session.get_one(Stage, "opportunity").probability_percent = 20
        first = opportunity(MONDAY_9)
        opportunity(MONDAY_9 + 2 * DAY)
        opportunity(MONDAY_9 + 2 * DAY, "lead")
        moves.set_stage_probability(
            stage_key="opportunity",
            percent=50,
            day=MONDAY + DAY,
            at=MONDAY_9 + DAY,
            by=company.admin,
        )
    assert weighted() == {2: 200_00, 4: 500_01}

    # What was put in is taken out again.
    with transaction():
        at = MONDAY_9 + 3 * DAY
        deals.change_deal(deal_id=first, fields={"stage_key": "lost"}, at=at, day=at.date())
    assert weighted() == {2: 200_00, 4: 500_01, 5: -200_00}


def test_the_office_changes_a_class_and_the_past_keeps_it(company: Company) -> None:
    with transaction():
        record_visit(rep_id=company.sari, customer_id=company.shop)
        edit_customer(
            customer_id=company.shop,
            fields={"customer_class": CustomerClass.B},
            base=db.session.get_one(Customer, company.shop).version,
            at=MONDAY_9 + DAY,
            by=company.admin,
        )

    assert counted() == [(2, "A", 1)]


def test_what_was_due_follows_the_class_at_the_end_of_the_period(company: Company) -> None:
    def due(month: int) -> Decimal | None:
        question = Question(
            metrics=[METRICS["visit_frequency_compliance"]],
            period=Period.month(2026, month),
            today=dt.date(2026, 6, 1),
            currency="IDR",
            rep_id=company.sari,
        )
        answer = metric_values(access=SYSTEM, question=question)
        return answer.total.values["visit_frequency_compliance"].value.denominator

    # Class A, four full weeks.
    assert [due(3), due(4)] == [Decimal(4), Decimal(4)]
    with transaction():
        set_class(company.shop, CustomerClass.C, dt.date(2026, 4, 10))
    refresh_rollups()
    assert [due(month) for month in (3, 4, 5)] == [Decimal(4), Decimal(1), Decimal(1)]
