"""The cost entry: money the company spent, other than what reps claim as expenses."""

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.currencies.models import Converted
from server.platform.database import Id, Model, UtcDateTime
from server.platform.versioned import Counted
from shared.vocabulary import CostCategory


class Cost(Counted, Converted, Model):
    """Money spent, by category, for a rep, a team or the organisation."""

    __tablename__ = "cost"
    __table_args__ = (Index("ix_cost_day", "day"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str | None] = mapped_column(String(80), unique=True)
    """Key in the system it was imported from; none where it was entered here."""
    category: Mapped[CostCategory] = mapped_column(String(20))
    day: Mapped[dt.date]
    rep_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    """The team; of a rep's cost, the rep's team on that day."""
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    base_amount_minor: Mapped[int] = mapped_column(BigInteger)
    """In the reporting currency at the rate of the day, frozen; see `Converted`."""
    note: Mapped[str] = mapped_column(String(200), default="")
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
