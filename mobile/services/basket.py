"""What a customer usually orders, to take an order with one tap."""

import datetime as dt
import json
from dataclasses import dataclass

from mobile.services.products import listed, product_view
from mobile.services.recorder import Recorder
from mobile.services.views import OrderLine, ProductView
from mobile.storage import deals, device, products


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """The last order at today's prices, and the products that are ordered again and again.

    Only what has a price in the currency of the order.
    """

    today: dt.date
    last_on: dt.date | None
    last: tuple[OrderLine, ...]
    """Without what is sold no more."""
    products: tuple[ProductView, ...]
    """Those of the last order first."""


class BasketService:
    """Reads baskets."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder

    def read(self, customer_id: str, *, but_visit: str, currency: str = "") -> Basket:
        """Return a customer's basket; the order of the visit that is going on is left out.

        :param currency: of the prices; empty: the organisation's
        """
        reading = self._recorder.read_clock()
        with self._recorder.database.read() as connection:
            state = device.get(connection)
            own = state.currency
            order = deals.last_order(connection, customer_id, but_visit=but_visit)
            lines = json.loads(order["lines"]) if order else []
            quantities: dict[str, int] = {}
            for line in lines:
                known = quantities.get(line["product_id"], 0)
                quantities[line["product_id"]] = known + line["quantity"]
            usual = [row["id"] for row in deals.usual_basket(connection, customer_id)]
            rows = products.on_sale(
                connection, [*quantities, *usual], currency=listed(currency, own)
            )
            found = [product_view(row, currency or own) for row in rows]
        return Basket(
            today=state.today(reading),
            last_on=dt.date.fromisoformat(order["day"]) if order and order["day"] else None,
            last=tuple(
                OrderLine(
                    product_id=product.id,
                    product_name=product.name,
                    quantity=quantities[product.id],
                    price_minor=product.price_minor,
                )
                for product in found
                if product.id in quantities and product.price_minor is not None
            ),
            products=tuple(product for product in found if product.price_minor is not None),
        )
