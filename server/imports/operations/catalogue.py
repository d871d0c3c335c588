"""Importing customers and products."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table

from server.customers.models import Customer, CustomerAssignment
from server.customers.operations import keep_past_classes
from server.imports.operations import values
from server.imports.operations.context import Entity, Record, RefusedError, Run
from server.imports.operations.plan import Plan
from server.imports.operations.rows import catch_refusals, find_rows, write_rows
from server.imports.operations.tenures import Tenure, TenureChanges
from server.imports.operations.values import KEEP, Field
from server.imports.queries.known import ProductPrice, assignments_by_customer
from server.platform.events import customers_moved, mark_days, record_changed
from server.products.models import Product
from server.products.operations import Former, kept_until, recount
from shared.custom_fields import PREFIX
from shared.vocabulary import CustomerClass

CUSTOM = PREFIX
"""Prefix of fields that a company adds to its customers."""
PRICE = "price."
"""Prefix of the fields of a product's prices in other currencies."""

_CUSTOMERS = cast("Table", Customer.__table__)
_ASSIGNMENTS = cast("Table", CustomerAssignment.__table__)
_PRODUCTS = cast("Table", Product.__table__)


def _load_products(records: Sequence[Record], run: Run) -> None:
    plans = find_rows(_PRODUCTS, "sku", catch_refusals(run, records, _plan_product), run)
    for plan in plans:
        _keep_other_prices(plan)
    recosted = _recosted(plans, run)
    for plan, day in recosted:
        plan.kept["cost_since"] = day.isoformat()
    written = write_rows(_PRODUCTS, plans, run)
    for plan in plans:
        run.references.products[plan.values["sku"]] = ProductPrice(
            plan.id, plan.values["price_minor"], _prices_of(plan)
        )
        run.counts.count(plan.outcome)
    if not run.dry_run:
        record_changed("product", *written)
        recount(
            costs={_former(plan): day for plan, day in recosted},
            categories=[
                _former(plan)
                for plan in plans
                if plan.before is not None and "category" in plan.changed
            ],
        )


def _recosted(plans: Sequence[Plan], run: Run) -> list[tuple[Plan, dt.date]]:
    """Return the products that cost something else since a day, with that day."""
    known = [plan for plan in plans if plan.before is not None and "cost_minor" in plan.values]
    until = kept_until([plan.id for plan in known])
    found = []
    for plan in known:
        since = plan.record.values.get("cost_since")
        if since is not None and since < until[plan.id]:
            plan.beside.add("cost_since")
        if "cost_minor" in plan.changed or "cost_since" in plan.beside:
            found.append((plan, since or run.today))
    return found


def _former(plan: Plan) -> Former:
    assert plan.before is not None
    return Former(
        product_id=plan.id, cost_minor=plan.before["cost_minor"], category=plan.before["category"]
    )


def _plan_product(record: Record, run: Run) -> Plan:
    row: dict[str, Any] = {
        name: value
        for name, value in record.values.items()
        if name not in ("price", "cost", "cost_since")
        and not name.startswith(PRICE)
        and value is not KEEP
    }
    row["price_minor"] = record.values["price"]
    since = record.values.get("cost_since")
    if since is not None and since > run.today:
        raise RefusedError("cost_since", "day_in_future")
    if "cost" in record.values:
        row["cost_minor"] = record.values["cost"]
    if PRICE + run.reporting_currency in record.values:
        raise RefusedError(PRICE + run.reporting_currency, "price_of_own_currency")
    prices = {
        name.removeprefix(PRICE): value
        for name, value in record.values.items()
        if name.startswith(PRICE)
    }
    if prices:
        row["prices"] = prices
    return Plan(record, row)


def _keep_other_prices(plan: Plan) -> None:
    """Leave prices alone in currencies that the file does not name; an empty cell takes one out."""
    if "prices" in plan.values:
        before = plan.before["prices"] if plan.before is not None else {}
        prices = before | plan.values["prices"]
        plan.values["prices"] = {code: price for code, price in prices.items() if price is not None}


def _prices_of(plan: Plan) -> dict[str, int]:
    if "prices" in plan.values:
        prices: dict[str, int] = plan.values["prices"]
    else:
        prices = plan.before["prices"] if plan.before is not None else {}
    return prices


def _load_customers(records: Sequence[Record], run: Run) -> None:
    plans = find_rows(_CUSTOMERS, "code", catch_refusals(run, records, _plan_customer), run)
    for plan in plans:
        _leave_closed(plan)
        _keep_other_custom_fields(plan)
        _count_location(plan)
    tenures = assignments_by_customer([plan.id for plan in plans], access=run.access)
    moves = TenureChanges(_ASSIGNMENTS.c.customer_id, _ASSIGNMENTS.c.rep_id)
    for plan in plans:
        survivor_id = plan.before and plan.before["merged_into_id"]
        run.references.customers[plan.values["code"]] = survivor_id or plan.id
        held = [Tenure(*item) for item in tenures.get(plan.id, ())]
        if _assign(plan, held, moves, run):
            plan.beside.add("owner")
            plan.kept["tenures"] = [each.plain() for each in held]
        run.counts.count(plan.outcome)
    written = write_rows(_CUSTOMERS, plans, run)
    if not run.dry_run:
        keep_past_classes(
            {
                plan.id: CustomerClass(plan.before["customer_class"])
                for plan in plans
                if plan.before is not None and "customer_class" in plan.changed
            },
            day=run.today,
        )
        moves.write()
        _announce_assignments(moves)
        record_changed("customer", *written)
        _hand_over(plans, run)


