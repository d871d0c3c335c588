"""The journey plan: which customers a rep is to visit on a day, in which order."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model
from server.platform.versioned import Versioned
from shared.vocabulary import StopState


class JourneyStop(Versioned, Model):
    """One stop. Cancelled with a reason it leaves the plan and is counted apart."""

    __tablename__ = "journey_stop"
    __table_args__ = (
        Index("ix_journey_stop_rep_id_day", "rep_id", "day"),
        Index("ix_journey_stop_day", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"))
    day: Mapped[dt.date]
    sequence: Mapped[int]
    state: Mapped[StopState] = mapped_column(String(10), default=StopState.PLANNED)
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
