"""What reps wrote down in their visits, day by day."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from server.customers.models import Customer
from server.platform.access import Access
from server.platform.database import among
from server.platform.prepared import PreparedFor
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
    found: dict[tuple[str, Any], list[Remark]] = {}
    for rep_id, day, *remark in _REMARKS.rows(
        access, rep_ids=list(rep_ids), start=period.start, end=period.end
    ):
        found.setdefault((rep_id, day), []).append(Remark(*remark))
    return found


def _remarks(access: Access) -> Select[*tuple[Any, ...]]:
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
            Visit.day >= bindparam("start"),
            Visit.day < bindparam("end"),
            among(Visit.rep_id, name="rep_ids"),
            Visit.notes != "",
            Visit.state != VisitState.CANCELLED,
            access.rows(Visit.rep_id, Visit.team_id),
        )
        .subquery()
    )
    columns = notes.c.rep_id, notes.c.day, notes.c.id, notes.c.name, notes.c.notes
    return (
        select(*columns)
        .where(notes.c.place <= MOST_OF_A_DAY)
        .order_by(notes.c.rep_id, notes.c.day, notes.c.place)
    )


_REMARKS = PreparedFor(_remarks)
