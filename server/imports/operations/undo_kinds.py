"""What taking back means for each kind of row that a run writes."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Date, Table, delete, or_, select

from server.costs.models import Cost
from server.customers.models import Customer, CustomerAssignment
from server.customers.operations import keep_past_classes
from server.deals.models import Deal, DealLine, StageChange
from server.imports.models import ImportChange
from server.imports.operations.rows import insert_all
from server.metrics.models import Target
from server.planning.models import JourneyStop
from server.platform.database import UtcDateTime, among, db
from server.platform.events import customers_moved, mark_days, record_changed
from server.products.models import Product
from server.products.operations import Former, recount
from server.territories.queries import customers_in_use
from server.visits.models import Visit
from shared.vocabulary import CustomerClass, StopState


@dataclass(frozen=True)
class When:
    """The time, and the organisation's day at it."""

    at: dt.datetime
    today: dt.date


@dataclass(frozen=True)
class Taken:
    """A row that goes back."""

    change: ImportChange
    row: Any


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A table whose rows go back."""

    model: Any
    take_back: Callable[[Sequence[Taken], When], None]
    in_use: Callable[[Collection[str]], set[str]] = lambda _ids: set()
    """Of rows that a run made, those that something was done with."""

    def value(self, name: str, kept: Any) -> Any:
        """Return a column's value, of what JSON held."""
        return typed(self.model.__table__, name, kept)

    def before(self, change: ImportChange) -> dict[str, Any]:
        """Return what stood in the columns."""
        return {name: self.value(name, kept) for name, kept in change.before.items()}


def typed(table: Table, name: str, kept: Any) -> Any:
    """Return a column's value, of what JSON held."""
    if kept is None or name not in table.c:
        return kept
    match table.c[name].type:
        case UtcDateTime():
            return dt.datetime.fromisoformat(kept)
        case Date():
            return dt.date.fromisoformat(kept)
    return kept


def _customers(taken: Sequence[Taken], when: When) -> None:
    kind = KINDS[Customer.__tablename__]
    classes: dict[str, CustomerClass] = {}
    moves: dict[str, tuple[str, str]] = {}
    for change, row in _each(taken):
        if change.made:
            row.change({"deleted_at": when.at, "code": _freed("C", row.id)}, at=when.at)
            continue
        values = kind.before(change)
        if "customer_class" in values:
            classes[row.id] = CustomerClass(row.customer_class)
        if "location_version" in values:
            values["location_version"] = row.location_version + 1
        if values.get("owner_id") and row.owner_id:
            moves[row.id] = (row.owner_id, values["owner_id"])
        row.change(values, at=when.at)
    db.session.flush()
    keep_past_classes(classes, day=when.today)
    _restore_tenures(taken)
    if moves:
        customers_moved.send(None, moves=moves, at=when.at, day=when.today)
    record_changed("customer", *_ids(taken))


def _restore_tenures(taken: Sequence[Taken]) -> None:
    """Let customers have been whose they were; those that the run made nobody's."""
    held: dict[str, Any] = {
        each.row.id: each.change.beside.get("tenures", [])
        for each in taken
        if each.change.made or "tenures" in each.change.beside
    }
    table = cast("Table", CustomerAssignment.__table__)
    is_concerned = among(table.c.customer_id, sorted(held))
    gone = [dict(row) for row in db.session.execute(select(table).where(is_concerned)).mappings()]
    back: list[dict[str, Any]] = [
        {
            "customer_id": customer_id,
            "start_on": dt.date.fromisoformat(start_on),
            "end_on": dt.date.fromisoformat(end_on) if end_on else None,
            "rep_id": rep_id,
        }
        for customer_id, tenures in held.items()
        for start_on, end_on, rep_id in tenures
    ]
    db.session.execute(delete(table).where(is_concerned))
    insert_all(table, back)
    _mark((row["rep_id"], row[name]) for row in (*gone, *back) for name in ("start_on", "end_on"))


def _products(taken: Sequence[Taken], when: When) -> None:
    kind = KINDS[Product.__tablename__]
    costs: dict[Former, dt.date] = {}
    categories = []
    for change, row in _each(taken):
        if change.made:
            row.change({"deleted_at": when.at, "sku": _freed("X", row.id)}, at=when.at)
            continue
        values = kind.before(change)
        former = Former(product_id=row.id, cost_minor=row.cost_minor, category=row.category)
        since = change.beside.get("cost_since")
        if since is not None:
            # One that had no cost had none for all that was sold.
            is_new = "cost_minor" in values and values["cost_minor"] is None
            costs[former] = dt.date.min if is_new else dt.date.fromisoformat(since)
        if "category" in values:
            categories.append(former)
        row.change(values, at=when.at)
    db.session.flush()
    recount(costs=costs, categories=categories)
    record_changed("product", *_ids(taken))


