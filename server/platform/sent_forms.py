"""Forms that have been sent: the same form with the same content is carried out once."""

import datetime as dt
import hashlib

from sqlalchemy import Index, LargeBinary, delete, func
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Model, UtcDateTime, db, dialect_insert
from server.platform.errors import ProblemError
from shared.i18n import N_

REMEMBERED = dt.timedelta(days=2)
_UNDER_WAY = "sent_form"


class SentBeforeError(ProblemError):
    """The form was sent twice, by a double click or a browser that tried again."""

    code = "form.sent_before"
    status = 409
    title = N_("This was sent twice and done once. There is nothing to do again.")


class SentForm(Model):
    """A form that was carried out."""

    __tablename__ = "sent_form"
    __table_args__ = (Index("ix_sent_form_sent_at", "sent_at"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """Of the form's own key and of all that was typed: another content is another form."""
    sent_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=func.now())


def announce_form(key: str, *content: str) -> None:
    """Say that the request under way sends a form; its first transaction claims it."""
    text = "\0".join((key, *content))
    db.session.info[_UNDER_WAY] = hashlib.sha256(text.encode(errors="replace")).digest()


def forget_form() -> None:
    """Say that the request is over."""
    db.session.info.pop(_UNDER_WAY, None)


def claim_form() -> None:
    """
    Note in the transaction that has just begun that its form was carried out.

    Rolled back with it, so that a form that was refused can be sent again. A second transaction
    with the same form waits for the first on PostgreSQL; SQLite has one writer.

    :raises SentBeforeError: if it was before
    """
    digest = db.session.info.pop(_UNDER_WAY, None)
    if digest is None:
        return
    claimed = db.session.execute(
        dialect_insert(SentForm)
        .values(digest=digest)
        .on_conflict_do_nothing()
        .returning(SentForm.digest)
    ).scalar()
    if claimed is None:
        raise SentBeforeError


def forget_old_forms(*, at: dt.datetime) -> int:
    """Forget forms that nobody sends again; return how many."""
    gone = db.session.execute(delete(SentForm).where(SentForm.sent_at < at - REMEMBERED))
    return int(gone.rowcount)  # type: ignore[attr-defined]
