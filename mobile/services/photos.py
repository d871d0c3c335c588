"""Photos of a visit: taken in the app, made small, hashed, recorded at once; sent when it suits."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from mobile.services.expenses import ExpenseApprovedError
from mobile.services.recorder import DiskFullError, Recorder, ServiceError, is_disk_full
from mobile.services.views import PhotoView
from mobile.services.visit_views import VisitNotOpenError
from mobile.storage import device, expenses, photos, receipts, visits
from mobile.storage.outbox import Action
from mobile.storage.photo_files import PhotoFiles
from shared.photos import LONGEST_SIDE_PX
from shared.sync.ids import new_id
from shared.vocabulary import ExpenseState, PhotoPurpose, PhotoState, VisitState

SMALL_PX = 320


class PhotoTwiceError(ServiceError):
    """The very same picture is on the visit already."""

    code = "photo_twice"


class PhotoUnreadableError(ServiceError):
    """What the camera left cannot be read as a picture."""

    code = "photo_unreadable"


class PictureMaker(Protocol):
    """Makes pictures smaller; slow."""

    def shrink(self, source: Path, target: Path, *, longest_px: int) -> tuple[int, int]:
        """
        Write a picture upright and no longer than this; return its width and height.

        :raises ValueError: if the source is no picture
        :raises OSError: if the target cannot be written
        """


class PhotoService:
    """What a rep does with photos. `keep` is slow: call it off the UI thread."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        files: PhotoFiles,
        pictures: PictureMaker,
        app_version: str = "",
    ) -> None:
        self._recorder = recorder
        self._database = recorder.database
        self._files = files
        self._pictures = pictures
        self._app_version = app_version

    def raw_file(self) -> Path:
        """Return a new place for what a camera takes; `keep` takes it away."""
        return self._files.draft(f"{new_id()}-raw")

    def keep(self, visit_id: str, raw: Path, *, purpose: PhotoPurpose = PhotoPurpose.VISIT) -> str:
        """
        Make a photo small, hash it, record it; all of it is saved, or nothing. Return its id.

        :raises VisitNotOpenError: if the visit is over
        :raises PhotoTwiceError: if the visit has the same picture
        :raises PhotoUnreadableError: if it is no picture
        :raises DiskFullError: if there is no room
        """
        return self.adopt(
            raw,
            lambda picture: self._record(
                visit_id, {**picture, "visit_id": visit_id, "purpose": str(purpose)}
            ),
        )

    def adopt(self, raw: Path, record: Callable[[dict[str, object]], str]) -> str:
        """
        Make a photo small, hash it and have it recorded; return what recording returns.

        :param record: gets `sha256`, `size_bytes`, `width_px`, `height_px`
        :raises PhotoUnreadableError: if it is no picture
        :raises DiskFullError: if there is no room
        """
        draft = self._files.draft(new_id())
        sha256 = ""
        try:
            width, height = self._pictures.shrink(raw, draft, longest_px=LONGEST_SIDE_PX)
            sha256, size = self._files.adopt(draft)
            small = self._files.draft(new_id())
            self._pictures.shrink(self._files.path(sha256), small, longest_px=SMALL_PX)
            small.rename(self._files.small(sha256))
            return record(
                {"sha256": sha256, "size_bytes": size, "width_px": width, "height_px": height}
            )
        except ValueError as error:
            raise PhotoUnreadableError from error
        except OSError as error:
            if is_disk_full(error):
                raise DiskFullError from error
            raise PhotoUnreadableError from error
        finally:
            raw.unlink(missing_ok=True)
            draft.unlink(missing_ok=True)
            if sha256 and not self._is_recorded(sha256):
                self._files.delete(sha256)

    def of(self, visit_id: str) -> tuple[PhotoView, ...]:
        """Return a visit's photos in the order they were taken; answers to its form left out."""
        with self._database.read() as connection:
            rows = photos.for_the_visit_itself(connection, visit_id)
        return tuple(photo_view(row, self.small) for row in rows)

    def remove(self, photo_id: str) -> None:
        """
        Take a photo back; its record stays and says so.

        :raises VisitNotOpenError: after the check-out
        :raises ExpenseApprovedError: if it is a receipt of an expense that is approved
        """
        self._withdraw(photo_id, withdrawn=True)

    def restore(self, photo_id: str) -> None:
        """
        Undo a removal.

        :raises VisitNotOpenError: after the check-out
        :raises ExpenseApprovedError: if it is a receipt of an expense that is approved
        """
        self._withdraw(photo_id, withdrawn=False)

    def tidy(self) -> None:
        """Delete files that are needed no longer, and what a kill left unfinished.

        Call it before the first photo is taken: one being made belongs to nothing yet.
        """
        state_now = self._recorder.read_clock()
        with self._database.write() as connection:
            state = device.find(connection)
            if state is None:
                return
            now_ms = device.to_ms(state.true_time(state_now))
            receipts.forget_unsaved(connection, now_ms=now_ms)
            gone = photos.forget_files(connection, now_ms=now_ms)
            strays = [
                name for name in self._files.hashes() if not photos.has_file(connection, name)
            ]
        for sha256 in (*gone, *strays):
            self._files.delete(sha256)
        for draft in self._files.drafts():
            with suppress(OSError):
                draft.unlink()

    def _record(self, visit_id: str, data: dict[str, object]) -> str:
        photo_id, sha256 = new_id(), str(data["sha256"])
        with self._recorder.action() as action:
            _require_open(action.connection, visit_id)
            if any(row["sha256"] == sha256 for row in photos.of_visit(action.connection, visit_id)):
                raise PhotoTwiceError
            self.record(action, photo_id, data)
        return photo_id

    def record(self, action: Action, photo_id: str, data: dict[str, object]) -> None:
        """Record a photo whose file is here, as a part of an action."""
        time_zone = device.get(action.connection).time_zone
        more = {"time_zone": time_zone, "app_version": self._app_version}
        action.create("photo", photo_id, {**data, **more})
        photos.add_file(action.connection, str(data["sha256"]), at_ms=action.at_ms)

    def _withdraw(self, photo_id: str, *, withdrawn: bool) -> None:
        with self._recorder.action() as action:
            photo = photos.find(action.connection, photo_id)
            if photo is None or bool(photo["withdrawn"]) == withdrawn:
                return
            if photo["expense_id"] is not None:
                _require_unapproved(action.connection, photo["expense_id"])
            else:
                _require_open(action.connection, photo["visit_id"])
            action.command("photo.withdraw", photo_id, {"withdrawn": withdrawn})

    def _is_recorded(self, sha256: str) -> bool:
        with self._database.read() as connection:
            return photos.has_file(connection, sha256)

    def small(self, sha256: str) -> str:
        """Return the path of a photo's small picture."""
        small = self._files.small(sha256)
        return str(small) if small.exists() else str(self._files.path(sha256))


def _require_open(connection: sqlite3.Connection, visit_id: str) -> None:
    visit = visits.find(connection, visit_id)
    if visit is None or visit["state"] != VisitState.OPEN:
        raise VisitNotOpenError(visit_id)


def _require_unapproved(connection: sqlite3.Connection, expense_id: str) -> None:
    expense = expenses.find(connection, expense_id)
    if expense is not None and expense["state"] == ExpenseState.APPROVED:
        raise ExpenseApprovedError(expense_id)


def photo_view(row: sqlite3.Row, small: Callable[[str], str]) -> PhotoView:
    """Return a photo's row as the screens show it."""
    return PhotoView(
        id=row["id"],
        taken_at=device.from_ms(row["at_ms"] or 0),
        small=small(row["sha256"]) if row["has_file"] else "",
        is_sent=row["state"] == PhotoState.PRESENT,
        problem=row["refusal"] or row["problem"],
        purpose=row["purpose"],
    )
