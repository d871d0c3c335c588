"""What the services hand to the screens: plain facts about the day, customers, visits and sync."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from shared.vocabulary import ExpenseKind, ExpenseState, StageKind, TaskState


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
    amount_minor: int = 0
    """Value of the orders taken there today, minor units."""
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
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVisit:
    """An earlier visit at a customer."""

    id: str
    checked_in_at: datetime
    checked_out_at: datetime | None
    verdict: str | None
    amount_minor: int
    no_sale_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeal:
    """A deal that is neither won nor lost."""

    id: str
    title: str
    stage: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualProduct:
    """A product the customer orders again and again."""

    product_id: str
    name: str
    quantity: float
    """Mean of the orders that hold it."""
    orders: int
    all_orders: int
    """`orders` of the last `all_orders` hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetail:
    """A customer with its history on this phone, newest visit first."""

    customer: CustomerView
    visits: tuple[PastVisit, ...]
    currency: str
    contact_name: str = ""
    email: str = ""
    notes: str = ""
    open_deals: tuple[OpenDeal, ...] = ()
    basket: tuple[UsualProduct, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    """A product that can be ordered."""

    id: str
    sku: str
    name: str
    category: str
    price_minor: int
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
    """The record as the server has it, in a conflict."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """A step of the pipeline with what stands in it."""

    key: str
    name: str
    kind: StageKind
    count: int
    amount_minor: int
    """What they are worth, minor units of the organisation's currency."""
    waiting: int = 0
    """Deals in another currency of which the office has not said what they are worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealLine:
    """A product on a deal; the discount is for the whole line, minor units."""

    product_id: str
    product_name: str
    quantity: int
    price_minor: int
    discount_minor: int = 0

    @property
    def total_minor(self) -> int:
        """Value of the line, minor units."""
        return self.quantity * self.price_minor - self.discount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class DealView:
    """A sale in the making."""

    id: str
    customer_id: str | None
    customer_name: str
    title: str
    source: str
    stage_key: str
    amount_minor: int
    currency: str
    worth_minor: int | None
    """In the organisation's currency; None while the office has not said it."""
    lines: tuple[DealLine, ...]
    expected_close_on: date | None
    lost_reason: str
    note: str
    is_order: bool
    """Whether it was taken in a visit."""
    needs_you: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFields:
    """What the rep says about a deal."""

    title: str
    source: str
    amount_minor: int
    """Where there are no lines; with lines it is their sum."""
    lines: tuple[DealLine, ...]
    expected_close_on: date | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """Something to do."""

    id: str
    title: str
    note: str
    customer_id: str | None
    customer_name: str
    """Empty where it is about no customer, or one that is not on this phone."""
    visit_id: str | None
    due_on: date | None
    state: TaskState
    given_by: str
    """Name of who gave it; empty for the rep's own."""
    needs_you: bool = False
    """Whether the server did not take a change of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskList:
    """The rep's tasks by when they are due, seen from today."""

    today: date
    overdue: tuple[TaskView, ...]
    due_today: tuple[TaskView, ...]
    upcoming: tuple[TaskView, ...]
    finished: tuple[TaskView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExpense:
    """What the rep says about an expense."""

    day: date
    kind: ExpenseKind
    amount_minor: int
    mileage_m: int | None
    note: str
    state: ExpenseState
    currency: str = ""
    """Empty: the organisation's, or as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseView:
    """Own money the rep spent, and what the office says to it."""

    id: str
    day: date
    kind: ExpenseKind
    amount_minor: int
    currency: str
    mileage_m: int | None
    note: str
    state: ExpenseState
    reason: str
    needs_you: bool = False
    """Whether the server did not take a change of it."""
    receipts: int = 0
    """How many photos of receipts it has."""
