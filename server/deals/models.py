"""Deals from lead to won or lost: stages, history, lines. An order is a deal won at once."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    and_,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from server.currencies.models import Converted
from server.platform.database import Id, Model, UtcDateTime, person_or_team
from server.platform.versioned import Versioned
from shared.vocabulary import DealType, StageKind


class Stage(Model):
    """A step of the pipeline, named by the company, mapped to what it means for the numbers."""

    __tablename__ = "stage"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[StageKind] = mapped_column(String(12))
    position: Mapped[int]
    probability_percent: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Out of use: no deal stands in it, and none is offered it any more."""


class PastStageProbability(Model):
    """A probability a stage had, `[start_on, end_on)`; the present one stands with the stage."""

    __tablename__ = "past_stage_probability"

    stage_key: Mapped[str] = mapped_column(String(40), ForeignKey("stage.key"), primary_key=True)
    end_on: Mapped[dt.date] = mapped_column(primary_key=True)
    start_on: Mapped[dt.date]
    probability_percent: Mapped[int]

    @classmethod
    def covers(cls, stage_key: Any, day: Any) -> ColumnElement[bool]:
        """Return the condition to join a stage's probability on a past day; at most one row."""
        return and_(cls.stage_key == stage_key, cls.start_on <= day, cls.end_on > day)

    @classmethod
    def percent_then(cls) -> ColumnElement[int]:
        """Return the probability on that day, where the stage is joined as well."""
        return func.coalesce(cls.probability_percent, Stage.probability_percent)


def weighted_minor(amount_minor: Any, percent: Any) -> ColumnElement[int]:
    """Return what one deal adds to a weighted pipeline: rounded down to whole minor units."""
    weighted: ColumnElement[int] = amount_minor * percent // 100
    return weighted


class Word(Model):
    """A word of the company for its deals; reps choose from these, in their order."""

    __abstract__ = True

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int]


class LostReason(Word):
    """A reason for losing a deal that the company wants to count."""

    __tablename__ = "lost_reason"


class LeadSource(Word):
    """Where a lead may come from; without any row the usual ones stand."""

    __tablename__ = "lead_source"

    name: Mapped[str] = mapped_column(String(60))


_WAS_LEAD = text("lead_day IS NOT NULL")
OPEN = (StageKind.LEAD, StageKind.OPEN)
# The words themselves, not parameters: a database takes the index of these deals only where it sees
# that a statement asks for no others.
_IS_OPEN = f"kind IN ('{StageKind.LEAD}', '{StageKind.OPEN}')"
_IS_LOST = text(f"kind = '{StageKind.LOST}'")
_CLOSED_TOO_EARLY = text("closed_day < opportunity_day OR closed_day < lead_day")
_IS_STANDING = text(f"{_IS_OPEN} AND deleted_at IS NULL AND voided_at IS NULL")


