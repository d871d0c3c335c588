"""Neither the order in which facts arrive nor what is moved later changes a past number."""

import datetime as dt
import random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from server.costs.models import Cost
from server.currencies.models import ExchangeRate
from server.customers.models import Customer, CustomerAssignment
from server.customers.operations import keep_past_classes
from server.deals.models import Deal, DealLine, StageChange
from server.expenses.models import Expense
from server.metrics.jobs import refresh_rollups
from server.metrics.models import (
    AdvanceFact,
    ClassDayRollup,
    CustomerDayRollup,
    DailyRollup,
    DealFact,
    RouteFact,
    TravelFact,
)
from server.metrics.operations.days import rebuild_everything
from server.metrics.queries import Question, metric_values
from server.metrics.rollups.rebuild import differing_rows
from server.metrics.sql.reach import By
from server.planning.models import JourneyStop
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.products.models import PastProductCost, Product
from server.teams.models import TeamMembership
from server.tracking.models import TrackChunk, TrackingConsent, WorkDay
from server.visits.models import CheckIn, CheckOut, Visit
from shared.metrics.catalog import METRICS
from shared.metrics.formula import Kind
from shared.time import Period
from shared.vocabulary import CustomerClass
from tests.factories.company import Company, add_customer
from tests.factories.fortnight import APRIL, Fortnight

ROLLUPS = (DailyRollup.__table__, ClassDayRollup.__table__, CustomerDayRollup.__table__)
FACTS: tuple[Any, ...] = (AdvanceFact, DealFact, DealLine, StageChange, Deal, CheckIn, CheckOut)
FACTS += (Visit, JourneyStop, Expense, RouteFact, ExchangeRate, PastProductCost)
FACTS += (TravelFact, TrackChunk, TrackingConsent, WorkDay, Cost)
# One number at least of each kind of fact.
TOLD = ("calls", "pjp_rate", "cancelled_stops", "travel_distance", "idle_time", "cost_per_visit")


def stored() -> list[str]:
    return sorted(str(tuple(row)) for table in ROLLUPS for row in db.session.execute(select(table)))


def outlets(company: Company) -> list[str]:
    with transaction():
        return [
            company.shop,
            *(
                add_customer(name, owner_id=company.sari, team_id=company.east)
                for name in ("Satu", "Dua")
            ),
        ]


def test_any_order_and_any_split_gives_the_same(app: Flask, company: Company) -> None:
    with app.app_context():
        customers = outlets(company)
        sold = {
            row.id: (row.cost_minor, row.category) for row in db.session.scalars(select(Product))
        }
        db.session.rollback()
        results = []
        for seed in (1, 2):
            order = random.Random(seed)
            waiting = Fortnight(company, customers).facts()
            order.shuffle(waiting)
            while waiting:
                together = order.randrange(1, 12)
                with transaction():
                    early = [arrive for arrive in waiting[:together] if arrive() is False]
                waiting = waiting[together:] + early
                if order.random() < 0.5:
                    refresh_rollups()
            refresh_rollups()
            assert not any(differing_rows().values())
            results.append((stored(), march()))
            with transaction():
                for model in FACTS:
                    db.session.execute(delete(model))
                for product, (cost_minor, category) in sold.items():
                    values = {"cost_minor": cost_minor, "category": category}
                    db.session.execute(update(Product).where(Product.id == product).values(values))
                rebuild_everything()
            assert stored() == []
    assert results[0] == results[1]
    rows, numbers = results[0]
    assert len(rows) > 20
    [(_, east), *_] = numbers[By.TEAM]
    assert {key for key in TOLD if not east[key].value.numerator} == set()


def march() -> dict[str, Any]:
    """Return every value of March, by rep and by team; predictions are about today."""
    metrics = [
        metric
        for metric in METRICS.values()
        if all(measure.kind is not Kind.PREDICTION for measure in metric.measures())
    ]
    return {
        by: [
            (group.name, group.values)
            for group in metric_values(
                access=SYSTEM,
                question=Question(
                    metrics=metrics,
                    period=Period.month(2026, 3),
                    today=dt.date(2026, 6, 1),
                    currency="IDR",
                    by=by,
                ),
            ).groups
        ]
        for by in (By.REP, By.TEAM)
    }


@pytest.mark.parametrize("then", ["refreshed", "rebuilt"])
def test_moving_reps_and_customers_changes_no_past_number(
    app: Flask, company: Company, then: str
) -> None:
    with app.app_context():
        customers = outlets(company)
        with transaction():
            waiting = Fortnight(company, customers).facts()
            while waiting:
                waiting = [arrive for arrive in waiting if arrive() is False]
        refresh_rollups()
        before = march()

        with transaction():
            for model, owner in (
                (TeamMembership, TeamMembership.user_id == company.sari),
                (CustomerAssignment, CustomerAssignment.customer_id.in_(customers)),
            ):
                db.session.execute(update(model).where(owner).values(end_on=APRIL))
            db.session.add(
                TeamMembership(user_id=company.sari, team_id=company.west, start_on=APRIL)
            )
            for customer_id in customers:
                db.session.add(
                    CustomerAssignment(customer_id=customer_id, rep_id=company.rina, start_on=APRIL)
                )
                keep_past_classes({customer_id: CustomerClass.A}, day=APRIL)
            db.session.execute(
                update(Customer)
                .where(Customer.id.in_(customers))
                .values(customer_class=CustomerClass.C, owner_id=company.rina)
            )
            record_changed("customer", *customers)
            if then == "rebuilt":
                rebuild_everything()
        refresh_rollups()

        assert march() == before
        assert any(values["calls"].value.value for _, values in before[By.TEAM])
