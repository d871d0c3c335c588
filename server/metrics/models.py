"""
What the numbers are read from, which of it is out of date, and targets.

What is counted has no foreign keys: it is made of rows that have them, and to check them again for
each row took most of the time of counting.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Base, Id, Model, UtcDateTime
from shared.metrics import measures as m
from shared.metrics.formula import Kind, Measure
from shared.metrics.measures import ROLLUP_MEASURES
from shared.vocabulary import CustomerClass


def _totals(measures: Iterable[Measure]) -> Iterator[Column[Any]]:
    for measure in measures:
        if measure.kind in {Kind.MIN, Kind.MAX}:
            yield Column(measure.column, BigInteger)
        else:
            yield Column(measure.column, BigInteger, nullable=False, server_default="0")


_BOTH = "sqlite_where", "postgresql_where"
_LACKING = text("unproductive_completed_visits > no_sale_visits")
_UNEXPLAINED: dict[str, Any] = dict.fromkeys(_BOTH, _LACKING)
_WITH_SOURCE: dict[str, Any] = dict.fromkeys(_BOTH, text("source <> ''"))


class DailyRollup(Model):
    """The totals of one rep and business day: one column for each additive measure.

    The columns are made from `shared/metrics/measures.py`; a migration adds them to the database.
    Earliest and latest times are empty where there is none, everything else is then zero. `team_id`
    is the rep's team on that day; `active` is 1 where the rep had a visit or a deal event.
    """

    __table__ = Table(
        "daily_rollup",
        Base.metadata,
        Column("rep_id", Id, primary_key=True),
        Column("day", Date, primary_key=True),
        Column("team_id", Id),
        Column("active", SmallInteger, nullable=False, server_default="0"),
        *_totals(ROLLUP_MEASURES.values()),
        # Who was active is told from the index alone.
        Index("ix_daily_rollup_day", "day", "active", "rep_id", "team_id"),
        Index("ix_daily_rollup_team_id_day", "team_id", "day"),
        Index("ix_daily_rollup_unexplained", "day", "rep_id", **_UNEXPLAINED),
    )


CLASS_MEASURES = (
    *(m.CALLS, m.COMPLETED_VISITS, m.PRODUCTIVE_VISITS, m.PRODUCTIVE_COMPLETED_VISITS),
    *(m.UNPRODUCTIVE_COMPLETED_VISITS, m.PLANNED_CALLS, m.INSIDE_CALLS, m.OUTSIDE_CALLS),
    *(m.UNCERTAIN_CALLS, m.UNVERIFIED_TIME_CALLS, m.AUTO_CLOSED_VISITS, m.NO_SALE_VISITS),
    *m.NO_SALE_BY_REASON,
    *(m.ADVANCING_CALLS, m.TIMED_VISITS, m.TIME_IN_STORE),
    *(m.PRODUCTIVE_TIMED_VISITS, m.PRODUCTIVE_TIME_IN_STORE),
    *(m.VISIT_SALES, m.VISIT_ORDERS_WITHOUT_RATE, m.VISIT_PRODUCTS),
    *(m.PLANNED_CUSTOMERS, m.PLANNED_CUSTOMERS_VISITED, m.CANCELLED_STOPS),
)
"""What is counted for each customer class apart."""


class ClassDayRollup(Model):
    """A rep's day at customers of one class, as it was then; the whole day is made of these."""

    __table__ = Table(
        "class_day_rollup",
        Base.metadata,
        Column("rep_id", Id, primary_key=True),
        Column("day", Date, primary_key=True),
        Column("customer_class", String(1), primary_key=True),
        Column("team_id", Id),
        *_totals(CLASS_MEASURES),
        Column("first_started_at", UtcDateTime),
        Column("last_ended_at", UtcDateTime),
        Column("first_clock_s", Integer),
        Column("last_clock_s", Integer),
        Index("ix_class_day_rollup_day", "day"),
    )


class CustomerDayRollup(Model):
    """What one rep did with one customer on a day: where different customers are counted."""

    __tablename__ = "customer_day_rollup"
    __table_args__ = (
        Index("ix_customer_day_rollup_day", "day"),
        Index("ix_customer_day_rollup_customer_id_day", "customer_id", "day"),
    )

    rep_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(Id, primary_key=True)
    team_id: Mapped[str | None] = mapped_column(Id)
    customer_class: Mapped[CustomerClass] = mapped_column(String(1))
    assigned: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """1 where the customer was assigned to this rep on that day."""
    calls: Mapped[int] = mapped_column(server_default="0")
    inside_calls: Mapped[int] = mapped_column(server_default="0")
    won_deals: Mapped[int] = mapped_column(server_default="0")
    first_won_deals: Mapped[int] = mapped_column(server_default="0")
    """1 where the customer's first won deal ever is among them."""


