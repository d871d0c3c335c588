"""A team to itself for each example, and the raw rows of what its reps did, written all at once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from server.costs.models import Cost
from server.customers.models import Customer, CustomerAssignment
from server.deals.models import Deal, DealLine, StageChange
from server.expenses.models import Expense
from server.identity.models import User
from server.lifetime.models import CustomerLifetime, LifetimeFit
from server.metrics.models import Target
from server.planning.models import JourneyStop
from server.platform.bulk import insert_rows
from server.platform.database import Model
from server.products.models import Product
from server.teams.models import Team, TeamMembership
from server.tracking.models import TrackChunk, WorkDay
from server.visits.models import Visit
from shared.sync.ids import new_id
from shared.vocabulary import (
    CustomerClass,
    NoSaleReason,
    Role,
    StageKind,
    StopState,
    TimeTrust,
    Verdict,
    VisitState,
)
from tests.factories.company import ZONE

BEGINNING = dt.date(2024, 1, 1)
MADE_AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_EAST_OF_GREENWICH = dt.timedelta(hours=7)
_STAMPS = {"created_at": MADE_AT, "updated_at": MADE_AT}
# What others refer to comes first.
_ORDER: tuple[type[Model], ...] = (User, Team, TeamMembership, Customer, CustomerAssignment)
_ORDER += (Product, Visit, JourneyStop, Deal, DealLine, StageChange, Cost, Expense, WorkDay)
_ORDER += (TrackChunk, LifetimeFit, CustomerLifetime, Target)


@dataclass
class Rows:
    """Rows of many tables that wait to be written."""

    waiting: dict[type[Model], list[dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, model: type[Model], **columns: Any) -> None:
        """Add a row."""
        self.waiting[model].append(columns)

    def write(self) -> None:
        """Insert them all; the caller commits."""
        assert set(self.waiting) <= set(_ORDER)
        for model in _ORDER:
            if rows := self.waiting.pop(model, None):
                table = model.__table__
                assert isinstance(table, Table)
                insert_rows(table, rows)


def parts(total: int, count: int) -> list[int]:
    """Return so many parts of a total, not alike."""
    share, rest = divmod(total, count)
    off = share // 3
    found = [share + off if number % 2 else share - off for number in range(count - count % 2)]
    found += [share] * (count % 2)
    return [part + (number < rest) for number, part in enumerate(found)]


def moment(day: dt.date, seconds: float) -> dt.datetime:
    """Return the moment so many seconds after midnight in Jakarta."""
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC) - _EAST_OF_GREENWICH
    return midnight + dt.timedelta(seconds=seconds)


class World:
    """One team whose first rep does everything, unless another is named."""

    def __init__(self, rows: Rows, first_day: dt.date) -> None:
        self.rows = rows
        self.first_day = first_day
        self.team_id = new_id()
        rows.add(Team, id=self.team_id, code=self.team_id, name=self.team_id)
        self.rep = self.add_rep()

    def day(self, number: int = 0) -> dt.date:
        """Return the day so many after the first."""
        return self.first_day + dt.timedelta(days=number)

    def add_rep(self) -> str:
        """Add a rep who belongs to the team for ever."""
        rep_id = new_id()
        self.rows.add(
            User, id=rep_id, code=rep_id, name="Rep", role=Role.REP, time_zone=ZONE,
            created_at=MADE_AT,
        )  # fmt: skip
        self.rows.add(
            TeamMembership, user_id=rep_id, team_id=self.team_id, start_on=BEGINNING, end_on=None
        )
        return rep_id

    def customer(self, *, of: CustomerClass = CustomerClass.C, assigned: bool = False) -> str:
        """Add a customer."""
        customer_id = new_id()
        owner_id = self.rep if assigned else None
        self.rows.add(
            Customer, id=customer_id, code=customer_id, name="Shop", customer_class=of,
            owner_id=self.rep, team_id=self.team_id, **_STAMPS,
        )  # fmt: skip
        if owner_id:
            self.rows.add(
                CustomerAssignment, customer_id=customer_id, rep_id=owner_id, start_on=BEGINNING
            )
        return customer_id

    def product(self, *, category: str = "", cost_minor: int | None = None) -> str:
        """Add a product."""
        product_id = new_id()
        self.rows.add(
            Product, id=product_id, sku=product_id, name="Tea", category=category, price_minor=1,
            cost_minor=cost_minor, **_STAMPS,
        )  # fmt: skip
        return product_id

    def visit(
        self,
        number: int = 0,
        at_s: int = 11 * 3600,
        *,
        seconds: int | None = 600,
        customer: str | None = None,
        verdict: Verdict = Verdict.INSIDE,
        trust: TimeTrust = TimeTrust.VERIFIED,
        state: VisitState | None = None,
        auto_closed: bool = False,
        reason: NoSaleReason | None = None,
    ) -> str:
        """Add a visit on a day, at a time in seconds since midnight; without seconds it is open."""
        visit_id, day = new_id(), self.day(number)
        usual = VisitState.OPEN if seconds is None else VisitState.COMPLETED
        ended_s = None if seconds is None or auto_closed else at_s + seconds
        self.rows.add(
            Visit, id=visit_id, rep_id=self.rep, team_id=self.team_id, day=day, time_zone=ZONE,
            customer_id=customer or self.customer(), state=state or usual,
            started_at=moment(day, at_s), started_clock_s=at_s,
            ended_at=None if ended_s is None else moment(day, ended_s), ended_clock_s=ended_s,
            duration_s=None if auto_closed else seconds, verdict=verdict, time_trust=trust,
            auto_closed=auto_closed, no_sale_reason=reason, **_STAMPS,
        )  # fmt: skip
        return visit_id

    def stop(
        self, customer_id: str, place: int, number: int = 0, *, state: StopState = StopState.PLANNED
    ) -> None:
        """Plan a customer for a day."""
        self.rows.add(
            JourneyStop, id=new_id(), rep_id=self.rep, customer_id=customer_id,
            day=self.day(number), sequence=place, state=state, **_STAMPS,
        )  # fmt: skip

    def deal(
        self,
        value_minor: int = 0,
        *,
        lead: dt.date | None = None,
        opened: dt.date | None = None,
        closed: dt.date | None = None,
        won: bool = True,
        stage: str = "opportunity",
        customer: str | None = None,
        visit: str | None = None,
        products: Sequence[str] = (),
        rep: str | None = None,
    ) -> None:
        """Add a deal with the moves that led to where it stands; its value is in the first line.

        :param stage: where it stands if it is open
        """
        moves = [
            ("lead", StageKind.LEAD, lead),
            (stage, StageKind.OPEN, opened),
            ("won", StageKind.WON, closed) if won else ("lost", StageKind.LOST, closed),
        ]
        made = [(key, kind, day) for key, kind, day in moves if day is not None]
        key, kind, since = made[-1]
        deal_id, owner = new_id(), rep or self.rep
        self.rows.add(
            Deal, id=deal_id, customer_id=customer, visit_id=visit, owner_id=owner,
            team_id=self.team_id, stage_key=key, kind=kind, stage_since=since, currency="IDR",
            amount_minor=value_minor, base_amount_minor=value_minor, lead_day=lead,
            lead_rep_id=owner if lead else None, opportunity_day=opened,
            opportunity_rep_id=owner if opened else None, closed_day=closed,
            closed_at=moment(closed, 12 * 3600) if closed else None,
            closed_rep_id=owner if closed else None, **_STAMPS,
        )  # fmt: skip
        before = None
        for hour, (to_stage, _, day) in enumerate(made, start=10):
            self.rows.add(
                StageChange, id=new_id(), deal_id=deal_id, from_stage=before, to_stage=to_stage,
                at=moment(day, hour * 3600), day=day, rep_id=owner,
            )  # fmt: skip
            before = to_stage
        for place, product_id in enumerate(products):
            amount = 0 if place else value_minor
            self.rows.add(
                DealLine, deal_id=deal_id, position=place, product_id=product_id, quantity=1,
                unit_price_minor=amount, amount_minor=amount,
            )  # fmt: skip
