"""What is looked at and tidied every night."""

import logging

from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import REMEMBERED, forget_gone_rows, wrong_scopes
from server.sync.pull import snapshot
from server.sync.verification import broken_chains
from shared.time import utc_now

logger = logging.getLogger(__name__)


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
    """Forget the news of rows that have been gone for long."""
    with transaction():
        count = forget_gone_rows(before=utc_now() - REMEMBERED)
    logger.info("forgot the news of %d rows that are gone", count)
