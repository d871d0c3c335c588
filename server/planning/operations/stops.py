"""What may happen to a planned stop."""

import datetime as dt

from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import mark_days, record_changed
from server.platform.held import find
from shared.i18n import N_
from shared.vocabulary import StopState


class UnknownStopError(ProblemError):
    """No such stop in this rep's plan."""

    code = "stop.unknown"
    status = 404
    title = N_("This stop is not in the plan.")


def get_stop(*, stop_id: str, rep_id: str) -> JourneyStop:
    """Return a stop of this rep's plan.

    :raises UnknownStopError: if there is none, or it is another rep's
    """
    stop = find(JourneyStop, stop_id)
    if stop is None or stop.rep_id != rep_id or stop.deleted_at is not None:
        raise UnknownStopError
    return stop


def cancel_stop(*, stop_id: str, rep_id: str, reason: str, at: dt.datetime) -> JourneyStop:
    """Take a stop out of the day's plan; it is counted apart from then on.

    :raises UnknownStopError: if there is no such stop of this rep
    """
    stop = get_stop(stop_id=stop_id, rep_id=rep_id)
    db.session.refresh(stop, with_for_update=True)  # two changes at once are two versions
    if stop.change({"state": StopState.CANCELLED, "cancel_reason": reason}, at=at):
        db.session.flush()
        mark_days(rep_id, {stop.day})
        record_changed("stop", stop.id)
    return stop
