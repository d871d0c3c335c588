"""What the live endpoints take and give."""

from typing import Any

from marshmallow import Schema, fields

from server.live.queries import LiveRep
from shared.schemas.fix import LATITUDE, LONGITUDE, WORST_ACCURACY_M
from shared.schemas.record import RecordSchema, number, whole

OLDEST_S = 600.0
"""A position measured longer ago is none that could be called live."""


class LivePositionSchema(RecordSchema):
    """Where the phone is now. The age counts, not its clock, which may be wrong."""

    latitude = number(*LATITUDE, required=True, reason="lat_range")
    longitude = number(*LONGITUDE, required=True, reason="lon_range")
    accuracy_m = number(0.0, WORST_ACCURACY_M, nullable=True, reason="accuracy_range")
    """0, as some platforms report, counts as unknown."""
    age_s = number(0.0, OLDEST_S, required=True)
    battery_percent = whole(0, 100, nullable=True)


class SeenSchema(Schema):
    """Where and when a rep was seen last."""

    latitude = fields.Float()
    longitude = fields.Float()
    accuracy_m = fields.Float(allow_none=True)
    battery_percent = fields.Integer(allow_none=True)
    source = fields.String(metadata={"description": "`live`, `visit` or `track`."})
    at = fields.AwareDateTime()


class LiveRepSchema(Schema):
    """A rep of today's teams."""

    id = fields.String()
    name = fields.String()
    team_id = fields.String()
    team_name = fields.String()
    doing = fields.String(
        metadata={"description": "`visiting`, `working`, `finished` or `not_started`."}
    )
    since = fields.AwareDateTime(allow_none=True)
    visits = fields.Method("count_visits", metadata={"type": "integer"})
    seen = fields.Nested(SeenSchema, allow_none=True)

    def count_visits(self, rep: LiveRep) -> int:
        """Return today's visits."""
        return len(rep.visits)


class LiveQuerySchema(Schema):
    """Whose positions."""

    team = fields.UUID(load_default=None)
    rep = fields.UUID(load_default=None)


def position_news(rep_id: str, team_id: str | None, place: dict[str, Any]) -> dict[str, Any]:
    """Return a position as open pages are told it; shaped as in `SeenSchema`."""
    return {"kind": "position", "rep_id": rep_id, "team_id": team_id, "seen": place}
