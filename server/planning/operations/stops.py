"""What may happen to a planned stop."""

import datetime as dt
from collections.abc import Collection
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, select

from server.planning.models import JourneyStop
from server.platform.database import among, db
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


def drop_stops(
    *, customer_ids: Collection[str], since: dt.date, visited: Collection[str], at: dt.datetime
) -> None:
    """
    Take customers out of the plans of a day and those after it.

    :param visited: stops at which somebody was: they stay
    """
    row = JourneyStop
    which = (
        row.day >= since,
        row.state == StopState.PLANNED,
        row.deleted_at.is_(None),
        row.id.not_in(sorted(visited)),
    )
    _change_stops(customer_ids, which, deleted_at=at, at=at)


def restore_stops(
    *, customer_ids: Collection[str], dropped_at: dt.datetime, at: dt.datetime
) -> None:
    """Put customers back into the plans that they were taken out of at this time."""
    _change_stops(customer_ids, (JourneyStop.deleted_at == dropped_at,), deleted_at=None, at=at)


def _change_stops(
    customer_ids: Collection[str],
    which: tuple[ColumnElement[bool], ...],
    *,
    deleted_at: dt.datetime | None,
    at: dt.datetime,
) -> None:
    stops = db.session.scalars(
        select(JourneyStop)
        .where(among(JourneyStop.customer_id, sorted(customer_ids)), *which)
        .order_by(JourneyStop.rep_id, JourneyStop.day, JourneyStop.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for stop in stops:
        stop.change({"deleted_at": deleted_at}, at=at)
    db.session.flush()
    for rep_id, theirs in groupby(stops, attrgetter("rep_id")):
        mark_days(rep_id, {stop.day for stop in theirs})
    record_changed("stop", *(stop.id for stop in stops))
