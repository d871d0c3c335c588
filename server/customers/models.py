"""Customers (outlets), who they were assigned to when, and proposals for their location."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from server.platform.versioned import Versioned
from shared.vocabulary import CustomerClass


class Customer(Versioned, Model):
    """An outlet that is visited and sold to."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_owner_id", "owner_id"),
        Index("ix_customer_name", "name"),
        Index("ix_customer_latitude_longitude", "latitude", "longitude"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    customer_class: Mapped[CustomerClass] = mapped_column(String(1), default=CustomerClass.C)
    sector: Mapped[str] = mapped_column(String(80), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(Text, default="")
    city: Mapped[str] = mapped_column(String(120), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    radius_m: Mapped[int | None]
    """Own fence radius, metres; None: the organisation's."""
    location_version: Mapped[int] = mapped_column(default=0)
    is_prospect: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    custom_fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class CustomerAssignment(Model):
    """A rep's time with a customer, `[start_on, end_on)`."""

    __tablename__ = "customer_assignment"
    __table_args__ = (Index("ix_customer_assignment_rep", "rep_id", "start_on"),)

    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"), primary_key=True)
    start_on: Mapped[dt.date] = mapped_column(primary_key=True)
    end_on: Mapped[dt.date | None]
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))


class PastCustomerClass(Model):
    """A class a customer had, `[start_on, end_on)`; the present one stands with the customer."""

    __tablename__ = "past_customer_class"

    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"), primary_key=True)
    end_on: Mapped[dt.date] = mapped_column(primary_key=True)
    start_on: Mapped[dt.date]
    customer_class: Mapped[CustomerClass] = mapped_column(String(1))


class LocationProposal(Model):
    """A rep's word for where a customer is. A manager approves it; it never sets itself."""

    __tablename__ = "location_proposal"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"))
    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    latitude: Mapped[float]
    longitude: Mapped[float]
    accuracy_m: Mapped[float | None]
    proposed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(Id)
    approved: Mapped[bool | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