class CustomerNumber(Model):
    """A small number for each customer that a rep visited or sold to, in place of the long id."""

    __tablename__ = "customer_number"

    number: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"), unique=True)


class CustomerListRollup(Model):
    """The rows of `CustomerDayRollup` of a rep-day as two texts, in the order of the numbers.

    A customer is 8 hexadecimal digits: 28 bits of the number, 2 of the class, 2 of what else is
    told. `server/metrics/rollups/lists.py` writes them, `server/metrics/sql/lists.py` reads them.
    """

    __tablename__ = "customer_list_rollup"
    __table_args__ = (Index("ix_customer_list_rollup_day", "day"),)

    rep_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    team_id: Mapped[str | None] = mapped_column(Id)
    visited: Mapped[str] = mapped_column(Text, server_default="")
    """Two more digits for each: the visits."""
    bought: Mapped[str] = mapped_column(Text, server_default="")
    new_customers: Mapped[int] = mapped_column(server_default="0")
    """Those whose first won deal ever is among the deals of this day."""


class AssignedListRollup(Model):
    """All customers a rep has or had, each with the days, as a text.

    `server/metrics/rollups/assigned.py` writes it, `server/metrics/sql/lists.py` reads it.
    """

    __tablename__ = "assigned_list_rollup"

    rep_id: Mapped[str] = mapped_column(Id, primary_key=True)
    customers: Mapped[str] = mapped_column(Text)


NO_TEAM = "00000000-0000-0000-0000-000000000000"
"""Stands for the reps without a team among the days of teams."""


class TeamDayRollup(Model):
    """The rows of `DailyRollup` of a team's reps on a day, put together.

    A question about many reps reads a tenth of the rows. Counted with the reps' days, in the same
    transaction; the team is the one they had on that day.
    """

    __table__ = Table(
        "team_day_rollup",
        Base.metadata,
        Column("day", Date, primary_key=True),
        Column("team_id", Id, primary_key=True),
        *_totals(ROLLUP_MEASURES.values()),
    )


class TeamListRollup(Model):
    """The lists of `CustomerListRollup` of a team's reps on a day, one after the other."""

    __tablename__ = "team_list_rollup"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    team_id: Mapped[str] = mapped_column(Id, primary_key=True)
    visited: Mapped[str] = mapped_column(Text, server_default="")
    bought: Mapped[str] = mapped_column(Text, server_default="")
    new_customers: Mapped[int] = mapped_column(server_default="0")


class DealFact(Model):
    """A closed deal as the numbers see it: for medians, and for what a deal was to its customer."""

    __tablename__ = "deal_fact"
    __table_args__ = (
        Index("ix_deal_fact_rep_id_day", "rep_id", "day"),
        Index("ix_deal_fact_team_id_day", "team_id", "day"),
        Index("ix_deal_fact_day", "day"),
        Index("ix_deal_fact_customer_id_day", "customer_id", "day"),
        # Most deals are orders, which have none. The others are summed from the index alone.
        Index(
            "ix_deal_fact_with_source",
            "day",
            **_WITH_SOURCE,
            postgresql_include=[
                *("rep_id", "team_id", "source", "won", "was_opportunity"),
                *("value_minor", "without_rate"),
            ],
        ),
    )

    deal_id: Mapped[str] = mapped_column(Id, primary_key=True)
    deal_version: Mapped[int] = mapped_column(BigInteger)
    rep_id: Mapped[str] = mapped_column(Id)
    day: Mapped[dt.date]
    team_id: Mapped[str | None] = mapped_column(Id)
    customer_id: Mapped[str | None] = mapped_column(Id)
    customer_class: Mapped[CustomerClass | None] = mapped_column(String(1))
    """That of the customer on that day."""
    source: Mapped[str] = mapped_column(String(60), server_default="")
    """Where the lead came from."""
    won: Mapped[int] = mapped_column(SmallInteger)
    """1 won, 0 lost."""
    value_minor: Mapped[int] = mapped_column(BigInteger)
    """In the reporting currency; 0 while there is no exchange rate."""
    without_rate: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """1 where the deal waits for the exchange rate of its day."""
    cycle_days: Mapped[int | None]
    """From opportunity to close; None where that is not known or negative."""
    lead_cycle_days: Mapped[int | None]
    was_opportunity: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """0 for an order taken at once: it counts as revenue, not in the pipeline's rates."""
    impossible_days: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """1 where the deal closed before it was an opportunity or a lead."""
    purchase_number: Mapped[int | None]
    """1 for the customer's first won deal; None for a lost deal or without a customer."""
    purchase_type: Mapped[str | None] = mapped_column(String(12))
    """`new`, `repeat`, `upsell` or `cross_sell`."""
    margin_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    costed_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Revenue of the lines whose product has a known cost."""


class TravelFact(Model):
    """How the track divides a rep's day; worked out once, when the day is counted.

    `in_store_s + travel_s + idle_s + unknown_s == work_s`. A day without a track has none.
    """

    __tablename__ = "travel_fact"

    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    work_s: Mapped[int]
    """From the first check-in to the last check-out."""
    in_store_s: Mapped[int]
    """Visits that overlap count once."""
    travel_s: Mapped[int]
    idle_s: Mapped[int]
    unknown_s: Mapped[int]
    travel_m: Mapped[int]


class RouteFact(Model):
    """How far a rep kept to the order of the plan; worked out once, when the day is counted.

    A day without a visit to a planned customer has none.
    """

    __tablename__ = "route_fact"

    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    stops_in_order: Mapped[int]


class AdvanceFact(Model):
    """The visit that a deal's step forward is put down to, on the day of that visit."""

    __tablename__ = "advance_fact"
    __table_args__ = (
        Index("ix_advance_fact_rep_id_day", "rep_id", "day"),
        Index("ix_advance_fact_visit_id", "visit_id"),
        Index("ix_advance_fact_deal_id", "deal_id"),
    )

    stage_change_id: Mapped[str] = mapped_column(Id, primary_key=True)
    """No foreign key: an import that comes again writes the history of a deal anew."""
    deal_id: Mapped[str] = mapped_column(Id, ForeignKey("deal.id"))
    visit_id: Mapped[str] = mapped_column(Id, ForeignKey("visit.id"))
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    day: Mapped[dt.date]


