"""Adding products, changing them and their prices, taking them out of the catalogue and back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import select

from server.currencies.operations.freezing import known_currencies
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import record_changed
from server.platform.reporting import reporting
from server.products.models import Product
from shared.i18n import N_
from shared.sync.ids import new_id


class SkuTakenError(ProblemError):
    """Imports and order lists find a product by its code, so it is one product's alone."""

    code = "product.sku_taken"
    status = 409
    title = N_("Another product has this code already.")


class PriceCurrencyError(ProblemError):
    """The price list names a currency that is none, or the company's own."""

    code = "product.price_currency"
    status = 422
    title = N_("A price list is in another currency than the company's, by its code.")


@dataclass(frozen=True, kw_only=True)
class ProductForm:
    """What the office says of a product; money in minor units of the reporting currency."""

    sku: str
    name: str
    category: str
    unit: str
    price_minor: int
    cost_minor: int | None
    prices: Mapping[str, int]
    """In other currencies, minor units by currency."""


def add_product(*, product: ProductForm, at: dt.datetime, by: str) -> Product:
    """
    Add a product; phones have it after their next sync.

    :raises SkuTakenError: if the code is another product's
    :raises PriceCurrencyError: if a price is in no other currency
    """
    _check_sku(product.sku, "")
    _check_currencies(product.prices)
    row = Product(id=new_id(), **asdict(product), created_at=at, updated_at=at)
    db.session.add(row)
    db.session.flush()
    audit.record(action="product.created", at=at, user_id=by, subject=row.id, sku=row.sku)
    record_changed("product", row.id)
    return row


def change_product(
    *, product_id: str, base: str, product: ProductForm, at: dt.datetime, by: str
) -> Product:
    """
    Change a product. Orders that were taken keep the price they were taken at.

    :param base: the version that the form was made from
    :raises NotFoundError: if there is no such product
    :raises ChangedMeanwhileError: if it has another version by now
    :raises SkuTakenError: if the code is another product's
    :raises PriceCurrencyError: if a price is in no other currency
    """
    row = _locked(product_id)
    row.expect(base)
    _check_sku(product.sku, product_id)
    _check_currencies(product.prices)
    return _change(row, asdict(product), action="product.changed", at=at, by=by)


def set_prices(
    *, product_id: str, base: str | int, prices: Mapping[str, int], at: dt.datetime, by: str
) -> Product:
    """
    Set what a product costs in other currencies, all of them. Orders keep their prices.

    :param prices: minor units by currency; in one that is not named it is not sold any more
    :raises NotFoundError: if there is no such product
    :raises ChangedMeanwhileError: if it has another version by now
    :raises PriceCurrencyError: if a price is in no other currency
    """
    row = _locked(product_id)
    row.expect(base)
    _check_currencies(prices)
    return _change(row, {"prices": dict(prices)}, action="product.changed", at=at, by=by)


def set_product_active(
    *, product_id: str, base: str, active: bool, at: dt.datetime, by: str
) -> Product:
    """
    Take a product out of the catalogue, or put it back. What was sold of it stays sold.

    :raises NotFoundError: if there is no such product
    :raises ChangedMeanwhileError: if it has another version by now
    """
    row = _locked(product_id)
    row.expect(base)
    action = "product.restored" if active else "product.archived"
    return _change(row, {"active": active}, action=action, at=at, by=by)


def _change(
    row: Product, fields: dict[str, object], *, action: str, at: dt.datetime, by: str
) -> Product:
    before = {name: getattr(row, name) for name in fields}
    changed = row.change(fields, at=at)
    if changed:
        db.session.flush()
        details = {name: [before[name], value] for name, value in changed.items()}
        audit.record(action=action, at=at, user_id=by, subject=row.id, **details)
        record_changed("product", row.id)
    return row


def _check_currencies(prices: Mapping[str, int]) -> None:
    wrong = set(prices) - known_currencies() | set(prices) & {reporting().currency}
    if wrong:
        raise PriceCurrencyError(", ".join(sorted(wrong)))


def _check_sku(sku: str, product_id: str) -> None:
    taken = db.session.scalar(select(Product.id).where(Product.sku == sku))
    if taken is not None and taken != product_id:
        raise SkuTakenError(sku)


def _locked(product_id: str) -> Product:
    row = db.session.get(Product, product_id, with_for_update=True, populate_existing=True)
    if row is None or row.deleted_at is not None:
        raise NotFoundError
    return row
