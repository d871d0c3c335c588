"""Finding users and phones."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from server.identity.models import Device, User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError
from shared.vocabulary import Role, Wipe


def find_active_user(user_id: str) -> User | None:
    """Return the user, unless there is none or they left. Only for the sign-in itself."""
    user = db.session.get(User, user_id)
    return user if user is not None and user.active else None


def find_user_by_code(code: str) -> User | None:
    """Return the user with the company's own key. Only for commands."""
    return db.session.scalar(select(User).where(User.code == code))


@dataclass(frozen=True)
class UserRow:
    """A user in the administrator's list."""

    id: str
    code: str
    name: str
    role: Role
    active: bool
    devices: tuple["DeviceRow", ...]


@dataclass(frozen=True)
class DeviceRow:
    """A phone in the administrator's list."""

    id: str
    name: str
    app_version: str
    enrolled_at: dt.datetime
    last_seen_at: dt.datetime | None
    last_synced_at: dt.datetime | None
    revoked: bool
    wipe: Wipe | None
    wiped: bool


def list_users(*, access: Access) -> list[UserRow]:
    """Return all users with their phones, by name.

    :raises ForbiddenError: unless an administrator asks
    """
    if access.role is not Role.ADMIN:
        raise ForbiddenError
    devices: dict[str, list[DeviceRow]] = {}
    for device in db.session.scalars(select(Device).order_by(Device.enrolled_at)):
        devices.setdefault(device.user_id, []).append(
            DeviceRow(
                id=device.id,
                name=device.name,
                app_version=device.app_version,
                enrolled_at=device.enrolled_at,
                last_seen_at=device.last_seen_at,
                last_synced_at=device.last_synced_at,
                revoked=device.revoked_at is not None,
                wipe=device.wipe,
                wiped=device.wiped_at is not None,
            )
        )
    return [
        UserRow(
            id=user.id,
            code=user.code,
            name=user.name,
            role=Role(user.role),
            active=user.active,
            devices=tuple(devices.get(user.id, [])),
        )
        for user in db.session.scalars(select(User).order_by(User.name))
    ]
