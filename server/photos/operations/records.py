"""Recording photos, and taking one back before the check-out, or the approval."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from server.expenses.operations import ExpenseApprovedError, get_expense
from server.photos.models import Photo, PhotoBlob, Thumbnail
from server.photos.operations.images import Examined
from server.platform.database import db, upsert
from server.platform.errors import ProblemError
from server.platform.events import mark_days, record_changed
from server.visits.operations import get_visit
from shared.checkin.evidence import ClockReading
from shared.checkin.time_trust import TrustedTime
from shared.i18n import N_
from shared.time import business_day
from shared.vocabulary import ExpenseState, PhotoPurpose, PhotoState


class UnknownPhotoError(ProblemError):
    """No such photo of this rep."""

    code = "photo.unknown"
    status = 404
    title = N_("This photo does not exist.")


class VisitOverError(ProblemError):
    """After the check-out a photo is evidence and stays."""

    code = "photo.visit_over"
    status = 409
    title = N_("After the check-out photos stay with the visit.")


@dataclass(frozen=True, kw_only=True)
class NewPhoto:
    """A photo as the phone recorded it when it was taken."""

    photo_id: str
    visit_id: str | None = None
    expense_id: str | None = None
    """One of the two."""
    rep_id: str
    sha256: str
    size_bytes: int
    width_px: int
    height_px: int
    purpose: PhotoPurpose
    clock: ClockReading
    time: TrustedTime
    received_at: dt.datetime
    anchor_id: str | None = None
    device_id: str | None = None
    app_version: str = ""
    content_sha256: bytes | None = None


def record_photo(new: NewPhoto) -> Photo:
    """Keep the record of a photo; its bytes are expected from now on.

    :raises UnknownVisitError: if it is no visit of this rep
    :raises UnknownExpenseError: if it is no expense of this rep
    """
    if new.visit_id is not None:
        get_visit(visit_id=new.visit_id, rep_id=new.rep_id)
    else:
        # A receipt for an approved expense is taken too: the rep made it, and it proves something.
        get_expense(expense_id=str(new.expense_id), rep_id=new.rep_id)
    same = list(_with_hash(new.sha256))
    # The rep's own bytes need not come twice; another's would prove nothing, so they must.
    known = {photo.state for photo in same if photo.rep_id == new.rep_id}
    photo = Photo(
        id=new.photo_id,
        visit_id=new.visit_id,
        expense_id=new.expense_id,
        rep_id=new.rep_id,
        day=business_day(new.time.at, new.clock.time_zone),
        sha256=new.sha256,
        size_bytes=new.size_bytes,
        width_px=new.width_px,
        height_px=new.height_px,
        purpose=new.purpose,
        wall_at=new.clock.wall_at,
        time_zone=new.clock.time_zone,
        boot_id=new.clock.boot_id,
        elapsed_ms=new.clock.elapsed_ms,
        anchor_id=new.anchor_id,
        taken_at=new.time.at,
        time_trust=new.time.trust,
        time_flags=[note.value for note in new.time.notes],
        received_at=new.received_at,
        device_id=new.device_id,
        app_version=new.app_version,
        content_sha256=new.content_sha256,
        state=PhotoState.PRESENT if PhotoState.PRESENT in known else PhotoState.EXPECTED,
        refusal="",
        version=1,
        field_versions={},
        created_at=new.received_at,
        updated_at=new.received_at,
    )
    db.session.add(photo)
    db.session.flush()
    # Whoever sent the same before may now be the second in time.
    announce([photo, *same])
    return photo


def withdraw(
    *, photo_id: str, rep_id: str, withdrawn: bool, at: dt.datetime, received_at: dt.datetime
) -> Photo:
    """Take a photo back, or not after all. The record stays and says so.

    :raises UnknownPhotoError: if it is no photo of this rep
    :raises VisitOverError: if this was asked after the check-out
    :raises ExpenseApprovedError: if it is a receipt of an expense that is approved
    """
    photo = db.session.scalar(
        select(Photo).where(Photo.id == photo_id, Photo.rep_id == rep_id).with_for_update()
    )
    if photo is None:
        raise UnknownPhotoError
    if photo.visit_id is not None:
        visit = get_visit(visit_id=photo.visit_id, rep_id=rep_id)
        if visit.ended_at is not None and at > visit.ended_at:
            raise VisitOverError
    elif photo.expense_id is not None:
        expense = get_expense(expense_id=photo.expense_id, rep_id=rep_id)
        if expense.state == ExpenseState.APPROVED:
            raise ExpenseApprovedError
    photo.change({"withdrawn_at": at if withdrawn else None}, at=received_at)
    db.session.flush()
    announce([photo])
    return photo


def withdraw_receipts(*, expense_id: str, at: dt.datetime, received_at: dt.datetime) -> None:
    """Take all receipts of an expense back: the expense itself is taken back."""
    photos = db.session.scalars(
        select(Photo)
        .where(Photo.expense_id == expense_id, Photo.withdrawn_at.is_(None))
        .order_by(Photo.id)
        .with_for_update()
    ).all()
    for photo in photos:
        photo.change({"withdrawn_at": at}, at=received_at)
    db.session.flush()
    announce(photos)


def enter_file(*, sha256: str, size_bytes: int, examined: Examined, at: dt.datetime) -> None:
    """Enter a whole file, or that one which is entered was sent again."""
    blob = {
        "sha256": sha256,
        "size_bytes": size_bytes,
        "media_type": examined.media_type,
        "width_px": examined.width_px,
        "height_px": examined.height_px,
        "made_at": examined.made_at,
        "stored_at": at,
        "thumbnail": Thumbnail.WANTED,
    }
    upsert(PhotoBlob, [blob], keys=["sha256"], update=["stored_at"])


def announce(photos: Iterable[Photo]) -> None:
    """Tell the feed, and whoever looks at the evidence of these days; a receipt is none."""
    for photo in photos:
        record_changed("photo", photo.id)
        if photo.visit_id is not None:
            mark_days(photo.rep_id, {photo.day})


def _with_hash(sha256: str) -> Iterable[Photo]:
    return db.session.scalars(select(Photo).where(Photo.sha256 == sha256))
