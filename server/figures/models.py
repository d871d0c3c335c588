"""What reps are told of their own numbers, and of which of them it is to be told anew."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime


class OwnFigure(Model):
    """What the office counts of a rep in a month, as the rep's phone has it."""

    __tablename__ = "own_figure"
    __table_args__ = (UniqueConstraint("rep_id", "month"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    month: Mapped[dt.date]
    """First day of the month, in the organisation's time zone."""
    version: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    """By key of the metric, each as `shared.metrics.own.OwnFigure` travels."""
    as_of: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """When the office came to these: all that had arrived by then is in them."""


class FigureState(Model):
    """Whether what a rep was told is what would be told now.

    A count of the rep's days raises `generation`, as a change raises that of a `StaleDay`; the rep
    is told anew while `told` lies behind, and when a day or a target is another.
    """

    __tablename__ = "own_figure_state"

    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
    told: Mapped[int | None] = mapped_column(BigInteger)
    """The generation of what the phone has; None while nothing was told."""
    day: Mapped[dt.date | None]
    """The day on which it was counted: pace and growth are others tomorrow."""
    targets_version: Mapped[int | None] = mapped_column(BigInteger)
    """The version of targets, holidays and working time it was counted with."""
