"""Taking an order: finding products, choosing quantities, the total."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from mobile.screens.formats import money, no_price, short_day
from mobile.screens.view_model import Drafts, ViewModel
from mobile.services.basket import Basket
from mobile.services.views import OrderLine, ProductView, VisitView
from shared.i18n import _, ngettext

_SHOWN = 100
_DRAFT = "order_draft"
MOST = 9999
"""The largest quantity of one line; more is a slip of the thumb."""


class ProductSearch(Protocol):
    """Finds products in the phone's own database."""

    def search(
        self, text: str = "", *, currency: str = "", limit: int = 100
    ) -> Sequence[ProductView]:
        """Return products whose name or number matches, priced in a currency; all for no text."""

    def find_by_code(self, code: str, *, currency: str = "") -> ProductView | None:
        """Return the product of exactly this number."""


class Baskets(Protocol):
    """Knows what customers order."""

    def read(self, customer_id: str, *, but_visit: str, currency: str = "") -> Basket:
        """Return a customer's basket."""


class VisitOrder(Protocol):
    """Reads and keeps the order of the visit that is going on."""

    def open_visit(self) -> VisitView | None:
        """Return the visit."""

    def take_order(
        self, visit_id: str, lines: Iterable[OrderLine], *, currency: str = ""
    ) -> VisitView:
        """Keep the order's lines, in place of those before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product with the quantity chosen."""

    key: str
    name: str
    detail: str
    quantity: int
    amount: str
    is_priced: bool
    """Whether it can be ordered in the currency of the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """What the screen shows."""

    customer: str = ""
    """Behind the currency of the order, where that is not the organisation's."""
    text: str = ""
    rows: tuple[ProductRow, ...] = ()
    total: str = ""
    summary: str = ""
    empty: str = ""
    repeat: str = ""
    """Words of the button that orders the rest as last time; empty: nothing to repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An order that is being taken."""

    currency: str
    lines: tuple[OrderLine, ...]


