"""What happened to a company in a fortnight: facts of all kinds, recorded whenever they arrive.

What a phone records arrives as its push, the rest as an operation of the office.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from server.costs.operations import CostEntry, enter_cost
from server.currencies.operations.rates import RateEntry, enter_rate
from server.customers.models import Customer
from server.deals.operations import deals
from server.expenses.models import Expense
from server.planning.models import JourneyStop
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.events import mark_days
from server.products.models import Product
from server.products.operations import ProductForm, change_product
from shared.sync.ids import new_id
from shared.sync.protocol import Kind
from shared.vocabulary import CostCategory, ExpenseKind, ExpenseState, NoSaleReason, StopState
from tests.factories.company import ZONE, Company
from tests.factories.pushes import Told, send
from tests.factories.tracks import METRES_PER_DEGREE, MONAS
from tests.factories.visits import MONDAY_9

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
APRIL = dt.date(2026, 4, 1)
MONDAY = MONDAY_9.date()
CURRENCIES = ("IDR", "USD", "SGD")

Arrival = Callable[[], bool | None]
"""Records a fact. False: what it is about has not arrived yet, so it must come again."""


@dataclass
class Fortnight:
    """The facts of a company, in the order in which they happened."""

    company: Company
    customers: Sequence[str]
    made: dict[object, str] = field(default_factory=dict)
    """Ids of what has arrived, by the name it has here."""

    def facts(self) -> list[Arrival]:
        """Return the facts, each to be recorded once."""
        company = self.company
        # Orders in Singapore dollars before the Wednesday wait for ever.
        found: list[Arrival] = [
            partial(self.rate, "USD", MONDAY - 3 * DAY, "16000"),
            partial(self.rate, "USD", MONDAY + 2 * DAY, "16250.5"),
            partial(self.rate, "SGD", MONDAY + 2 * DAY, "12000.25"),
            partial(self.change, company.tea, 700, MONDAY + 2 * DAY),
            partial(self.change, company.rice, 1_100, MONDAY + 3 * DAY),
            partial(self.void, (0, 1)),
            partial(self.void, (1, 0)),
            partial(self.void, "deal 1"),
            partial(self.cancel, (2, 1)),
            partial(self.cancel, (3, 2)),
            partial(self.start, company.rina, MONDAY_9),
            partial(self.track, company.joko, MONDAY_9),
            partial(self.track, company.sari, MONDAY_9 + DAY),
        ]
        for day in range(5):
            at = MONDAY_9 + day * DAY
            for place, customer_id in enumerate(self.customers):
                rep_id = company.sari if (day + place) % 2 else company.joko
                hour = at + ((place * 7 + day) % 5) * HOUR
                found += [
                    partial(self.visit, (day, place), rep_id, customer_id, hour),
                    partial(self.stop, (day, place), rep_id, customer_id, at.date()),
                ]
            currency = CURRENCIES[day % 3]
            found += [
                partial(self.expense, company.sari, at.date()),
                partial(self.cost, company.joko if day % 2 else None, at.date(), currency),
            ]
            moves = [["opportunity"], ["opportunity", "won"], ["opportunity", "lost"], []][day % 4]
            name, customer_id = f"deal {day}", self.customers[day % 3]
            found.append(partial(self.deal, name, company.joko, customer_id, at + HOUR, moves))
        return found

    # By phone

    def visit(self, name: tuple[int, int], rep_id: str, customer_id: str, at: dt.datetime) -> None:
        """Sell something in a visit, or say why not."""
        visit_id, left_at = new_id(), at + 20 * MINUTE
        amount = (name[0] * 3 + name[1] * 5) % 4
        presence = self._presence(visit_id, customer_id, at)
        changes = [
            Told("visit", visit_id, {"customer_id": customer_id, "time_zone": ZONE}, at),
            Told("check_in", new_id(), presence, at),
        ]
        if amount:
            self.made[name] = deal_id = new_id()
            line = {
                "product_id": self.company.tea if amount % 2 else self.company.rice,
                "quantity": 1,
                "unit_price_minor": amount * 1_000,
            }
            order = {
                "customer_id": customer_id,
                "visit_id": visit_id,
                "stage_key": "won",
                "currency": CURRENCIES[amount % 3],
                "lines": [line],
            }
            changes.append(Told("deal", deal_id, order, at + MINUTE))
        else:
            why = {"no_sale_reason": NoSaleReason.PRICE}
            changes.append(Told("visit", visit_id, why, at + MINUTE, Kind.PATCH))
        left = self._presence(visit_id, customer_id, left_at)
        send(rep_id, *changes, Told("check_out", new_id(), left, left_at))

    def deal(
        self, name: str, rep_id: str, customer_id: str, at: dt.datetime, moves: list[str]
    ) -> None:
        """Bring a lead, and move it every other day."""
        self.made[name] = deal_id = new_id()
        lead = {
            "customer_id": customer_id,
            "stage_key": "lead",
            "currency": "USD" if moves else "IDR",
            "amount_minor": 7_000,
            "source": "fair",
        }
        changes = [Told("deal", deal_id, lead, at)]
        for number, stage in enumerate(moves, start=1):
            moved_at = at + number * 2 * DAY
            move = {"stage_key": stage} | ({"lost_reason": "Price"} if stage == "lost" else {})
            changes.append(Told("deal", deal_id, move, moved_at, Kind.PATCH))
        send(rep_id, *changes)

    def cancel(self, name: tuple[int, int]) -> bool:
        """Cancel a stop."""
        stop_id = self.made.get(("stop", name))
        if stop_id is None:
            return False
        stop = db.session.get_one(JourneyStop, stop_id)
        told = Told("stop.cancel", stop.id, {"reason": "Closed"}, MONDAY_9, Kind.COMMAND)
        send(stop.rep_id, told)
        return True

    def start(self, rep_id: str, at: dt.datetime, *more: Told) -> None:
        """Begin a working day."""
        before = at - HOUR
        send(
            rep_id,
            Told("consent", new_id(), {"given": True, "text_version": "1"}, before),
            Told("start_day", new_id(), {"time_zone": ZONE}, before),
            *more,
        )

    def track(self, rep_id: str, at: dt.datetime) -> None:
        """Record a way of an hour, with half an hour of standing in it."""
        minutes = [(minute, min(minute, 15) * 300) for minute in range(46)]
        minutes += [(minute, (minute - 30) * 300) for minute in range(46, 60)]
        fixes = [
            [
                int((at + minute * MINUTE).timestamp() * 1000),
                MONAS[0] + north_m / METRES_PER_DEGREE,
                MONAS[1],
                8.0,
                0,
            ]
            for minute, north_m in minutes
        ]
        data = {"time_zone": ZONE, "fixes": fixes}
        self.start(rep_id, at, Told("track", new_id(), data, at + HOUR))

    # By the office

    def void(self, name: object) -> bool:
        """Take a deal out of all numbers."""
        if name not in self.made:
            return False
        deals.void_deal(deal_id=self.made[name], at=MONDAY_9 + 9 * DAY)
        return True

    def stop(self, name: tuple[int, int], rep_id: str, customer_id: str, day: dt.date) -> None:
        """Plan a customer for a day."""
        self.made["stop", name] = self._add(
            JourneyStop, rep_id, day, customer_id=customer_id, sequence=name[1] + 1,
            state=StopState.PLANNED,
        )  # fmt: skip

    def expense(self, rep_id: str, day: dt.date) -> None:
        """Spend something that was approved."""
        self._add(
            Expense, rep_id, day, kind=ExpenseKind.TOLL, amount_minor=500_00,
            base_amount_minor=500_00, currency="IDR", state=ExpenseState.APPROVED,
        )  # fmt: skip

    def cost(self, rep_id: str | None, day: dt.date, currency: str) -> None:
        """Spend something on winning customers, for a rep or for a team."""
        entry = CostEntry(
            category=CostCategory.EVENT,
            day=day,
            rep_id=rep_id,
            team_id=None if rep_id else self.company.east,
            amount_minor=30_00,
            currency=currency,
        )
        enter_cost(access=SYSTEM, entry=entry, at=MONDAY_9, today=APRIL)

    def rate(self, currency: str, day: dt.date, rate: str) -> None:
        """Enter an exchange rate."""
        enter_rate(
            entry=RateEntry(currency=currency, day=day, rate=Decimal(rate)),
            reporting_currency="IDR",
            at=MONDAY_9,
            today=APRIL,
            by=self.company.admin,
        )

    def change(self, product_id: str, cost_minor: int, since: dt.date) -> None:
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
            by=self.company.admin,
        )

    def _add(self, model: Any, rep_id: str, day: dt.date, **columns: Any) -> str:
        row_id = new_id()
        stamps = {"created_at": MONDAY_9, "updated_at": MONDAY_9}
        db.session.add(model(id=row_id, rep_id=rep_id, day=day, **columns, **stamps))
        db.session.flush()
        mark_days(rep_id, {day})
        return row_id

    def _presence(self, visit_id: str, customer_id: str, at: dt.datetime) -> dict[str, Any]:
        customer = db.session.get_one(Customer, customer_id)
        place = {"latitude": customer.latitude, "longitude": customer.longitude}
        fix_ms = int(at.timestamp() * 1000)
        return {
            "visit_id": visit_id,
            "customer_id": customer_id,
            "fix": {**place, "accuracy_m": 10.0, "fix_ms": fix_ms},
            "fence": {"customer_id": customer_id, **place, "radius_m": 100},
            "time_zone": ZONE,
            "verdict": "inside",
        }
