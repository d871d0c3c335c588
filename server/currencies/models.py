"""Exchange rates into the reporting currency, one for a currency and day."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import ExactDecimal, Id, Model, UtcDateTime
from server.platform.versioned import Counted

_THERE: dict[str, Any] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), text("deleted_at IS NULL")
)


class Converted:
    """Mixin of a row with an `amount_minor` of a `currency`: its worth in the reporting one.

    `base_amount_minor` is that worth, frozen. While the row waits for a rate it is 0 and says
    nothing: every number the row is part of has no value then (`missing_rate`).
    """

    waits_for_rate: Mapped[bool] = mapped_column(default=False, server_default=false())
    minor_rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    """Minor units of the reporting currency for one minor unit, that it was frozen at.

    None in the reporting currency itself, and while it waits.
    """
    rate_on: Mapped[dt.date | None]
    """The day that rate was published on."""


class ExchangeRate(Counted, Model):
    """What one unit of a currency was worth; it stands until the next one, for a time."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        Index("uq_exchange_rate_currency", "currency", "day", unique=True, **_THERE),
        Index("ix_exchange_rate_day", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    day: Mapped[dt.date]
    """On which it was published."""
    rate: Mapped[Decimal] = mapped_column(ExactDecimal)
    """Major units of the reporting currency for one major unit: 16,250.5 rupiah a dollar."""
    minor_rate: Mapped[Decimal] = mapped_column(ExactDecimal)
    """The same for minor units: what amounts are multiplied by."""
    source: Mapped[str] = mapped_column(String(120), default="")
    """Who published it: a bank, a ministry."""
    entered_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    """None: by a command."""
    entered_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Conversion(Model):
    """An order to convert amounts again, that moved some; it can be undone."""

    __tablename__ = "conversion"
    __table_args__ = (Index("ix_conversion_at", "at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ordered_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    """None: by a command."""
    currency: Mapped[str | None] = mapped_column(String(3))
    """None: all."""
    first: Mapped[dt.date]
    last: Mapped[dt.date]
    rate_id: Mapped[str | None] = mapped_column(Id, ForeignKey("exchange_rate.id"))
    """That was corrected or deleted, of the day `first`; None: all amounts of the days."""
    amounts: Mapped[int]
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ConvertedRow(Model):
    """A row that an order converted again: the rate it stood at before, and since."""

    __tablename__ = "converted_row"

    conversion_id: Mapped[str] = mapped_column(Id, ForeignKey("conversion.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    """The table of the row."""
    row_id: Mapped[str] = mapped_column(Id, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    former_minor_rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    former_rate_on: Mapped[dt.date | None]
    minor_rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    rate_on: Mapped[dt.date | None]
