"""Reading products."""

from dataclasses import dataclass

from sqlalchemy import select

from server.platform.access import Access
from server.platform.database import db
from server.products.models import Product


@dataclass(frozen=True)
class ProductRow:
    """A product in a list; the price is in minor units of the reporting currency."""

    id: str
    sku: str
    name: str
    category: str
    unit: str
    price_minor: int
    active: bool


def list_products(*, access: Access) -> list[ProductRow]:
    """Return all products by category and name; everybody who is signed in may see them."""
    del access
    rows = db.session.execute(
        select(
            Product.id,
            Product.sku,
            Product.name,
            Product.category,
            Product.unit,
            Product.price_minor,
            Product.active,
        )
        .where(Product.deleted_at.is_(None))
        .order_by(Product.category, Product.name)
    )
    return [ProductRow(*row) for row in rows]
