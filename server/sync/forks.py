"""Two phones that run on one copied database: under one number each may have sent its own change.

The heads of their chains tell: one that is the same is so after the same changes, all of them.
"""

from sqlalchemy import select

from server.platform.database import among, db
from server.platform.errors import ProblemError
from server.sync.models import ChangeLog
from shared.i18n import N_
from shared.sync.heads import Heads


class ForkedError(ProblemError):
    """The same number, other bytes: two phones run on one copied database."""

    code = "forked"
    status = 409
    title = N_("This phone's data was copied or restored. Enrol it again.")


def last_common(device_id: str, heads: Heads) -> int:
    """Return the last of these numbers after which the chain stood here as the phone says; or 0."""
    said = dict(heads)
    known = db.session.execute(
        select(ChangeLog.sequence, ChangeLog.head).where(
            ChangeLog.device_id == device_id, among(ChangeLog.sequence, sorted(said))
        )
    )
    return max((number for number, head in known if said[number] == head.hex()), default=0)


def check_not_forked(*, device_id: str, settled: int, head: str, through: int, here: bytes) -> None:
    """
    Check that the last change whose answer a phone knows is the one that is here.

    :param head: of the phone's chain after it, in hexadecimal
    :param here: head of the device's chain after `through`, its last change that came
    :raises ForkedError: if another phone's is
    """
    known: bytes | None = here
    if settled != through:
        known = db.session.scalar(
            select(ChangeLog.head).where(
                ChangeLog.device_id == device_id, ChangeLog.sequence == settled
            )
        )
    if known is None or known.hex() != head:
        raise ForkedError
