"""Jobs of the metrics: counting stale days again."""

from server.metrics import operations
from server.platform.database import db
from server.platform.transaction import transaction


def refresh_rollups(**_: object) -> None:
    """
    Count every stale day again.

    Safe to repeat and to run twice at once: a rebuild replaces, it never adds, and each worker
    takes days of its own.
    """
    with transaction():
        if operations.most_days_are_stale():
            operations.rebuild_everything()
    more = True
    while more:
        with transaction():
            more = operations.rebuild_next_stale_days() > 0
    db.session.remove()
