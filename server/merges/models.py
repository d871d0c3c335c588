"""Customers that turned out to be one, and what moved with them; groups that are not."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime


class CustomerMerge(Model):
    """One customer taken into another. Undone, it stays, with who undid it."""

    __tablename__ = "customer_merge"
    __table_args__ = (
        Index("ix_customer_merge_survivor_id", "survivor_id"),
        Index("ix_customer_merge_merged_at", "merged_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    survivor_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"))
    loser_id: Mapped[str] = mapped_column(Id, ForeignKey("customer.id"))
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSON)
    """Field of the survivor to its value before and after."""
    merged_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    merged_by: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user_account.id"))


class MergedRow(Model):
    """A row that a merge moved to the survivor; undoing moves exactly these back."""

    __tablename__ = "customer_merge_row"

    merge_id: Mapped[str] = mapped_column(Id, ForeignKey("customer_merge.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    record_id: Mapped[str] = mapped_column(Id, primary_key=True)


class DifferentCustomers(Model):
    """A group that looks like one customer, and of which somebody said that it is not."""

    __tablename__ = "different_customers"

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    members: Mapped[int]
    """How many they were; with one more the group is shown again."""
    decided_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
