"""Adding products, changing them and their prices, taking them out of the catalogue and back."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import cast

from sqlalchemy import Table, delete, func, select

from server.currencies.operations.freezing import known_currencies
from server.platform import audit
from server.platform.bulk import insert_rows
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import products_recounted, record_changed
from server.platform.reporting import reporting
from server.products.models import PastProductCost, Product
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
    *,
    product_id: str,
    base: str,
    product: ProductForm,
    today: dt.date,
    cost_since: dt.date | None = None,
    at: dt.datetime,
    by: str,
) -> Product:
    """
    Change a product. Orders that were taken keep the price they were taken at.

    What was sold before keeps the cost it had, unless it had none.

    :param base: the version that the form was made from
    :param cost_since: from when on the cost counts, where another one was noted; None: from today
    :raises NotFoundError: if there is no such product
    :raises ChangedMeanwhileError: if it has another version by now
    :raises SkuTakenError: if the code is another product's
    :raises PriceCurrencyError: if a price is in no other currency
    """
    row = _locked(product_id)
    row.expect(base)
    _check_sku(product.sku, product_id)
    _check_currencies(product.prices)
    former = Former(product_id=product_id, cost_minor=row.cost_minor, category=row.category)
    row = _change(row, asdict(product), action="product.changed", at=at, by=by)
    is_corrected = cost_since is not None and cost_since < kept_until([product_id])[product_id]
    is_recosted = is_corrected or row.cost_minor != former.cost_minor
    recount(
        costs={former: cost_since or today} if is_recosted else {},
        categories=[former] if row.category != former.category else [],
    )
    return row


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


@dataclass(frozen=True, kw_only=True)
class Former:
    """What decided how the sales of a product counted before it was changed."""

    product_id: str
    cost_minor: int | None
    category: str


def kept_until(product_ids: Collection[str]) -> dict[str, dt.date]:
    """Return since when the present cost of each of these products counts; the first day: ever."""
    past = PastProductCost
    rows = db.session.execute(
        select(past.product_id, func.max(past.end_on))
        .where(past.product_id.in_(product_ids))
        .group_by(past.product_id)
    )
    return dict.fromkeys(product_ids, dt.date.min) | {row[0]: row[1] for row in rows}


def recount(*, costs: Mapping[Former, dt.date], categories: Collection[Former]) -> None:
    """
    Note what products cost before, and have their sales counted again; call it last.

    A cost counts for what was sold since its day; costs that were noted for later days go. The
    first cost of a product counts for all that was sold without one.

    :param costs: since when they cost something else, be it nothing known
    :param categories: those that are of another category: always were, as far as numbers know
    """
    if costs or categories:
        products_recounted.send(
            None,
            costs=_keep_past_costs(costs),
            categories=[each.product_id for each in categories],
        )


def _keep_past_costs(costs: Mapping[Former, dt.date]) -> dict[str, dt.date]:
    """Return since when each product's sales have another cost."""
    until = {each.product_id: day for each, day in costs.items()}
    past = cast("Table", PastProductCost.__table__)
    is_concerned = past.c.product_id.in_(until)
    rows = db.session.execute(select(past).where(is_concerned).order_by(past.c.end_on)).all()
    kept = [
        row._asdict() | {"end_on": min(row.end_on, until[row.product_id])}
        for row in rows
        if row.start_on < until[row.product_id]
    ]
    known_until = {row["product_id"]: row["end_on"] for row in kept}
    since = {}
    for former, day in costs.items():
        start = known_until.get(former.product_id, dt.date.min)
        since[former.product_id] = start if former.cost_minor is None else day
        if former.cost_minor is not None and start < day:
            key = {"product_id": former.product_id, "end_on": day}
            kept.append(key | {"start_on": start, "cost_minor": former.cost_minor})
    db.session.execute(delete(past).where(is_concerned))
    insert_rows(past, kept)
    return since


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
