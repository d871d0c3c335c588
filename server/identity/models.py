"""Users, their phones, and the codes that enrol a phone."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.platform.database import Id, Model, UtcDateTime
from server.platform.errors import ProblemError
from server.platform.versioned import Counted, fingerprint
from shared.vocabulary import Role, Wipe

SENDS_AFTER_LEAVING = dt.timedelta(days=30)


class User(Counted, Model):
    """A person: rep, manager or administrator. Without a password nobody can sign in as them."""

    __tablename__ = "user_account"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    """Company's own key of the person, used by imports; also the name to sign in with."""
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(String(10))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(5), default="")
    """`en` or `id`; empty: what the browser asks for."""
    time_zone: Mapped[str] = mapped_column(String(40))
    quota_carrying: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    deactivated_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Since when not `active`; None for one who is, and for those of before this was kept."""
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_signed_in_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """With the password; a phone has `last_seen_at`."""

    @property
    def session_stamp(self) -> str:
        """A text that changes with the password, kept in the session cookie."""
        return session_stamp(self.password_hash)

    def may_send(self, at: dt.datetime) -> bool:
        """Return whether phones may send what this person recorded; for a while after they left."""
        return may_send(active=self.active, deactivated_at=self.deactivated_at, at=at)


def session_stamp(password_hash: str | None) -> str:
    """Return the text that a session keeps of a password."""
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:16]


def may_send(*, active: bool, deactivated_at: dt.datetime | None, at: dt.datetime) -> bool:
    """Return whether phones may send what a person recorded; for a while after they left."""
    return active or (deactivated_at is not None and at < deactivated_at + SENDS_AFTER_LEAVING)


class Device(Model):
    """A phone's installation of the app, with its place in the stream of changes.

    A re-installed app is a new device. `through` is the last change of this device with a
    committed result, `settled` the last whose result the phone has kept.
    """

    __tablename__ = "device"
    __table_args__ = (Index("ix_device_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(120), default="")
    app_version: Mapped[str] = mapped_column(String(20), default="")
    mac_key: Mapped[bytes] = mapped_column(LargeBinary)
    through: Mapped[int] = mapped_column(BigInteger, default=0)
    settled: Mapped[int] = mapped_column(BigInteger, default=0)
    head: Mapped[bytes] = mapped_column(LargeBinary)
    access_hash: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    access_expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    refresh_hash: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    refresh_expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    previous_refresh_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    """Good for five more minutes after a rotation, so that a lost answer locks nobody out."""
    refreshed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    enrolled_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    last_synced_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When the phone last had nothing left to send and nothing left to fetch."""
    fetched: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Position in its rep's feed up to which it has said that it has everything."""
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    wipe: Mapped[Wipe | None] = mapped_column(String(10))
    """How the office wants its data deleted."""
    wiped_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When it said that this was done."""
    forebears: Mapped[list[tuple[str, int]] | None] = mapped_column(JSON)
    """The devices it was before it was enrolled again, the first one first; of each, id and number
    of the last change whose answer the phone knew."""

    @property
    def standing(self) -> str:
        """What the office has decided of it, as a text that differs with each decision."""
        return standing(self.revoked_at, self.wipe)


def standing(revoked_at: dt.datetime | None, wipe: Wipe | None) -> str:
    """Return what the office has decided of a phone: a form says by it what it was made of."""
    return fingerprint(f"{revoked_at and revoked_at.timestamp()} {wipe and str(wipe)}")


class EnrolmentCode(Model):
    """A code that turns one phone into a device of one user, once, for a short time."""

    __tablename__ = "enrolment_code"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"))
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    device_id: Mapped[str | None] = mapped_column(Id)


class Invitation(Model):
    """A link by which one person chooses a password, once, within a week."""

    __tablename__ = "invitation"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), index=True)
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Tokens:
    """What a phone shows to prove who it is; only hashes are stored."""

    access: str
    access_expires_at: dt.datetime
    refresh: str
    refresh_expires_at: dt.datetime
    lost_at: dt.datetime | None
    """When the token shown for them was given, where this database does not remember that."""


@dataclass(frozen=True)
class Before:
    """The device that a phone has been until now."""

    device_id: str
    settled: int
    """Number of its last change whose answer the phone knows."""
    common: int | None = None
    """Number up to which what is here of that device is this phone's; None: nobody has asked."""


@dataclass(frozen=True)
class Enrolment:
    """What a phone gets when it is enrolled."""

    device: Device
    user: User
    tokens: Tokens
    former_through: int | None
    """Number of the phone's last change that is here of the device before; None: it is unknown."""


@dataclass(frozen=True)
class SignIn:
    """How a sign-in ended. The failure is counted, so the caller commits before it raises."""

    user: User | None
    problem: ProblemError | None = None

    def user_or_raise(self) -> User:
        """Return the user.

        :raises ProblemError: if name or password is wrong, or the account waits after wrong ones
        """
        if self.problem is not None:
            raise self.problem
        assert self.user is not None
        return self.user
