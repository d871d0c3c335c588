"""Whatever the office does, in any order, and takes back: the numbers are what the raw rows say."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from server.currencies.operations.rates import RateEntry, enter_rate
from server.customers.models import Customer
from server.customers.operations import create_prospect, edit_customer, undo_edit
from server.deals.models import Deal
from server.deals.operations import deals
from server.deals.operations.moves import set_stage_probability
from server.merges import operations as merges
from server.metrics.jobs import refresh_rollups
from server.metrics.rollups.rebuild import differing_rows
from server.planning.models import JourneyStop
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import mark_days
from server.platform.transaction import transaction
from server.products import operations as products
from server.products.models import Product
from server.rejudgements import operations as rejudgements
from server.teams.operations.teams import move_to_team
from server.visits import operations as visits
from server.visits.models import Visit
from shared.sync.ids import new_id
from shared.time import Period
from shared.vocabulary import CustomerClass, NoSaleReason, Role, StopState, VisitState
from tests.factories.company import Company, add_customer
from tests.factories.visits import MONDAY_9, record_visit, take_order

DAY = dt.timedelta(days=1)
STAGES = ("lead", "opportunity", "won", "lost")
ACTIONS, EVERY = 60, 12


@dataclass
class Office:
    """Draws what somebody does next; `undo` holds what can be taken back."""

    company: Company
    draw: random.Random
    customers: list[str]
    at: dt.datetime = MONDAY_9 + 10 * DAY
    undo: list[Callable[[], object]] = field(default_factory=list)

    @property
    def admin(self) -> Access:
        return Access(user_id=self.company.admin, role=Role.ADMIN)

    def rep(self) -> str:
        return self.draw.choice([self.company.sari, self.company.joko, self.company.rina])

    def customer(self) -> str:
        return self.draw.choice(self.customers)

    def moment(self) -> dt.datetime:
        """Return some moment of the last ten days."""
        return self.at - self.draw.randrange(10) * DAY + self.draw.randrange(8) * 3600 * SECOND

    def deal(self) -> str | None:
        ids = sorted(db.session.scalars(select(Deal.id).where(Deal.deleted_at.is_(None))))
        return self.draw.choice(ids) if ids else None

    def visit(self) -> None:
        rep_id, customer_id, at = self.rep(), self.customer(), self.moment()
        metres_away = self.draw.choice([0, 40, 130, 400])
        visit_id = record_visit(
            rep_id=rep_id, customer_id=customer_id, at=at, metres_away=metres_away
        )
        if self.draw.random() < 0.5:
            take_order(
                rep_id=rep_id,
                customer_id=customer_id,
                product_id=self.draw.choice([self.company.tea, self.company.rice]),
                quantity=self.draw.randrange(1, 4),
                unit_price_minor=self.draw.randrange(1, 9) * 1_000,
                visit_id=visit_id,
                at=at,
            )
        else:
            fields = {"no_sale_reason": self.draw.choice(list(NoSaleReason))}
            visits.patch_visit(visit_id=visit_id, rep_id=rep_id, fields=fields, at=at)

    def plan(self) -> None:
        rep_id, day = self.rep(), (self.at + self.draw.randrange(-5, 6) * DAY).date()
        db.session.add(
            JourneyStop(
                id=new_id(),
                rep_id=rep_id,
                customer_id=self.customer(),
                day=day,
                sequence=self.draw.randrange(9),
                state=StopState.PLANNED,
                created_at=MONDAY_9,
                updated_at=MONDAY_9,
            )
        )
        db.session.flush()
        mark_days(rep_id, {day})

    def offer(self) -> None:
        at = self.moment()
        deals.create_deal(
            deal=deals.NewDeal(
                deal_id=new_id(),
                owner_id=self.rep(),
                customer_id=self.customer(),
                stage_key=self.draw.choice(STAGES),
                currency=self.draw.choice(["IDR", "USD"]),
                amount_minor=self.draw.randrange(1, 90) * 100,
            ),
            at=at,
            day=at.date(),
            reporting_currency="IDR",
        )

    def move_deal(self) -> None:
        if deal_id := self.deal():
            at = self.moment()
            fields = {"stage_key": self.draw.choice(STAGES)}
            deals.change_deal(deal_id=deal_id, fields=fields, at=at, day=at.date())

    def void_deal(self) -> None:
        if deal_id := self.deal():
            deals.void_deal(deal_id=deal_id, at=self.at)
            self.undo.append(lambda: deals.void_deal(deal_id=deal_id, at=self.at, voided=False))

    def hand_over(self) -> None:
        if deal_id := self.deal():
            fields = {"owner_id": self.rep()}
            deals.change_deal(deal_id=deal_id, fields=fields, at=self.at, day=self.at.date())

    def cancel_visit(self) -> None:
        found = db.session.execute(
            select(Visit.id, Visit.rep_id).where(Visit.state != VisitState.CANCELLED)
        ).all()
        if found:
            visit = self.draw.choice(sorted(map(tuple, found)))
            fields = {"state": VisitState.CANCELLED, "cancel_reason": "A mistake"}
            visits.patch_visit(visit_id=visit[0], rep_id=visit[1], fields=fields, at=self.at)

    def move_rep(self) -> None:
        rep_id, day = self.rep(), self.at.date()
        before = move_to_team(
            user_id=rep_id,
            team_id=self.draw.choice([self.company.east, self.company.west, None]),
            day=day,
        )
        self.undo.append(lambda: move_to_team(user_id=rep_id, team_id=before, day=day))

    def reclass(self) -> None:
        customer_id, at = self.customer(), self.at
        edit_customer(
            customer_id=customer_id,
            fields={"customer_class": self.draw.choice(list(CustomerClass))},
            base=db.session.get_one(Customer, customer_id).version,
            at=at,
            by=self.company.admin,
        )
        self.undo.append(
            lambda: undo_edit(
                customer_id=customer_id, done_at=at, at=self.at, by=self.company.admin
            )
        )

    def found_prospect(self) -> None:
        self.customers.append(new_id())
        create_prospect(
            customer_id=self.customers[-1],
            rep_id=self.rep(),
            team_id=None,
            day=self.at.date(),
            fields={"name": "New", "latitude": -6.1754, "longitude": 106.8272},
            at=self.at,
        )

    def merge(self) -> None:
        survivor, loser = (
            db.session.get_one(Customer, each) for each in self.draw.sample(self.customers, 2)
        )
        merge_id = merges.merge(
            access=self.admin,
            survivor_id=survivor.id,
            loser_id=loser.id,
            seen=(str(survivor.version), str(loser.version)),
            take={each for each in merges.CHOICES if self.draw.random() < 0.5},
            at=self.at,
            day=self.at.date(),
        ).id
        self.undo.append(
            lambda: merges.undo(
                access=self.admin, merge_id=merge_id, at=self.at, day=self.at.date()
            )
        )

    def unmerge(self, merge_id: str) -> None:
        merges.undo(access=self.admin, merge_id=merge_id, at=self.at, day=self.at.date())

    def rejudge(self) -> None:
        customer_id, period = self.customer(), Period(MONDAY_9.date(), self.at.date())
        customer = db.session.get_one(Customer, customer_id)
        customer.radius_m = self.draw.choice([30, 100, 250])
        db.session.flush()
        seen = rejudgements.preview(
            access=self.admin, customer_id=customer_id, period=period, default_radius_m=100
        ).seen
        rejudgement_id = rejudgements.rejudge(
            access=self.admin,
            customer_id=customer_id,
            period=period,
            default_radius_m=100,
            reason="The radius was wrong",
            seen=seen,
            at=self.at,
        ).id
        self.undo.append(
            lambda: rejudgements.undo(
                access=self.admin,
                customer_id=customer_id,
                rejudgement_id=rejudgement_id,
                reason="It was right",
                at=self.at,
            )
        )

    def enter_rate(self) -> None:
        entry = RateEntry(
            currency="USD",
            day=self.moment().date(),
            rate=Decimal(self.draw.randrange(15_000, 17_000)),
            confirmed=True,
        )
        enter_rate(
            entry=entry,
            reporting_currency="IDR",
            at=self.at,
            today=self.at.date(),
            by=self.company.admin,
        )

    def change_product(self) -> None:
        product = db.session.get_one(
            Product, self.draw.choice([self.company.tea, self.company.rice])
        )
        products.change_product(
            product_id=product.id,
            base=str(product.version),
            product=products.ProductForm(
                sku=product.sku,
                name=product.name,
                category=self.draw.choice(["Drinks", "Staples", ""]),
                unit=product.unit,
                price_minor=product.price_minor,
                cost_minor=self.draw.choice([None, 100, 200, 300]),
                prices=product.prices,
            ),
            today=self.at.date(),
            cost_since=self.draw.choice([None, self.moment().date()]),
            at=self.at,
            by=self.company.admin,
        )

    def set_probability(self) -> None:
        set_stage_probability(
            stage_key="opportunity",
            percent=self.draw.randrange(101),
            day=self.moment().date(),
            at=self.at,
            by=self.company.admin,
        )

    def take_back(self) -> None:
        if self.undo:
            self.undo.pop(self.draw.randrange(len(self.undo)))()

    def act(self) -> str:
        """Do something; what is refused changes nothing."""
        name = self.draw.choice(NAMES)
        self.at += self.draw.randrange(20) * 3600 * SECOND
        try:
            with transaction():
                getattr(self, name)()
        except ProblemError:
            return f"{name}, refused"
        return name


SECOND = dt.timedelta(seconds=1)
NAMES = (
    *("visit", "visit", "plan", "offer", "move_deal", "void_deal", "hand_over", "cancel_visit"),
    *("move_rep", "reclass", "found_prospect", "merge", "rejudge", "enter_rate"),
    *("change_product", "change_product", "set_probability", "take_back", "take_back"),
)


@pytest.mark.parametrize("seed", [2, 6])
def test_the_numbers_are_what_the_raw_rows_say(app: Flask, company: Company, seed: int) -> None:
    with app.app_context():
        draw = random.Random(seed)
        with transaction():
            others = [
                add_customer(name, owner_id=company.sari, team_id=company.east)
                for name in ("Satu", "Dua", "Tiga")
            ]
        office = Office(company, draw, [company.shop, company.kiosk, *others])
        done = list[str]()
        for number in range(1, ACTIONS + 1):
            done.append(office.act())
            if number % EVERY == 0:
                refresh_rollups()
                wrong = {table: rows for table, rows in differing_rows().items() if rows}
                assert not wrong, done
                db.session.rollback()
