"""Epochs: how phones learn that the server's database was restored from a backup."""

import datetime as dt
import logging
import secrets

from sqlalchemy import select

from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.prepared import Prepared
from server.sync.models import Epoch, Scope
from shared.i18n import N_
from shared.sync.protocol import ORG_SCOPE

logger = logging.getLogger(__name__)

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


def begin_epoch_after(*, lost_at: dt.datetime, at: dt.datetime) -> None:
    """Begin a new epoch, unless one has begun since a moment that this database has lost."""
    # Phones come at once after a restore: one begins it, the others wait and find it.
    db.session.execute(select(Scope.id).where(Scope.id == ORG_SCOPE).with_for_update())
    began_at = db.session.scalar(select(Epoch.started_at).order_by(Epoch.number.desc()).limit(1))
    if began_at is None or began_at <= lost_at:
        name = begin_epoch(at=at)
        logger.warning(
            "this database is older than %s, when a phone was here last: it was restored from a"
            " backup. Epoch %s begins, and phones send again what it lacks",
            lost_at.isoformat(timespec="seconds"),
            name,
        )
