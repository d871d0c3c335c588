"""Reading the lines of a push with the quick reader of JSON; the standard one decides in doubt."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import orjson

from shared.sync.protocol import Change, MalformedError, decode, encode

_DEEPEST = 64
"""How deep a line may nest; what writes it again calls itself for each level, and must not fail."""


@dataclass(slots=True)
class Line:
    """A line that fits its chain, with its number."""

    sequence: int
    line: bytes
    body: bytes
    head: bytes


def read_line(body: bytes) -> Change:
    """
    Read a line without its mac.

    :raises MalformedError: if it is not a change
    """
    return Change.from_wire(_quickly(body))


def _quickly(body: bytes) -> Any:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:  # perhaps only halves of surrogates; the other says what it is
        value = _slowly(body)
    if body.count(b"[") + body.count(b"{") > _DEEPEST and _is_deeper(value, _DEEPEST):
        raise MalformedError("json", "too_deep")
    return value


def _slowly(body: bytes) -> Any:
    value = decode(body)
    try:
        json.dumps(value, allow_nan=False)
    except RecursionError as error:
        raise MalformedError("json", "too_deep") from error
    except ValueError as error:  # 1e999 is read as infinity, which no database takes
        raise MalformedError("json", "out_of_range") from error
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    """Return whether lists and objects stand in each other on more levels."""
    level = [value]
    for _ in range(levels + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def data_sha256(change: Change) -> bytes:
    """Return the hash of what a change says, to tell a repetition from an id used twice."""
    try:
        return hashlib.sha256(orjson.dumps([change.entity, change.data])).digest()
    except TypeError:  # what only the standard writer takes
        return data_sha256_of_before(change)


def data_sha256_of_before(change: Change) -> bytes:
    """Return the same as older servers made it, whose writer gave some numbers in another way."""
    try:
        return hashlib.sha256(encode([change.entity, change.data])).digest()
    except UnicodeEncodeError:  # halves of surrogate pairs, which the schema is to refuse by name
        return hashlib.sha256(repr([change.entity, change.data]).encode()).digest()
