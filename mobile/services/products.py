"""What can be ordered."""

from mobile.services.views import ProductView
from mobile.storage import device, products
from mobile.storage.database import Database


class ProductService:
    """Finds products."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def search(self, text: str = "", *, limit: int = 100) -> tuple[ProductView, ...]:
        """Return products on sale whose name, number or category contains the text, by name."""
        with self._database.read() as connection:
            currency = device.get(connection).currency
            return tuple(
                ProductView(
                    id=row["id"],
                    sku=row["sku"],
                    name=row["name"],
                    category=row["category"],
                    price_minor=row["price_minor"],
                    currency=currency,
                )
                for row in products.search(connection, text.strip(), limit=limit)
            )
