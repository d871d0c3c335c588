"""What of a rep's past is on the phone: what is open, and what is young enough (docs/adr/0018)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, and_, func, or_

from server.deals.models import Deal
from server.expenses.models import Expense
from server.photos.models import Photo
from server.planning.models import JourneyStop
from server.platform.database import UtcDateTime
from server.sync.models import RepDay
from server.tasks.models import Task
from server.visits.models import Visit
from shared.vocabulary import ExpenseState, PhotoState

LEAST_DAYS = 62
"""The numbers on the phone compare this month with the one before."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of a table, each of them one rep's, are on that rep's phone."""

    owner: Any
    when: Any
    """The column that says how old a row is: a day, or an instant whose day in UTC counts."""
    since: Any = RepDay.kept_from
    stays: Any = None
    """Condition of the rows that stay, however old; those without a day are among them."""

    @property
    def day(self) -> Any:
        """How old a row is."""
        is_instant = isinstance(self.when.type, UtcDateTime)
        return func.date(self.when, type_=Date) if is_instant else self.when

    def of(self, statement: Any) -> Any:
        """Return a statement about the table, narrowed to what is on the phone."""
        young = or_(RepDay.rep_id.is_(None), self.day >= self.since)
        return statement.outerjoin(RepDay, RepDay.rep_id == self.owner).where(
            young if self.stays is None else or_(young, self.stays)
        )

    def is_young(self, values: Mapping[str, Any], *, since: dt.date) -> bool:
        """Return whether a row is on the phone whatever it is, for it is of this day or later.

        :param values: of the row, by column
        """
        when = values.get(self.when.key)
        if when is None:
            return True
        return (when.date() if isinstance(when, dt.datetime) else when) >= since


WINDOWS: dict[str, Window] = {
    "stop": Window(JourneyStop.rep_id, JourneyStop.day),
    "visit": Window(Visit.rep_id, Visit.day, stays=Visit.is_left_open()),
    "photo": Window(
        Photo.rep_id,
        Photo.day,
        # Of one that is awaited, the file may still be on the phone; a receipt is its expense's.
        stays=or_(
            and_(Photo.state == PhotoState.EXPECTED, Photo.withdrawn_at.is_(None)),
            Photo.expense_id.is_not(None),
        ),
    ),
    # Longer than the rest: what a customer usually orders is told from the last ten orders.
    "deal": Window(
        Deal.owner_id, Deal.closed_day, since=RepDay.closed_from, stays=Deal.closed_day.is_(None)
    ),
    "task": Window(Task.rep_id, Task.finished_at, stays=Task.finished_at.is_(None)),
    "expense": Window(Expense.rep_id, Expense.day, stays=Expense.state != ExpenseState.APPROVED),
}
"""By entity."""
