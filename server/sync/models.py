"""What phones may see and in which order it changed; what phones sent and what became of it."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime

_NOT_TAKEN = text("status IN ('conflict', 'rejected')")
_Count = BigInteger().with_variant(Integer, "sqlite")


class Scope(Model):
    """What a phone may see: `org`, or `rep:<id>`. Its row is locked last and held to the commit.

    So the order of positions is the order of commits, and a phone that has seen up to a position
    has seen everything before it.
    """

    __tablename__ = "sync_scope"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger, default=0)
    """Position of the newest change."""
    floor: Mapped[int] = mapped_column(BigInteger, default=0)
    """Below it the news of deleted rows are forgotten: such a phone starts again."""
    digest: Mapped[str] = mapped_column(String(16), default="0" * 16)
    """Of the live rows; see `shared.sync.cursors`."""


class SyncIndex(Model):
    """One row for each record in each scope: where its latest change stands."""

    __tablename__ = "sync_index"
    __table_args__ = (
        # The record first: by it a push asks what the feed says.
        PrimaryKeyConstraint("entity", "record_id", "scope", name="pk_sync_index"),
        Index("ix_sync_index_scope_position", "scope", "position"),
    )

    scope: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(5))
    """`put`, `leave` or `del`."""
    version: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=func.now())
    """When this was entered."""


class RepDay(Model):
    """The day it is in a rep's feed, and from which days on old rows are in it.

    Who may see what depends on the day, and the feed must say what the tables say at any moment.
    So the day is kept: whoever moves it on enters in the same transaction what it changes.
    """

    __tablename__ = "sync_rep_day"

    rep_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), primary_key=True)
    day: Mapped[dt.date]
    kept_from: Mapped[dt.date]
    closed_from: Mapped[dt.date]
    """The same of closed deals, which stay for longer."""

    @classmethod
    def today(cls) -> ColumnElement[dt.date]:
        """Return the day it is for a rep who is joined; of one who is new, the database's."""
        return func.coalesce(cls.day, func.current_date(), type_=Date)


class Unannounced(Model):
    """A kind of row that an upgrade says more of: a job enters all of it into the feed anew.

    A migration adds the names, for what phones have is of before.
    """

    __tablename__ = "sync_unannounced"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)


class ChangeLog(Model):
    """Every change a phone ever sent, with its exact bytes and its first and final answer."""

    __tablename__ = "change_log"
    __table_args__ = (
        Index("ix_change_log_record_id", "record_id"),
        # Few of millions, which somebody has to look at.
        Index(
            "ix_change_log_not_taken",
            "received_at",
            sqlite_where=_NOT_TAKEN,
            postgresql_where=_NOT_TAKEN,
        ),
    )

    device_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entity: Mapped[str] = mapped_column(String(64), default="")
    record_id: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(1), default="")
    status: Mapped[str] = mapped_column(String(10))
    version_before: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    """The record's before and after: versions in between are this change's own."""
    result: Mapped[list[Any]] = mapped_column(JSON)
    """The answer as it was sent."""
    data_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    line: Mapped[bytes] = mapped_column(LargeBinary)
    head: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the device's chain, after this change."""
    captured_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Quarantine(Model):
    """Lines that failed for a reason of ours, or do not fit their chain; a person looks at them."""

    __tablename__ = "sync_quarantine"

    id: Mapped[int] = mapped_column(_Count, primary_key=True)
    device_id: Mapped[str] = mapped_column(Id)
    sequence: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(40))
    line: Mapped[bytes] = mapped_column(LargeBinary)
    error: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Conflict(Model):
    """Two people changed the same thing, and one of them must choose."""

    __tablename__ = "sync_conflict"
    __table_args__ = (Index("ix_sync_conflict_record_id", "record_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[str] = mapped_column(String(40))
    device_id: Mapped[str] = mapped_column(Id)
    sequence: Mapped[int] = mapped_column(BigInteger)
    mine: Mapped[dict[str, Any]] = mapped_column(JSON)
    theirs: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Epoch(Model):
    """A life of the server's database. It ends when a backup is restored."""

    __tablename__ = "sync_epoch"

    number: Mapped[int] = mapped_column(_Count, primary_key=True)
    name: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
