"""Finding users and phones."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select

from server.identity.models import Before, Device, User, may_send, session_stamp, standing
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError, NotFoundError
from server.platform.paging import DEFAULT_SIZE, Page, fetch_page, reordered
from server.platform.prepared import Prepared
from server.platform.tokens import read_token
from shared.vocabulary import Role, Wipe


def find_active_user(user_id: str) -> User | None:
    """Return the user, unless there is none or they left. Only for the sign-in itself."""
    user = db.session.get(User, user_id)
    return user if user is not None and user.active else None


class SignedIn(NamedTuple):
    """Somebody who signed in, as far as every page wants to know."""

    id: str
    role: Role
    session_stamp: str


# Made once, like `_KNOWN` below: every page asks this.
_SIGNED_IN = Prepared(
    lambda: select(User.id, User.role, User.password_hash).where(
        User.id == bindparam("id"), User.active
    )
)


def find_signed_in(user_id: str) -> SignedIn | None:
    """Return who has signed in, unless they left meanwhile."""
    found = _SIGNED_IN.first(id=user_id)
    if found is None:
        return None
    id_, role, password_hash = found
    return SignedIn(id_, Role(role), session_stamp(password_hash))


@dataclass(frozen=True)
class Account:
    """What people see of their own account."""

    code: str
    name: str
    role: Role
    last_signed_in_at: dt.datetime | None


def get_account(*, access: Access) -> Account:
    """Return the caller's own account.

    :raises NotFoundError: if there is none any more
    """
    columns = (User.code, User.name, User.role, User.last_signed_in_at)
    row = db.session.execute(select(*columns).where(User.id == access.user_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return Account(row.code, row.name, Role(row.role), row.last_signed_in_at)


def nobody_can_sign_in() -> bool:
    """Return whether this is a new installation, in which nobody has a password yet."""
    somebody = exists().where(User.password_hash.is_not(None), User.active)
    return not db.session.scalar(select(somebody))


def find_user_by_code(code: str) -> User | None:
    """Return the user with the company's own key. Only for commands."""
    return db.session.scalar(select(User).where(User.code == code))


@dataclass(frozen=True)
class UserRow:
    """A user in a list to choose from."""

    id: str
    name: str


@dataclass(frozen=True)
class DeviceRow:
    """A phone in the administrator's list."""

    id: str
    user_id: str
    user_name: str
    user_active: bool
    name: str
    app_version: str
    enrolled_at: dt.datetime
    last_seen_at: dt.datetime | None
    last_synced_at: dt.datetime | None
    changes: int
    """How many the phone has sent since it was enrolled."""
    revoked_at: dt.datetime | None
    wipe: Wipe | None
    wiped: bool

    @property
    def revoked(self) -> bool:
        """Whether the office has ended its access."""
        return self.revoked_at is not None

    @property
    def standing(self) -> str:
        """What the office has decided of it, as a text that differs with each decision."""
        return standing(self.revoked_at, self.wipe)

    @property
    def is_behind(self) -> bool:
        """Whether it was seen after it had last sent and fetched everything."""
        if self.last_seen_at is None:
            return False
        return self.last_synced_at is None or self.last_synced_at < self.last_seen_at


SORTABLE = frozenset({"user_name", "name", "last_synced_at", "last_seen_at", "changes"})


@dataclass(frozen=True, kw_only=True)
class DeviceFilter:
    """Which phones; whatever is None or empty does not narrow."""

    text: str = ""
    """In the name of the person or of the phone, or the app's version."""
    user_id: str | None = None
    in_use: bool | None = True
    not_synced_since: dt.datetime | None = None


def list_users(*, access: Access) -> list[UserRow]:
    """Return all users by name.

    :raises ForbiddenError: unless an administrator asks
    """
    _only_administrators(access)
    rows = db.session.execute(select(User.id, User.name).order_by(User.name))
    return [UserRow(*row) for row in rows]


def list_devices(
    *,
    access: Access,
    where: DeviceFilter,
    page: int = 1,
    size: int = DEFAULT_SIZE,
    sort: str = "",
) -> Page[DeviceRow]:
    """Return a page of phones, those longest without a sync first.

    :param sort: one of `SORTABLE` instead, with a minus the largest first
    :raises ForbiddenError: unless an administrator asks
    """
    statement = reordered(_devices(access, where), sort, SORTABLE)
    return fetch_page(statement, number=page, size=size).map(_device_row)


def each_device(*, access: Access, where: DeviceFilter) -> Iterator[DeviceRow]:
    """Yield all phones in the same order; for exports.

    :raises ForbiddenError: unless an administrator asks
    """
    return (_device_row(row) for row in db.session.execute(_devices(access, where)))


