"""Who belongs to whom from a day on: memberships of teams and assignments of customers."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, bindparam, update

from server.imports.operations.rows import insert_all
from server.platform.database import db


@dataclass(frozen=True)
class Tenure:
    """A time `[start_on, end_on)` with somebody."""

    start_on: dt.date
    end_on: dt.date | None
    holder_id: str

    def plain(self) -> list[str | None]:
        """Return start, end and holder as JSON holds them."""
        end_on = self.end_on.isoformat() if self.end_on else None
        return [self.start_on.isoformat(), end_on, self.holder_id]


@dataclass
class TenureChanges:
    """What has to be written so that everybody is with the right one from their day on."""

    owner: Column[str]
    """Column of whom the tenure is about; with `start_on` the table's key."""
    holder: Column[str]
    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)

    def move(
        self, owner_id: str, tenures: Sequence[Tenure], holder_id: str, since: dt.date
    ) -> list[Tenure] | None:
        """Let the owner be with this holder from `since` on; return all tenures, None if it is so.

        :param tenures: the owner's, by start
        """
        past = list(tenures)
        last = past[-1] if past else None
        if last is not None and last.end_on is None:
            if last.holder_id == holder_id:
                return None
            past.pop()
            if last.start_on >= since:
                corrected = Tenure(last.start_on, None, holder_id)
                self._update(owner_id, corrected)
                return [*past, corrected]
            ended = Tenure(last.start_on, since, last.holder_id)
            self._update(owner_id, ended)
            past.append(ended)
        elif last is not None and last.end_on is not None:
            since = max(since, last.end_on)
        row = {self.owner.name: owner_id, self.holder.name: holder_id}
        self.inserts.append(row | {"start_on": since, "end_on": None})
        return [*past, Tenure(since, None, holder_id)]

    def write(self) -> None:
        """Write it, in bulk."""
        table = self.owner.table
        if self.updates:
            db.session.connection().execute(
                update(table)
                .where(self.owner == bindparam("of_owner"), table.c.start_on == bindparam("of_day"))
                .values(end_on=bindparam("new_end"), **{self.holder.name: bindparam("new_holder")}),
                self.updates,
            )
        insert_all(table, self.inserts)

    def _update(self, owner_id: str, tenure: Tenure) -> None:
        self.updates.append(
            {
                "of_owner": owner_id,
                "of_day": tenure.start_on,
                "new_end": tenure.end_on,
                "new_holder": tenure.holder_id,
            }
        )
