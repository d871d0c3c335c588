"""A product on a deal: how many, at what price, less what discount."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mobile.screens.formats import money, no_price, plain_money, read_money
from mobile.screens.view_model import ViewModel
from mobile.services.deal_views import DealLine
from shared.i18n import _
from shared.schemas.limits import MAX_MINOR, MAX_QUANTITY


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """What the form shows."""

    product: str = ""
    quantity: str = ""
    price: str = ""
    discount: str = ""
    total: str = ""
    problems: tuple[tuple[str, str], ...] = ()

    def problem(self, field: str) -> str:
        """Return what is wrong with a field."""
        return dict(self.problems).get(field, "")


class LineViewModel(ViewModel[LineState]):
    """Edits one line and gives it back to whoever asked."""

    def __init__(self) -> None:
        super().__init__(LineState())
        self._line: DealLine | None = None
        self._currency = "IDR"
        self._done: Callable[[DealLine | None], None] | None = None

    def begin(self, line: DealLine, currency: str, done: Callable[[DealLine | None], None]) -> None:
        """Open a line; `done` is called with it when it is good, or with None to take it off."""
        self._line, self._currency, self._done = line, currency, done
        discount = plain_money(line.discount_minor, currency) if line.discount_minor else ""
        self._render(
            LineState(
                product=line.product_name,
                quantity=str(line.quantity),
                price=plain_money(line.price_minor, currency) if line.is_priced else "",
                discount=discount,
                problems=()
                if line.is_priced
                else (("price", no_price(currency) + ". " + _("Write one.")),),
            )
        )

    def type(self, **words: str) -> None:
        """Take what was typed into `quantity`, `price` or `discount`."""
        if any(getattr(self.state, name) != text for name, text in words.items()):
            self._render(replace(self.state, problems=(), **words))

    def save(self) -> bool:
        """Give the line back; say what is wrong, and return False, where it is impossible."""
        line, problems = self._read(self.state)
        if line is None or self._done is None:
            self._show(replace(self.state, problems=problems))
            return False
        self._done(line)
        return True

    def remove(self) -> None:
        """Take the product off the deal."""
        if self._done is not None:
            self._done(None)

    def _read(self, state: LineState) -> tuple[DealLine | None, tuple[tuple[str, str], ...]]:
        assert self._line is not None
        text = state.quantity.strip()
        quantity = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
        price_minor = read_money(state.price, self._currency)
        discount_minor = read_money(state.discount or "0", self._currency)
        problems = []
        if not 1 <= quantity <= MAX_QUANTITY:
            problems.append(("quantity", _("Write a whole number from 1 to 1,000,000.")))
        if price_minor is None or price_minor > MAX_MINOR // max(quantity, 1):
            problems.append(("price", _("This price is not possible. Check it.")))
        if discount_minor is None:
            problems.append(("discount", _("This discount is not possible. Check it.")))
        elif not problems and discount_minor > quantity * (price_minor or 0):
            problems.append(("discount", _("The discount is larger than the line.")))
        if problems or price_minor is None or discount_minor is None:
            return None, tuple(problems)
        line = replace(
            self._line,
            quantity=quantity,
            price_minor=price_minor,
            discount_minor=discount_minor,
            is_priced=True,
        )
        return line, ()

    def _render(self, state: LineState) -> None:
        line, _problems = self._read(state)
        total = money(line.total_minor, self._currency) if line else "–"
        self._show(replace(state, total=total))
