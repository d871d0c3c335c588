"""Fits of the models of buying, and what the latest one says of each customer."""

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime


class LifetimeFit(Model):
    """A fit of the models of buying: the data it saw, its parameters, or why there are none."""

    __tablename__ = "lifetime_fit"
    __table_args__ = (Index("ix_lifetime_fit_fitted_at", "fitted_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    fitted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    first_day: Mapped[dt.date | None]
    """Day of the first purchase in the data; None without any."""
    last_day: Mapped[dt.date]
    """Last day of the data, on which the prediction starts."""
    customers: Mapped[int]
    """Who ever bought."""
    repeat_customers: Mapped[int]
    """Who bought again, on another day."""
    problem: Mapped[str | None] = mapped_column(String(40))
    """`too_few_customers`, `not_fitted`; None for a fit."""
    r: Mapped[float | None]
    alpha: Mapped[float | None]
    a: Mapped[float | None]
    b: Mapped[float | None]
    purchases_log_likelihood: Mapped[float | None]
    p: Mapped[float | None]
    q: Mapped[float | None]
    gamma: Mapped[float | None]
    value_log_likelihood: Mapped[float | None]


class CustomerLifetime(Model):
    """What the latest fit says of one customer."""

    __tablename__ = "customer_lifetime"
    __table_args__ = (Index("ix_customer_lifetime_value_minor", "value_minor"),)

    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"), primary_key=True)
    fit_id: Mapped[str] = mapped_column(Id, ForeignKey("lifetime_fit.id"))
    repeats: Mapped[int]
    """Days with a purchase, the first left out."""
    recency_weeks: Mapped[float]
    """From the first to the last purchase."""
    age_weeks: Mapped[float]
    """From the first purchase to the fit's last day."""
    mean_value_minor: Mapped[int] = mapped_column(BigInteger)
    """Mean value of a day of repeat purchases; 0 without any."""
    probability_alive: Mapped[float]
    expected_purchases: Mapped[float]
    """In the next 12 months."""
    value_minor: Mapped[int] = mapped_column(BigInteger)
    """Of those purchases, discounted; in the reporting currency."""
