"""The job that tells reps what the office counts of them."""

from server.figures import operations, queries
from server.metrics.sql.cache import TARGETS, version_of
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from shared.time import business_day, utc_now


def tell_reps(**_: object) -> None:
    """
    Tell the reps whose days were counted, or of whom a day or a target is another.

    Safe to repeat and to run twice at once. Only writes inside a transaction: on SQLite nobody
    waits while it counts.
    """
    settings = current_settings()
    taken = operations.BATCH
    while taken == operations.BATCH:
        db.session.rollback()  # what is read is as new as can be
        now = utc_now()
        today = business_day(now, settings.time_zone)
        targets_version = version_of(TARGETS)
        looked_at = operations.waiting(today=today, targets_version=targets_version)
        if not looked_at:
            break
        currency = settings.reporting_currency
        counted = queries.count(
            access=SYSTEM,
            rep_ids=[each.rep_id for each in looked_at],
            today=today,
            currency=currency,
        )
        with transaction():
            taken = operations.tell(
                looked_at=looked_at,
                counted=counted,
                today=today,
                targets_version=targets_version,
                currency=currency,
                at=now,
            )
    with transaction():
        operations.forget(today=business_day(utc_now(), settings.time_zone))
    db.session.remove()
