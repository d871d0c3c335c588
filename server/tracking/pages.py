"""What tracking adds to the site so far: the day's track on the map of a visit."""

import datetime as dt

from flask import Blueprint

from server.platform.auth import current_access
from server.tracking import queries
from server.web.contributions import Contributor

blueprint = Blueprint("tracking_pages", __name__)


def _track(*, rep_id: str, day: dt.date) -> list[list[tuple[float, float]]]:
    track = queries.track_of_day(access=current_access(), rep_id=rep_id, day=day)
    return [[(point.latitude, point.longitude) for point in piece] for piece in track]


CONTRIBUTIONS: dict[str, Contributor] = {"visit.track": _track}
