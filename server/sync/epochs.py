"""Epochs: how phones learn that the server's database was restored from a backup."""

import datetime as dt
import secrets

from sqlalchemy import select

from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.prepared import Prepared
from server.sync.models import Epoch
from shared.i18n import N_

FIRST_EPOCH = "first"
NEWEST_EPOCH = select(Epoch.name).order_by(Epoch.number.desc()).limit(1)
_NEWEST = Prepared(lambda: NEWEST_EPOCH)


class EpochEndedError(ProblemError):
    """The phone remembers a life of the database that is over."""

    code = "epoch"
    status = 410
    title = N_("The server was restored from a backup. Your phone sends its records again.")


def current_epoch() -> str:
    """Return the name of the epoch."""
    return _NEWEST.scalar() or FIRST_EPOCH


def begin_epoch(*, at: dt.datetime) -> str:
    """Begin a new epoch after a restore: phones send again what they keep, and fetch anew."""
    epoch = Epoch(name=secrets.token_hex(6), started_at=at)
    db.session.add(epoch)
    db.session.flush()
    return epoch.name