def _products_in_use(ids: Collection[str]) -> set[str]:
    sold = (
        select(DealLine.product_id)
        .join(Deal, Deal.id == DealLine.deal_id)
        .where(among(DealLine.product_id, sorted(ids)), Deal.deleted_at.is_(None))
    )
    return set(db.session.scalars(sold))


def _deals(taken: Sequence[Taken], when: When) -> None:
    kind = KINDS[Deal.__tablename__]
    days = [*_days_of_deals(taken)]
    for change, row in _each(taken):
        gone = {"deleted_at": when.at, "code": None}
        row.change(gone if change.made else kind.before(change), at=when.at)
        if "lines" in change.beside:
            row.touch("lines", at=when.at)
    db.session.flush()
    for model, name in ((DealLine, "lines"), (StageChange, "moves")):
        _replace(
            model,
            {each.row.id: each.change.beside[name] for each in taken if name in each.change.beside},
        )
    _mark([*days, *_days_of_deals(taken)])
    record_changed("deal", *_ids(taken))


def _replace(model: Any, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Let deals have these rows of another table, and no others."""
    table = cast("Table", model.__table__)
    db.session.execute(delete(table).where(among(table.c.deal_id, sorted(rows))))
    insert_all(
        table,
        [
            {name: typed(table, name, value) for name, value in row.items()}
            for some in rows.values()
            for row in some
        ],
    )


def _days_of_deals(taken: Sequence[Taken]) -> Iterable[tuple[str | None, dt.date | None]]:
    for each in taken:
        for milestone in ("lead", "opportunity", "closed"):
            yield getattr(each.row, f"{milestone}_rep_id"), getattr(each.row, f"{milestone}_day")


def _stops(taken: Sequence[Taken], when: When) -> None:
    _mark((each.row.rep_id, each.row.day) for each in taken)
    _delete_or_set(taken, when)
    record_changed("stop", *_ids(taken))


def _stops_in_use(ids: Collection[str]) -> set[str]:
    """Return those that came to a visit, or are no plan any more."""
    stop = JourneyStop
    done = or_(
        stop.state != StopState.PLANNED,
        select(Visit.id).where(Visit.stop_id == stop.id).exists(),
    )
    return set(db.session.scalars(select(stop.id).where(among(stop.id, sorted(ids)), done)))


def _targets(taken: Sequence[Taken], when: When) -> None:
    _delete_or_set(taken, when)
    record_changed("target", *_ids(taken))


def _costs(taken: Sequence[Taken], when: When) -> None:
    days = [(each.row.rep_id, each.row.day) for each in taken]
    _delete_or_set(taken, when)
    _mark([*days, *((each.row.rep_id, each.row.day) for each in taken)])


def _delete_or_set(taken: Sequence[Taken], when: When) -> None:
    for change, row in _each(taken):
        if change.made:
            db.session.delete(row)
            continue
        values = KINDS[change.kind].before(change)
        if isinstance(row, JourneyStop):
            row.change(values, at=when.at)
        elif isinstance(row, Cost):
            row.set_fields(values)
        else:
            for name, value in values.items():
                setattr(row, name, value)
    db.session.flush()


def _each(taken: Iterable[Taken]) -> Iterable[tuple[ImportChange, Any]]:
    return ((each.change, each.row) for each in taken)


def _ids(taken: Iterable[Taken]) -> list[str]:
    return sorted(each.change.record_id for each in taken)


def _freed(letter: str, row_id: str) -> str:
    """Return a code of no file, so that the row's own is free again."""
    return f"{letter}-{row_id[-12:].upper()}"


def _mark(days: Iterable[tuple[str | None, dt.date | None]]) -> None:
    for rep_id, day in days:
        if rep_id is not None and day is not None:
            mark_days(rep_id, [day])


KINDS: Mapping[str, Kind] = {
    kind.model.__tablename__: kind
    for kind in (
        Kind(model=Customer, take_back=_customers, in_use=customers_in_use),
        Kind(model=Product, take_back=_products, in_use=_products_in_use),
        Kind(model=Deal, take_back=_deals),
        Kind(model=JourneyStop, take_back=_stops, in_use=_stops_in_use),
        Kind(model=Target, take_back=_targets),
        Kind(model=Cost, take_back=_costs),
    )
}
