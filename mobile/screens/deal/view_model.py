"""One deal: for whom, what, how much, until when. A draft of it is kept at every step."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

from mobile.screens.formats import money, number, plain_money, read_money, short_day
from mobile.screens.forms import (
    NO_DAY,
    Choices,
    DraftKeeper,
    FormState,
    FormViewModel,
    field_problem,
    read_day,
)
from mobile.screens.view_model import Drafts, RowState
from mobile.screens.words import given_words
from mobile.services.customer_views import CustomerDetail
from mobile.services.deal_views import DealFields, DealLine, DealView
from mobile.services.recorder import NOTHING
from mobile.services.views import ProductView
from shared.i18n import _
from shared.schemas.limits import MAX_LINES, MAX_MINOR, InvalidRecordError

_AHEAD = (7, 14, 30, 60, 90)
_FIELDS = ("customer_id", "title", "source", "currency", "amount", "close_on", "note")


class DealService(Protocol):
    """Makes and changes deals."""

    def today(self) -> date:
        """Return the rep's day now."""

    def currencies(self) -> Sequence[str]:
        """Return the currencies a deal may be in, the organisation's first."""

    def get(self, deal_id: str, *, tried: Mapping[str, Any] = NOTHING) -> DealView:
        """Return a deal with its lines, with what the office refused of it laid on top."""

    def sources(self) -> Sequence[str]:
        """Return where a lead may come from."""

    def create(self, customer_id: str, fields: DealFields) -> str:
        """Make a deal in the first stage."""

    def change(self, deal_id: str, fields: DealFields) -> None:
        """Change a deal."""


class CustomerService(Protocol):
    """Knows customers by id."""

    def get(self, customer_id: str) -> CustomerDetail:
        """Return a customer."""


class ProductService(Protocol):
    """Knows products by id."""

    def get(self, product_id: str, *, currency: str = "") -> ProductView:
        """Return a product with its price in a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealForm(FormState):
    """What the form shows."""

    deal_id: str = ""
    """Empty: a new one."""
    customer_id: str = ""
    customer: str = ""
    title: str = ""
    source: str = ""
    source_words: str = ""
    currency: str = ""
    has_currencies: bool = False
    """Whether there is more than the organisation's to speak of."""
    may_choose_currency: bool = False
    """A deal that the office has keeps its own, and so do prices that were written."""
    is_refused: bool = False
    """Whether the office refused to make it."""
    amount: str = ""
    """As typed; only without lines."""
    total: str = ""
    """Of the lines, in words; empty without lines."""
    lines: tuple[RowState, ...] = ()
    close_on: str = ""
    close_words: str = ""
    note: str = ""
    is_saved: bool = False


