"""Whose customers are that a list shows."""

from sqlalchemy import select

from server.customers.models import Customer
from server.customers.queries.customers import CustomerFilter, of_filter
from server.platform.access import Access
from server.platform.database import db


def owners_of(*, access: Access, where: CustomerFilter, most: int) -> dict[str, str | None]:
    """Return whose the customers of a list are, by id: at most one more than `most`."""
    statement = select(Customer.id, Customer.owner_id).where(*of_filter(access=access, where=where))
    rows = db.session.execute(statement.order_by(Customer.id).limit(most + 1))
    return {row.id: row.owner_id for row in rows}
