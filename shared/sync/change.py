"""A change as the phone stored it, and the server's final word on it.

Nothing changes these once they are made. They are not frozen: thousands are made at a time, and
that would take three times as long.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from sys import intern
from typing import Any

from shared.sync.ids import is_id
from shared.sync.wire import (
    MalformedError,
    decode,
    encode,
    read_integer,
    read_object,
    read_text,
)


class Kind(StrEnum):
    """What a change does to its record."""

    CREATE = "c"
    PATCH = "p"
    DELETE = "d"
    COMMAND = "x"


_KINDS = {str(kind): kind for kind in Kind}


class Status(StrEnum):
    """The final answer to a change. After any of them the queue goes on."""

    APPLIED = "ok"
    MERGED = "merged"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    DUPLICATE = "dup"


@dataclass(slots=True)
class ClockReading:
    """What a device's clocks said at one moment."""

    wall_ms: int
    """Unix time of the wall clock, which the user may set to anything."""
    elapsed_ms: int
    """Milliseconds since boot, sleep included; nobody can set it."""
    boot_id: str
    """Changes with every boot."""


@dataclass(slots=True)
class Anchor:
    """A moment of the server's clock, signed by it, and the phone's clock when it arrived."""

    token: str
    elapsed_ms: int
    boot_id: str


@dataclass(slots=True)
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
        fields = read_object(wire, "t")
        clock = ClockReading(
            read_integer(fields, "w", "t.w"),
            read_integer(fields, "m", "t.m"),
            read_text(fields, "b", "t.b", 64),
        )
        if "a" not in fields:
            return cls(clock)
        boot_id = read_text(fields, "ab", "t.ab", 64) if "ab" in fields else clock.boot_id
        anchor = Anchor(
            read_text(fields, "a", "t.a", 128), read_integer(fields, "am", "t.am"), boot_id
        )
        return cls(clock, anchor)


@dataclass(slots=True)
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
        return cls.from_wire(decode(body))

    @classmethod
    def from_wire(cls, value: object) -> "Change":
        """
        Read the JSON value of a line.

        :raises MalformedError: if it is not a change
        """
        return _usual(value) or cls._from_parts(value)

    @classmethod
    def _from_parts(cls, value: object) -> "Change":
        wire = read_object(value, "change")
        kind = wire.get("k")
        if not isinstance(kind, str) or kind not in _KINDS:
            raise MalformedError("k", "unknown_kind")
        record_id = wire.get("id")
        if not is_id(record_id):
            raise MalformedError("id", "not_an_id")
        return cls(
            sequence=read_integer(wire, "s", "s"),
            entity=read_text(wire, "e", "e", 64),
            kind=_KINDS[kind],
            record_id=str(record_id),
            data=read_object(wire.get("d"), "d"),
            captured=Captured.from_wire(wire.get("t")),
            base_version=read_integer(wire, "bv", "bv") if "bv" in wire else None,
            group_id=read_text(wire, "g", "g", 64) if "g" in wire else None,
        )


def said(line: bytes) -> bytes:
    """
    Return the JSON text of what a change says, out of its line as `Change.to_body` writes it.

    Without reading the rest: a quote inside a text is escaped, so the first `"d"` and the last
    `"t"` are the change's own.

    :raises ValueError: if the line is written otherwise
    """
    return line[line.index(b',"d":{') + 5 : line.rindex(b',"t":{')]


_PARTS = itemgetter("s", "e", "k", "id", "d", "t")
_CLOCKS, _ANCHOR = itemgetter("w", "m", "b"), itemgetter("a", "am")
_MOST = 2**63


def _usual(wire: Any) -> Change | None:
    """Read a change as phones write them, at half the cost; None: its parts say what it is."""
    try:
        sequence, entity, kind, record_id, data, clocks = _PARTS(wire)
        wall_ms, elapsed_ms, boot_id = _CLOCKS(clocks)
        version, group_id = wire.get("bv", 0), wire.get("g", "")
        token, anchor_ms = _ANCHOR(clocks) if "a" in clocks else ("", 0)
        if not (
            type(data) is dict
            and is_id(record_id)
            and type(sequence) is type(version) is type(wall_ms) is int
            and type(elapsed_ms) is type(anchor_ms) is int
            and 0 <= sequence < _MOST
            and 0 <= version < _MOST
            and 0 <= wall_ms < _MOST
            and 0 <= elapsed_ms < _MOST
            and 0 <= anchor_ms < _MOST
            and len(entity) <= 64
            and len(boot_id) <= 64
            and len(group_id) <= 64
            and len(token) <= 128
            and (entity + boot_id + group_id + token).isprintable()
            and "ab" not in clocks
        ):
            return None
        anchor = Anchor(token, anchor_ms, boot_id) if "a" in clocks else None
        return Change(
            sequence,
            intern(entity),
            _KINDS[kind],
            record_id,
            data,
            Captured(ClockReading(wall_ms, elapsed_ms, boot_id), anchor),
            version if "bv" in wire else None,
            group_id if "g" in wire else None,
        )
    except (KeyError, TypeError, AttributeError):
        return None


_LENGTHS: dict[str, int] = {
    Status.APPLIED.value: 3,
    Status.MERGED.value: 4,
    Status.CONFLICT.value: 4,
    Status.REJECTED.value: 4,
}
"""How many entries a result has on the wire, before those that not every one has."""


@dataclass(slots=True)
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
    flags: dict[str, int] = field(default_factory=dict)
    """Applied or merged: what is odd about the record, as codes with how many times. It was kept
    as it came."""

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
        # Codes of an enumeration are no keys for every writer of JSON.
        flags = {str(code): count for code, count in self.flags.items()}
        more: dict[str, Any] = {"flags": flags} if flags else {}
        if self.duplicate:
            more["dup"] = 1
        return [*wire, more] if more else wire

    @staticmethod
    def again(wire: list[Any]) -> list[Any]:
        """Return the entry of the answer's `res` that gives a stored first result once more."""
        length = _LENGTHS[wire[1]]
        more = wire[length] if len(wire) > length else {}
        return [*wire[:length], {**more, "dup": 1}]

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
        if len(wire) == 3 and wire[1] == "ok":  # hundreds in an answer, and hardly any others
            return cls(int(wire[0]), Status.APPLIED, version=wire[2])
        sequence, status = int(wire[0]), Status(wire[1])
        duplicate = isinstance(wire[-1], dict) and wire[-1].get("dup") == 1
        match status:
            case Status.APPLIED:
                return cls(
                    sequence, status, version=wire[2], duplicate=duplicate, flags=_flags(wire, 3)
                )
            case Status.MERGED:
                return cls(
                    sequence,
                    status,
                    version=wire[2],
                    fields=dict(wire[3]),
                    duplicate=duplicate,
                    flags=_flags(wire, 4),
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


def _flags(wire: Any, place: int) -> dict[str, int]:
    flags = wire[place].get("flags", {}) if len(wire) > place else {}
    return {str(code): int(count) for code, count in flags.items()}