class DealViewModel(FormViewModel[DealForm]):
    """Edits one deal; nothing is recorded before the rep says so."""

    def __init__(
        self,
        *,
        deals: DealService,
        customers: CustomerService,
        products: ProductService,
        drafts: Drafts,
    ) -> None:
        super().__init__(DealForm())
        self._deals = deals
        self._customers = customers
        self._products = products
        self._draft = DraftKeeper(drafts, "deal_draft")
        self._lines: tuple[DealLine, ...] = ()
        self._untouched_lines: tuple[DealLine, ...] = ()

    def begin(
        self, deal_id: str = "", *, customer_id: str = "", tried: Mapping[str, Any] = NOTHING
    ) -> None:
        """Open a deal, or a new one; what was typed into the same one before is there again.

        :param tried: what the office refused of it, to be corrected
        """
        self._lines = ()
        currency = self._usual_currency(customer_id)
        form = DealForm(deal_id=deal_id, customer_id=customer_id, currency=currency)
        if deal_id:
            deal = self._deals.get(deal_id, tried=tried)
            self._lines = deal.lines
            form = replace(
                form,
                is_refused=deal.is_refused,
                customer_id=deal.customer_id or "",
                title=deal.title,
                source=deal.source,
                currency=deal.currency,
                amount=plain_money(deal.amount_minor, deal.currency),
                close_on=deal.expected_close_on.isoformat() if deal.expected_close_on else "",
                note=deal.note,
            )
        self._untouched = {name: getattr(form, name) for name in _FIELDS}
        self._untouched_lines = self._lines
        kept: dict[str, Any] = self._draft.read()
        is_same = kept.get("deal_id") == deal_id
        if is_same and customer_id in ("", kept.get("customer_id")):
            form = replace(form, **{name: kept[name] for name in _FIELDS if name in kept})
            self._lines = tuple(DealLine(**line) for line in kept["lines"])
        self._render(form)

    def refresh(self) -> None:
        """Say everything in the language of now."""
        if self.state.currency:
            self._render(self.state)

    def choose_customer(self, customer_id: str) -> None:
        """Take the customer; a deal that has no amount yet is in the currency of its orders."""
        form = replace(self.state, customer_id=customer_id, problems=())
        if not self._lines and not form.amount.strip():
            form = replace(form, currency=self._usual_currency(customer_id))
        self._render(form)
        self.keep()

    def sources(self) -> Choices:
        """Return where the lead may have come from."""
        known = self._deals.sources()
        return [(source, "account-arrow-right-outline", given_words(source)) for source in known]

    def choose_source(self, source: str) -> None:
        """Take the source of the lead."""
        self._render(replace(self.state, source=source))
        self.keep()

    def currencies(self) -> Choices:
        """Return the currencies to choose from."""
        known = dict.fromkeys([*self._deals.currencies(), self.state.currency])
        return [(code, "currency-usd", code) for code in known]

    def choose_currency(self, code: str) -> None:
        """Take the currency."""
        self._render(replace(self.state, currency=code))
        self.keep()

    def days(self) -> Choices:
        """Return days on which the deal may close."""
        today = self._deals.today()
        days = [today + timedelta(days=ahead) for ahead in _AHEAD]
        choices = [(day.isoformat(), "calendar-today", short_day(day, today)) for day in days]
        return [*choices, (NO_DAY, "calendar-clock", _("No day"))]

    def choose_day(self, key: str) -> None:
        """Take the day."""
        day = read_day(key)
        self._render(replace(self.state, close_on=day.isoformat() if day else ""))
        self.keep()

    def line_of(self, product_id: str) -> DealLine:
        """Return the line of a product: the one there is, or a new one at the list price.

        Where the list has none in the deal's currency, the line says so (`is_priced`).
        """
        for line in self._lines:
            if line.product_id == product_id:
                return line
        product = self._products.get(product_id, currency=self.currency)
        return DealLine(
            product_id=product.id,
            product_name=product.name,
            quantity=1,
            price_minor=product.price_minor or 0,
            is_priced=product.price_minor is not None,
        )

    def put_line(self, product_id: str, line: DealLine | None) -> None:
        """Put a product's line on the deal, in place of the one before; None takes it off."""
        kept = [one for one in self._lines if one.product_id != product_id]
        if line is not None:
            ids = [one.product_id for one in self._lines]
            place = ids.index(product_id) if product_id in ids else len(kept)
            kept.insert(place, line)
        self._lines = tuple(kept[:MAX_LINES])
        self._render(self.state)
        self.keep()

    @property
    def currency(self) -> str:
        """The deal's currency."""
        return self.state.currency

    def keep(self) -> None:
        """Keep the form, unless it was saved."""
        state = self.state
        if state.currency and not state.is_saved:
            fields = {name: getattr(state, name) for name in ("deal_id", *_FIELDS)}
            self._draft.keep({**fields, "lines": [asdict(line) for line in self._lines]})

    def save(self) -> None:
        """Record the deal, or say what is wrong."""
        state = self.state
        problems = []
        amount_minor = read_money(state.amount, state.currency) if state.amount.strip() else 0
        if not state.customer_id:
            problems.append(("customer_id", _("Choose a customer first.")))
        if not self._lines and (amount_minor is None or amount_minor > MAX_MINOR):
            example = plain_money(500_000_00, "IDR")
            problems.append(("amount_minor", _("Write an amount, such as %(x)s.", x=example)))
        if problems:
            self._show(replace(state, problems=tuple(problems)))
            return
        fields = DealFields(
            title=state.title,
            source=state.source,
            amount_minor=amount_minor or 0,
            lines=self._lines,
            expected_close_on=read_day(state.close_on),
            note=state.note,
            currency=state.currency,
        )
        try:
            if state.deal_id:
                self._deals.change(state.deal_id, fields)
            else:
                self._deals.create(state.customer_id, fields)
        except InvalidRecordError as error:
            self._show(replace(state, problems=((error.field, field_problem(error)),)))
            return
        self._draft.clear()
        self._show(replace(state, is_saved=True))

    def _usual_currency(self, customer_id: str) -> str:
        if customer_id:
            return self._customers.get(customer_id).order_currency
        return self._deals.currencies()[0]

    def _is_touched(self, state: DealForm) -> bool:
        return self._lines != self._untouched_lines or super()._is_touched(state)

    def _render(self, form: DealForm) -> None:
        today, day = self._deals.today(), read_day(form.close_on)
        total, currency = sum(line.total_minor for line in self._lines), form.currency
        known = self._deals.currencies()
        customer = ""
        if form.customer_id:
            customer = self._customers.get(form.customer_id).customer.name
        self._show(
            replace(
                form,
                customer=customer or _("Choose a customer"),
                source_words=given_words(form.source) or _("Not said"),
                close_words=short_day(day, today) if day else _("No day"),
                has_currencies=len(known) > 1 or currency not in known,
                may_choose_currency=(not form.deal_id or form.is_refused) and not self._lines,
                total=money(total, currency) if self._lines else "",
                lines=tuple(_row(line, currency) for line in self._lines),
            )
        )


def _row(line: DealLine, currency: str) -> RowState:
    less = ""
    if line.discount_minor:
        less = " − " + money(line.discount_minor, currency)
    return RowState(
        key=line.product_id,
        icon="package-variant-closed",
        title=line.product_name,
        detail=f"{number(line.quantity)} × {money(line.price_minor, currency)}{less}",
        figure=money(line.total_minor, currency),
    )
