"""Where a phone's chain stood after some of its changes, as it says so to the server."""

from typing import Any

from shared.sync.wire import MalformedError, read_integer, read_list, read_object, read_text

Heads = tuple[tuple[int, str], ...]
"""Numbers of changes, each with the head after it, in hexadecimal."""
MOST_HEADS = 64
"""In one request."""
_DIGITS = 64


def heads_to_wire(heads: Heads) -> list[dict[str, Any]]:
    """Return them as JSON objects."""
    return [{"s": number, "h": head} for number, head in heads]


def read_heads(wire: dict[str, Any], key: str) -> Heads:
    """
    Return the heads at a key; none where the key is missing.

    :raises MalformedError: if these are no heads, or too many
    """
    entries = read_list(wire, key) if key in wire else []
    if len(entries) > MOST_HEADS:
        raise MalformedError(key, "too_many")
    said = [read_object(entry, key) for entry in entries]
    return tuple((read_integer(one, "s", key), read_text(one, "h", key, _DIGITS)) for one in said)
