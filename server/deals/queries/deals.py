"""Reading deals: the filtered list, one with its lines and history, the orders of a visit."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, func, or_, select, union

from server.currencies.queries import rate_text
from server.customers.models import Customer
from server.deals.models import Deal, DealLine, StageChange
from server.deals.queries.named import of_named
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, in_order, read_in_pieces
from server.platform.reporting import reporting
from server.products.models import Product
from shared.time import Period
from shared.vocabulary import DealType, StageKind


@dataclass(frozen=True, kw_only=True)
class DealFilter:
    """Which deals; whatever is None does not narrow."""

    closed: Period | None = None
    kind: StageKind | None = None
    owner_id: str | None = None
    team_ids: frozenset[str] | None = None
    customer_id: str | None = None
    visit_id: str | None = None
    stage_key: str | None = None
    source: str | None = None
    is_open: bool = False
    search: str = ""
    """Part of a title or code, or of a customer's name or code."""
    is_many: bool = False
    """Whether it is known already that they are many."""


@dataclass(frozen=True)
class DealRow:
    """A deal in a list; amounts in minor units of its currency."""

    id: str
    code: str | None
    title: str
    customer_id: str | None
    customer_name: str | None
    visit_id: str | None
    owner_id: str
    owner_name: str
    source: str
    stage_key: str
    kind: StageKind
    amount_minor: int
    currency: str
    base_amount_minor: int | None
    """In the reporting currency; None while the deal waits for the rate of its day."""
    minor_rate: Decimal | None
    rate_on: dt.date | None
    lead_day: dt.date | None
    opportunity_day: dt.date | None
    closed_day: dt.date | None
    expected_close_on: dt.date | None
    voided_at: dt.datetime | None
    changed_at: dt.datetime
    """When it was closed, or else changed last."""

    @property
    def rate_text(self) -> str | None:
        """What one unit was worth in the reporting currency."""
        return rate_text(self.currency, self.minor_rate)


@dataclass(frozen=True)
class LineRow:
    """A product on a deal; amounts in minor units of the deal's currency."""

    deal_id: str
    product_id: str
    product_name: str
    sku: str
    quantity: int
    unit_price_minor: int
    discount_minor: int
    amount_minor: int


@dataclass(frozen=True)
class MoveRow:
    """A step in a deal's history."""

    at: dt.datetime
    from_stage: str | None
    to_stage: str
    rep_id: str
    rep_name: str
    day: dt.date


@dataclass(frozen=True)
class DealDetail:
    """A deal with its lines and its history, oldest first."""

    deal: DealRow
    version: int
    note: str
    lost_reason: str
    type_by_hand: DealType | None
    time_zone: str
    """Of its owner."""
    lines: tuple[LineRow, ...]
    moves: tuple[MoveRow, ...]


@dataclass(frozen=True)
class VisitOrder:
    """An order taken in a visit, with its lines."""

    deal: DealRow
    lines: tuple[LineRow, ...]


LATEST_CHANGE = "-changed"
_SORTS: dict[str, Any] = {
    "changed": Deal.updated_at,
    "customer": Customer.name,
    "title": Deal.title,
    "rep": User.name,
    "amount": Deal.base_amount_minor,
    "expected": Deal.expected_close_on,
    "closed": Deal.closed_day,
}


def list_deals(
    *,
    access: Access,
    where: DealFilter,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = LATEST_CHANGE,
    most_counted: int | None = None,
) -> Page[DealRow]:
    """Return a page of deals.

    :param sort: `changed`, `customer`, `title`, `rep`, `amount`, `expected` or `closed`; with a
        minus, the largest first; anything else means the latest change first
    :param most_counted: whoever asks can do without knowing of how many more there are
    """
    found = fetch_page(
        _sorted(access, where, sort),
        number=page,
        size=size,
        key=Deal.id,
        most=most_counted,
        of_many=lambda: _sorted(access, replace(where, is_many=True), sort),
    )
    return found.map(_deal_row)


def each_deal(*, access: Access, where: DealFilter, sort: str) -> Iterator[DealRow]:
    """Yield all deals in the same order, fetched in chunks; for exports."""
    for row in read_in_pieces(_sorted(access, where, sort)):
        yield _deal_row(row)


def _sorted(access: Access, where: DealFilter, sort: str) -> Select[*tuple[Any, ...]]:
    key = sort.removeprefix("-")
    column = _SORTS.get(key, Deal.updated_at)
    is_descending = sort.startswith("-") or key not in _SORTS
    return _rows(access, where).order_by(*in_order(column, Deal.id, is_descending=is_descending))


