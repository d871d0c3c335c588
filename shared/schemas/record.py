"""What all wire schemas share: strict fields with bounds, and reason codes instead of sentences."""

import math
import re
from functools import cached_property
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from shared.photos import is_sha256
from shared.schemas.limits import LONGEST_OWN_KEY, LONGEST_OWN_TEXT, InvalidRecordError
from shared.schemas.quick import SAID_BY_TYPE, TESTS, QuickSchema, UnsureError
from shared.sync.ids import is_id, spells_id
from shared.vocabulary import CUSTOM_FIELD

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MESSAGES: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "missing",
    "null": "missing",
    "validator_failed": "invalid",
    "invalid": "invalid",
    "invalid_utf8": "invalid",
    "special": "not_a_number",
    "too_large": "out_of_range",
}


class RecordSchema(Schema):
    """A record on the wire. Fields it does not know are left out: an old server, a new phone."""

    class Meta:
        unknown = EXCLUDE

    error_messages = {"type": "not_an_object"}
    has_custom_fields: ClassVar[bool] = False
    """Names that begin with `custom.` are kept as they come: who knows their fields checks them."""

    @cached_property
    def quick(self) -> QuickSchema:
        """Return the quick way to read what keeps the rules."""
        return QuickSchema(self)


def load(schema: RecordSchema, data: object, *, partial: bool = False) -> dict[str, Any]:
    """
    Return the data as the schema types it.

    :param partial: a patch, which names only what it changes
    :raises InvalidRecordError: for the first field at fault, in the schema's order
    """
    try:
        loaded: dict[str, Any] = schema.quick.load(data, partial)
    except UnsureError:
        loaded = _judged(schema, data, partial=partial)
    if schema.has_custom_fields and isinstance(data, dict):
        loaded |= _custom_fields(data)
    return loaded


def _judged(schema: RecordSchema, data: object, *, partial: bool) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(data, partial=partial)  # type: ignore[arg-type]
    except ValidationError as error:
        field_name, reason = _first(error.messages)
        raise InvalidRecordError(field_name, reason) from error
    return loaded


def _custom_fields(data: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in data.items() if name.startswith(CUSTOM_FIELD)}
    for name, value in own.items():
        if len(name) > len(CUSTOM_FIELD) + LONGEST_OWN_KEY or not is_plain(name):
            raise InvalidRecordError("custom", "unknown_field")
        if isinstance(value, str) and not (len(value) <= LONGEST_OWN_TEXT and is_plain(value)):
            raise InvalidRecordError(name, "invalid")
        if value is not None and not isinstance(value, str | bool | int | float):
            raise InvalidRecordError(name, "invalid")
    return own


def text(longest: int, *, required: bool = False, shortest: int = 0) -> fields.String:
    """Return a text field; control characters and halves of surrogate pairs are refused."""
    return fields.String(
        required=required,
        error_messages=_MESSAGES,
        validate=[
            validate.Length(max=longest, error="too_long"),
            validate.Length(min=shortest, error="missing"),
            _plain_text,
        ],
    )


def record_id(*, required: bool = False, nullable: bool = False) -> fields.String:
    """Return a field that holds the id of a record."""
    return fields.String(
        required=required, allow_none=nullable, error_messages=_MESSAGES, validate=_an_id
    )


def sha256(*, required: bool = False) -> fields.String:
    """Return a field that holds a SHA-256 as 64 lower-case hex digits."""
    return fields.String(required=required, error_messages=_MESSAGES, validate=_a_sha256)


def whole(low: int, high: int, *, required: bool = False, nullable: bool = False) -> fields.Integer:
    """Return a whole number between two bounds; 1.0 and "1" are none."""
    return fields.Integer(
        strict=True,
        required=required,
        allow_none=nullable,
        error_messages=_MESSAGES,
        validate=[_no_boolean, validate.Range(low, high, error="out_of_range")],
    )


class Number(fields.Float):
    """A JSON number; a text that looks like one is refused, and so are NaN and true."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - the base class asks for it
        data: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("invalid")
        try:
            number = float(value)
        except OverflowError as error:
            raise ValidationError("out_of_range") from error
        if not math.isfinite(number):
            raise ValidationError("not_a_number")
        return number


def number(
    low: float,
    high: float,
    *,
    required: bool = False,
    nullable: bool = False,
    reason: str = "out_of_range",
) -> Number:
    """Return a number between two bounds."""
    return Number(
        required=required,
        allow_none=nullable,
        error_messages=_MESSAGES,
        validate=validate.Range(low, high, error=reason),
    )


def choice(values: Any, *, required: bool = False, nullable: bool = False) -> fields.String:
    """Return one of the texts of an enumeration."""
    return fields.String(
        required=required,
        allow_none=nullable,
        error_messages=_MESSAGES,
        validate=validate.OneOf([str(value) for value in values], error="unknown_value"),
    )


def flag(*, required: bool = False) -> fields.Boolean:
    """Return true or false, nothing that resembles them."""
    return _Flag(required=required, error_messages=_MESSAGES)


def day(*, required: bool = False, nullable: bool = False) -> fields.Date:
    """Return a date, YYYY-MM-DD."""
    return fields.Date("iso", required=required, allow_none=nullable, error_messages=_MESSAGES)


def nested(schema: Schema, *, required: bool = False, nullable: bool = False) -> fields.Nested:
    """Return an object inside the record."""
    return fields.Nested(
        schema,
        required=required,
        allow_none=nullable,
        error_messages={**_MESSAGES, "type": "invalid"},
    )


def many(item: Any, *, most: int, least: int = 0, required: bool = False) -> fields.List[Any]:
    """Return a list of at most so many items."""
    return fields.List(
        item,
        required=required,
        error_messages=_MESSAGES,
        validate=[
            validate.Length(max=most, error="too_many"),
            validate.Length(min=least, error="too_few"),
        ],
    )


class _Flag(fields.Boolean):
    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - the base class asks for it
        data: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("invalid")
        return value


def is_plain(value: str) -> bool:
    """Return whether a text has neither control characters nor halves of surrogate pairs."""
    # The first question answers most, and is quick.
    return value.isprintable() or not _CONTROL.search(value)


def _plain_text(value: str) -> None:
    if not is_plain(value):
        raise ValidationError("control_character")


def _an_id(value: str) -> None:
    if not is_id(value):
        raise ValidationError("not_an_id")


def _a_sha256(value: str) -> None:
    if not is_sha256(value):
        raise ValidationError("not_a_sha256")


def _no_boolean(value: object) -> None:
    if isinstance(value, bool):
        raise ValidationError("invalid")


SAID_BY_TYPE.add(_no_boolean)
TESTS.update({_plain_text: is_plain, _an_id: spells_id, _a_sha256: is_sha256})


def _first(messages: Any) -> tuple[str, str]:
    """Return the path of the first field at fault (`lines.0.quantity`) and its reason."""
    path = []
    while isinstance(messages, dict):
        key, messages = next(iter(messages.items()))
        if key != "_schema":
            path.append(str(key))
    reason = messages[0] if isinstance(messages, list) and messages else str(messages)
    return ".".join(path), str(reason)
