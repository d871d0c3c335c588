"""Pages of tracking: playback of a rep's day, and the track on the map of a visit."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.platform.auth import current_access, signed_in
from server.platform.errors import NotFoundError
from server.tracking import queries
from server.tracking.queries import TrackedDay
from server.visits.queries import DayVisit, get_visit_detail, visits_of_day
from server.web.contributions import Contributor
from shared.tracking.chunks import Piece

blueprint = Blueprint("tracking_pages", __name__, template_folder="templates")


@blueprint.get("/tracks/<uuid:rep_id>/<day>")
@signed_in()
def show(rep_id: UUID, day: str) -> ResponseReturnValue:
    """Play back a day: the filtered track with its stops and gaps, and the visits."""
    try:
        date = dt.date.fromisoformat(day)
        before, after = date - dt.timedelta(days=1), date + dt.timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise NotFoundError from error
    access = current_access()
    tracked = queries.day_of_rep(access=access, rep_id=str(rep_id), day=date)
    visits = visits_of_day(access=access, rep_id=str(rep_id), day=date)
    return render_template(
        "tracking/show.html",
        tracked=tracked,
        visits=visits,
        map=_map(tracked, visits),
        before=before,
        after=after,
        tiles=current_app.config["MAP_TILES_URL"],
    )


def _map(tracked: TrackedDay, visits: list[DayVisit]) -> dict[str, Any]:
    """Return what the map draws: the track, where it stood still, and the check-ins."""
    return {
        "customer": "",
        "fence": None,
        "whole_day": True,
        "track": [_places(piece) for piece in tracked.track],
        "events": [
            {
                "kind": "check_out",
                "label": gettext("Stop %(number)s", number=number),
                "at": [stop.centre.latitude, stop.centre.longitude],
                "accuracy_m": None,
            }
            for number, stop in enumerate(tracked.stops, start=1)
        ],
        "others": [
            {
                "at": [visit.latitude, visit.longitude],
                "label": f"{number}. {visit.customer_name}",
                "url": url_for("visits_pages.show", visit_id=visit.id),
            }
            for number, visit in enumerate(visits, start=1)
            if visit.latitude is not None
        ],
    }


def _track(*, rep_id: str, day: dt.date) -> list[list[tuple[float, float]]]:
    track = queries.track_of_day(access=current_access(), rep_id=rep_id, day=day)
    return [_places(piece) for piece in track]


def _places(piece: Piece) -> list[tuple[float, float]]:
    return [(point.latitude, point.longitude) for point in piece]


def _way_to_the_day(*, visit_id: str) -> str:
    visit = get_visit_detail(access=current_access(), visit_id=visit_id).visit
    return render_template("tracking/visit.html", rep_id=visit.rep_id, day=visit.day)


CONTRIBUTIONS: dict[str, Contributor] = {"visit.track": _track, "visit": _way_to_the_day}
