"""Phones that are to delete what they hold: asked for, said to the phone, confirmed by it."""

import datetime as dt

from server.identity.models import Device
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from shared.i18n import N_
from shared.vocabulary import Wipe


class WipeError(ProblemError):
    """The phone is to delete what it holds. `when` says whether it may send first."""

    code = "wipe"
    status = 403
    title = N_("The office has asked this phone to delete its data.")


def ask_to_wipe(*, device_id: str, wipe: Wipe | None, at: dt.datetime, by: str | None) -> None:
    """Have a phone delete what it holds when it next syncs, also one without access; or not (None).

    :raises NotFoundError: if there is no such phone
    """
    device = db.session.get(Device, device_id)
    if device is None:
        raise NotFoundError
    if device.wipe != Wipe.NOW:  # there is no way back from "at once"
        device.wipe = wipe
    action = "device.wipe_asked" if wipe else "device.wipe_called_off"
    audit.record(action=action, at=at, user_id=by, subject=device_id)


def confirm_wipe(*, device_id: str, at: dt.datetime) -> None:
    """Note that a phone has deleted what it held. It is nobody's from then on.

    :raises NotFoundError: if nobody has asked it to
    """
    device = db.session.get(Device, device_id)
    if device is None or device.wipe is None:
        raise NotFoundError
    device.wiped_at = device.wiped_at or at
    device.revoked_at = device.revoked_at or at
    audit.record(action="device.wiped", at=at, user_id=device.user_id, subject=device_id)


def check_not_to_be_wiped(device: Device) -> None:
    """Refuse news to a phone that is to be wiped, at once or after it has sent all.

    :raises WipeError: if it is to be wiped
    """
    if device.wipe is not None and device.wiped_at is None:
        raise WipeError(when=device.wipe)
