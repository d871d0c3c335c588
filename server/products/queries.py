"""Reading products."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true

from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError, NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, reordered
from server.products.models import PastProductCost, Product
from shared.vocabulary import Role


@dataclass(frozen=True)
class ProductRow:
    """A product in a list; prices in minor units, one of the reporting currency, one by others."""

    id: str
    sku: str
    name: str
    category: str
    unit: str
    price_minor: int
    prices: dict[str, int]
    active: bool
    version: int


def list_products(*, access: Access) -> list[ProductRow]:
    """Return all products by category and name; everybody who is signed in may see them."""
    del access
    rows = db.session.execute(_LISTED.order_by(Product.category, Product.name))
    return [ProductRow(*row) for row in rows]


def get_listed(*, access: Access, product_id: str) -> ProductRow:
    """Return a product as the list has it.

    :raises NotFoundError: if there is none
    """
    del access
    row = db.session.execute(_LISTED.where(Product.id == product_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return ProductRow(*row)


def products_by_sku(*, access: Access, skus: Collection[str]) -> dict[str, ProductRow]:
    """Return the products of these codes, by code; also those out of use."""
    del access
    rows = db.session.execute(_LISTED.where(Product.sku.in_(skus)))
    return {row.sku: ProductRow(*row) for row in rows}


def find_products(*, access: Access, text: str, most: int) -> list[ProductRow]:
    """Return some products in use whose name or code holds a text, by name."""
    del access
    rows = db.session.execute(
        _LISTED.where(Product.active.is_(True), _holds(text))
        .order_by(Product.name, Product.id)
        .limit(most)
    )
    return [ProductRow(*row) for row in rows]


def _holds(text: str) -> ColumnElement[bool]:
    return or_(
        Product.name.icontains(text, autoescape=True), Product.sku.icontains(text, autoescape=True)
    )


_LISTED = select(
    Product.id,
    Product.sku,
    Product.name,
    Product.category,
    Product.unit,
    Product.price_minor,
    Product.prices,
    Product.active,
    Product.version,
).where(Product.deleted_at.is_(None))


def list_price_currencies(*, access: Access) -> list[str]:
    """Return the other currencies that any product has a price in."""
    del access
    price = func.json_each(Product.prices).table_valued("key")
    priced = select(price.c.key).select_from(Product).join(price, true())
    return list(
        db.session.scalars(
            priced.where(Product.deleted_at.is_(None)).distinct().order_by(price.c.key)
        )
    )


def lacks_price(currencies: Select[str]) -> ColumnElement[bool]:
    """Return the condition that a product has no price in one of these currencies."""
    price, currency = func.json_each(Product.prices).table_valued("key"), currencies.cte()
    priced = select(price.c.key).where(price.c.key == currency.c[0]).exists()
    return exists().select_from(currency).where(~priced)


@dataclass(frozen=True)
class CatalogueRow:
    """A product as the office sees it, with what it costs the company."""

    id: str
    sku: str
    name: str
    category: str
    unit: str
    price_minor: int
    prices: dict[str, int]
    cost_minor: int | None
    active: bool
    version: int


SORTABLE = frozenset({"name", "category", "price_minor", "cost_minor"})


@dataclass(frozen=True, kw_only=True)
class ProductFilter:
    """Which products; whatever is None or empty does not narrow."""

    text: str = ""
    category: str | None = None
    active: bool | None = True
    unpriced: str | None = None
    """A currency that they have no price in."""


def list_catalogue(
    *,
    access: Access,
    where: ProductFilter,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = "",
) -> Page[CatalogueRow]:
    """Return a page of products by category and name.

    :param sort: one of `SORTABLE` instead, with a minus the largest first
    :raises ForbiddenError: unless an administrator asks
    """
    statement = reordered(_catalogue(access, where), sort, SORTABLE)
    found = fetch_page(statement, number=page, size=size)
    return found.map(lambda row: CatalogueRow(*row))


def each_of_catalogue(*, access: Access, where: ProductFilter) -> Iterator[CatalogueRow]:
    """Yield all products in the same order; for exports.

    :raises ForbiddenError: unless an administrator asks
    """
    return (CatalogueRow(*row) for row in db.session.execute(_catalogue(access, where)))


def get_product(*, access: Access, product_id: str) -> CatalogueRow:
    """Return one product.

    :raises ForbiddenError: unless an administrator asks
    :raises NotFoundError: if there is none
    """
    everything = ProductFilter(active=None)
    statement = _catalogue(access, everything).where(Product.id == product_id)
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFoundError
    return CatalogueRow(*row)


def past_costs(*, access: Access, product_id: str) -> list[tuple[dt.date, int]]:
    """Return what a product cost before, each with the day from which on it did not any more.

    :raises ForbiddenError: unless an administrator asks
    """
    if access.role is not Role.ADMIN:
        raise ForbiddenError
    past = PastProductCost
    rows = db.session.execute(
        select(past.end_on, past.cost_minor)
        .where(past.product_id == product_id)
        .order_by(past.end_on.desc())
    )
    return [(row.end_on, row.cost_minor) for row in rows]


def list_categories(*, access: Access) -> list[str]:
    """Return the categories in use; everybody who is signed in may see them."""
    del access
    used = select(Product.category).where(Product.deleted_at.is_(None), Product.category != "")
    return list(db.session.scalars(used.distinct().order_by(Product.category)))


def _catalogue(access: Access, where: ProductFilter) -> Any:
    if access.role is not Role.ADMIN:
        raise ForbiddenError
    statement: Any = (
        select(
            Product.id,
            Product.sku,
            Product.name,
            Product.category,
            Product.unit,
            Product.price_minor,
            Product.prices,
            Product.cost_minor,
            Product.active,
            Product.version,
        )
        .where(Product.deleted_at.is_(None))
        .order_by(Product.category, Product.name, Product.id)
    )
    if where.text:
        statement = statement.where(_holds(where.text))
    if where.category is not None:
        statement = statement.where(Product.category == where.category)
    if where.unpriced is not None:
        statement = statement.where(Product.prices[where.unpriced].as_string().is_(None))
    if where.active is not None:
        statement = statement.where(Product.active.is_(where.active))
    return statement
