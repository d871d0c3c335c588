"""JSON of the wire, and reading a message field by field, with a reason for each refusal."""

import json
import re
from typing import Any

PROTOCOL_VERSION = 1
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class MalformedError(ValueError):
    """A message that is not what the protocol says. Names the wire's field and a reason code."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name}: {reason}")
        self.field = field_name
        self.reason = reason


class VersionError(MalformedError):
    """A message of another version of the protocol: one of both sides must be updated."""


def encode(value: object) -> bytes:
    """
    Return JSON without spaces, in UTF-8.

    :raises ValueError: for NaN, infinity and lone surrogates, which JSON cannot carry
    """
    return _ENCODER.encode(value).encode("utf-8")


def decode(data: bytes) -> Any:
    """Read it.

    :raises MalformedError: if this is not JSON as the standard has it
    """
    try:
        return _DECODER.decode(data.decode("utf-8"))
    except MalformedError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedError("json", "malformed") from error


def _refuse_constant(name: str) -> None:
    raise MalformedError("json", f"constant_{name.lower().strip('-')}")


# `json.dumps` and `json.loads` with options make one anew each time: half of what they cost.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def check_version(wire: dict[str, Any]) -> None:
    """
    Refuse a message of another version of the protocol.

    :raises VersionError: if it is one
    :raises MalformedError: if it does not say its version
    """
    if read_integer(wire, "v", "v") != PROTOCOL_VERSION:
        raise VersionError("v", "unknown_version")


def read_object(value: object, name: str) -> dict[str, Any]:
    """Return a JSON object; `name` is what a refusal calls it, here and below."""
    if not isinstance(value, dict):
        raise MalformedError(name, "not_an_object")
    return value


def read_list(wire: dict[str, Any], key: str) -> list[Any]:
    """Return the list at a key."""
    value = wire.get(key)
    if not isinstance(value, list):
        raise MalformedError(key, "not_a_list")
    return value


def read_integer(wire: dict[str, Any], key: str, name: str) -> int:
    """Return the whole number at a key, of at most 64 bits."""
    value = wire.get(key)
    # JSON's true is an int in Python; 2^63 and above fit no database column.
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError(name, "not_an_integer")
    if not -(2**63) <= value < 2**63:
        raise MalformedError(name, "out_of_range")
    return value


def read_text(wire: dict[str, Any], key: str, name: str, longest: int) -> str:
    """Return the text at a key, of at most so many characters, none of them a control character."""
    value = wire.get(key)
    if not isinstance(value, str):
        raise MalformedError(name, "not_text")
    if len(value) > longest:
        raise MalformedError(name, "too_long")
    if _CONTROL.search(value):
        # NUL and halves of surrogate pairs fit no database column.
        raise MalformedError(name, "control_character")
    return value


def read_anchor(wire: dict[str, Any]) -> str:
    """
    Return the anchor's token of an answer.

    :raises MalformedError: if there is none
    """
    token = read_text(wire, "anchor", "anchor", 128)
    anchor_time_ms(token)
    return token


def anchor_time_ms(token: str) -> int:
    """
    Return the server's time that an anchor's token states, Unix milliseconds.

    :raises MalformedError: if this is no token of an anchor
    """
    milliseconds = token.partition(".")[0]
    if not milliseconds.isdecimal() or len(milliseconds) > 15:
        raise MalformedError("anchor", "not_an_anchor")
    return int(milliseconds)
