"""The days on which nobody works although the working week has them."""

import datetime as dt

from sqlalchemy import String, true
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Model


class Holiday(Model):
    """A holiday: no working day."""

    __tablename__ = "holiday"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    own: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Entered by the company; the calendar of the country neither renames nor removes it."""


class WorkedHoliday(Model):
    """A holiday that an administrator has taken out: the company works then."""

    __tablename__ = "worked_holiday"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    own: Mapped[bool]
    """As it was of the holiday."""
