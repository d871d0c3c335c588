"""What can be ordered."""

import sqlite3

from mobile.services.recorder import ServiceError
from mobile.services.views import ProductView
from mobile.storage import device, products
from mobile.storage.database import Database


class ProductUnknownError(ServiceError):
    """The phone has no product of that id, or has it no longer."""

    code = "product_unknown"


class ProductService:
    """Finds products."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def search(self, text: str = "", *, limit: int = 100) -> tuple[ProductView, ...]:
        """Return products on sale whose name, number or category contains the text, by name."""
        with self._database.read() as connection:
            currency = device.get(connection).currency
            found = products.search(connection, text.strip(), limit=limit)
            return tuple(product_view(row, currency) for row in found)

    def find_by_code(self, code: str) -> ProductView | None:
        """Return the product on sale of exactly this number, as a scanner types it, or None."""
        with self._database.read() as connection:
            row = products.find_by_sku(connection, code.strip())
            return product_view(row, device.get(connection).currency) if row else None

    def get(self, product_id: str) -> ProductView:
        """
        Return a product.

        :raises ProductUnknownError: if the phone has none of that id
        """
        with self._database.read() as connection:
            row = products.find(connection, product_id)
            if row is None:
                raise ProductUnknownError(product_id)
            return product_view(row, device.get(connection).currency)


def product_view(row: sqlite3.Row, currency: str) -> ProductView:
    """Return a product's row as screens see it."""
    return ProductView(
        id=row["id"],
        sku=row["sku"],
        name=row["name"],
        category=row["category"],
        price_minor=row["price_minor"],
        currency=currency,
    )
