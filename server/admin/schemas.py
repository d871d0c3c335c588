"""The form of the company's settings, and what people read beside each of them."""

import json
from typing import Any

from flask_babel import gettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from shared.i18n import LANGUAGES, N_
from shared.working import LEAST_IDLE_MIN, MOST_IDLE_MIN, MOST_WEEKS, WorkRules

LEAST_RADIUS_M, MOST_RADIUS_M = 20, 5_000
FEWEST_DAYS, MOST_DAYS = 7, 730
TODAY, ALWAYS = "today", "always"
"""Since when a change of the work rules counts."""
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]\Z"


def _plain(value: str) -> None:
    if any(character < " " for character in value):
        raise ValidationError("control characters")


def _work_rules(value: str) -> None:
    try:
        WorkRules.from_wire(dict(json.loads(value)))
    except (ValueError, TypeError) as error:
        raise ValidationError("not as they are written") from error


def _since() -> fields.String:
    return fields.String(load_default=TODAY, validate=validate.OneOf([TODAY, ALWAYS]))


def _weeks() -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(1, MOST_WEEKS))


class SettingsSchema(Schema):
    """The settings that can be changed while the server runs."""

    class Meta:
        unknown = EXCLUDE

    name = fields.String(required=True, validate=[validate.Length(max=120), _plain])
    language = fields.String(required=True, validate=validate.OneOf(["", *LANGUAGES]))
    geofence_radius_m = fields.Integer(
        required=True, validate=validate.Range(LEAST_RADIUS_M, MOST_RADIUS_M)
    )
    track_retention_days = fields.Integer(
        required=True, validate=validate.Range(FEWEST_DAYS, MOST_DAYS)
    )
    day_starts = fields.String(required=True, validate=validate.Regexp(_CLOCK))
    day_ends = fields.String(required=True, validate=validate.Regexp(_CLOCK))

    weekdays = fields.String(required=True, validate=validate.Regexp(r"[1-7]+\Z"))
    """The numbers of the days, Monday being 1."""
    week_since = _since()
    visits_a, visits_b, visits_c = _weeks(), _weeks(), _weeks()
    visits_since = _since()
    idle_minutes = fields.Integer(
        required=True, validate=validate.Range(LEAST_IDLE_MIN, MOST_IDLE_MIN)
    )
    work_rules = fields.String(validate=_work_rules)
    """All that counted once, as JSON: it is brought back, whatever the fields above say."""

    @validates_schema(skip_on_field_errors=True)
    def _check_hours(self, data: dict[str, Any], **_: Any) -> None:
        if data["day_starts"] >= data["day_ends"]:
            raise ValidationError("ends before it starts", "day_ends")


_WEEKS = N_("A whole number of weeks from 1 to 52.")
_PROBLEMS = {
    "name": N_("At most 120 characters."),
    "language": N_("Choose one of the languages."),
    "geofence_radius_m": N_("A whole number of metres from 20 to 5000."),
    "track_retention_days": N_("A whole number of days from 7 to 730."),
    "day_starts": N_("A time of day."),
    "day_ends": N_("A time of day, later than the beginning."),
    "weekdays": N_("Choose at least one day."),
    "week_since": N_("Choose one of the two."),
    "visits_a": _WEEKS,
    "visits_b": _WEEKS,
    "visits_c": _WEEKS,
    "visits_since": N_("Choose one of the two."),
    "idle_minutes": N_("A whole number of minutes from 5 to 120."),
    "work_rules": N_("This cannot be undone any more."),
}


def problems_of(error: ValidationError) -> dict[str, str]:
    """Return what is wrong with each field, in the reader's language."""
    messages: dict[str, Any] = error.messages_dict
    return {field: gettext(_PROBLEMS[field]) for field in messages}