class Deal(Versioned, Converted, Model):
    """A sale in the making.

    The three milestones (lead, opportunity, closed) follow from the stage history and are
    copied here with the rep who owned the deal at that moment, so that moving a deal to
    another rep does not rewrite the past. A reopened deal counts at its latest close.

    An order taken at once has a closed day only. It counts as revenue, as a purchase and for
    the visit, but not in the pipeline's rates and cycle times, which ask about deals that were
    an opportunity first (docs/adr/0003-orders-are-won-deals-outside-the-funnel.md).
    """

    __tablename__ = "deal"
    __table_args__ = (
        Index("ix_deal_owner_id", "owner_id"),
        Index("ix_deal_customer_id_closed_day", "customer_id", "closed_day"),
        Index("ix_deal_visit_id", "visit_id"),
        Index("ix_deal_team_id_updated_at", "team_id", "updated_at"),
        Index("ix_deal_kind_team_id", "kind", "team_id"),
        # All that the board counts and sums is told from the index alone.
        Index(
            "ix_deal_standing",
            *("stage_key", "base_amount_minor", "id"),
            sqlite_where=_IS_STANDING,
            postgresql_where=_IS_STANDING,
            postgresql_include=[
                *("team_id", "owner_id", "kind", "waits_for_rate"),
                *("expected_close_on", "stage_since"),
            ],
        ),
        # Orders taken at once, most of all deals, were never leads. Funnels read the index alone.
        Index(
            "ix_deal_lead_day",
            "lead_day",
            sqlite_where=_WAS_LEAD,
            postgresql_where=_WAS_LEAD,
            postgresql_include=[
                *("id", "team_id", "owner_id", "kind", "stage_since", "deleted_at", "voided_at"),
                *("source", "lead_rep_id", "opportunity_day"),
            ],
        ),
        Index(
            "ix_deal_team_id_lead_day",
            *("team_id", "lead_day"),
            sqlite_where=_WAS_LEAD,
            postgresql_where=_WAS_LEAD,
        ),
        Index(
            "ix_deal_standing_expected",
            "expected_close_on",
            sqlite_where=_IS_STANDING,
            postgresql_where=_IS_STANDING,
        ),
        Index(
            "ix_deal_lost_reason",
            *("lost_reason", "team_id", "owner_id"),
            sqlite_where=_IS_LOST,
            postgresql_where=_IS_LOST,
        ),
        # Few of millions, which somebody has to mend.
        Index(
            "ix_deal_closed_too_early",
            "closed_day",
            sqlite_where=_CLOSED_TOO_EARLY,
            postgresql_where=_CLOSED_TOO_EARLY,
        ),
        Index(
            "ix_deal_waits_for_rate",
            "id",
            sqlite_where=text("waits_for_rate = 1"),
            postgresql_where=text("waits_for_rate"),
        ),
        # For rates that come: the others need none.
        Index(
            "ix_deal_foreign_currency",
            "currency",
            "rate_on",
            sqlite_where=text("minor_rate IS NOT NULL OR waits_for_rate = 1"),
            postgresql_where=text("minor_rate IS NOT NULL OR waits_for_rate"),
        ),
        Index("ix_deal_updated_at_id", "updated_at", "id"),
        Index("ix_deal_amount_id", "base_amount_minor", "id"),
        Index("ix_deal_source_team_id", "source", "team_id"),
        Index("ix_deal_lead_rep_id_lead_day", "lead_rep_id", "lead_day"),
        Index("ix_deal_opportunity_rep_id_day", "opportunity_rep_id", "opportunity_day"),
        Index("ix_deal_closed_rep_id_closed_day", "closed_rep_id", "closed_day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str | None] = mapped_column(String(80), unique=True)
    """Key in the system it was imported from."""
    title: Mapped[str] = mapped_column(String(200), default="")
    customer_id: Mapped[str | None] = mapped_column(Id, ForeignKey("customer.id"))
    visit_id: Mapped[str | None] = mapped_column(Id, ForeignKey("visit.id"))
    """The visit it was won in, for an order."""
    owner_id: Mapped[str] = mapped_column(Id, person_or_team("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, person_or_team("team.id"))
    source: Mapped[str] = mapped_column(String(60), default="")
    """Where the lead came from."""
    stage_key: Mapped[str] = mapped_column(String(40), ForeignKey("stage.key"))
    kind: Mapped[StageKind] = mapped_column(String(12))
    """Of the present stage."""
    stage_since: Mapped[dt.date | None]
    """The latest day of its moves. May be None for an order: it stands since it was closed."""
    amount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """Sum of the lines where there are any; minor units of `currency`."""
    currency: Mapped[str] = mapped_column(String(3))
    base_amount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """In the reporting currency at the rate of the event day, frozen; see `Converted`."""
    expected_close_on: Mapped[dt.date | None]
    lost_reason: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    type_by_hand: Mapped[DealType | None] = mapped_column(String(12))
    """Set by a person; None: worked out."""
    voided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    lead_day: Mapped[dt.date | None]
    """None for an order taken at once: it was never a lead."""
    lead_rep_id: Mapped[str | None] = mapped_column(Id, person_or_team("user_account.id"))
    opportunity_day: Mapped[dt.date | None]
    opportunity_rep_id: Mapped[str | None] = mapped_column(Id, person_or_team("user_account.id"))
    closed_day: Mapped[dt.date | None] = mapped_column(Date)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    closed_rep_id: Mapped[str | None] = mapped_column(Id, person_or_team("user_account.id"))
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)

    @classmethod
    def is_standing(cls) -> ColumnElement[bool]:
        """Return the condition of the open deals that count: neither deleted nor voided."""
        kinds: list[ColumnElement[str]] = [literal_column(f"'{kind}'") for kind in OPEN]
        return and_(cls.kind.in_(kinds), cls.deleted_at.is_(None), cls.voided_at.is_(None))

    @classmethod
    def is_lost(cls) -> ColumnElement[bool]:
        """Return the condition of the deals that were lost, for which there is an index."""
        return cls.kind == literal_column(f"'{StageKind.LOST}'")

    @hybrid_property
    def event_day(self) -> dt.date | None:
        """Return the day whose exchange rate counts: closed, else opportunity, else lead."""
        return self.closed_day or self.opportunity_day or self.lead_day

    @event_day.inplace.expression
    @classmethod
    def _event_day(cls) -> ColumnElement[dt.date | None]:
        return func.coalesce(cls.closed_day, cls.opportunity_day, cls.lead_day)


def closed_too_early(deal: Any = Deal) -> ColumnElement[bool]:
    """Return the condition of deals that closed before they were an opportunity or a lead."""
    return or_(deal.closed_day < deal.opportunity_day, deal.closed_day < deal.lead_day)


class StageChange(Model):
    """One move of a deal; the first has no stage it came from."""

    __tablename__ = "stage_change"
    __table_args__ = (
        Index("ix_stage_change_deal_id_at", "deal_id", "at"),
        Index("ix_stage_change_rep_id_day", "rep_id", "day"),
        Index("ix_stage_change_day", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[str] = mapped_column(Id, ForeignKey("deal.id"))
    from_stage: Mapped[str | None] = mapped_column(String(40))
    to_stage: Mapped[str] = mapped_column(String(40), ForeignKey("stage.key"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    day: Mapped[dt.date]
    rep_id: Mapped[str] = mapped_column(Id, person_or_team("user_account.id"))
    """Owner of the deal at that moment."""


class DealLine(Model):
    """A product on a deal. `amount_minor` is quantity times price less discount, rounded here."""

    __tablename__ = "deal_line"
    __table_args__ = (Index("ix_deal_line_product_id", "product_id"),)

    deal_id: Mapped[str] = mapped_column(Id, ForeignKey("deal.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(Id, ForeignKey("product.id"))
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
