"""Reading photos: those of a visit, receipts, one for whoever may see what it is of."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_
from sqlalchemy.orm import aliased

from server.expenses.models import Expense
from server.expenses.queries import visible as visible_expenses
from server.photos.models import Photo, PhotoBlob, Thumbnail
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.visits.models import Visit
from shared.vocabulary import PhotoPurpose, PhotoState, TimeTrust


@dataclass(frozen=True)
class PhotoRow:
    """A photo as it was recorded, and where its bytes are."""

    id: str
    visit_id: str | None
    expense_id: str | None
    """It belongs to one of the two."""
    sha256: str
    size_bytes: int
    width_px: int
    height_px: int
    purpose: PhotoPurpose
    taken_at: dt.datetime
    wall_at: dt.datetime
    received_at: dt.datetime
    time_zone: str
    time_trust: TimeTrust
    time_flags: tuple[str, ...]
    state: PhotoState
    refusal: str
    withdrawn_at: dt.datetime | None
    is_on_another: bool = False
    """Whether the same bytes are a receipt of another expense, whoever's."""


@dataclass(frozen=True)
class PhotoFile:
    """The bytes of a photo that are here."""

    sha256: str
    media_type: str
    has_thumbnail: bool


@dataclass(frozen=True)
class Picture:
    """A photo whose bytes are here, with who took it where."""

    id: str
    rep_id: str
    customer_id: str
    taken_at: dt.datetime
    time_zone: str


def photos_of_visit(*, access: Access, visit_id: str) -> list[PhotoRow]:
    """Return the photos of a visit in the order they were taken; none where it may not be seen."""
    rows = db.session.scalars(
        select(Photo)
        .join(Visit, Visit.id == Photo.visit_id)
        .where(_of_visits(access), Photo.visit_id == visit_id)
        .order_by(Photo.taken_at, Photo.id)
    )
    return [_row(row) for row in rows]


def receipts(*, access: Access, expense_ids: Collection[str]) -> list[PhotoRow]:
    """Return the receipts of expenses the caller may see, in the order they were taken.

    Those that were taken back are left out.
    """
    other = aliased(Photo)
    is_on_another = exists().where(
        other.sha256 == Photo.sha256,
        other.expense_id.is_not(None),
        other.expense_id != Photo.expense_id,
        other.withdrawn_at.is_(None),
    )
    rows = db.session.execute(
        select(Photo, is_on_another)
        .join(Expense, Expense.id == Photo.expense_id)
        .where(
            visible_expenses(access=access),
            Photo.expense_id.in_(expense_ids),
            Photo.withdrawn_at.is_(None),
        )
        .order_by(Photo.taken_at, Photo.id)
    )
    return [_row(row, is_on_another=is_on_another) for row, is_on_another in rows]


def pictures_at_customers(
    *, access: Access, rep_customers: Collection[tuple[str, str]], most: int
) -> list[Picture]:
    """Return the newest pictures of these reps at these customers, in the order they were taken.

    :param rep_customers: ids of a rep and a customer
    """
    rows = db.session.execute(
        select(Photo.id, Photo.rep_id, Visit.customer_id, Photo.taken_at, Photo.time_zone)
        .join(Visit, Visit.id == Photo.visit_id)
        .where(
            _of_visits(access),
            tuple_(Photo.rep_id, Visit.customer_id).in_(list(rep_customers)),
            Photo.state == PhotoState.PRESENT,
            Photo.withdrawn_at.is_(None),
        )
        .order_by(Photo.taken_at.desc(), Photo.id.desc())
        .limit(most)
    )
    return [Picture(*row) for row in rows][::-1]


def get_photo_file(*, access: Access, photo_id: str) -> PhotoFile:
    """Return the bytes of a photo.

    :raises NotFoundError: if they are not here, were taken back, or may not be seen
    """
    row = db.session.execute(
        select(PhotoBlob.sha256, PhotoBlob.media_type, PhotoBlob.thumbnail)
        .join(Photo, Photo.sha256 == PhotoBlob.sha256)
        .outerjoin(Visit, Visit.id == Photo.visit_id)
        .outerjoin(Expense, Expense.id == Photo.expense_id)
        .where(
            or_(_of_visits(access), and_(Expense.id.is_not(None), visible_expenses(access=access))),
            Photo.id == photo_id,
            Photo.state == PhotoState.PRESENT,
            Photo.withdrawn_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return PhotoFile(row.sha256, row.media_type, row.thumbnail == Thumbnail.MADE)


def _of_visits(access: Access) -> ColumnElement[bool]:
    return and_(
        Visit.id.is_not(None),
        Visit.deleted_at.is_(None),
        access.rows(Visit.rep_id, Visit.team_id),
    )


def _row(row: Photo, *, is_on_another: bool = False) -> PhotoRow:
    return PhotoRow(
        id=row.id,
        visit_id=row.visit_id,
        expense_id=row.expense_id,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        width_px=row.width_px,
        height_px=row.height_px,
        purpose=PhotoPurpose(row.purpose),
        taken_at=row.taken_at,
        wall_at=row.wall_at,
        received_at=row.received_at,
        time_zone=row.time_zone,
        time_trust=TimeTrust(row.time_trust),
        time_flags=tuple(row.time_flags),
        state=PhotoState(row.state),
        refusal=row.refusal,
        withdrawn_at=row.withdrawn_at,
        is_on_another=is_on_another,
    )
