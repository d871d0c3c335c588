"""The live map: where everybody is, kept fresh by server-sent events, or by asking again."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.live import queries
from server.live.queries import Doing, LiveRep, LiveVisit
from server.planning.queries import PlanStop, get_week
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.broadcast import STREAM_PATH, open_stream
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.teams.queries import list_teams, team_with_descendants
from server.tracking.queries import track_of_day
from server.web.filters import choice, read_id
from server.web.links import url_with
from server.web.navigation import Entry
from server.web.words import Word
from shared.i18n import N_
from shared.time import Period, utc_now
from shared.vocabulary import Role

blueprint = Blueprint("live_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="live_pages.index",
        label=N_("Live map"),
        icon="crosshairs-gps",
        position=20,
        key="l",
        roles=frozenset({Role.MANAGER, Role.ADMIN}),
    ),
)
_SOMEBODY = "00000000-0000-0000-0000-000000000000"
DOINGS = {
    Doing.VISITING: Word(N_("In a visit"), "good", "storefront-outline"),
    Doing.WORKING: Word(N_("On the way"), "info", "map-marker-path"),
    Doing.FINISHED: Word(N_("Day ended"), "unknown", "check"),
    Doing.NOT_STARTED: Word(N_("Not started"), "warn", "clock-outline"),
}


@blueprint.get("/live")
@signed_in()
def index() -> ResponseReturnValue:
    """Show the reps of today's teams on a map and beside it; one of them with route and track."""
    access, now = current_access(), utc_now()
    today = business_today()
    team_id, rep_id = read_id(request.args, "team"), read_id(request.args, "rep")
    everybody = queries.live_reps(
        access=access,
        day=today,
        team_ids=team_with_descendants(team_id) if team_id else None,
    )
    chosen = next((rep for rep in everybody if rep.id == rep_id), None)
    if rep_id and chosen is None:
        raise NotFoundError
    route = _route(access, chosen.id, today) if chosen else []
    shown = [chosen] if chosen else everybody
    address_of = _addresses()
    teams = choice(
        "team",
        gettext("Team"),
        {team.id: team.name for team in list_teams(access=access)},
        arguments=request.args,
        everything=gettext("All teams"),
    )
    return render_template(
        "live/index.html",
        reps=everybody,
        chosen=chosen,
        route=route,
        teams=teams if len(teams.options) > 2 else None,
        doings=DOINGS,
        now=now,
        day=today,
        map=_map(access, shown, chosen, route, day=today, address_of=address_of),
        address_of=address_of,
        tiles=current_app.config["MAP_TILES_URL"],
    )


@blueprint.get(STREAM_PATH)
@signed_in()
def stream() -> ResponseReturnValue:
    """Send what changes, as server-sent events, until the page closes."""
    events = open_stream(current_access())
    # The stream lives for minutes; it must not hold a connection to the database.
    db.session.remove()
    return Response(
        events,
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _route(access: Access, rep_id: str, day: dt.date) -> list[PlanStop]:
    period = Period(day, day + dt.timedelta(days=1))
    week = get_week(access=access, rep_id=rep_id, week=period, today=day)
    return list(week.days[0].stops)


def _map(
    access: Access,
    shown: list[LiveRep],
    chosen: LiveRep | None,
    route: list[PlanStop],
    *,
    day: dt.date,
    address_of: Callable[[str], str],
) -> dict[str, Any]:
    track = track_of_day(access=access, rep_id=chosen.id, day=day) if chosen else []
    return {
        "customer": "",
        "fence": None,
        "whole_day": True,
        "route": [
            {
                "at": [stop.outlet.position.latitude, stop.outlet.position.longitude],
                "label": f"{number}. {stop.outlet.name}",
            }
            for number, stop in enumerate(route, start=1)
            if stop.outlet.position is not None
        ],
        "track": [[(point.latitude, point.longitude) for point in piece] for piece in track],
        "events": [],
        "others": [_visit(rep, visit) for rep in shown for visit in rep.visits if visit.latitude],
        "people": [
            {"id": rep.id, "name": rep.name, "seen": rep.seen, "url": address_of(rep.id)}
            for rep in shown
        ],
    }


def _visit(rep: LiveRep, visit: LiveVisit) -> dict[str, Any]:
    return {
        "at": [visit.latitude, visit.longitude],
        "label": f"{rep.name}: {visit.customer_name}",
        "url": url_for("visits_pages.show", visit_id=visit.id),
    }


def _addresses() -> Callable[[str], str]:
    """Return what makes the address of one rep; it is built once, however many there are."""
    address = url_with(rep=_SOMEBODY, at=None)
    return lambda rep_id: address.replace(_SOMEBODY, rep_id)
