"""Neither the order in which facts arrive nor what is moved later changes a past number."""

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from server.currencies.models import ExchangeRate
from server.currencies.operations.rates import RateEntry, enter_rate
from server.customers.models import Customer, CustomerAssignment
from server.customers.operations import keep_past_classes
from server.deals.models import Deal, DealLine, StageChange
from server.deals.operations import deals
from server.expenses.models import Expense
from server.metrics.jobs import refresh_rollups
from server.metrics.models import (
    AdvanceFact,
    ClassDayRollup,
    CustomerDayRollup,
    DailyRollup,
    DealFact,
    RouteFact,
)
from server.metrics.operations.days import rebuild_everything
from server.metrics.queries import Question, metric_values
from server.metrics.rollups.rebuild import differing_rows
from server.metrics.sql.reach import By
from server.planning.models import JourneyStop
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.events import mark_days, record_changed
from server.platform.transaction import transaction
from server.products.models import PastProductCost, Product
from server.products.operations import ProductForm, change_product
from server.teams.models import TeamMembership
from server.visits import operations as visits
from server.visits.models import CheckIn, CheckOut, Visit
from shared.metrics.catalog import METRICS
from shared.metrics.formula import Kind
from shared.sync.ids import new_id
from shared.time import Period
from shared.vocabulary import CustomerClass, ExpenseKind, ExpenseState, NoSaleReason, StopState
from tests.factories.company import Company, add_customer
from tests.factories.visits import MONDAY_9, record_visit, take_order

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
APRIL = dt.date(2026, 4, 1)
ROLLUPS = (DailyRollup.__table__, ClassDayRollup.__table__, CustomerDayRollup.__table__)
FACTS: tuple[Any, ...] = (AdvanceFact, DealFact, DealLine, StageChange, Deal, CheckIn, CheckOut)
FACTS += (Visit, JourneyStop, Expense, RouteFact, ExchangeRate, PastProductCost)

Arrival = Callable[[], object]


def change(by: str, product_id: str, cost_minor: int, since: dt.date) -> None:
    """Let a product be a staple, and cost something else since a day."""
    row = db.session.get_one(Product, product_id)
    form = ProductForm(
        sku=row.sku,
        name=row.name,
        category="Staples",
        unit=row.unit,
        price_minor=row.price_minor,
        cost_minor=cost_minor,
        prices=row.prices,
    )
    change_product(
        product_id=product_id,
        base=str(row.version),
        product=form,
        today=APRIL,
        cost_since=since,
        at=MONDAY_9,
        by=by,
    )


def facts(company: Company, customers: list[str]) -> list[Arrival]:
    """Return what happened in a fortnight, each to be recorded whenever it arrives."""

    def visit(rep_id: str, customer_id: str, at: dt.datetime, amount: int) -> None:
        visit_id = record_visit(rep_id=rep_id, customer_id=customer_id, at=at)
        if not amount:
            fields = {"no_sale_reason": NoSaleReason.PRICE}
            visits.patch_visit(visit_id=visit_id, rep_id=rep_id, fields=fields, at=at)
            return
        take_order(
            rep_id=rep_id,
            customer_id=customer_id,
            product_id=company.tea if amount % 2 else company.rice,
            quantity=1,
            unit_price_minor=amount * 1_000,
            visit_id=visit_id,
            at=at,
            currency=("IDR", "USD", "SGD")[amount % 3],
        )

    def rate(currency: str, day: dt.date, rate: str) -> None:
        enter_rate(
            entry=RateEntry(currency=currency, day=day, rate=Decimal(rate)),
            reporting_currency="IDR",
            at=MONDAY_9,
            today=APRIL,
            by=company.admin,
        )

    def deal(rep_id: str, customer_id: str, at: dt.datetime, moves: list[str]) -> None:
        deal_id = new_id()
        deals.create_deal(
            deal=deals.NewDeal(
                deal_id=deal_id,
                owner_id=rep_id,
                customer_id=customer_id,
                stage_key="lead",
                currency="USD" if moves else "IDR",
                amount_minor=7_000,
                source="fair",
            ),
            at=at,
            day=at.date(),
            reporting_currency="IDR",
        )
        for number, stage in enumerate(moves, start=1):
            moved_at = at + number * 2 * DAY
            fields = {"stage_key": stage}
            deals.change_deal(deal_id=deal_id, fields=fields, at=moved_at, day=moved_at.date())

    def stop(rep_id: str, customer_id: str, day: dt.date, sequence: int) -> None:
        db.session.add(
            JourneyStop(
                id=new_id(),
                rep_id=rep_id,
                customer_id=customer_id,
                day=day,
                sequence=sequence,
                state=StopState.PLANNED,
                created_at=MONDAY_9,
                updated_at=MONDAY_9,
            )
        )
        db.session.flush()
        mark_days(rep_id, {day})

    def expense(rep_id: str, day: dt.date) -> None:
        db.session.add(
            Expense(
                id=new_id(),
                rep_id=rep_id,
                day=day,
                kind=ExpenseKind.TOLL,
                amount_minor=500_00,
                base_amount_minor=500_00,
                currency="IDR",
                state=ExpenseState.APPROVED,
                created_at=MONDAY_9,
                updated_at=MONDAY_9,
            )
        )
        db.session.flush()
        mark_days(rep_id, {day})

    monday = MONDAY_9.date()
    # Orders in Singapore dollars before the Wednesday wait for ever.
    found: list[Arrival] = [
        partial(rate, "USD", monday - 3 * DAY, "16000"),
        partial(rate, "USD", monday + 2 * DAY, "16250.5"),
        partial(rate, "SGD", monday + 2 * DAY, "12000.25"),
        partial(change, company.admin, company.tea, 700, monday + 2 * DAY),
        partial(change, company.admin, company.rice, 1_100, monday + 3 * DAY),
    ]
    for day in range(5):
        at = MONDAY_9 + day * DAY
        for place, customer_id in enumerate(customers):
            rep_id = company.sari if (day + place) % 2 else company.joko
            hour = at + ((place * 7 + day) % 5) * HOUR
            amount = (day * 3 + place * 5) % 4
            found += [
                partial(visit, rep_id, customer_id, hour, amount),
                partial(stop, rep_id, customer_id, at.date(), place + 1),
            ]
        found.append(partial(expense, company.sari, at.date()))
        moves = [["opportunity"], ["opportunity", "won"], ["opportunity", "lost"], []][day % 4]
        found.append(partial(deal, company.joko, customers[day % 3], at + HOUR, moves))
    return found


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
            waiting = facts(company, customers)
            order.shuffle(waiting)
            while waiting:
                together = order.randrange(1, 12)
                with transaction():
                    for arrive in waiting[:together]:
                        arrive()
                del waiting[:together]
                if order.random() < 0.5:
                    refresh_rollups()
            refresh_rollups()
            assert not any(differing_rows().values())
            results.append(stored())
            with transaction():
                for model in FACTS:
                    db.session.execute(delete(model))
                for product, (cost_minor, category) in sold.items():
                    values = {"cost_minor": cost_minor, "category": category}
                    db.session.execute(update(Product).where(Product.id == product).values(values))
                rebuild_everything()
            assert stored() == []
    assert results[0] == results[1]
    assert len(results[0]) > 20


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
            for arrive in facts(company, customers):
                arrive()
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
