"""Reading good records quickly: a schema turned into plain functions.

They only say yes: to what they are not sure of the schema itself answers, which is ten times
slower and words the refusal. So there is one description of a record, and one judge.
"""

import datetime as dt
import math
import re
from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate

Check = Callable[[Any], Any]
"""Gives the value as the schema types it, or raises UnsureError."""
Test = Callable[[Any], bool]

TESTS: dict[Any, Test] = {}
"""Validators of ours as questions, so that nobody asks them by an exception."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class UnsureError(Exception):
    """Ask the schema."""


class QuickSchema:
    """What a schema takes without a question."""

    def __init__(self, schema: Schema) -> None:
        self._usual = not any(schema._hooks.values())  # noqa: SLF001 - there is no public way
        self._checks: list[tuple[str, str, bool, Check]] = []
        for name, field in schema.load_fields.items():
            key = field.data_key or name
            if field.load_default is not missing or "." in (field.attribute or ""):
                self._usual = False
            self._checks.append((key, field.attribute or name, field.required, _check_of(field)))

    def load(self, data: object, *, partial: bool) -> dict[str, Any]:
        """
        Return the record.

        :raises UnsureError: if it may be at fault
        """
        if not self._usual or type(data) is not dict:
            raise UnsureError
        record: dict[str, Any] = {}
        for key, name, required, check in self._checks:
            if key in data:
                record[name] = check(data[key])
            elif required and not partial:
                raise UnsureError
        return record


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
    return lambda value: quick.load(value, partial=False)


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
