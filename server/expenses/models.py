"""Expenses: own money a rep spent for the company."""

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.currencies.models import Converted
from server.platform.database import Id, Model, UtcDateTime, person_or_team
from server.platform.versioned import Versioned
from shared.vocabulary import ExpenseKind, ExpenseState


class Expense(Versioned, Converted, Model):
    """What a rep spent on a day. The rep's until it is approved; approved, it is a cost."""

    __tablename__ = "expense"
    __table_args__ = (
        Index("ix_expense_rep_id_day", "rep_id", "day"),
        Index("ix_expense_day", "day"),
        Index("ix_expense_state_day", "state", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, person_or_team("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, person_or_team("team.id"))
    """The rep's team on that day."""
    day: Mapped[dt.date]
    kind: Mapped[ExpenseKind] = mapped_column(String(12))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    """Minor units of `currency`."""
    currency: Mapped[str] = mapped_column(String(3))
    base_amount_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """In the reporting currency at the rate of the day, frozen; see `Converted`."""
    mileage_m: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ExpenseState] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was rejected; what was said with an approval."""
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
