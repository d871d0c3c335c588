"""Jobs of the metrics: counting stale days again."""

import datetime as dt
import logging
import time

from server.metrics.operations import days
from server.platform.database import db, is_postgresql
from server.platform.queues import note_done
from server.platform.transaction import transaction
from shared.time import Period, utc_now

logger = logging.getLogger(__name__)

_PAUSE_S = 0.12
"""SQLite asks at most every 100 ms whether it may write now."""
_WEEK = dt.timedelta(days=7)
_HEALED = 5 * _WEEK
"""Days that phones may still send much for, and that most questions are about."""


def refresh_rollups(**_: object) -> None:
    """
    Count every stale day again.

    Safe to repeat and to run twice at once: a rebuild replaces, it never adds, and each worker
    takes days of its own.
    """
    counted = days.BATCH
    while counted:
        # Asked before each batch: an import under way marks days faster than batches count them.
        with transaction():
            many = days.most_days_are_stale()
        if many:
            rebuild_all_parts()
        with transaction():
            counted = days.rebuild_next_stale_days()
        if counted == days.BATCH:
            _let_others_write()
    db.session.remove()


def heal_rollups(**_: object) -> None:
    """
    Compare the numbers of the last weeks with the raw rows, and count again what differs.

    To work out a track takes longer than to count the rest of a day: each night it is done for the
    days of the same name, all Mondays of these weeks for instance.
    """
    # What waits to be counted is not wrong, and neither is a day that another one re-opens.
    refresh_rollups()
    tomorrow = utc_now().date() + dt.timedelta(days=2)
    period = Period(tomorrow - _HEALED, tomorrow)
    wrong = days.find_wrong_days(period)
    for weeks in range(1, _HEALED.days // 7 + 1):
        day = tomorrow - weeks * _WEEK
        wrong |= days.find_wrong_tracks(Period(day, day + dt.timedelta(days=1)))
    db.session.rollback()
    if wrong:
        logger.warning("numbers differ from the raw rows", extra={"rep_days": len(wrong)})
        with transaction():
            days.mark_stale(wrong)
        refresh_rollups()
    # Now that the days of the reps are right.
    of_teams = days.find_wrong_team_days(period)
    db.session.rollback()
    if of_teams:
        logger.warning("numbers of teams differ from their reps'", extra={"days": len(of_teams)})
        with transaction():
            days.count_team_days(of_teams)
    note_done("heal_rollups", utc_now())
    db.session.remove()


def rebuild_all_parts() -> None:
    """Count all days again, each part of the reps in a transaction of its own."""
    with transaction():
        parts = days.parts_to_rebuild()
    for part in parts:
        with transaction():
            days.rebuild_everything(part)
        _let_others_write()


def rebuild_all_anew() -> None:
    """Count all days again, and of tracks and plans what was worked out wrong."""
    wrong = days.find_wrong_tracks()
    db.session.rollback()
    with transaction():
        # What is worked out of a day that is marked is forgotten first.
        days.mark_stale(wrong)
    rebuild_all_parts()
    refresh_rollups()


def _let_others_write() -> None:
    if not is_postgresql():
        time.sleep(_PAUSE_S)
