"""How the phones of one person stand, for whoever helps them; beside the report a phone saves."""

import datetime as dt
from typing import Any

from sqlalchemy import func, select

from server.identity.models import Device, User
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.sync.epochs import current_epoch
from server.sync.models import ChangeLog, Conflict, Quarantine, Scope
from shared.sync.protocol import ORG_SCOPE, Status, rep_scope

_SHOWN = 50
_ASK = (Status.REJECTED, Status.CONFLICT)


def phones_of(code: str) -> dict[str, Any]:
    """
    Return what the server knows of a person's phones; positions, codes and times, no records.

    :raises NotFoundError: if nobody has this code
    """
    user = db.session.scalar(select(User).where(User.code == code))
    if user is None:
        raise NotFoundError
    scopes = db.session.scalars(
        select(Scope).where(Scope.id.in_((ORG_SCOPE, rep_scope(user.id)))).order_by(Scope.id)
    )
    devices = db.session.scalars(
        select(Device).where(Device.user_id == user.id).order_by(Device.enrolled_at)
    ).all()
    counted = _counted([device.id for device in devices])
    return {
        "user": {
            "id": user.id,
            "code": user.code,
            "active": user.active,
            "deactivated_at": _text(user.deactivated_at),
        },
        "epoch": current_epoch(),
        "scopes": [
            {"scope": one.id, "head": one.head, "floor": one.floor, "digest": one.digest}
            for one in scopes
        ],
        "phones": [
            _phone(device) | counted.get(device.id, {"changes": {}, "received_last_at": None})
            for device in devices
        ],
        "refused": _refused([device.id for device in devices]),
        "conflicts": _conflicts([device.id for device in devices]),
        "quarantine": _quarantined([device.id for device in devices]),
    }


def _phone(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "name": device.name,
        "app": device.app_version,
        "through": device.through,
        "settled": device.settled,
        "head": device.head.hex().upper(),
        "enrolled_at": _text(device.enrolled_at),
        "last_seen_at": _text(device.last_seen_at),
        "last_synced_at": _text(device.last_synced_at),
        "access_expires_at": _text(device.access_expires_at),
        "refresh_expires_at": _text(device.refresh_expires_at),
        "revoked_at": _text(device.revoked_at),
        "wipe": device.wipe,
        "wiped_at": _text(device.wiped_at),
    }


def _counted(device_ids: list[str]) -> dict[str, dict[str, Any]]:
    counted: dict[str, dict[str, Any]] = {}
    for device_id, status, count, last in db.session.execute(
        select(
            ChangeLog.device_id,
            ChangeLog.status,
            func.count().label("count"),
            func.max(ChangeLog.received_at).label("last"),
        )
        .where(ChangeLog.device_id.in_(device_ids))
        .group_by(ChangeLog.device_id, ChangeLog.status)
    ):
        known = counted.setdefault(device_id, {"changes": {}, "received_last_at": None})
        known["changes"][status] = count
        known["received_last_at"] = max(filter(None, (known["received_last_at"], _text(last))))
    return counted


def _refused(device_ids: list[str]) -> list[dict[str, Any]]:
    found = db.session.execute(
        select(
            ChangeLog.device_id,
            ChangeLog.sequence,
            ChangeLog.entity,
            ChangeLog.record_id,
            ChangeLog.status,
            ChangeLog.result,
            ChangeLog.received_at,
        )
        .where(ChangeLog.device_id.in_(device_ids), ChangeLog.status.in_(_ASK))
        .order_by(ChangeLog.received_at.desc(), ChangeLog.sequence.desc())
        .limit(_SHOWN)
    )
    return [
        {
            "phone": row.device_id,
            "sequence": row.sequence,
            "entity": row.entity,
            "record_id": row.record_id,
            "status": row.status,
            # Of a conflict the third place is its id, and the fourth somebody's record.
            "code": row.result[2] if row.status == Status.REJECTED else "",
            "field": row.result[3] if row.status == Status.REJECTED else "",
            "at": _text(row.received_at),
        }
        for row in found
    ]


def _conflicts(device_ids: list[str]) -> list[dict[str, Any]]:
    found = db.session.execute(
        select(Conflict.device_id, Conflict.sequence, Conflict.entity, Conflict.at)
        .where(Conflict.device_id.in_(device_ids))
        .order_by(Conflict.at.desc())
        .limit(_SHOWN)
    )
    return [
        {
            "phone": row.device_id,
            "sequence": row.sequence,
            "entity": row.entity,
            "at": _text(row.at),
        }
        for row in found
    ]


def _quarantined(device_ids: list[str]) -> list[dict[str, Any]]:
    found = db.session.execute(
        select(
            Quarantine.device_id,
            Quarantine.sequence,
            Quarantine.reason,
            Quarantine.error,
            Quarantine.at,
        )
        .where(Quarantine.device_id.in_(device_ids))
        .order_by(Quarantine.at.desc(), Quarantine.sequence.desc())
        .limit(_SHOWN)
    )
    return [
        {
            "phone": row.device_id,
            "sequence": row.sequence,
            "reason": row.reason,
            "error": row.error.strip().rpartition("\n")[2],
            "at": _text(row.at),
        }
        for row in found
    ]


def _text(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
