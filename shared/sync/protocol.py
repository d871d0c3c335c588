"""The messages of sync, and the one place that knows the wire's short words.

A push is NDJSON: a header line, then one line a change, exactly as the phone stored it
(docs/sync.md).
"""

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from shared.sync.ids import is_id

PROTOCOL_VERSION = 1
SCHEMA_VERSION = 1
OLDEST_SCHEMA_VERSION = 1

MAX_CHANGES = 500
MAX_COMPRESSED_BYTES = 256 * 1024
MAX_INFLATED_BYTES = 4 * 1024 * 1024
MAX_PAGE_ROWS = 1000
MAX_PAGE_BYTES = 512 * 1024

PUSH_PATH = "/v1/sync/push"
PULL_PATH = "/v1/sync/pull"
ENROL_PATH = "/v1/enrol"
REFRESH_PATH = "/v1/token"
SYNC_HEADER = "X-Sync"
NDJSON = "application/x-ndjson"

ORG_SCOPE = "org"


def rep_scope(rep_id: str) -> str:
    """Return the name of the scope that holds what one rep may see."""
    return f"rep:{rep_id}"


class MalformedError(ValueError):
    """A message that is not what the protocol says. Names the wire's field and a reason code."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name}: {reason}")
        self.field = field_name
        self.reason = reason


class Kind(StrEnum):
    """What a change does to its record."""

    CREATE = "c"
    PATCH = "p"
    DELETE = "d"
    COMMAND = "x"


class Status(StrEnum):
    """The final answer to a change. After any of them the queue goes on."""

    APPLIED = "ok"
    MERGED = "merged"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    DUPLICATE = "dup"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a device's clocks said at one moment."""

    wall_ms: int
    """Unix time of the wall clock, which the user may set to anything."""
    elapsed_ms: int
    """Milliseconds since boot, sleep included; nobody can set it."""
    boot_id: str
    """Changes with every boot."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment of the server's clock, signed by it, and the phone's clock when it arrived."""

    token: str
    elapsed_ms: int
    boot_id: str


