"""What a whole batch shares, so that a change costs few statements: looked up once, logged at once.

Nothing here changes what is decided; `groups.py` decides.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, insert, select

from server.customers.models import Customer
from server.deals.models import Stage
from server.platform.database import db
from server.sync.models import ChangeLog
from shared.sync.ids import is_id
from shared.sync.protocol import Change, Kind, Status

_TOOK = (Status.APPLIED, Status.MERGED)
_CHUNK = 400
"""SQLite takes a limited number of parameters."""


@dataclass(frozen=True, slots=True)
class Created:
    """The change that made a record."""

    entity: str
    data_sha256: bytes | None
    wire: list[Any]
    """Its answer."""


class Batch:
    """Which records of the batch were made before, and the log of its changes."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.created: dict[str, Created] = {}
        """By record id; those this batch makes are added as they are logged."""
        self._wanted = [change.record_id for change in changes if change.kind is Kind.CREATE]
        self._rows: list[dict[str, Any]] = []
        self.look_up_created()

    def look_up_created(self) -> None:
        """Find what the log knows of the records this batch wants to make."""
        for start in range(0, len(self._wanted), _CHUNK):
            for entry in db.session.execute(
                select(
                    ChangeLog.record_id, ChangeLog.entity, ChangeLog.data_sha256, ChangeLog.result
                ).where(
                    ChangeLog.record_id.in_(self._wanted[start : start + _CHUNK]),
                    ChangeLog.kind == Kind.CREATE,
                    ChangeLog.status.in_(_TOOK),
                )
            ):
                self.created.setdefault(
                    entry.record_id, Created(entry.entity, entry.data_sha256, entry.result)
                )

    def log(self, row: dict[str, Any]) -> None:
        """Keep a row of the log until `write_log`."""
        self._rows.append(row)
        if row["kind"] == Kind.CREATE and row["status"] in _TOOK:
            self.created.setdefault(
                row["record_id"], Created(row["entity"], row["data_sha256"], row["result"])
            )

    def write_log(self) -> None:
        """Write the rows kept so far, all at once."""
        if self._rows:
            db.session.execute(insert(ChangeLog), self._rows)
            self._rows = []


@contextmanager
def kept_in_memory(changes: Sequence[Change]) -> Iterator[None]:
    """
    Hold what the changes name, and what they make: the session alone forgets both at once.

    Only rows that are read by key and checked, or that no other transaction can see yet: a row
    others may change is read anew under its lock each time.
    """
    named = {str(change.data.get("customer_id")) for change in changes}
    customers = sorted(name for name in named if is_id(name))
    held: list[object] = [*db.session.scalars(select(Stage))]
    for start in range(0, len(customers), _CHUNK):
        chunk = customers[start : start + _CHUNK]
        held += db.session.scalars(select(Customer).where(Customer.id.in_(chunk)))
    session = db.session()

    def hold(_session: object, made: object) -> None:
        held.append(made)

    event.listen(session, "pending_to_persistent", hold)
    try:
        yield
    finally:
        event.remove(session, "pending_to_persistent", hold)
