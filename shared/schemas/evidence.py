"""Wire format of evidence: check-in, check-out, start and end of the day, consent, track."""

from typing import Any

from marshmallow import ValidationError, fields

from shared.schemas.fix import (
    LATEST_MS,
    LATITUDE,
    LONGITUDE,
    WORST_ACCURACY_M,
    FenceSchema,
    FixSchema,
)
from shared.schemas.record import (
    RecordSchema,
    choice,
    flag,
    many,
    nested,
    number,
    record_id,
    text,
    whole,
)
from shared.tracking.chunks import MAX_FIXES
from shared.vocabulary import Verdict

LONGEST_VISIT_S = 7 * 24 * 3600.0
"""A check-out that is forgotten for longer says nothing about when the visit ended."""


class PresenceSchema(RecordSchema):
    """A check-in or a check-out: what the phone saw. When it was stands in the change itself."""

    visit_id = record_id(required=True)
    customer_id = record_id(required=True)
    fix = nested(FixSchema(), nullable=True, required=True)
    """Null where no fix could be had."""
    fence = nested(FenceSchema(), required=True)
    time_zone = text(40, required=True, shortest=1)
    verdict = choice(Verdict, required=True)
    """What the phone showed the rep."""
    battery_percent = whole(0, 100, nullable=True)
    was_offline = flag()
    left_ago_s = number(0.0, LONGEST_VISIT_S, nullable=True)
    """Of a forgotten check-out: how long before this record the rep was last at the customer's."""
    override_code = text(20)
    """The manager's code for a check-in outside the fence."""
    app_version = text(20)


class StartDaySchema(RecordSchema):
    """The rep begins to work."""

    time_zone = text(40, required=True, shortest=1)
    fix = nested(FixSchema(), nullable=True)


class EndDaySchema(RecordSchema):
    """The rep stops working."""

    work_day_id = record_id(required=True)
    """The record of the day's start."""
    fix = nested(FixSchema(), nullable=True)


class ConsentSchema(RecordSchema):
    """The rep's yes or no to being tracked during working days."""

    given = flag(required=True)
    text_version = text(20, required=True, shortest=1)


class TrackFix(fields.Field[list[Any]]):
    """A row `[unix_ms, latitude, longitude, accuracy_m, is_mock]`."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - the base class asks for it
        data: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> list[Any]:
        if not isinstance(value, list) or len(value) != 5:
            raise ValidationError("invalid")
        at_ms, latitude, longitude, accuracy_m, is_mock = value
        if not isinstance(at_ms, int) or isinstance(at_ms, bool) or not 0 <= at_ms <= LATEST_MS:
            raise ValidationError("time_range")
        _within(latitude, *LATITUDE, "lat_range")
        _within(longitude, *LONGITUDE, "lon_range")
        _within(accuracy_m, 0.0, WORST_ACCURACY_M, "accuracy_range")
        if is_mock not in (0, 1):
            raise ValidationError("invalid")
        return [at_ms, latitude, longitude, accuracy_m, bool(is_mock)]


class TrackSchema(RecordSchema):
    """A piece of the day's track."""

    time_zone = text(40, required=True, shortest=1)
    fixes = many(TrackFix(), least=1, most=MAX_FIXES, required=True)


def _within(value: object, low: float, high: float, reason: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValidationError("invalid")
    if not low <= value <= high:
        raise ValidationError(reason)
