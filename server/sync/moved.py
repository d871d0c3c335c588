"""What a phone still changes although the office has given it to another rep meanwhile."""

from server.platform.database import db
from server.platform.errors import ProblemError
from server.sync.models import SyncIndex
from shared.i18n import N_
from shared.sync.protocol import RowEvent, rep_scope


class MovedError(ProblemError):
    """The record was the rep's, and is another's now. To strangers it looks like none."""

    code = "moved"
    status = 409
    title = N_("It belongs to another rep by now.")


def unless_moved(entity: str, record_id: str, *, rep_id: str, error: ProblemError) -> ProblemError:
    """Return why a rep may not change a record of another's: an own one once, or none at all."""
    place = {"scope": rep_scope(rep_id), "entity": entity, "record_id": record_id}
    entry = db.session.get(SyncIndex, place)
    return MovedError() if entry is not None and entry.event == RowEvent.LEAVE else error
