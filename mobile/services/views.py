"""What the services hand to the screens: plain facts about the day, customers, visits and sync."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class StopProgress(StrEnum):
    """How far a planned stop has come today."""

    PLANNED = "planned"
    IN_VISIT = "in_visit"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """A customer as a list shows it."""

    id: str
    code: str
    name: str
    customer_class: str
    """A, B or C; empty where it is not classed."""
    address: str
    phone: str
    latitude: float | None
    longitude: float | None
    radius_m: float
    """Radius of the geofence, metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which customers a list is narrowed to; as it stands, to none."""

    customer_class: str = ""
    due: bool = False
    """Those whose class calls for a visit: A after a week without one, B after two, C after four.

    Never visited ones are due. Of `due` and `never_visited`, the second goes first.
    """
    never_visited: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """So much money of one currency, minor units."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """One call of the day: a planned stop, or an unplanned visit (`stop_id` is None)."""

    stop_id: str | None
    sequence: int
    customer: CustomerView
    progress: StopProgress
    visit_id: str | None = None
    verdict: str | None = None
    """Verdict of the check-in, once there is one."""
    amounts: tuple[Amount, ...] = ()
    """What was ordered there today, each currency by itself."""
    no_sale_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """The rep's working day."""

    day: date
    rep_name: str
    started_at: datetime | None
    ended_at: datetime | None
    consent: bool | None
    """The rep's latest word about the route; None: none was given yet."""
    """Whether the rep has agreed to position recording during the working day."""
    stops: tuple[StopView, ...]
    """Planned stops in order, then unplanned visits in the order they were made."""
    calls_planned: int
    calls_done: int
    effective_calls: int
    amount_minor: int
    """What the orders are worth, minor units of the organisation's currency."""
    currency: str
    others: tuple[Amount, ...] = ()
    """Orders in other currencies of which the office has not said what they are worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    """A product that can be ordered, with its price in the currency that was asked for."""

    id: str
    sku: str
    name: str
    category: str
    price_minor: int | None
    """None: it has no price in this currency, so it cannot be ordered in it."""
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """So many of one product at one price."""

    product_id: str
    product_name: str
    quantity: int
    price_minor: int

    @property
    def total_minor(self) -> int:
        """Value of the line, minor units."""
        return self.quantity * self.price_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProgress:
    """How far the visit form is answered."""

    questions: int = 0
    answered: int = 0
    required_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """A visit as the visit screen shows it."""

    id: str
    customer: CustomerView
    stop_id: str | None
    checked_in_at: datetime
    verdict: str
    distance_m: float | None
    accuracy_m: float | None
    lines: tuple[OrderLine, ...]
    no_sale_reason: str | None
    notes: str
    currency: str
    """Of its order: the customer's, where none was taken yet."""
    own_currency: str
    """The organisation's."""
    checked_out_at: datetime | None = None
    form: FormProgress = FormProgress()

    @property
    def amount_minor(self) -> int:
        """Value of the order, minor units."""
        return sum(line.total_minor for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    """A photo of a visit or of an expense."""

    id: str
    taken_at: datetime
    small: str
    """Path of its small picture; empty where another phone took it."""
    is_sent: bool
    problem: str
    """Code of why it cannot be sent; empty: it can."""
    purpose: str


class RecordState(StrEnum):
    """What has become of something the rep recorded."""

    WAITING = "waiting"
    SENT = "sent"
    NEEDS_YOU = "needs_you"
    PUT_AWAY = "put_away"
    """It was not taken, and the rep has decided about it."""


class Way(StrEnum):
    """What the rep can do about something that was not taken."""

    MINE = "mine"
    """Send it again, over what the server has now."""
    CORRECT = "correct"
    """Change it in its form, and send that."""
    THEIRS = "theirs"
    """Leave it as the server has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRecord:
    """One thing the rep recorded and what has become of it."""

    id: str
    entity: str
    """`visit`, `check_in`, `order`, `workday`, ..."""
    title: str
    """Whom it is about, mostly the customer's name."""
    recorded_at: datetime
    state: RecordState
    reason: str = ""
    """Stable code of why it needs the rep: the server's rejection code, or `conflict`."""
    field: str = ""
    """The field at fault, where there is one."""
    mine: dict[str, Any] | None = None
    """What the rep recorded, where the server did not take it."""
    theirs: dict[str, Any] | None = None
    """The record as the server has it, in a conflict; empty: it is deleted there."""
    ways: frozenset[Way] = frozenset()
    """How the rep can settle it."""
    form: str = ""
    """The form in which it can be corrected."""
    record_id: str = ""
    """Of what it is about, as that form takes it."""
    is_deletion: bool = False


_CONNECT_AGAIN = frozenset(
    {"forked", "tampered", "device_revoked", "send_only", "token_unknown", "token_expired"}
)


_CONNECT_AGAIN = frozenset(
    {"forked", "tampered", "device_revoked", "send_only", "token_unknown", "token_expired"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatus:
    """How far this phone and the server agree."""

    waiting: int
    sent: int
    needs_you: int
    oldest_waiting_at: datetime | None
    last_sync_at: datetime | None
    is_running: bool
    photos_waiting: int = 0
    photo_bytes_waiting: int = 0
    photos_stuck: int = 0
    """Those the server refused, or whose file is gone."""
    photos_wait_for_wifi: bool = False
    problem: str = ""
    """Stable code of why the last attempt failed, as `offline`; empty: it did not."""
    is_stopped: bool = False
    """Whether nothing is sent until the phone is connected again; `problem` says why."""

    @property
    def must_connect(self) -> bool:
        """Whether only a new code helps, by which the phone is connected again; nothing is lost."""
        return self.problem in _CONNECT_AGAIN
