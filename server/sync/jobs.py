"""What is looked at and tidied every night."""

import datetime as dt
import logging

from server.live.operations import forget_positions
from server.platform import audit
from server.platform.database import db
from server.platform.organisation import organisation
from server.platform.sent_forms import forget_old_forms
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.sync import changes
from server.sync.changes import (
    REMEMBERED,
    forget_gone_rows,
    forget_heard_news,
    wrong_scopes,
)
from server.sync.pull import snapshot
from server.sync.rep_days import behind, move_on
from server.sync.verification import broken_chains, forget_lines_of_tracks
from server.tracking.operations import forget_tracks
from shared.time import business_day, utc_now

logger = logging.getLogger(__name__)


def announce(**_: object) -> None:
    """Tell phones what an upgrade made known of rows that they have."""
    with transaction():
        count = changes.announce()
    if count:
        logger.info("entered %d rows into the feed, of which this version says more", count)


def follow_days(**_: object) -> None:
    """Begin the day in the feeds of those for whom it has begun, and take what is over off phones.

    Each in a transaction of its own: phones of others need not wait.
    """
    settings = current_settings()
    with transaction():
        waiting = list(
            behind(at=utc_now(), kept_days=settings.phone_kept_days, zone=settings.time_zone)
        )
    for rep_id, dates in waiting:
        with transaction():
            move_on(rep_id=rep_id, dates=dates)


def check_feed(**_: object) -> None:
    """Log as errors the scopes whose feed does not say what the tables say.

    Reads one state of the database, changes nothing and keeps no writer waiting.
    """
    with snapshot():
        wrong = wrong_scopes()
    for scope in wrong:
        logger.error("the feed of %s differs from the tables; mend it: tapak sync rebuild", scope)
    db.session.remove()


def check_chains(**_: object) -> None:
    """Log as errors the phones whose stored changes are not the ones that arrived."""
    with snapshot():
        broken = broken_chains()
    for device_id, sequence in broken:
        logger.error("change %d of device %s was altered after it arrived", sequence, device_id)
    db.session.remove()


def forget_old_news(**_: object) -> None:
    """Forget the news of rows that have been gone for long, and forms nobody sends again."""
    with transaction():
        forget_heard_news(before=utc_now() - dt.timedelta(days=1))
        count = forget_gone_rows(before=utc_now() - REMEMBERED)
        forget_old_forms(at=utc_now())
    logger.info("forgot the news of %d rows that are gone", count)


def forget_old_tracks(**_: object) -> None:
    """Delete the tracks of reps whose time is over, and say so in the audit log."""
    now = utc_now()
    settings = current_settings()
    kept_days = organisation().track_retention_days
    kept_from = now - dt.timedelta(days=kept_days)
    with transaction():
        chunks = forget_tracks(before=business_day(kept_from, settings.time_zone))
        forget_positions(before=kept_from)
        lines = forget_lines_of_tracks(before=kept_from)
        if chunks or lines:
            audit.record(
                action="tracks.deleted",
                at=now,
                user_id=None,
                subject="retention",
                days=kept_days,
                before=kept_from.date().isoformat(),
                chunks=chunks,
                lines=lines,
            )