class KilometreRate(Model):
    """What a kilometre on the way to customers costs, from a day on until the next rate."""

    __tablename__ = "kilometre_rate"

    start_on: Mapped[dt.date] = mapped_column(primary_key=True)
    rate_minor: Mapped[int] = mapped_column(BigInteger)
    """Of the reporting currency, for each kilometre."""


class StaleDay(Model):
    """A rep's day whose numbers must be counted again: the work to do of the rollups.

    A change raises `generation` instead of leaving an existing mark alone: only a write makes it
    wait for a worker that is taking the mark away at that moment.
    """

    __tablename__ = "stale_day"
    __table_args__ = (Index("ix_stale_day_marked_at", "marked_at"),)

    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger, default=1)
    marked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class NumbersVersion(Model):
    """How often anything was written that numbers, or a part of them, are read from.

    The rows are those of `Version` in `server/metrics/sql/cache.py`, and one for each month.
    """

    __tablename__ = "numbers_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


_OF_REPS: dict[str, Any] = dict.fromkeys(_BOTH, text("rep_id IS NOT NULL"))
_OF_TEAMS: dict[str, Any] = dict.fromkeys(_BOTH, text("rep_id IS NULL"))


class Target(Model):
    """What a rep, or a team as a whole, is to reach in a month; one for each metric and month.

    Of a rep's target counts what `WorkingTime` and `RampStep` leave of it.
    """

    __tablename__ = "target"
    __table_args__ = (
        Index("ix_target_metric_key_month", "metric_key", "month"),
        Index("uq_target_rep", "metric_key", "month", "rep_id", unique=True, **_OF_REPS),
        Index("uq_target_team", "metric_key", "month", "team_id", unique=True, **_OF_TEAMS),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    metric_key: Mapped[str] = mapped_column(String(60))
    month: Mapped[dt.date]
    """First day of the month."""
    rep_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    """The team; of a rep's target, the rep's team in that month."""
    amount: Mapped[int] = mapped_column(BigInteger)
    """Minor units of the reporting currency for money, else a number."""


class WorkingTime(Model):
    """How much of full time a rep works from a day on, until the next; 0 is not at all.

    The first one is the day of joining. A rep without any has always worked full time.
    """

    __tablename__ = "working_time"

    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    start_on: Mapped[dt.date] = mapped_column(primary_key=True)
    percent: Mapped[int] = mapped_column(SmallInteger)


class RampStep(Model):
    """What share of a full target a new rep has in a month; after the last one all of it.

    For those who join from `start_on` on, until another ramp begins.
    """

    __tablename__ = "ramp_step"

    start_on: Mapped[dt.date] = mapped_column(primary_key=True)
    month_number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """1 is the calendar month of joining."""
    percent: Mapped[int] = mapped_column(SmallInteger)
