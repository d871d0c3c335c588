"""Reading the lines of a push with the quick reader of JSON; the standard one decides in doubt."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from shared.sync.protocol import Change, decode, encode


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
        return orjson.loads(body)
    except orjson.JSONDecodeError:  # perhaps only halves of surrogates; the other says what it is
        return decode(body)


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