def _hand_over(plans: Sequence[Plan], run: Run) -> None:
    """Tell whose customers are another rep's now."""
    moves = {
        plan.id: (plan.before["owner_id"], plan.values["owner_id"])
        for plan in plans
        if plan.before is not None
        and "owner_id" in plan.changed
        and plan.before["owner_id"]
        and plan.values["owner_id"]
    }
    if moves:
        customers_moved.send(None, moves=moves, at=run.at, day=run.today)


def _plan_customer(record: Record, run: Run) -> Plan:
    given = record.values
    row: dict[str, Any] = {
        name: value
        for name, value in given.items()
        if name not in ("class", "owner", "owner_since")
        and not name.startswith(CUSTOM)
        and value is not KEEP
    }
    if row.get("currency") == run.reporting_currency:
        row["currency"] = ""
    if given.get("class", KEEP) is not KEEP:
        row["customer_class"] = given["class"]
    if "owner" in given:
        row["owner_id"] = run.find(record, "owner", run.references.users, "unknown_user")
        row["team_id"] = (
            run.references.team_on(row["owner_id"], run.today) if row["owner_id"] else None
        )
    custom = {
        name.removeprefix(CUSTOM): value for name, value in given.items() if name.startswith(CUSTOM)
    }
    if custom:
        row["custom_fields"] = custom
    _check_position(row)
    return Plan(record, row)


def _check_position(row: dict[str, Any]) -> None:
    latitude, longitude = row.get("latitude"), row.get("longitude")
    if (latitude is None) != (longitude is None):
        raise RefusedError("latitude" if latitude is None else "longitude", "half_a_position")
    if latitude == 0 and longitude == 0:
        raise RefusedError("latitude", "nowhere")


def _leave_closed(plan: Plan) -> None:
    """Let one that was put away stay nobody's, whoever has it by the file."""
    if plan.before is not None and plan.before["closed_on"] is not None:
        plan.values.pop("owner_id", None)
        plan.values.pop("team_id", None)


def _keep_other_custom_fields(plan: Plan) -> None:
    """Leave fields alone that the file does not name; an empty cell takes a defined one out."""
    if "custom_fields" not in plan.values:
        return
    before = plan.before["custom_fields"] if plan.before is not None else {}
    given = before | plan.values["custom_fields"]
    own = {key: value for key, value in given.items() if value is not None}
    plan.values["custom_fields"] = own
    if plan.before is not None:
        # Each has a version of its own.
        differing = [key for key in before | own if before.get(key) != own.get(key)]
        plan.beside.update(PREFIX + key for key in differing)


def _count_location(plan: Plan) -> None:
    if {"latitude", "longitude"} & set(plan.changed) and plan.values["latitude"] is not None:
        before = plan.before["location_version"] if plan.before is not None else 0
        plan.values["location_version"] = before + 1


def _assign(plan: Plan, tenures: list[Tenure], moves: TenureChanges, run: Run) -> bool:
    owner_id = plan.values.get("owner_id")
    if owner_id is None or (plan.before and plan.before["merged_into_id"]):
        return False
    since = plan.record.values.get("owner_since") or run.today
    return moves.move(plan.id, tenures, owner_id, since) is not None


def _announce_assignments(moves: TenureChanges) -> None:
    for row in moves.inserts:
        mark_days(row["rep_id"], [row["start_on"]])
    for row in moves.updates:
        mark_days(row["new_holder"], [row["new_end"] or row["of_day"]])


PRODUCT = Entity(
    fields={
        "sku": Field(values.text(80), required=True),
        "name": Field(values.text(200), required=True),
        "category": Field(values.text(120)),
        "unit": Field(values.text(40)),
        "price": Field(values.money, required=True),
        "cost": Field(values.money, empty=None),
        "cost_since": Field(values.day, empty=None),
        "active": Field(values.truth, empty=KEEP),
    },
    key=("sku",),
    load=_load_products,
)

CUSTOMER = Entity(
    fields={
        "code": Field(values.text(80), required=True),
        "name": Field(values.text(200), required=True),
        "class": Field(values.one_of(CustomerClass), empty=KEEP),
        "sector": Field(values.text(80)),
        "contact_name": Field(values.text(200)),
        "phone": Field(values.phone),
        "email": Field(values.email),
        "address": Field(values.long_text(1_000)),
        "city": Field(values.text(120)),
        "notes": Field(values.long_text(4_000)),
        "latitude": Field(values.degrees(90), empty=None),
        "longitude": Field(values.degrees(180), empty=None),
        "radius_m": Field(values.whole(10, 100_000), empty=None),
        "currency": Field(values.currency),
        "owner": Field(values.text(80)),
        "owner_since": Field(values.day, empty=None),
        CUSTOM: Field(values.text(200)),
    },
    key=("code",),
    load=_load_customers,
)