def _devices(access: Access, where: DeviceFilter) -> Select[Any]:
    _only_administrators(access)
    statement: Any = (
        select(
            Device.id,
            Device.user_id,
            User.name.label("user_name"),
            User.active.label("user_active"),
            Device.name,
            Device.app_version,
            Device.enrolled_at,
            Device.last_seen_at,
            Device.last_synced_at,
            Device.through.label("changes"),
            Device.revoked_at,
            Device.wipe,
            Device.wiped_at.is_not(None).label("wiped"),
        )
        .join(User, User.id == Device.user_id)
        .order_by(Device.last_synced_at.asc().nulls_first(), Device.enrolled_at, Device.id)
    )
    if where.text:
        statement = statement.where(
            or_(
                User.name.icontains(where.text, autoescape=True),
                Device.name.icontains(where.text, autoescape=True),
                Device.app_version == where.text,
            )
        )
    if where.user_id is not None:
        statement = statement.where(Device.user_id == where.user_id)
    if where.in_use is not None:
        in_use = and_(Device.revoked_at.is_(None), Device.wiped_at.is_(None))
        statement = statement.where(in_use if where.in_use else ~in_use)
    if where.not_synced_since is not None:
        statement = statement.where(
            func.coalesce(Device.last_synced_at, Device.enrolled_at) < where.not_synced_since
        )
    return statement


def _device_row(row: Any) -> DeviceRow:
    values = row._asdict()
    return DeviceRow(**values | {"wipe": Wipe(row.wipe) if row.wipe else None})


def _only_administrators(access: Access) -> None:
    if access.role is not Role.ADMIN:
        raise ForbiddenError


@dataclass(frozen=True, slots=True)
class Chain:
    """How far a phone has come with what it sends."""

    settled: int
    """Number up to which it knows the answers."""
    mac_key: bytes
    forebears: tuple[tuple[str, int], ...] = ()
    """The devices it was before, each with the last change whose answer it knew."""


class KnownPhone(NamedTuple):
    """A phone that showed its token, with what a request wants to know of it and of its rep."""

    id: str
    user_id: str
    time_zone: str
    """The rep's."""
    through: int
    wipe: Wipe | None
    wiped_at: dt.datetime | None
    revoked_at: dt.datetime | None
    access_expires_at: dt.datetime
    active: bool
    deactivated_at: dt.datetime | None
    head: bytes
    """Of its chain, after the last change that came."""
    chain: Chain | None = None
    """Where its row is locked."""

    def may_send(self, at: dt.datetime) -> bool:
        """Return whether it may send what its rep recorded; for a while after they left."""
        return may_send(active=self.active, deactivated_at=self.deactivated_at, at=at)


AnyPhone = Device | KnownPhone
AnyRep = User | KnownPhone


def _phone_of_token(*more: Any) -> Any:
    return (
        select(
            Device.id,
            Device.user_id,
            User.time_zone,
            Device.through,
            Device.wipe,
            Device.wiped_at,
            Device.revoked_at,
            Device.access_expires_at,
            User.active,
            User.deactivated_at,
            Device.head,
            *more,
        )
        .join(User, User.id == Device.user_id)
        .where(Device.access_hash == bindparam("access_hash"))
    )


# Made once, and without objects of the session: every request of every phone asks this.
_KNOWN = Prepared(_phone_of_token)
_LOCKED = Prepared(
    lambda: _phone_of_token(Device.settled, Device.mac_key, Device.forebears).with_for_update(
        of=Device
    )
)


def find_phone(*, access_hash: bytes, lock: bool = False) -> KnownPhone | None:
    """Return the phone whose access token has this hash; locked, with how far it has come."""
    if not lock:
        found = _KNOWN.first(access_hash=access_hash)
        return None if found is None else KnownPhone(*found)
    found = _LOCKED.first(access_hash=access_hash)
    if found is None:
        return None
    *known, settled, mac_key, forebears = found
    were = tuple((device_id, number) for device_id, number in forebears or ())
    return KnownPhone._make((*known, Chain(settled, mac_key, were)))


def find_lost_phone(
    refresh: str, *, secret_key: str
) -> tuple[Device, dt.datetime] | tuple[None, None]:
    """Return the phone of a token that is newer than all that is remembered of it, and its time.

    Its row is locked. Only a database that was restored from a backup finds one.
    """
    stated = read_token(refresh, secret_key=secret_key)
    device = db.session.get(Device, stated.subject, with_for_update=True) if stated else None
    if stated is None or device is None or device.refreshed_at is None:
        return None, None
    if stated.given_at <= device.refreshed_at:
        return None, None  # replaced since
    return device, stated.given_at


class Former(NamedTuple):
    """What is known of the device that a phone was before."""

    through: int | None
    """Number of its last change that is here and the phone's; None: there is no such device."""
    forebears: list[tuple[str, int]]
    """All that the phone was, that one as the last."""


def find_former(before: Before, *, user_id: str) -> Former:
    """Return what is known of the device that a phone of this user was before."""
    found = db.session.execute(
        select(Device.through, Device.forebears).where(
            Device.id == before.device_id, Device.user_id == user_id
        )
    ).one_or_none()
    through, earlier = found or (None, None)
    settled = before.settled
    if through is not None and before.common is not None:
        # What came after it under the same numbers is another phone's.
        through, settled = min(through, before.common), min(settled, before.common)
    return Former(through, [*(earlier or ()), (before.device_id, settled)])
