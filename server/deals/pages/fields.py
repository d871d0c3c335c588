"""The fields of a deal's form: what stands in them, and what they say."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext

from server.currencies.operations.freezing import known_currencies
from server.deals.operations.deals import Line
from server.deals.operations.editing import DealForm
from server.deals.pages.view import meant
from server.deals.queries.deals import DealDetail
from server.platform.access import Access
from server.platform.errors import InvalidInputError
from server.platform.reporting import reporting
from server.products.queries import ProductRow, products_by_sku
from server.web.amounts import read_amount, typed_amount
from server.web.words import shown
from shared.schemas.limits import MAX_LINES, MAX_MINOR, MAX_QUANTITY

LONGEST = {
    "title": 200,
    "currency": 3,
    "amount": 40,
    "expected": 10,
    "source": 60,
    "note": 4000,
    "customer_code": 80,
    "stage": 40,
}
LINE = ("product", "quantity", "price", "discount")
_SPARE_LINES = 3
_DAYS = (dt.date(2000, 1, 1), dt.date(2099, 12, 31))


def typed() -> dict[str, str]:
    """Return what was typed, by field; those of the lines are `product-0` and so on."""
    names = [*LONGEST, *(f"{name}-{row}" for row in range(MAX_LINES) for name in LINE)]
    texts = {name: request.form[name].strip() for name in names if name in request.form}
    return dict.fromkeys(LONGEST, "") | texts


def given_of(detail: DealDetail) -> dict[str, str]:
    """Return what stands in the form of a deal."""
    deal = detail.deal
    has_amount = deal.amount_minor and not detail.lines
    given = {
        "title": deal.title,
        "currency": deal.currency,
        "amount": typed_amount(deal.amount_minor, deal.currency) if has_amount else "",
        "expected": deal.expected_close_on.isoformat() if deal.expected_close_on else "",
        "source": shown(deal.source),
        "note": detail.note,
    }
    for row, line in enumerate(detail.lines):
        discount = typed_amount(line.discount_minor, deal.currency) if line.discount_minor else ""
        values = (
            line.sku,
            str(line.quantity),
            typed_amount(line.unit_price_minor, deal.currency),
            discount,
        )
        given |= {f"{name}-{row}": value for name, value in zip(LINE, values, strict=True)}
    return given


def rows_of(given: dict[str, str]) -> range:
    """Return the numbers of the lines to show: those that say something, and a few to fill in."""
    used = [row for row in range(MAX_LINES) if any(given.get(f"{name}-{row}") for name in LINE)]
    return range(min(MAX_LINES, max(used, default=-1) + 1 + _SPARE_LINES))


def read(
    given: dict[str, str],
    *,
    access: Access,
    detail: DealDetail | None = None,
    errors: dict[str, str] | None = None,
) -> DealForm:
    """
    Return what the form says.

    :param detail: the deal that is corrected: what it has may stay, also out of use
    :param errors: what is wrong with other fields
    :raises InvalidInputError: with words for each field that is wrong
    """
    errors = dict(errors or {})
    for name, longest in LONGEST.items():
        if len(given[name]) > longest or "\0" in given[name]:
            errors[name] = gettext("At most %(count)s characters.", count=longest)
    currency = given["currency"]
    if currency not in known_currencies():
        raise InvalidInputError(
            {"currency": gettext("There is no currency with this code.")} | errors
        )
    lines = _Lines(given, currency, access, detail)
    errors = lines.errors | errors
    amount_minor = read_amount(given["amount"] or "0", currency, highest_minor=MAX_MINOR)
    if amount_minor is None:
        errors.setdefault("amount", gettext("An amount such as 12500 or 12500.50."))
    elif given["amount"] and lines.read:
        errors.setdefault(
            "amount", gettext("With products the amount is their sum: leave this empty.")
        )
    if given["expected"] and _day(given["expected"]) is None:
        errors.setdefault("expected", gettext("A day such as 2026-12-31."))
    if errors:
        raise InvalidInputError(errors)
    return DealForm(
        title=given["title"],
        currency=currency,
        amount_minor=amount_minor or 0,
        lines=tuple(lines.read),
        expected_close_on=_day(given["expected"]),
        source=meant(given["source"]),
        note=given["note"],
    )


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if _DAYS[0] <= day <= _DAYS[1] else None


@dataclass
class _Lines:
    """The lines of a form, and what is wrong with them."""

    given: dict[str, str]
    currency: str
    access: Access
    detail: DealDetail | None
    read: list[Line] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = dict(self._texts())
        codes = {line["product"] for line in texts.values()}
        known = products_by_sku(access=self.access, skus=codes | {code.upper() for code in codes})
        kept = {line.sku: line.product_id for line in self.detail.lines} if self.detail else {}
        total = 0
        for row, line in texts.items():
            code = line["product"]
            product = known.get(code) or known.get(code.upper())
            product_id = kept.get(code) or (product.id if product and product.active else None)
            if product_id is None:
                self.errors[f"product-{row}"] = gettext("There is no product in use of this code.")
                continue
            quantity = read_amount(line["quantity"] or "1", None, highest_minor=MAX_QUANTITY)
            if not quantity:
                self.errors[f"quantity-{row}"] = gettext("A whole number from 1.")
            price = self._price(row, line["price"], product)
            discount = self._amount(f"discount-{row}", line["discount"] or "0")
            if not quantity or price is None or discount is None:
                continue
            total += (worth := quantity * price - discount)
            if worth < 0:
                self.errors[f"discount-{row}"] = gettext("A discount is larger than its line.")
            elif total > MAX_MINOR:
                self.errors[f"price-{row}"] = gettext("All lines together come to too much.")
            self.read.append(
                Line(
                    product_id=product_id,
                    quantity=quantity,
                    unit_price_minor=price,
                    discount_minor=discount,
                )
            )

    def _texts(self) -> Iterator[tuple[int, dict[str, str]]]:
        for row in range(MAX_LINES):
            line = {name: self.given.get(f"{name}-{row}", "") for name in LINE}
            if any(line.values()):
                yield row, line

    def _price(self, row: int, text: str, product: ProductRow | None) -> int | None:
        """Return the price of a line; nothing typed: that of the catalogue."""
        if text:
            return self._amount(f"price-{row}", text)
        listed = None
        if product is not None:
            is_own = self.currency == reporting().currency
            listed = product.price_minor if is_own else product.prices.get(self.currency)
        if listed is None:
            self.errors[f"price-{row}"] = gettext(
                "The catalogue has no price in %(currency)s: say one.", currency=self.currency
            )
        return listed

    def _amount(self, name: str, text: str) -> int | None:
        amount = read_amount(text, self.currency, highest_minor=MAX_MINOR)
        if amount is None:
            self.errors[name] = gettext("An amount such as 12500 or 12500.50.")
        return amount