class OrderViewModel(ViewModel[OrderState]):
    """Keeps a draft at every step of a quantity, and makes it the visit's order when done.

    So a kill loses nothing, and the office gets one order instead of one for each tap. An order
    stays in the currency it was begun in, whatever the office says of the customer meanwhile.
    """

    def __init__(
        self, *, products: ProductSearch, baskets: Baskets, visits: VisitOrder, drafts: Drafts
    ) -> None:
        super().__init__(OrderState())
        self._products = products
        self._baskets = baskets
        self._basket: Basket | None = None
        self._last: dict[str, OrderLine] = {}
        self._visits = visits
        self._drafts = drafts
        self._lines: dict[str, OrderLine] = {}
        self._found: Sequence[ProductView] = ()
        self._visit: VisitView | None = None
        self._currency = ""

    def refresh(self) -> None:
        """Read the order, or its draft, and the products anew.

        While the screen is shown each row keeps its place: a sync must not move another product
        under the thumb.
        """
        places = {product.id: place for place, product in enumerate(self._found)}
        self._visit = self._visits.open_visit()
        drafted = self._draft()
        if self._visit is not None:
            lines = self._visit.lines if drafted is None else drafted.lines
            self._lines = {line.product_id: line for line in lines}
            self._currency = drafted.currency if drafted and lines else self._visit.currency
            self._basket = self._baskets.read(
                self._visit.customer.id, but_visit=self._visit.id, currency=self._currency
            )
            self._last = {line.product_id: line for line in self._basket.last}
        else:
            self._lines = {}
        found = self._find(self.state.text)
        self._found = sorted(found, key=lambda product: places.get(product.id, len(places)))
        self._render(self.state.text)

    def finish(self) -> None:
        """Make the draft the order; also called at the start, for a draft a kill left behind."""
        visit, drafted = self._visits.open_visit(), self._draft()
        if visit is not None and drafted is not None and drafted.lines != visit.lines:
            self._visits.take_order(visit.id, drafted.lines, currency=drafted.currency)
        self._drafts.set(_DRAFT, "")
        self._found = ()

    def search(self, text: str) -> None:
        """Show the products that match; without a text what is chosen, then what is usual."""
        self._found = self._find(text)
        self._render(text)

    def enter(self, code: str) -> str:
        """Order one more of the product of this code; return what happened, empty for no code."""
        if not code.strip() or self._visit is None:
            return ""
        product = self._products.find_by_code(code, currency=self._currency)
        if product is None:
            return _("No product has the number %(code)s.", code=code.strip()[:40])
        if product.price_minor is None and product.id not in self._lines:
            return f"{product.name}: {no_price(self._currency)}"
        self._found = (product,)
        self.step(product.id, 1)
        self.search("")
        return f"{product.name}: {self._lines[product.id].quantity}"

    def repeat(self) -> Callable[[], None]:
        """Order what is not chosen yet as last time; return what takes that back."""
        before = self._lines
        self._keep({**self._last, **before})
        self.search("")

        def undo() -> None:
            self._keep(before)
            self.search("")

        return undo

    def step(self, product_id: str, by: int) -> None:
        """Change a quantity by so many and save."""
        line = self._lines.get(product_id)
        self.set_quantity(product_id, (line.quantity if line else 0) + by)

    def set_quantity(self, product_id: str, quantity: int) -> None:
        """Set a quantity and save; 0 takes the product out."""
        if self._visit is None:
            return
        product = next((one for one in self._found if one.id == product_id), None)
        line = self._lines.get(product_id)
        quantity = max(0, min(MOST, quantity))
        lines = {key: kept for key, kept in self._lines.items() if key != product_id}
        if quantity and line is not None:
            lines = {**self._lines, product_id: _with_quantity(line, quantity)}
        elif quantity and product is not None and product.price_minor is not None:
            lines[product_id] = OrderLine(
                product_id=product.id,
                product_name=product.name,
                quantity=quantity,
                price_minor=product.price_minor,
            )
        self._keep(lines)
        self._render(self.state.text)

    def _find(self, text: str) -> Sequence[ProductView]:
        found = self._products.search(text, currency=self._currency, limit=_SHOWN)
        if text.strip():
            return found
        basket = self._basket.products if self._basket else ()
        usual = {product.id: product for product in basket}
        others = [product for product in found if product.id not in usual]
        return sorted((*usual.values(), *others), key=lambda product: product.id not in self._lines)

    def _keep(self, lines: dict[str, OrderLine]) -> None:
        if self._visit is None:
            return
        self._lines = lines
        draft = [asdict(line) for line in lines.values()]
        kept = {"visit": self._visit.id, "currency": self._currency, "lines": draft}
        self._drafts.set(_DRAFT, json.dumps(kept))

    def _draft(self) -> "_Draft | None":
        """Return the draft of the visit that is going on; None where there is none."""
        kept, visit = self._drafts.get(_DRAFT), self._visits.open_visit()
        draft = json.loads(kept) if kept else {}
        if visit is None or draft.get("visit") != visit.id:
            return None
        return _Draft(
            # An older app knew no other currency.
            currency=draft.get("currency") or visit.own_currency,
            lines=tuple(OrderLine(**line) for line in draft["lines"]),
        )

    def _render(self, text: str) -> None:
        visit = self._visit
        foreign = visit is not None and self._currency != visit.own_currency
        total = sum(line.total_minor for line in self._lines.values())
        self._show(
            OrderState(
                customer=" · ".join(
                    [*([self._currency] if foreign else ()), visit.customer.name if visit else ""]
                ),
                text=text,
                rows=tuple(self._row(product) for product in self._found),
                total=money(total, self._currency or "IDR"),
                summary=ngettext("%(count)s product", "%(count)s products", len(self._lines)),
                empty="" if self._found else _("No product matches."),
                repeat=self._repeat_words(),
            )
        )

    def _repeat_words(self) -> str:
        left = [line for key, line in self._last.items() if key not in self._lines]
        if not left or self._basket is None:
            return ""
        count = ngettext("%(count)s product", "%(count)s products", len(left))
        day = self._basket.last_on
        when = f" ({short_day(day, self._basket.today)})" if day else ""
        return _("As last time%(day)s: %(products)s", day=when, products=count)

    def _row(self, product: ProductView) -> ProductRow:
        line = self._lines.get(product.id)
        price_minor = line.price_minor if line else product.price_minor
        last = self._last.get(product.id)
        known = _("last time %(count)s", count=last.quantity) if last else product.sku
        return ProductRow(
            key=product.id,
            name=product.name,
            detail=no_price(product.currency)
            if price_minor is None
            else money(price_minor, product.currency),
            quantity=line.quantity if line else 0,
            amount=f"= {money(line.total_minor, product.currency)}" if line else known,
            is_priced=price_minor is not None,
        )


def _with_quantity(line: OrderLine, quantity: int) -> OrderLine:
    return OrderLine(
        product_id=line.product_id,
        product_name=line.product_name,
        quantity=quantity,
        price_minor=line.price_minor,
    )
