"""The job that brings late rows to the customer they belong to."""

from server.merges.operations import move_late_rows as move
from server.platform.database import db
from server.platform.transaction import transaction
from shared.time import utc_now


def move_late_rows(**_: object) -> None:
    """Move what was written for a merged customer during its merge. May be called at any time."""
    with transaction():
        move(at=utc_now())
    db.session.remove()
