"""What phone and server say in a push and in a pull."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.sync.change import Result
from shared.sync.heads import Heads, heads_to_wire, read_heads
from shared.sync.ids import is_id
from shared.sync.wire import (
    PROTOCOL_VERSION,
    MalformedError,
    check_version,
    decode,
    encode,
    read_anchor,
    read_integer,
    read_list,
    read_object,
    read_text,
)

MAX_PAGE_ROWS = 1000
_MOST_ENTITIES = 100


@dataclass(frozen=True, slots=True)
class PushHeader:
    """The first line of a push: who sends what, and where the chain stood before it."""

    request_id: str
    device_id: str
    schema_version: int
    count: int
    first: int
    head_before: str
    """Chain head before the first change, in hexadecimal."""
    settled: int
    """The device keeps the results of all changes up to this one."""
    epoch: str

    def to_line(self) -> bytes:
        """Return the header as it is sent."""
        return encode(
            {
                "v": PROTOCOL_VERSION,
                "req": self.request_id,
                "dev": self.device_id,
                "schema": self.schema_version,
                "n": self.count,
                "first": self.first,
                "h0": self.head_before,
                "settled": self.settled,
                "epoch": self.epoch,
            }
        )

    def pack(self, lines: Sequence[bytes]) -> bytes:
        """Return the body of the push: this and the lines of its changes, gzipped."""
        return gzip.compress(b"\n".join([self.to_line(), *lines]) + b"\n", compresslevel=6)

    @classmethod
    def from_line(cls, line: bytes) -> "PushHeader":
        """Read it.

        :raises MalformedError: naming the field
        """
        wire = read_object(decode(line), "header")
        check_version(wire)
        return cls(
            request_id=read_text(wire, "req", "req", 64),
            device_id=read_text(wire, "dev", "dev", 36),
            schema_version=read_integer(wire, "schema", "schema"),
            count=read_integer(wire, "n", "n"),
            first=read_integer(wire, "first", "first"),
            head_before=read_text(wire, "h0", "h0", 64),
            settled=read_integer(wire, "settled", "settled"),
            epoch=read_text(wire, "epoch", "epoch", 64),
        )


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """What the server has committed of a push."""

    request_id: str
    epoch: str
    through: int
    """The last change of this device with a committed result."""
    results: tuple[Result, ...]
    anchor_token: str

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        return {
            "v": PROTOCOL_VERSION,
            "req": self.request_id,
            "epoch": self.epoch,
            "through": self.through,
            "res": [result.to_wire() for result in self.results],
            "anchor": self.anchor_token,
        }

    @classmethod
    def from_bytes(cls, body: bytes) -> "PushAnswer":
        """Read it.

        :raises MalformedError: if this is no answer to a push
        """
        wire = read_object(decode(body), "answer")
        check_version(wire)
        return cls(
            request_id=read_text(wire, "req", "req", 64),
            epoch=read_text(wire, "epoch", "epoch", 64),
            through=read_integer(wire, "through", "through"),
            results=tuple(Result.from_wire(entry) for entry in read_list(wire, "res")),
            anchor_token=read_anchor(wire),
        )


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What the phone has: a position for each scope."""

    request_id: str
    device_id: str
    schema_version: int
    epoch: str
    cursors: dict[str, int]
    limit: int = MAX_PAGE_ROWS
    floors: dict[str, int] = field(default_factory=dict)
    """Of each scope, its floor when the phone began to fetch it from the beginning."""
    in_doubt: tuple[int, ...] = ()
    """Numbers of changes that a fault of the server refused: has it taken them since?"""
    in_doubt_before: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The same of devices that the phone was before, by id; numbers are those of then."""
    settled: int = 0
    """The device has the results of all changes up to this; a restored server may lack some."""
    compares: tuple[str, ...] | None = None
    """Asks for digests of what rows say; holds the entities of which they differed just now."""
    head: str = ""
    """Where the chain stood after `settled`, in hexadecimal; another phone with the same data may
    have sent others under these numbers. Empty: the phone does not ask."""
    heads: Heads = ()
    """From a phone that knows of that already: after which change are they one no more?"""

    def to_bytes(self) -> bytes:
        """Return the request as it is sent."""
        wire: dict[str, Any] = {
            "v": PROTOCOL_VERSION,
            "req": self.request_id,
            "dev": self.device_id,
            "schema": self.schema_version,
            "epoch": self.epoch,
            "cur": self.cursors,
            "limit": self.limit,
        }
        if self.floors:
            wire["floor"] = self.floors
        if self.settled:
            wire["settled"] = self.settled
        if self.in_doubt:
            wire["doubt"] = list(self.in_doubt)
        if self.in_doubt_before:
            wire["were"] = {of: list(numbers) for of, numbers in self.in_doubt_before.items()}
        if self.compares is not None:
            wire["compare"] = list(self.compares)
        if self.head:
            wire["head"] = self.head
        if self.heads:
            wire["heads"] = heads_to_wire(self.heads)
        return encode(wire)

    @classmethod
    def from_bytes(cls, body: bytes) -> "PullRequest":
        """Read it.

        :raises MalformedError: naming the field
        """
        wire = read_object(decode(body), "request")
        check_version(wire)
        cursors = _read_positions(wire, "cur")
        if "cur" not in wire:
            raise MalformedError("cur", "not_an_object")
        limit = read_integer(wire, "limit", "limit") if "limit" in wire else MAX_PAGE_ROWS
        if not 1 <= limit <= MAX_PAGE_ROWS:
            raise MalformedError("limit", "out_of_range")
        return cls(
            request_id=read_text(wire, "req", "req", 64),
            device_id=read_text(wire, "dev", "dev", 36),
            schema_version=read_integer(wire, "schema", "schema"),
            epoch=read_text(wire, "epoch", "epoch", 64),
            cursors=cursors,
            limit=limit,
            floors=_read_positions(wire, "floor"),
            in_doubt=_read_numbers(wire, "doubt"),
            in_doubt_before=_read_numbers_before(wire, "were"),
            settled=read_integer(wire, "settled", "settled") if "settled" in wire else 0,
            compares=_read_entities(wire, "compare") if "compare" in wire else None,
            head=read_text(wire, "head", "head", 64) if "head" in wire else "",
            heads=read_heads(wire, "heads"),
        )


def _read_entities(wire: dict[str, Any], key: str) -> tuple[str, ...]:
    names = read_list(wire, key)
    if len(names) > _MOST_ENTITIES:
        raise MalformedError(key, "too_many")
    if not all(isinstance(name, str) and name.isidentifier() and len(name) < 41 for name in names):
        raise MalformedError(key, "not_entities")
    return tuple(names)


def _read_numbers(wire: dict[str, Any], key: str) -> tuple[int, ...]:
    """Return the numbers of changes at a key; none where the key is missing."""
    numbers = read_list(wire, key) if key in wire else []
    if len(numbers) > MAX_PAGE_ROWS:
        raise MalformedError(key, "too_many")
    if not all(type(number) is int and 0 < number < 2**63 for number in numbers):
        raise MalformedError(key, "not_numbers")
    return tuple(numbers)


def _read_numbers_before(wire: dict[str, Any], key: str) -> dict[str, tuple[int, ...]]:
    """Return the numbers of changes by device at a key."""
    before = read_object(wire.get(key, {}), key)
    found = {device_id: _read_numbers(before, device_id) for device_id in before}
    if not all(is_id(device_id) for device_id in before):
        raise MalformedError(key, "not_an_id")
    if sum(map(len, found.values())) > MAX_PAGE_ROWS:
        raise MalformedError(key, "too_many")
    return found


def _read_positions(wire: dict[str, Any], key: str) -> dict[str, int]:
    """Return the positions by scope at a key; none where the key is missing."""
    positions = read_object(wire.get(key, {}), key)
    for scope in positions:
        if read_integer(positions, scope, key) < 0:
            raise MalformedError(key, "negative")
    return positions


class RowEvent(StrEnum):
    """What happened to a row in a scope."""

    PUT = "put"
    LEAVE = "leave"
    """The row lives on, where this phone may not see it."""
    DELETE = "del"


_EVENTS = {str(event): event for event in RowEvent}


@dataclass(slots=True)  # frozen ones take four times as long to make, and these are thousands
class RowChange:
    """A row as it is now, or the news that it is gone."""

    scope: str
    position: int
    event: RowEvent
    entity: str
    record_id: str
    version: int = 0
    row: dict[str, Any] | None = None

    def to_wire(self) -> list[Any]:
        """Return the entry of the page's `changes`."""
        wire = [self.scope, self.position, self.event.value, self.entity, self.record_id]
        return [*wire, self.version, self.row] if self.event is RowEvent.PUT else wire

    @classmethod
    def from_wire(cls, wire: Any) -> "RowChange":
        """Read it.

        :raises MalformedError: if this is no row change
        """
        try:
            event = _EVENTS[wire[2]]
            start = (str(wire[0]), int(wire[1]), event, str(wire[3]), str(wire[4]))
            if event is not RowEvent.PUT:
                return cls(*start)
            return cls(*start, int(wire[5]), dict(wire[6]))
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise MalformedError("changes", "not_a_row_change") from error


