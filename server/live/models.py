"""Where each rep was seen last."""

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime


class LastPosition(Model):
    """The newest position known of a rep: no evidence, overwritten by the next one."""

    __tablename__ = "last_position"

    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    latitude: Mapped[float]
    longitude: Mapped[float]
    accuracy_m: Mapped[float | None]
    """The platform's 68 % radius, metres; None where it is unknown."""
    battery_percent: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(10))
    """`live`, `visit` or `track`: how it came."""
    measured_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
