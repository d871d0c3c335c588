"""Products and their list prices."""

from sqlalchemy import JSON, BigInteger, String, text
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
