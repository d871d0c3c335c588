"""What deals add to the site so far: a visit's orders, on its page and in the list of visits."""

from collections.abc import Sequence

from flask import Blueprint, render_template

from server.deals import queries
from server.platform.auth import current_access
from server.web.components import Amount
from server.web.contributions import Contributor

blueprint = Blueprint("deals_pages", __name__, template_folder="templates")


def _orders_of_visit(*, visit_id: str) -> str:
    orders = queries.orders_of_visit(access=current_access(), visit_id=visit_id)
    return render_template("deals/visit_orders.html", orders=orders)


def _amounts(*, visit_ids: Sequence[str]) -> dict[str, Amount]:
    amounts = queries.amounts_of_visits(access=current_access(), visit_ids=visit_ids)
    return {visit_id: Amount(*amount) for visit_id, amount in amounts.items()}


CONTRIBUTIONS: dict[str, Contributor] = {"visit": _orders_of_visit, "visit.amounts": _amounts}