@dataclass(frozen=True, slots=True)
class Captured:
    """When a change was made: the device's clocks, and the last anchor it had."""

    clock: ClockReading
    anchor: Anchor | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return the change's `t`; the anchor's boot is written only where it differs."""
        wire: dict[str, Any] = {
            "w": self.clock.wall_ms,
            "m": self.clock.elapsed_ms,
            "b": self.clock.boot_id,
        }
        if self.anchor is not None:
            wire["a"] = self.anchor.token
            wire["am"] = self.anchor.elapsed_ms
            if self.anchor.boot_id != self.clock.boot_id:
                wire["ab"] = self.anchor.boot_id
        return wire

    @classmethod
    def from_wire(cls, wire: object) -> "Captured":
        """Read it.

        :raises MalformedError: naming the field
        """
        fields = _object(wire, "t")
        clock = ClockReading(
            _integer(fields, "w", "t.w"),
            _integer(fields, "m", "t.m"),
            _text(fields, "b", "t.b", 64),
        )
        if "a" not in fields:
            return cls(clock)
        boot_id = _text(fields, "ab", "t.ab", 64) if "ab" in fields else clock.boot_id
        anchor = Anchor(_text(fields, "a", "t.a", 128), _integer(fields, "am", "t.am"), boot_id)
        return cls(clock, anchor)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing the rep did to one record. Its identity is (device, sequence), for ever."""

    sequence: int
    entity: str
    kind: Kind
    record_id: str
    data: dict[str, Any]
    captured: Captured
    base_version: int | None = None
    """The version of the record the rep saw; None for creates and commands."""
    group_id: str | None = None
    """Neighbours with the same group are applied together or not at all."""

    def to_body(self) -> bytes:
        """Return the line without its mac (`shared.sync.chain` adds that)."""
        wire: dict[str, Any] = {
            "s": self.sequence,
            "e": self.entity,
            "k": self.kind.value,
            "id": self.record_id,
        }
        if self.base_version is not None:
            wire["bv"] = self.base_version
        if self.group_id is not None:
            wire["g"] = self.group_id
        wire["d"] = self.data
        wire["t"] = self.captured.to_wire()
        return encode(wire)

    @classmethod
    def from_body(cls, body: bytes) -> "Change":
        """
        Read a line without its mac.

        :raises MalformedError: if it is not a change
        """
        wire = _object(decode(body), "change")
        kind = wire.get("k")
        if kind not in set(Kind):
            raise MalformedError("k", "unknown_kind")
        record_id = wire.get("id")
        if not is_id(record_id):
            raise MalformedError("id", "not_an_id")
        return cls(
            sequence=_integer(wire, "s", "s"),
            entity=_text(wire, "e", "e", 64),
            kind=Kind(kind),
            record_id=str(record_id),
            data=_object(wire.get("d"), "d"),
            captured=Captured.from_wire(wire.get("t")),
            base_version=_integer(wire, "bv", "bv") if "bv" in wire else None,
            group_id=_text(wire, "g", "g", 64) if "g" in wire else None,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """The server's final word on one change."""

    sequence: int
    status: Status
    version: int | None = None
    """Version of the record after an applied or merged change."""
    fields: dict[str, Any] = field(default_factory=dict)
    """Merged: the values the server kept. Conflict: the record as the server has it."""
    code: str = ""
    """Rejected: the reason. Conflict: the id of the conflict."""
    field_name: str = ""
    """Rejected: the field at fault, where there is one."""
    duplicate: bool = False
    """Answered before: this is the stored first result."""

    def to_wire(self) -> list[Any]:
        """Return the entry of the answer's `res`."""
        wire: list[Any] = [self.sequence, self.status.value]
        match self.status:
            case Status.APPLIED:
                wire += [self.version]
            case Status.MERGED:
                wire += [self.version, self.fields]
            case Status.CONFLICT:
                wire += [self.code, {"ver": self.version, "row": self.fields}]
            case Status.REJECTED:
                wire += [self.code, self.field_name]
            case Status.DUPLICATE:
                return wire
        return [*wire, {"dup": 1}] if self.duplicate else wire

    @classmethod
    def from_wire(cls, wire: object) -> "Result":
        """Read it.

        :raises MalformedError: if this is no result
        """
        try:
            return cls._from_wire(wire)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise MalformedError("res", "not_a_result") from error

    @classmethod
    def _from_wire(cls, wire: Any) -> "Result":
        sequence, status = int(wire[0]), Status(wire[1])
        duplicate = isinstance(wire[-1], dict) and wire[-1].get("dup") == 1
        match status:
            case Status.APPLIED:
                return cls(sequence, status, version=wire[2], duplicate=duplicate)
            case Status.MERGED:
                return cls(
                    sequence, status, version=wire[2], fields=dict(wire[3]), duplicate=duplicate
                )
            case Status.CONFLICT:
                theirs = wire[3]
                return cls(
                    sequence,
                    status,
                    version=theirs["ver"],
                    fields=dict(theirs["row"]),
                    code=str(wire[2]),
                    duplicate=duplicate,
                )
            case Status.REJECTED:
                return cls(
                    sequence,
                    status,
                    code=str(wire[2]),
                    field_name=str(wire[3]),
                    duplicate=duplicate,
                )
            case Status.DUPLICATE:
                return cls(sequence, status, duplicate=True)


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

    @classmethod
    def from_line(cls, line: bytes) -> "PushHeader":
        """Read it.

        :raises MalformedError: naming the field
        """
        wire = _object(decode(line), "header")
        _check_version(wire)
        return cls(
            request_id=_text(wire, "req", "req", 64),
            device_id=_text(wire, "dev", "dev", 36),
            schema_version=_integer(wire, "schema", "schema"),
            count=_integer(wire, "n", "n"),
            first=_integer(wire, "first", "first"),
            head_before=_text(wire, "h0", "h0", 64),
            settled=_integer(wire, "settled", "settled"),
            epoch=_text(wire, "epoch", "epoch", 64),
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
        wire = _object(decode(body), "answer")
        _check_version(wire)
        return cls(
            request_id=_text(wire, "req", "req", 64),
            epoch=_text(wire, "epoch", "epoch", 64),
            through=_integer(wire, "through", "through"),
            results=tuple(Result.from_wire(entry) for entry in _list(wire, "res")),
            anchor_token=_text(wire, "anchor", "anchor", 128),
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

    def to_bytes(self) -> bytes:
        """Return the request as it is sent."""
        return encode(
            {
                "v": PROTOCOL_VERSION,
                "req": self.request_id,
                "dev": self.device_id,
                "schema": self.schema_version,
                "epoch": self.epoch,
                "cur": self.cursors,
                "limit": self.limit,
            }
        )

    @classmethod
    def from_bytes(cls, body: bytes) -> "PullRequest":
        """Read it.

        :raises MalformedError: naming the field
        """
        wire = _object(decode(body), "request")
        _check_version(wire)
        cursors = _object(wire.get("cur"), "cur")
        for scope in cursors:
            if _integer(cursors, scope, "cur") < 0:
                raise MalformedError("cur", "negative")
        limit = _integer(wire, "limit", "limit") if "limit" in wire else MAX_PAGE_ROWS
        if not 1 <= limit <= MAX_PAGE_ROWS:
            raise MalformedError("limit", "out_of_range")
        return cls(
            request_id=_text(wire, "req", "req", 64),
            device_id=_text(wire, "dev", "dev", 36),
            schema_version=_integer(wire, "schema", "schema"),
            epoch=_text(wire, "epoch", "epoch", 64),
            cursors=cursors,
            limit=limit,
        )


class RowEvent(StrEnum):
    """What happened to a row in a scope."""

    PUT = "put"
    LEAVE = "leave"
    """The row lives on, where this phone may not see it."""
    DELETE = "del"


@dataclass(frozen=True, slots=True)
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
            event = RowEvent(wire[2])
            change = cls(str(wire[0]), int(wire[1]), event, str(wire[3]), str(wire[4]))
            if event is not RowEvent.PUT:
                return change
            return replace(change, version=int(wire[5]), row=dict(wire[6]))
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

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        return {
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

    @classmethod
    def from_bytes(cls, body: bytes) -> "PullAnswer":
        """Read it.

        :raises MalformedError: if this is no answer to a pull
        """
        wire = _object(decode(body), "answer")
        _check_version(wire)
        cursors = _object(wire.get("cur"), "cur")
        return cls(
            request_id=_text(wire, "req", "req", 64),
            epoch=_text(wire, "epoch", "epoch", 64),
            scopes=tuple(str(scope) for scope in _list(wire, "scopes")),
            changes=tuple(RowChange.from_wire(entry) for entry in _list(wire, "changes")),
            cursors={scope: _integer(cursors, scope, "cur") for scope in cursors},
            digests=_object(wire.get("digest"), "digest"),
            more=wire.get("more") is True,
            anchor_token=_text(wire, "anchor", "anchor", 128),
        )


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A phone asks to become somebody's device, with a code from the office."""

    code: str
    device_id: str
    device_name: str
    app_version: str

    def to_bytes(self) -> bytes:
        """Return the request as it is sent."""
        return encode(asdict(self))


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the phone shows from now on; the refresh token is good once."""

    access: str
    refresh: str

    @classmethod
    def from_bytes(cls, body: bytes) -> "TokenAnswer":
        """
        Read it.

        :raises MalformedError: if these are no tokens
        """
        return cls.from_wire(decode(body))

    @classmethod
    def from_wire(cls, value: object) -> "TokenAnswer":
        """
        Read it.

        :raises MalformedError: if these are no tokens
        """
        wire = _object(value, "tokens")
        access = _text(wire, "access", "access", 200)
        return cls(access, _text(wire, "refresh", "refresh", 200))


@dataclass(frozen=True, slots=True)
class EnrolAnswer:
    """Everything a phone needs to begin."""

    user_id: str
    rep_name: str
    organisation: dict[str, Any]
    """`currency`, `time_zone` (the rep's), `geofence_radius_m`."""
    mac_key: str
    """Key of the chain, in hexadecimal."""
    epoch: str
    anchor_token: str
    tokens: TokenAnswer

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        return {
            "user_id": self.user_id,
            "rep_name": self.rep_name,
            "organisation": self.organisation,
            "mac_key": self.mac_key,
            "epoch": self.epoch,
            "anchor": self.anchor_token,
            "tokens": asdict(self.tokens),
        }

    @classmethod
    def from_bytes(cls, body: bytes) -> "EnrolAnswer":
        """
        Read it.

        :raises MalformedError: if this is no answer to an enrolment
        """
        wire = _object(decode(body), "answer")
        return cls(
            user_id=_text(wire, "user_id", "user_id", 36),
            rep_name=_text(wire, "rep_name", "rep_name", 200),
            organisation=_object(wire.get("organisation"), "organisation"),
            mac_key=_text(wire, "mac_key", "mac_key", 64),
            epoch=_text(wire, "epoch", "epoch", 64),
            anchor_token=_text(wire, "anchor", "anchor", 128),
            tokens=TokenAnswer.from_wire(wire.get("tokens")),
        )


def anchor_time_ms(token: str) -> int:
    """
    Return the server's time that an anchor's token states, Unix milliseconds.

    :raises MalformedError: if this is no token of an anchor
    """
    milliseconds = token.partition(".")[0]
    if not milliseconds.isdecimal() or len(milliseconds) > 15:
        raise MalformedError("anchor", "not_an_anchor")
    return int(milliseconds)


def encode(value: object) -> bytes:
    """
    Return JSON without spaces, in UTF-8.

    :raises ValueError: for NaN, infinity and lone surrogates, which JSON cannot carry
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def decode(data: bytes) -> Any:
    """Read it.

    :raises MalformedError: if this is not JSON as the standard has it
    """
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except MalformedError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedError("json", "malformed") from error


def _refuse_constant(name: str) -> None:
    raise MalformedError("json", f"constant_{name.lower().strip('-')}")


def _check_version(wire: dict[str, Any]) -> None:
    if _integer(wire, "v", "v") != PROTOCOL_VERSION:
        raise MalformedError("v", "unknown_version")


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedError(name, "not_an_object")
    return value


def _list(wire: dict[str, Any], key: str) -> list[Any]:
    value = wire.get(key)
    if not isinstance(value, list):
        raise MalformedError(key, "not_a_list")
    return value


def _integer(wire: dict[str, Any], key: str, name: str) -> int:
    value = wire.get(key)
    # JSON's true is an int in Python; 2^63 and above fit no database column.
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError(name, "not_an_integer")
    if not -(2**63) <= value < 2**63:
        raise MalformedError(name, "out_of_range")
    return value


def _text(wire: dict[str, Any], key: str, name: str, longest: int) -> str:
    value = wire.get(key)
    if not isinstance(value, str):
        raise MalformedError(name, "not_text")
    if len(value) > longest:
        raise MalformedError(name, "too_long")
    return value