def get_deal_detail(*, access: Access, deal_id: str) -> DealDetail:
    """Return a deal with its lines and history.

    :raises NotFoundError: if there is none that the caller may see
    """
    row = db.session.execute(
        _rows(access, DealFilter())
        .where(Deal.id == deal_id)
        .add_columns(Deal.note, Deal.lost_reason, Deal.type_by_hand, Deal.version, User.time_zone)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    moves = db.session.execute(
        select(
            StageChange.at,
            StageChange.from_stage,
            StageChange.to_stage,
            StageChange.rep_id,
            User.name,
            StageChange.day,
        )
        .join(User, User.id == StageChange.rep_id)
        .where(StageChange.deal_id == deal_id)
        .order_by(StageChange.at, StageChange.id)
    )
    return DealDetail(
        deal=_deal_row(row),
        version=row.version,
        time_zone=row.time_zone,
        note=row.note,
        lost_reason=row.lost_reason,
        type_by_hand=DealType(row.type_by_hand) if row.type_by_hand else None,
        lines=tuple(_lines({deal_id})),
        moves=tuple(MoveRow(*move) for move in moves),
    )


def orders_of_visit(*, access: Access, visit_id: str) -> list[VisitOrder]:
    """Return the orders taken in a visit, with their lines."""
    rows = db.session.execute(_rows(access, DealFilter(visit_id=visit_id)).order_by(Deal.id))
    deals = [_deal_row(row) for row in rows]
    lines = _lines({deal.id for deal in deals})
    return [
        VisitOrder(deal, tuple(line for line in lines if line.deal_id == deal.id)) for deal in deals
    ]


def amounts_of_visits(*, access: Access, visit_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return what was won in these visits, in minor units, with its currency.

    Of orders in several currencies the sum in the reporting one, unless one of them waits for its
    exchange rate.
    """
    if not visit_ids:
        return {}
    is_one = func.min(Deal.currency) == func.max(Deal.currency)
    waiting = func.count().filter(Deal.waits_for_rate)
    rows = db.session.execute(
        select(
            Deal.visit_id,
            case((is_one, func.sum(Deal.amount_minor)), else_=func.sum(Deal.base_amount_minor)),
            case((is_one, func.min(Deal.currency)), else_=reporting().currency),
        )
        .where(
            Deal.visit_id.in_(visit_ids),
            Deal.kind == StageKind.WON,
            Deal.deleted_at.is_(None),
            Deal.voided_at.is_(None),
            access.rows(Deal.owner_id, Deal.team_id),
        )
        .group_by(Deal.visit_id)
        .having(or_(is_one, waiting == 0))
    )
    return {str(visit_id): (int(amount), currency) for visit_id, amount, currency in rows}


def _lines(deal_ids: set[str]) -> list[LineRow]:
    if not deal_ids:
        return []
    rows = db.session.execute(
        select(
            DealLine.deal_id,
            DealLine.product_id,
            Product.name,
            Product.sku,
            DealLine.quantity,
            DealLine.unit_price_minor,
            DealLine.discount_minor,
            DealLine.amount_minor,
        )
        .join(Product, Product.id == DealLine.product_id)
        .where(DealLine.deal_id.in_(deal_ids))
        .order_by(DealLine.deal_id, DealLine.position)
    )
    return [LineRow(*row) for row in rows]


def _rows(access: Access, where: DealFilter) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Deal.id,
            Deal.code,
            Deal.title,
            Deal.customer_id,
            Customer.name.label("customer_name"),
            Deal.visit_id,
            Deal.owner_id,
            User.name.label("owner_name"),
            Deal.source,
            Deal.stage_key,
            Deal.kind,
            Deal.amount_minor,
            Deal.currency,
            case((~Deal.waits_for_rate, Deal.base_amount_minor)).label("base_amount_minor"),
            Deal.minor_rate,
            Deal.rate_on,
            Deal.lead_day,
            Deal.opportunity_day,
            Deal.closed_day,
            Deal.expected_close_on,
            Deal.voided_at,
            func.coalesce(Deal.closed_at, Deal.updated_at).label("changed_at"),
        )
        # He is always there; a database leaves out an outer join that nothing is read from.
        .outerjoin(User, User.id == Deal.owner_id)
        .outerjoin(Customer, Customer.id == Deal.customer_id)
        .where(*of_filter(access=access, where=where))
    )


def of_filter(*, access: Access, where: DealFilter) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on deals that are not deleted, that the caller sees and asks for."""
    return access.rows(Deal.owner_id, Deal.team_id), *_narrowed(access, where)


def ids_of_filter(
    *conditions: ColumnElement[bool], access: Access, where: DealFilter
) -> CompoundSelect[str]:
    """Return the ids of these deals, as far as they meet some conditions more.

    Each way of seeing a deal is asked for by itself: of both in one a database would rather go
    through the deals of everybody.
    """
    narrowed = (*_narrowed(access, where), *conditions)
    ways = access.ways(Deal.owner_id, Deal.team_id)
    return union(*(select(Deal.id).where(way, *narrowed) for way in ways))


def _narrowed(access: Access, where: DealFilter) -> tuple[ColumnElement[bool], ...]:
    conditions: list[ColumnElement[bool]] = [Deal.deleted_at.is_(None)]
    if where.closed is not None:
        conditions += [Deal.closed_day >= where.closed.start, Deal.closed_day < where.closed.end]
    if where.team_ids is not None:
        conditions.append(Deal.team_id.in_(where.team_ids))
    if where.is_open:
        conditions.append(Deal.kind.in_((StageKind.LEAD, StageKind.OPEN)))
    if part := where.search.strip():
        conditions.append(
            or_(
                Deal.title.icontains(part, autoescape=True),
                Deal.code.icontains(part, autoescape=True),
                of_named(access=access, part=part, many=where.is_many),
            )
        )
    for column, value in (
        (Deal.kind, where.kind),
        (Deal.owner_id, where.owner_id),
        (Deal.customer_id, where.customer_id),
        (Deal.visit_id, where.visit_id),
        (Deal.stage_key, where.stage_key),
        (Deal.source, where.source),
    ):
        if value is not None:
            conditions.append(column == value)
    return tuple(conditions)


def _deal_row(row: Any) -> DealRow:
    return DealRow(
        id=row.id,
        code=row.code,
        title=row.title,
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        visit_id=row.visit_id,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        source=row.source,
        stage_key=row.stage_key,
        kind=StageKind(row.kind),
        amount_minor=row.amount_minor,
        currency=row.currency,
        base_amount_minor=row.base_amount_minor,
        minor_rate=row.minor_rate,
        rate_on=row.rate_on,
        lead_day=row.lead_day,
        opportunity_day=row.opportunity_day,
        closed_day=row.closed_day,
        expected_close_on=row.expected_close_on,
        voided_at=row.voided_at,
        changed_at=row.changed_at,
    )
