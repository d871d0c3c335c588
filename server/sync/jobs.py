"""The nightly look at the feed."""

import logging

from server.platform.database import db
from server.sync.changes import wrong_scopes
from server.sync.pull import snapshot

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
