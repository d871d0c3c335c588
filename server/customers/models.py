"""Customers (outlets), who they were assigned to when, and proposals for their location."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from server.platform.versioned import Versioned
from shared.custom_fields import PREFIX
from shared.vocabulary import CustomerClass


def phone_key(column: str) -> str:
    """Return SQL for a phone number as one writes it at home: 0812…, without blanks and signs."""
    digits = _without(column, " ", "-", "(", ")", "+", ".", "/")
    return f"replace(replace('|' || {digits}, '|62', '|0'), '|', '')"


def name_key(column: str) -> str:
    """Return SQL for a name without its kind of outlet, blanks and signs, in small letters."""
    named = f"'|' || lower({_without(column, '.', ',')})"
    for kind in ("toko", "tk", "warung", "kios", "ud", "cv", "pt"):
        named = f"replace({named}, '|{kind} ', '|')"
    return _without(named, "|", " ", "-", "/", "&", "''")


def place_key(latitude: str, longitude: str) -> str:
    """Return SQL for the cell of about 28 m that a point lies in."""
    cells = (
        f"CAST(CAST({degrees} * 4000 AS INTEGER) AS TEXT)" for degrees in (latitude, longitude)
    )
    return " || '/' || ".join(cells)


def _without(expression: str, *signs: str) -> str:
    for sign in signs:
        expression = f"replace({expression}, '{sign}', '')"
    return expression


_LIVE = text("deleted_at IS NULL")
_ORDERS_ABROAD = text("currency <> ''")


class Customer(Versioned, Model):
    """An outlet that is visited and sold to."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_owner_id", "owner_id"),
        Index("ix_customer_name", "name"),
        # For the orders in which an administrator pages through all of them.
        Index("ix_customer_city_id", "city", "id"),
        Index("ix_customer_class_id", "customer_class", "id"),
        Index("ix_customer_team_id_name", "team_id", "name"),
        Index("ix_customer_latitude_longitude", "latitude", "longitude"),
        *(
            Index(name, text(key), sqlite_where=_LIVE, postgresql_where=_LIVE)
            for name, key in (
                ("ix_customer_phone_key", phone_key("phone")),
                ("ix_customer_name_key", f"({name_key('name')} || ' ' || lower(city))"),
                ("ix_customer_place_key", f"({place_key('latitude', 'longitude')})"),
            )
        ),
        Index("ix_customer_merged_into_id", "merged_into_id"),
        Index(
            "ix_customer_currency",
            "currency",
            sqlite_where=_ORDERS_ABROAD,
            postgresql_where=_ORDERS_ABROAD,
        ),
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
    currency: Mapped[str] = mapped_column(String(3), default="", server_default="")
    """That its orders are taken in; empty: the reporting one."""
    owner_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"))
    closed_on: Mapped[dt.date | None]
    """The day it was put away: closed, or lost. Nobody has it since; what was before it keeps."""
    custom_fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Values by the key of their field, and columns of imports that no field has."""
    merged_into_id: Mapped[str | None] = mapped_column(Id)
    """The customer that it turned out to be; it is deleted then."""

    def value_of(self, name: str) -> Any:
        """Return a column, or by `custom.<key>` the value of a custom field; None: it has none."""
        if name.startswith(PREFIX):
            return (self.custom_fields or {}).get(name.removeprefix(PREFIX))
        return getattr(self, name)

    def change(self, fields: dict[str, Any], *, at: dt.datetime) -> dict[str, Any]:
        """Set what differs; return that. Custom fields are named `custom.<key>`, None: no value."""
        before = self.custom_fields or {}
        columns = {name: value for name, value in fields.items() if not name.startswith(PREFIX)}
        own = {name: value for name, value in fields.items() if name.startswith(PREFIX)}
        if own:
            given = columns.get("custom_fields", before) | {
                name.removeprefix(PREFIX): value for name, value in own.items()
            }
            columns["custom_fields"] = {k: value for k, value in given.items() if value is not None}
        changed = super().change(columns, at=at)
        if "custom_fields" not in changed:
            return changed
        after = changed.pop("custom_fields")
        differing = {
            PREFIX + key: after.get(key)
            for key in before | after
            if before.get(key) != after.get(key)
        }
        # Each has a version of its own, so that changes of different ones are no conflict.
        self.field_versions = self.field_versions | dict.fromkeys(differing, self.version)
        return changed | differing


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
