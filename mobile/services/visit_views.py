"""A visit's row in the phone's database as screens see it."""

import json
import sqlite3
from collections.abc import Sequence

from mobile.services.customers import customer_view, missing_customer_view
from mobile.services.recorder import ServiceError
from mobile.services.views import FormProgress, OrderLine, VisitView
from mobile.storage import customers, deals, device, form, products, visits
from shared.visit_form import Question, asked, unanswered
from shared.vocabulary import VisitState


class VisitNotOpenError(ServiceError):
    """The visit is over, or there is none of that id."""

    code = "visit_not_open"


def get_open(connection: sqlite3.Connection, visit_id: str) -> sqlite3.Row:
    """
    Return the row of a visit that is going on.

    :raises VisitNotOpenError: if it is over, or there is none of that id
    """
    visit = visits.find(connection, visit_id)
    if visit is None or visit["state"] != VisitState.OPEN:
        raise VisitNotOpenError(visit_id)
    return visit


def visit_view(connection: sqlite3.Connection, visit: sqlite3.Row) -> VisitView:
    """Return a visit with its order."""
    state = device.get(connection)
    customer = customers.get(connection, visit["customer_id"])
    ended = visit["ended_at_ms"]
    orders = deals.orders_of_visit(connection, visit["id"])
    currency = orders[0]["currency"] if orders else order_currency(customer, state.currency)
    return VisitView(
        id=visit["id"],
        customer=(
            customer_view(customer, radius_m=state.radius_m)
            if customer
            else missing_customer_view(visit["customer_id"], radius_m=state.radius_m)
        ),
        stop_id=visit["stop_id"],
        checked_in_at=device.from_ms(visit["started_at_ms"] or 0),
        checked_out_at=None if ended is None else device.from_ms(ended),
        verdict=visit["verdict"] or "",
        distance_m=visit["distance_m"],
        accuracy_m=visit["accuracy_m"],
        lines=_lines(connection, [one for one in orders if one["currency"] == currency]),
        no_sale_reason=visit["no_sale_reason"],
        notes=visit["notes"],
        currency=currency,
        own_currency=state.currency,
        form=_progress(connection, visit),
    )


def order_currency(customer: sqlite3.Row | None, own: str) -> str:
    """Return the currency that a customer's orders are taken in."""
    return (customer["currency"] if customer else "") or own


def questions_of(
    connection: sqlite3.Connection, visit: sqlite3.Row, versions: dict[str, Question]
) -> tuple[Question, ...]:
    """Return the questions for a visit in their order."""
    customer = customers.get(connection, visit["customer_id"])
    wants_lines = any(each.categories for each in versions.values() if not each.is_retired)
    return asked(
        versions.values(),
        customer_class=customer["customer_class"] if customer else "",
        categories=(
            form.categories_ordered(connection, visit["customer_id"]) if wants_lines else ()
        ),
    )


def _progress(connection: sqlite3.Connection, visit: sqlite3.Row) -> FormProgress:
    questions = questions_of(connection, visit, form.versions(connection))
    answers = form.answers(visit)
    return FormProgress(
        questions=len(questions),
        answered=sum(question.id in answers for question in questions),
        required_left=len(unanswered(questions, answers)),
    )


def _lines(connection: sqlite3.Connection, orders: Sequence[sqlite3.Row]) -> tuple[OrderLine, ...]:
    names = products.names(connection)
    return tuple(
        OrderLine(
            product_id=line["product_id"],
            product_name=names.get(line["product_id"], "?"),
            quantity=line["quantity"],
            price_minor=line["unit_price_minor"],
        )
        for order in orders
        for line in json.loads(order["lines"])
    )
