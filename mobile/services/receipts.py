"""Receipts of expenses: photographed while the expense is written, recorded when it is saved."""

import sqlite3
from pathlib import Path

from mobile.services.photos import PhotoService, photo_view
from mobile.services.recorder import DiskFullError, Recorder, ServiceError, is_disk_full
from mobile.services.views import PhotoView
from mobile.storage import device, photos, receipts
from shared.vocabulary import PhotoPurpose


def is_unsaved(photo_id: str) -> bool:
    """Whether a receipt goes by a number still: its expense was not saved since."""
    return photo_id.isdecimal()


class ReceiptTwiceError(ServiceError):
    """The expense has the very same picture already."""

    code = "receipt_twice"


class ReceiptService:
    """What a rep does with the receipts of one expense; an empty id is the new one.

    A receipt that is not recorded yet goes by a number, one that is by the id of its record.
    """

    def __init__(self, *, recorder: Recorder, photos: PhotoService) -> None:
        self._recorder = recorder
        self._database = recorder.database
        self._photos = photos

    def raw_file(self) -> Path:
        """Return a new place for what a camera takes; `keep` takes it away."""
        return self._photos.raw_file()

    def keep(self, expense_id: str, raw: Path) -> str:
        """
        Make a photo small, hash it and keep it for the expense; slow. Return its hash.

        :raises ReceiptTwiceError: if the expense has the same picture
        :raises PhotoUnreadableError: if it is no picture
        :raises DiskFullError: if there is no room
        """
        return self._photos.adopt(raw, lambda picture: self._add(expense_id, picture))

    def of(self, expense_id: str) -> tuple[PhotoView, ...]:
        """Return an expense's receipts in the order they were taken."""
        with self._database.read() as connection:
            recorded = photos.of_expense(connection, expense_id) if expense_id else []
            drafts = receipts.of_expense(connection, expense_id)
        return (
            *(photo_view(row, self._photos.small) for row in recorded),
            *(
                PhotoView(
                    id=str(row["id"]),
                    taken_at=device.from_ms(row["taken_at_ms"]),
                    small=self._photos.small(row["sha256"]),
                    is_sent=False,
                    problem="",
                    purpose=PhotoPurpose.RECEIPT,
                )
                for row in drafts
            ),
        )

    def remove(self, photo_id: str) -> None:
        """
        Take a receipt back.

        :raises ExpenseApprovedError: if the expense is approved
        """
        self._set_removed(photo_id, removed=True)

    def restore(self, photo_id: str) -> None:
        """
        Undo a removal.

        :raises ExpenseApprovedError: if the expense is approved
        """
        self._set_removed(photo_id, removed=False)

    def _set_removed(self, photo_id: str, *, removed: bool) -> None:
        if not is_unsaved(photo_id):
            (self._photos.remove if removed else self._photos.restore)(photo_id)
            return
        with self._database.write() as connection:
            receipts.set_removed(connection, int(photo_id), removed=removed)

    def _add(self, expense_id: str, picture: dict[str, object]) -> str:
        sha256 = str(picture["sha256"])
        reading = self._recorder.read_clock()
        try:
            with self._database.write() as connection:
                state = device.get(connection)
                at_ms = device.to_ms(state.true_time(reading))
                known = {row["sha256"] for row in photos.of_expense(connection, expense_id)}
                if sha256 in known or not receipts.add(
                    connection, expense_id, picture, at_ms=at_ms, captured=state.capture(reading)
                ):
                    raise ReceiptTwiceError
                photos.add_file(connection, sha256, at_ms=at_ms)
        except sqlite3.Error as error:
            if is_disk_full(error):
                raise DiskFullError from error
            raise
        return sha256
