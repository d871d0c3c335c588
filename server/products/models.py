"""Products and their list prices."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, ForeignKey, String, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model
from server.platform.versioned import Versioned


class Product(Versioned, Model):
    """Something that can stand on an order line."""

    __tablename__ = "product"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    sku: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(120), default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    """What one of it is: carton, bottle, pack."""
    price_minor: Mapped[int] = mapped_column(BigInteger)
    """List price in minor units of the reporting currency."""
    prices: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    """List prices in other currencies, minor units by currency; none: not sold in that one."""
    cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What it costs the company; the difference is the margin."""
    active: Mapped[bool] = mapped_column(default=True)


class PastProductCost(Model):
    """A cost a product had, `[start_on, end_on)`; the present one stands with the product."""

    __tablename__ = "past_product_cost"

    product_id: Mapped[str] = mapped_column(Id, ForeignKey("product.id"), primary_key=True)
    end_on: Mapped[dt.date] = mapped_column(primary_key=True)
    start_on: Mapped[dt.date]
    cost_minor: Mapped[int] = mapped_column(BigInteger)

    @classmethod
    def covers(cls, product_id: Any, day: Any) -> ColumnElement[bool]:
        """Return the condition to join a product's cost on a past day; at most one row."""
        return and_(cls.product_id == product_id, cls.start_on <= day, cls.end_on > day)
