"""What phone and server say when a phone is enrolled, and when it asks for new tokens."""

from dataclasses import asdict, dataclass
from typing import Any

from shared.sync.heads import Heads, heads_to_wire
from shared.sync.wire import (
    decode,
    encode,
    read_anchor,
    read_integer,
    read_object,
    read_text,
)


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A phone asks to become somebody's device, with a code from the office."""

    code: str
    device_id: str
    device_name: str
    app_version: str
    former_id: str = ""
    """The device that the phone has been until now; empty: none."""
    former_settled: int = 0
    """Number of that one's last change whose answer is known."""
    former_heads: Heads = ()
    """Where its chain stood after some of these, by number and in hexadecimal: another phone with
    the same data may have sent others under the same numbers."""

    def to_bytes(self) -> bytes:
        """Return the request as it is sent."""
        wire = asdict(self)
        heads = wire.pop("former_heads")
        if not self.former_id:
            del wire["former_id"], wire["former_settled"]
        elif heads:
            wire["former_heads"] = heads_to_wire(self.former_heads)
        return encode(wire)


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
        wire = read_object(value, "tokens")
        access = read_text(wire, "access", "access", 200)
        return cls(access, read_text(wire, "refresh", "refresh", 200))


USUAL_HOURS = ("08:00", "18:00")
"""When the working day begins and ends as long as the company says nothing else."""


@dataclass(frozen=True, slots=True)
class Former:
    """What the server knows of the device that the phone has been."""

    through: int | None
    """Number of its last change that is there, and this phone's; None: it knows no such device."""

    @classmethod
    def from_wire(cls, value: object) -> "Former":
        """
        Read it.

        :raises MalformedError: if this is not it
        """
        wire = read_object(value, "former")
        return cls(read_integer(wire, "through", "former") if "through" in wire else None)

    def to_wire(self) -> dict[str, int]:
        """Return it as a JSON object."""
        return {} if self.through is None else {"through": self.through}


@dataclass(frozen=True, slots=True)
class EnrolAnswer:
    """Everything a phone needs to begin."""

    user_id: str
    rep_name: str
    organisation: dict[str, Any]
    """`currency`, `currencies` (those an expense may be in), `time_zone` (the rep's),
    `geofence_radius_m`, `track_retention_days`, `day_starts` and `day_ends` (hh:mm), and
    `working_weekdays` and `visit_weeks` as `shared.working.WorkRules` writes them."""
    mac_key: str
    """Key of the chain, in hexadecimal."""
    epoch: str
    anchor_token: str
    tokens: TokenAnswer
    former: Former | None = None
    """None: the phone named no device, or the server is too old to say."""

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        wire = {
            "user_id": self.user_id,
            "rep_name": self.rep_name,
            "organisation": self.organisation,
            "mac_key": self.mac_key,
            "epoch": self.epoch,
            "anchor": self.anchor_token,
            "tokens": asdict(self.tokens),
        }
        return wire if self.former is None else {**wire, "former": self.former.to_wire()}

    @classmethod
    def from_bytes(cls, body: bytes) -> "EnrolAnswer":
        """
        Read it.

        :raises MalformedError: if this is no answer to an enrolment
        """
        wire = read_object(decode(body), "answer")
        return cls(
            user_id=read_text(wire, "user_id", "user_id", 36),
            rep_name=read_text(wire, "rep_name", "rep_name", 200),
            organisation=read_object(wire.get("organisation"), "organisation"),
            mac_key=read_text(wire, "mac_key", "mac_key", 64),
            epoch=read_text(wire, "epoch", "epoch", 64),
            anchor_token=read_anchor(wire),
            tokens=TokenAnswer.from_wire(wire.get("tokens")),
            former=Former.from_wire(wire["former"]) if "former" in wire else None,
        )