@dataclass(frozen=True, slots=True)
class PullAnswer:
    """A page of changes. When `more` is false the phone can become equal to one server snapshot."""

    request_id: str
    epoch: str
    scopes: tuple[str, ...]
    changes: tuple[RowChange, ...]
    cursors: dict[str, int]
    digests: dict[str, str]
    """Digest of each scope, in hexadecimal; only with the last page."""
    more: bool
    anchor_token: str
    floors: dict[str, int] = field(default_factory=dict)
    """Of each scope that has forgotten rows that are gone: up to which position."""
    organisation: dict[str, Any] = field(default_factory=dict)
    """Settings that changed since enrolment, perhaps: `EnrolAnswer.organisation` in part; only
    with the last page."""
    results: tuple[Result, ...] = ()
    """What has become of changes that the phone asked about; only with the last page."""
    results_before: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)
    """The same of those that it sent as other devices, by their ids."""
    contents: dict[str, dict[str, str]] = field(default_factory=dict)
    """By scope and entity, a digest of what the rows say; with the last page, where asked for."""
    common: int | None = None
    """Number of the last change of which a head was the one here, where heads were named."""

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        wire: dict[str, Any] = {
            "v": PROTOCOL_VERSION,
            "req": self.request_id,
            "epoch": self.epoch,
            "scopes": list(self.scopes),
            "changes": [change.to_wire() for change in self.changes],
            "cur": self.cursors,
            "digest": self.digests,
            "more": self.more,
            "anchor": self.anchor_token,
        }
        if self.floors:
            wire["floor"] = self.floors
        if self.organisation:
            wire["org"] = self.organisation
        if self.results:
            wire["res"] = [result.to_wire() for result in self.results]
        if self.results_before:
            wire["were"] = {
                of: [result.to_wire() for result in results]
                for of, results in self.results_before.items()
            }
        if self.contents:
            wire["content"] = self.contents
        if self.common is not None:
            wire["common"] = self.common
        return wire

    @classmethod
    def from_bytes(cls, body: bytes) -> "PullAnswer":
        """Read it.

        :raises MalformedError: if this is no answer to a pull
        """
        wire = read_object(decode(body), "answer")
        check_version(wire)
        cursors = read_object(wire.get("cur"), "cur")
        return cls(
            request_id=read_text(wire, "req", "req", 64),
            epoch=read_text(wire, "epoch", "epoch", 64),
            scopes=tuple(str(scope) for scope in read_list(wire, "scopes")),
            changes=tuple(RowChange.from_wire(entry) for entry in read_list(wire, "changes")),
            cursors={scope: read_integer(cursors, scope, "cur") for scope in cursors},
            digests=read_object(wire.get("digest"), "digest"),
            more=wire.get("more") is True,
            anchor_token=read_anchor(wire),
            floors=_read_positions(wire, "floor"),
            organisation=read_object(wire.get("org", {}), "org"),
            results=tuple(Result.from_wire(entry) for entry in wire.get("res", [])),
            results_before={
                of: tuple(Result.from_wire(entry) for entry in entries)
                for of, entries in read_object(wire.get("were", {}), "were").items()
            },
            contents=_read_digests(wire),
            common=read_integer(wire, "common", "common") if "common" in wire else None,
        )


def _read_digests(wire: dict[str, Any]) -> dict[str, dict[str, str]]:
    by_scope = read_object(wire.get("content", {}), "content")
    return {
        scope: {entity: str(digest) for entity, digest in read_object(found, "content").items()}
        for scope, found in by_scope.items()
    }
