"""Whose customers are that a list shows, and at which of some anything stands."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, select, union

from server.customers.models import Customer, LocationProposal
from server.customers.queries.customers import CustomerFilter, of_filter
from server.deals.models import Deal
from server.fences.models import FenceOverride
from server.planning.models import JourneyStop
from server.platform.access import Access
from server.platform.database import among, db
from server.platform.versioned import Versioned
from server.rejudgements.models import Rejudgement
from server.tasks.models import Task
from server.visits.models import Visit

_STANDS_AT = (
    Visit.customer_id,
    Deal.customer_id,
    Task.customer_id,
    JourneyStop.customer_id,
    LocationProposal.customer_id,
    FenceOverride.customer_id,
    Rejudgement.customer_id,
    Customer.merged_into_id,
)
_ENOUGH_POINTS = 200
"""So many tell where a company or a team is at work."""


def owners_of(*, access: Access, where: CustomerFilter, most: int) -> dict[str, str | None]:
    """Return whose the customers of a list are, by id: at most one more than `most`."""
    statement = select(Customer.id, Customer.owner_id).where(*of_filter(access=access, where=where))
    rows = db.session.execute(statement.order_by(Customer.id).limit(most + 1))
    return {row.id: row.owner_id for row in rows}


def where_customers_are(*, access: Access) -> list[tuple[float, float]]:
    """Return points of some customers that the caller sees, as latitude and longitude."""
    statement = select(Customer.latitude, Customer.longitude).where(
        *of_filter(access=access, where=CustomerFilter(has_point=True))
    )
    rows = db.session.execute(statement.order_by(Customer.id).limit(_ENOUGH_POINTS))
    return [(lat, lng) for lat, lng in rows if lat is not None and lng is not None]


def customers_in_use(customer_ids: Collection[str]) -> set[str]:
    """Return those of customers at which anything stands: a visit, an order, a plan."""
    each = (
        select(column).where(among(column, sorted(customer_ids)), *_is_there(column.class_))
        for column in _STANDS_AT
    )
    return set(db.session.scalars(union(*each)))


def _is_there(model: Any) -> tuple[ColumnElement[bool], ...]:
    # A customer that went into another is deleted, and still belongs there.
    is_kept = issubclass(model, Versioned) and model is not Customer
    return (model.deleted_at.is_(None),) if is_kept else ()
