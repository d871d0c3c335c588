"""Choosing one customer or one product by a few letters or its code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mobile.screens.formats import money, no_price
from mobile.screens.view_model import PATIENCE_S, PatientBackground, RowState, ViewModel
from mobile.services.views import CustomerView, ProductView
from shared.i18n import _

_SHOWN = 60


class CustomerSearch(Protocol):
    """Finds customers in the phone's own database."""

    def search(self, text: str = "", *, limit: int = 50) -> Sequence[CustomerView]:
        """Return customers whose name, code or phone has words that begin so."""


class ProductSearch(Protocol):
    """Finds products in the phone's own database."""

    def search(
        self, text: str = "", *, currency: str = "", limit: int = 100
    ) -> Sequence[ProductView]:
        """Return products whose name or number matches, with their prices in a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickState:
    """What the screen shows."""

    title: str = ""
    are_customers: bool = False
    hint: str = ""
    text: str = ""
    rows: tuple[RowState, ...] = ()
    is_empty: bool = False


class PickViewModel(ViewModel[PickState]):
    """Searches at every letter, and tells whoever asked what was chosen."""

    def __init__(
        self, *, customers: CustomerSearch, products: ProductSearch, background: PatientBackground
    ) -> None:
        super().__init__(PickState())
        self._customers = customers
        self._products = products
        self._background = background
        self._find: Callable[[str], list[RowState]] = self._find_customers
        self._chosen: Callable[[str], None] | None = None
        self._searched = 0
        self._currency = ""

    def begin(self, what: str, chosen: Callable[[str], None], *, currency: str = "") -> None:
        """Choose a `customer` or a `product`, and call back with its id.

        :param currency: of the prices of products; empty: the organisation's
        """
        self._currency = currency
        is_customer = what == "customer"
        self._find = self._find_customers if is_customer else self._find_products
        self._chosen = chosen
        title = _("Which customer?") if is_customer else _("Which product?")
        hint = _("Name, code, phone") if is_customer else _("Product or number")
        self._show(PickState(title=title, hint=hint, are_customers=is_customer))
        self.search("")

    def refresh(self) -> None:
        """Search again."""
        self.search(self.state.text)

    def search(self, text: str) -> None:
        """Search beside the UI thread; a later search makes an earlier answer worthless."""
        self._searched += 1
        number, find = self._searched, self._find
        self._show(replace(self.state, text=text))

        def show(rows: list[RowState]) -> None:
            if number == self._searched:
                self._show(replace(self.state, rows=tuple(rows), is_empty=not rows))

        self._background(lambda: find(text), show, patience_s=PATIENCE_S)

    def choose(self, key: str) -> None:
        """Tell whoever asked."""
        if self._chosen is not None:
            self._chosen(key)

    def _find_customers(self, text: str) -> list[RowState]:
        return [
            RowState(
                key=customer.id,
                badge=customer.customer_class,
                title=customer.name,
                detail=customer.address or customer.code,
            )
            for customer in self._customers.search(text, limit=_SHOWN)
        ]

    def _find_products(self, text: str) -> list[RowState]:
        return [
            RowState(
                key=product.id,
                badge=product.name[:1].upper(),
                title=product.name,
                detail=f"{product.sku} · {_price(product)}",
            )
            for product in self._products.search(text, currency=self._currency, limit=_SHOWN)
        ]


def _price(product: ProductView) -> str:
    if product.price_minor is None:
        return no_price(product.currency)
    return money(product.price_minor, product.currency)
