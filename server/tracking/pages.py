"""Pages of tracking: playback of a rep's day, and the track on the map of a visit."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.planning.queries import get_week
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError
from server.tracking import queries
from server.tracking.queries import TrackedDay
from server.visits.queries import DayVisit, get_visit_detail, visits_of_day
from server.web.contributions import Contributor
from shared.geo import Position
from shared.time import Period
from shared.tracking.chunks import Piece
from shared.tracking.deviations import PlannedStop, UnplannedVisit, compare, way_m
from shared.vocabulary import StopState

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
    planned = _planned(str(rep_id), date, visits)
    return render_template(
        "tracking/show.html",
        tracked=tracked,
        visits=visits,
        planned=planned,
        way_m=way_m([stop.position for stop in planned if stop.cancel_reason is None]),
        done=sum(stop.visited_at is not None for stop in planned),
        deviations=compare(planned, _unplanned(planned, visits), tracked.stops),
        is_over=date < business_today(),
        map=_map(tracked, visits, planned),
        playback=_playback(tracked, visits),
        before=before,
        after=after,
        tiles=current_app.config["MAP_TILES_URL"],
    )


def _planned(rep_id: str, day: dt.date, visits: list[DayVisit]) -> list[PlannedStop]:
    """Return the day's plan with what became of each stop; nothing for one who had no plan."""
    try:
        week = get_week(access=current_access(), rep_id=rep_id, week=Period.day(day), today=day)
    except NotFoundError:
        return []
    started = {visit.id: visit.started_at for visit in visits}
    return [
        PlannedStop(
            number=number,
            name=stop.outlet.name,
            position=stop.outlet.position,
            visited_at=started.get(stop.visit_id) if stop.visit_id else None,
            visit_id=stop.visit_id,
            cancel_reason=stop.cancel_reason if stop.state is StopState.CANCELLED else None,
        )
        for number, stop in enumerate(week.days[0].stops, start=1)
    ]


def _unplanned(planned: list[PlannedStop], visits: list[DayVisit]) -> list[UnplannedVisit]:
    of_plan = {stop.visit_id for stop in planned}
    return [
        UnplannedVisit(
            name=visit.customer_name,
            visit_id=visit.id,
            visited_at=visit.started_at,
            position=None
            if visit.latitude is None or visit.longitude is None
            else Position(visit.latitude, visit.longitude),
        )
        for visit in visits
        if visit.id not in of_plan
    ]


def _map(tracked: TrackedDay, visits: list[DayVisit], planned: list[PlannedStop]) -> dict[str, Any]:
    """Return what the map draws: the plan, the track, where it stood still, and the check-ins."""
    return {
        "customer": "",
        "fence": None,
        "whole_day": True,
        "track": [_places(piece) for piece in tracked.track],
        "route": [
            {
                "at": [stop.position.latitude, stop.position.longitude],
                "label": gettext(
                    "Planned %(number)s: %(name)s", number=stop.number, name=stop.name
                ),
            }
            for stop in planned
            if stop.position is not None and stop.cancel_reason is None
        ],
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


def _playback(tracked: TrackedDay, visits: list[DayVisit]) -> dict[str, Any]:
    """Return what is played back: when the rep was at each point of the map's track, and why."""
    stops = [
        {
            "from": _ms(stop.arrived_at),
            "to": _ms(stop.left_at),
            "label": gettext("Stop %(number)s", number=number),
        }
        for number, stop in enumerate(tracked.stops, start=1)
    ]
    gaps = [
        {"from": _ms(gap.start), "to": _ms(gap.end), "label": gettext("No data")}
        for gap in tracked.gaps
    ]
    return {
        "zone": tracked.time_zone,
        "times": [[_ms(point.at) for point in piece] for piece in tracked.track],
        "spans": [*stops, *gaps],
        "visits": [
            {"at": _ms(visit.started_at), "label": visit.customer_name}
            for visit in visits
            if visit.started_at is not None
        ],
        "words": {"way": gettext("On the way")},
    }


def _ms(at: dt.datetime) -> int:
    return round(at.timestamp() * 1000)


def _track(*, rep_id: str, day: dt.date) -> list[list[tuple[float, float]]]:
    track = queries.track_of_day(access=current_access(), rep_id=rep_id, day=day)
    return [_places(piece) for piece in track]


def _places(piece: Piece) -> list[tuple[float, float]]:
    return [(point.latitude, point.longitude) for point in piece]


def _way_to_the_day(*, visit_id: str) -> str:
    visit = get_visit_detail(access=current_access(), visit_id=visit_id).visit
    return render_template("tracking/visit.html", rep_id=visit.rep_id, day=visit.day)


CONTRIBUTIONS: dict[str, Contributor] = {"visit.track": _track, "visit": _way_to_the_day}
