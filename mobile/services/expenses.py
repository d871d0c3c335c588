"""The rep's expenses: recorded, handed in, taken back; the mileage of a day from its track."""

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from mobile.services.expense_views import ExpenseView, NewExpense
from mobile.services.recorder import NOTHING, Columns, Recorder, ServiceError
from mobile.services.tasks import today_of
from mobile.storage import device, expenses, photos, receipts, records, tracks
from mobile.storage.outbox import Action
from shared.sync.ids import new_id
from shared.tracking.points import TrackPoint, believable, length_m, pieces
from shared.vocabulary import ExpenseKind, ExpenseState, PhotoPurpose

_SHOWN = 300


class ExpenseUnknownError(ServiceError):
    """The phone has no expense of that id, or has it no longer."""

    code = "expense_unknown"


class ExpenseApprovedError(ServiceError):
    """It is approved, and no longer the rep's to change."""

    code = "expense_approved"


class FutureExpenseError(ServiceError):
    """The money is not spent yet."""

    code = "expense_future"


class ExpenseService:
    """What the rep spent."""

    def __init__(self, *, recorder: Recorder, app_version: str = "") -> None:
        self._recorder = recorder
        self._app_version = app_version
        self._database = recorder.database

    def today(self) -> dt.date:
        """Return the rep's day now."""
        return today_of(self._recorder)

    def currency(self) -> str:
        """Return the organisation's currency."""
        return self._recorder.state().currency

    def currencies(self) -> tuple[str, ...]:
        """Return the currencies money may have been spent in, the organisation's first."""
        return self._recorder.state().currencies

    def newest(self) -> tuple[ExpenseView, ...]:
        """Return the expenses, the latest day first."""
        with self._database.read() as connection:
            needing = records.needing(connection)
            counts = photos.count_receipts(connection)
            rows = expenses.newest(connection, limit=_SHOWN)
        return tuple(_view(row, needing, receipts=counts.get(row["id"], 0)) for row in rows)

    def count_by_state(self) -> dict[str, int]:
        """Return how many expenses are in each state."""
        with self._database.read() as connection:
            return expenses.count_by_state(connection)

    def get(self, expense_id: str, *, tried: Mapping[str, Any] = NOTHING) -> ExpenseView:
        """
        Return an expense.

        :param tried: fields as the rep wanted them, which the office refused
        :raises ExpenseUnknownError: if the phone has none of that id
        """
        with self._database.read() as connection:
            row, needing = _get(connection, expense_id), records.needing(connection)
            return _view(
                {**dict(row), **tried},
                needing,
                receipts=len(photos.of_expense(connection, expense_id)),
            )

    def save(self, expense: NewExpense, *, expense_id: str = "") -> str:
        """
        Record an expense, or change the one of this id, with its new receipts; return its id.

        :raises FutureExpenseError: if its day is still to come
        :raises ExpenseUnknownError: if the phone has none of that id
        :raises ExpenseApprovedError: if it is approved
        :raises shared.schemas.record.InvalidRecordError: naming the field and the reason
        """
        if expense.day > self.today():
            raise FutureExpenseError
        wanted = {
            "day": expense.day.isoformat(),
            "kind": str(expense.kind),
            "amount_minor": expense.amount_minor,
            "mileage_m": expense.mileage_m,
            "note": expense.note.strip(),
            "state": str(expense.state),
        }
        with self._recorder.action() as action:
            if not expense_id:
                expense_id = new_id()
                currency = expense.currency or device.get(action.connection).currency
                action.create("expense", expense_id, {**wanted, "currency": currency})
                self._record_receipts(action, expense_id, written_as="")
                return expense_id
            row = _get_own(action.connection, expense_id)
            wanted["currency"] = expense.currency or row["currency"]
            changed = {name: value for name, value in wanted.items() if row[name] != value}
            if changed or action.is_refused("expense", expense_id):
                action.patch("expense", expense_id, changed)
            self._record_receipts(action, expense_id, written_as=expense_id)
        return expense_id

    def set_state(self, expense_id: str, state: ExpenseState) -> None:
        """
        Hand an expense in, or take it back to a draft.

        :raises ExpenseUnknownError: if the phone has none of that id
        :raises ExpenseApprovedError: if it is approved
        """
        with self._recorder.action() as action:
            if _get_own(action.connection, expense_id)["state"] != state:
                action.patch("expense", expense_id, {"state": str(state)})

    def delete(self, expense_id: str) -> None:
        """
        Take an expense back for good.

        :raises ExpenseUnknownError: if the phone has none of that id
        :raises ExpenseApprovedError: if it is approved
        """
        with self._recorder.action() as action:
            _get_own(action.connection, expense_id)
            action.delete("expense", expense_id)
            receipts.clear(action.connection, expense_id)

    def discard_receipts(self, expense_id: str) -> tuple[int, ...]:
        """Take away the receipts that were not saved with an expense; return which."""
        with self._database.write() as connection:
            return receipts.remove_all(connection, expense_id)

    def bring_receipts_back(self, drafts: Sequence[int]) -> None:
        """Undo that."""
        with self._database.write() as connection:
            receipts.restore(connection, drafts)

    def _record_receipts(self, action: Action, expense_id: str, *, written_as: str) -> None:
        """Record the receipts photographed while the expense was written, as of that moment."""
        time_zone = device.get(action.connection).time_zone
        for row in receipts.of_expense(action.connection, written_as):
            taken = receipts.captured(row)
            (action.as_of(taken) if taken else action).create(
                "photo",
                new_id(),
                {
                    "expense_id": expense_id,
                    "sha256": row["sha256"],
                    "size_bytes": row["size_bytes"],
                    "width_px": row["width_px"],
                    "height_px": row["height_px"],
                    "purpose": str(PhotoPurpose.RECEIPT),
                    "time_zone": time_zone,
                    "app_version": self._app_version,
                },
            )
        receipts.clear(action.connection, written_as)

    def mileage_m(self, day: dt.date) -> int | None:
        """Return how far the rep rode on a day by the track on this phone, metres; None: no track.

        Filtered as the server filters it; a gap in the track is not bridged.
        """
        zone = ZoneInfo(self._recorder.state().time_zone)
        start = dt.datetime.combine(day, dt.time(), zone)
        end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
        with self._database.read() as connection:
            fixes = tracks.of_period(
                connection, start_ms=device.to_ms(start), end_ms=device.to_ms(end)
            )
        points = [
            TrackPoint(
                fix.latitude,
                fix.longitude,
                at=device.from_ms(fix.at_ms),
                accuracy_m=fix.accuracy_m,
                is_mock=fix.is_mock,
            )
            for fix in fixes
        ]
        way = [piece for piece in pieces(believable(points, until=end)) if len(piece) > 1]
        return round(sum(length_m(piece) for piece in way)) if way else None


def _get(connection: sqlite3.Connection, expense_id: str) -> sqlite3.Row:
    row = expenses.find(connection, expense_id)
    if row is None:
        raise ExpenseUnknownError(expense_id)
    return row


def _get_own(connection: sqlite3.Connection, expense_id: str) -> sqlite3.Row:
    row = _get(connection, expense_id)
    if row["state"] == ExpenseState.APPROVED:
        raise ExpenseApprovedError(expense_id)
    return row


def _view(row: Columns, needing: frozenset[str], *, receipts: int = 0) -> ExpenseView:
    return ExpenseView(
        id=row["id"],
        day=dt.date.fromisoformat(row["day"]),
        kind=ExpenseKind(row["kind"]),
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        mileage_m=row["mileage_m"],
        note=row["note"],
        state=ExpenseState(row["state"]),
        reason=row["reason"],
        needs_you=row["id"] in needing,
        receipts=receipts,
    )
