"""The job that looks at days whose evidence has changed."""

from server.platform.database import db
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.signals.operations.examine import examine_next_days
from shared.time import utc_now


def raise_signals(**_: object) -> None:
    """Look at every day that waits. May be called at any time, twice, or too often."""
    settings = current_settings()
    more = True
    while more:
        with transaction():
            more = examine_next_days(at=utc_now(), fastest_kmh=settings.fastest_kmh) > 0
    db.session.remove()
