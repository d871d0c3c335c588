"""What each phone may hold: rows its rep had a right to at some time since it last fetched."""

from sqlalchemy import exists, or_, select

from mobile.storage.mirrors import MIRRORS
from server.customers.models import Customer
from server.planning.models import JourneyStop
from server.platform.database import db
from server.sync.models import SyncIndex
from shared.sync.protocol import ORG_SCOPE, RowEvent, rep_scope
from tests.fakes.handset import Handset

Rows = frozenset[tuple[str, str]]


def rows_of(owner: str) -> Rows:
    """
    Return what a rep may see now: customers by the tables, the rest by the feed.

    (At the end of a history the whole feed is compared with the tables.) Asks for an app context.
    """
    is_visited = exists().where(JourneyStop.customer_id == Customer.id, JourneyStop.rep_id == owner)
    customers = db.session.scalars(
        select(Customer.id).where(
            Customer.deleted_at.is_(None), or_(Customer.owner_id == owner, is_visited)
        )
    )
    others = db.session.execute(
        select(SyncIndex.entity, SyncIndex.record_id).where(
            SyncIndex.scope.in_((ORG_SCOPE, rep_scope(owner))),
            SyncIndex.event == RowEvent.PUT,
            SyncIndex.entity != "customer",
        )
    )
    rows = [(row.entity, row.record_id) for row in others]
    return frozenset(rows) | {("customer", customer_id) for customer_id in customers}


def rows_on(phone: Handset) -> Rows:
    """Return the rows of the server that a phone shows, or counts as its own of a scope."""
    with phone.database.read() as connection:
        held = {
            (row["entity"], row["record_id"])
            for row in connection.execute("SELECT entity, record_id FROM row_scope")
        }
        for entity, mirror in MIRRORS.items():
            rows = connection.execute(
                f"SELECT id FROM {mirror.table} WHERE base IS NOT NULL"  # noqa: S608
            )
            held |= {(entity, row["id"]) for row in rows}
    return frozenset(held)
