"""What reps wrote down in their visits, day by day."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from server.customers.models import Customer
from server.platform.access import Access
from server.platform.database import db
from server.visits.models import Visit
from shared.time import Period
from shared.vocabulary import VisitState

MOST_OF_A_DAY = 3


@dataclass(frozen=True)
class Remark:
    """A note of a visit."""

    visit_id: str
    customer_name: str
    text: str


def read_remarks(
    *, access: Access, period: Period, rep_ids: Collection[str]
) -> dict[tuple[str, Any], list[Remark]]:
    """Return by rep and day the first notes of visits, at most `MOST_OF_A_DAY` each."""
    place = func.row_number().over(
        partition_by=(Visit.rep_id, Visit.day), order_by=(Visit.started_at, Visit.id)
    )
    notes = (
        select(
            Visit.rep_id,
            Visit.day,
            Visit.id,
            Customer.name,
            Visit.notes,
            place.label("place"),
        )
        .join(Customer, Customer.id == Visit.customer_id)
        .where(
            Visit.day >= period.start,
            Visit.day < period.end,
            Visit.rep_id.in_(rep_ids),
            Visit.notes != "",
            Visit.state != VisitState.CANCELLED,
            access.rows(Visit.rep_id, Visit.team_id),
        )
        .subquery()
    )
    found: dict[tuple[str, Any], list[Remark]] = {}
    for row in db.session.execute(
        select(notes)
        .where(notes.c.place <= MOST_OF_A_DAY)
        .order_by(notes.c.rep_id, notes.c.day, notes.c.place)
    ):
        found.setdefault((row.rep_id, row.day), []).append(Remark(row.id, row.name, row.notes))
    return found
