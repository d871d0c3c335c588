"""Reading good records quickly: a schema turned into plain functions.

They only say yes: to what they are not sure of the schema itself answers, which is ten times
slower and words the refusal. So there is one description of a record, and one judge.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate

Check = Callable[[Any], Any]
"""Gives the value as the schema types it, or raises UnsureError."""
Test = Callable[[Any], Any]
"""Gives something true of a value that is good."""

TESTS: dict[Any, Test] = {}
"""Validators of ours as questions about a text, so that nobody asks them by an exception."""
SAID_BY_TYPE: set[Any] = set()
"""Validators of ours that need not be asked where the type of the value is exact."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class UnsureError(Exception):
    """Ask the schema."""


class QuickSchema:
    """What a schema takes without a question."""

    def __init__(self, schema: Schema) -> None:
        fields_ = schema.load_fields
        usual = not any(schema._hooks.values()) and all(  # noqa: SLF001 - there is no public way
            field.load_default is missing and "." not in (field.attribute or "")
            for field in fields_.values()
        )
        self.load: Callable[..., dict[str, Any]] = _compiled(fields_) if usual else _unsure
        """Gives the record of an object, and of a patch if that is said; else UnsureError.

        No method: it is called for each record, and for each record within.
        """


def _unsure(_data: object, _partial: object = False) -> dict[str, Any]:  # noqa: FBT002 - as below
    raise UnsureError


def _compiled(schema_fields: Mapping[str, fields.Field[Any]]) -> Callable[..., Any]:
    """
    Write the function that reads a record, as one would by hand, and compile it.

    A chain of closures that says the same takes three times as long.
    """
    names: dict[str, Any] = {"UnsureError": UnsureError, "missing": missing}
    lines = [
        "def load(data, partial=False):",
        " if type(data) is not dict: raise UnsureError",
        " record = {}",
        " get = data.get",
    ]
    for number, (name, field) in enumerate(schema_fields.items()):
        lines.append(f" value = get({field.data_key or name!r}, missing)")
        lines.append(" if value is not missing:")
        if field.allow_none:
            lines.append("  if value is not None:")
        else:
            lines.append("  if value is None: raise UnsureError")
            lines.append("  else:")
        lines += [f"   {line}" for line in _read_lines(field, number, names)]
        lines.append(f"  record[{field.attribute or name!r}] = value")
        if field.required:
            lines.append(" elif not partial: raise UnsureError")
    lines.append(" return record")
    # Nothing of it comes from outside: names and bounds of our schemas.
    exec("\n".join(lines), names)  # noqa: S102
    load: Callable[..., Any] = names["load"]
    return load


def _read_lines(field: fields.Field[Any], number: int, names: dict[str, Any]) -> list[str]:
    """Return the lines that check `value` and type it; what they use goes into `names`."""
    kind = type(field).__name__
    if kind == "Nested" and not getattr(field, "many", False):
        names[f"nested_{number}"] = QuickSchema(field.schema).load  # type: ignore[attr-defined]
        return [f"value = nested_{number}(value)"]
    if kind == "Number" and [type(each) for each in field.validators] == [validate.Range]:
        low, high = field.validators[0].min, field.validators[0].max  # type: ignore[attr-defined]
        return [
            # NaN is in no range.
            f"if not (type(value) in (float, int) and {low!r} <= value <= {high!r}):",
            " raise UnsureError",
            "value = float(value)",
        ]
    if kind not in _EXACT:
        names[f"check_{number}"] = _check_of(field)
        return [f"value = check_{number}(value)"]
    conditions = [f"type(value) is not {_EXACT[kind]}"]
    for place, validator in enumerate(field.validators):
        if validator in SAID_BY_TYPE:
            continue
        match validator:
            case validate.Range(min=low, max=high, min_inclusive=True, max_inclusive=True):
                conditions.append(f"not {low!r} <= value <= {high!r}")
            case validate.Length(min=low, max=None, equal=None):
                conditions += [f"len(value) < {low!r}"] if low else []
            case validate.Length(min=None, max=high, equal=None):
                conditions.append(f"len(value) > {high!r}")
            case validate.OneOf(choices=choices):
                names[f"choices_{number}"] = frozenset(choices)
                conditions.append(f"value not in choices_{number}")
            case _:
                names[f"test_{number}_{place}"] = _test_of(validator)
                conditions.append(f"not test_{number}_{place}(value)")
    return [f"if {' or '.join(conditions)}: raise UnsureError"]


_EXACT = {"String": "str", "Integer": "int", "_Flag": "bool"}
"""Fields whose values have one type, exactly, and are taken as they are."""


def _check_of(field: fields.Field[Any]) -> Check:
    make: Callable[[Any], Check] = _BY_TYPE.get(type(field).__name__, _own_check)
    check = make(field)
    tests = [_test_of(validator) for validator in field.validators]
    nullable = field.allow_none
    if not tests and not nullable:
        return check

    def checked(value: Any) -> Any:
        if value is None:
            if nullable:
                return None
            raise UnsureError
        value = check(value)
        for test in tests:
            if not test(value):
                raise UnsureError
        return value

    return checked


def _own_check(field: fields.Field[Any]) -> Check:
    def check(value: Any) -> Any:
        try:
            return field.deserialize(value, None, None)
        except ValidationError as error:
            raise UnsureError from error

    return check


def _of_type(*types: type) -> Callable[[object], Check]:
    def make(_field: object) -> Check:
        def check(value: Any) -> Any:
            if type(value) not in types:  # exactly: JSON's true is an int otherwise
                raise UnsureError
            return value

        return check

    return make


def _number(_field: object) -> Check:
    def check(value: Any) -> float:
        if type(value) is float:
            if math.isfinite(value):
                return value
        elif type(value) is int and -(2**53) <= value <= 2**53:
            return float(value)
        raise UnsureError

    return check


def _day(_field: object) -> Check:
    def check(value: Any) -> dt.date:
        if type(value) is not str or not _DAY.fullmatch(value):
            raise UnsureError
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            raise UnsureError from error

    return check


def _nested(field: fields.Field[Any]) -> Check:
    assert isinstance(field, fields.Nested)
    quick = QuickSchema(field.schema)
    if field.many:
        return _own_check(field)
    return quick.load


def _list(field: fields.Field[Any]) -> Check:
    assert isinstance(field, fields.List)
    inner = _check_of(field.inner)

    def check(value: Any) -> list[Any]:
        if type(value) is not list:
            raise UnsureError
        return [inner(item) for item in value]

    return check


_BY_TYPE: dict[str, Callable[[Any], Check]] = {
    "String": _of_type(str),
    "Integer": _of_type(int),
    "Number": _number,
    "_Flag": _of_type(bool),
    "Date": _day,
    "Nested": _nested,
    "List": _list,
}


def _test_of(validator: Any) -> Test:
    """Return a validator as a question; the usual ones without their ceremony."""
    match validator:
        case validate.Range(min=low, max=high, min_inclusive=True, max_inclusive=True):
            return lambda value: low <= value <= high
        case validate.Length(min=low, max=high, equal=None):
            least, most = low or 0, math.inf if high is None else high
            return lambda value: least <= len(value) <= most
        case validate.OneOf(choices=choices):
            allowed = frozenset(choices)
            return lambda value: value in allowed
    if validator in TESTS:
        return TESTS[validator]

    def test(value: Any) -> bool:
        try:
            validator(value)
        except ValidationError as error:
            raise UnsureError from error
        return True

    return test
