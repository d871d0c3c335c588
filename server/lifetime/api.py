"""Predicted lifetime value for programs."""

from typing import Any

from flask_smorest import Blueprint

from server.customers.queries.customers import CustomerFilter
from server.lifetime import queries
from server.lifetime.schemas import LifetimePageSchema, LifetimeQuerySchema
from server.platform.auth import current_access, signed_in

blueprint = Blueprint(
    "lifetime",
    __name__,
    url_prefix="/api/v1/lifetime",
    description="What customers are predicted to buy.",
)


@blueprint.get("")
@signed_in()
@blueprint.arguments(LifetimeQuerySchema, location="query")
@blueprint.response(200, LifetimePageSchema)
def list_lifetimes(query: dict[str, Any]) -> dict[str, Any]:
    """Return the latest fit with its data, and the caller's customers, most valuable first."""
    page = queries.list_customer_lifetimes(
        access=current_access(),
        where=CustomerFilter(),
        page=query["page"],
        size=query["size"],
    )
    return {
        "fit": queries.find_latest_fit(),
        "rows": page.rows,
        "number": page.number,
        "size": page.size,
        "pages": page.pages,
        "total": page.total,
    }
