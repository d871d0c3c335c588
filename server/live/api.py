"""A phone's position while it is online, and everybody's last position for programs."""

import datetime as dt
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from server.live import queries
from server.live.operations import Place, keep_live_position
from server.live.queries import LiveRep
from server.live.schemas import (
    LivePositionSchema,
    LiveQuerySchema,
    LiveRepSchema,
    position_news,
)
from server.platform.auth import current_access, signed_in
from server.platform.broadcast import publish
from server.platform.clock import business_today
from server.platform.json import answers
from server.platform.transaction import transaction
from server.teams.queries import team_of_rep, team_with_descendants
from server.web.contributions import contributions
from shared.sync.protocol import LIVE_PATH, OWN_RECORDS_PATH, SYNC_HEADER
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint(
    "live", __name__, description="Positions of the day as it happens (docs/check-in.md)."
)


@blueprint.after_request
def mark_as_ours(response: Response) -> Response:
    """Let phones tell our answers from those of portals and proxies."""
    response.headers[SYNC_HEADER] = "1"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post(LIVE_PATH)
@signed_in(Role.REP)
@blueprint.doc(security=[{"device": []}], responses=answers("application/json"))
@blueprint.arguments(LivePositionSchema)
def send_position(body: dict[str, Any]) -> dict[str, bool]:
    """Take where a phone is now: within the working day and with consent only, no evidence."""
    now, rep_id = utc_now(), current_access().user_id
    place = Place(
        latitude=body["latitude"],
        longitude=body["longitude"],
        # 0 m is how some platforms say that they do not know.
        accuracy_m=body.get("accuracy_m") or None,
        battery_percent=body.get("battery_percent"),
        measured_at=now - dt.timedelta(seconds=body["age_s"]),
    )
    with transaction():
        is_newest = keep_live_position(rep_id=rep_id, place=place, received_at=now)
        team_id = team_of_rep(rep_id, business_today())
    if is_newest:
        publish(position_news(rep_id, team_id, _seen(place)))
    return {"newest": is_newest}


@blueprint.get("/api/v1/live")
@signed_in()
@blueprint.arguments(LiveQuerySchema, location="query")
@blueprint.response(200, LiveRepSchema(many=True))
def list_positions(query: dict[str, Any]) -> list[LiveRep]:
    """Return the reps the caller leads today, with where and when each was seen last."""
    team, rep = query["team"], query["rep"]
    return queries.live_reps(
        access=current_access(),
        day=business_today(),
        team_ids=team_with_descendants(str(team)) if team else None,
        rep_id=str(rep) if rep else None,
    )


@blueprint.get(OWN_RECORDS_PATH)
@signed_in()
@blueprint.doc(responses=answers("application/json"))
def export_own_records() -> Response:
    """Return all that is recorded about the caller's days: evidence, tracks, signals, consents.

    Higher features add tables in the slot `own_records`, called without a subject.
    """
    records = queries.own_records(access=current_access())
    for tables in contributions("own_records"):
        records |= tables
    response = jsonify(records)
    response.headers["Content-Disposition"] = 'attachment; filename="tapak-my-records.json"'
    return response


def _seen(place: Place) -> dict[str, Any]:
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "accuracy_m": place.accuracy_m,
        "battery_percent": place.battery_percent,
        "source": "live",
        "at": place.measured_at,
    }
