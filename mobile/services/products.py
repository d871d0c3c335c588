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

    def search(
        self, text: str = "", *, currency: str = "", limit: int = 100
    ) -> tuple[ProductView, ...]:
        """Return products on sale whose name, number or category contains the text, by name.

        :param currency: of their prices; empty: the organisation's. Those without one come last.
        """
        with self._database.read() as connection:
            own = device.get(connection).currency
            found = products.search(
                connection, text.strip(), currency=listed(currency, own), limit=limit
            )
            return tuple(product_view(row, currency or own) for row in found)

    def find_by_code(self, code: str, *, currency: str = "") -> ProductView | None:
        """Return the product on sale of exactly this number, as a scanner types it, or None."""
        with self._database.read() as connection:
            own = device.get(connection).currency
            row = products.find_by_sku(connection, code.strip(), currency=listed(currency, own))
            return product_view(row, currency or own) if row else None

    def get(self, product_id: str, *, currency: str = "") -> ProductView:
        """
        Return a product.

        :raises ProductUnknownError: if the phone has none of that id
        """
        with self._database.read() as connection:
            own = device.get(connection).currency
            row = products.find(connection, product_id, currency=listed(currency, own))
            if row is None:
                raise ProductUnknownError(product_id)
            return product_view(row, currency or own)


def listed(currency: str, own: str) -> str:
    """Return the currency as the storage asks for prices in it: empty for the organisation's."""
    return "" if currency == own else currency


def product_view(row: sqlite3.Row, currency: str) -> ProductView:
    """Return a product's row as screens see it."""
    return ProductView(
        id=row["id"],
        sku=row["sku"],
        name=row["name"],
        category=row["category"],
        price_minor=row["price"],
        currency=currency,
    )
