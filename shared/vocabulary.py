"""The words of the trade that phone, wire and server share: closed lists of states and kinds."""

from enum import StrEnum

from shared.i18n import N_


class Role(StrEnum):
    """What a user may do."""

    REP = "rep"
    MANAGER = "manager"
    ADMIN = "admin"


class CustomerClass(StrEnum):
    """How important an outlet is; visit frequency follows from it."""

    A = "A"
    B = "B"
    C = "C"


class StageKind(StrEnum):
    """What a configurable stage means for the numbers."""

    LEAD = "lead"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    DISQUALIFIED = "disqualified"

    @property
    def is_closed(self) -> bool:
        """Whether a deal in such a stage is finished."""
        return self in (StageKind.WON, StageKind.LOST, StageKind.DISQUALIFIED)


class DealType(StrEnum):
    """What a won deal is to its customer."""

    NEW = "new"
    REPEAT = "repeat"
    UPSELL = "upsell"
    CROSS_SELL = "cross_sell"


class Verdict(StrEnum):
    """Whether a check-in happened at the customer, judged from distance and accuracy."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNCERTAIN = "uncertain"


class TimeTrust(StrEnum):
    """How far the time of a record can be believed."""

    VERIFIED = "verified"
    ESTIMATED = "estimated"
    UNVERIFIED = "unverified"


class VisitState(StrEnum):
    """Where a visit stands."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class StopState(StrEnum):
    """Where a stop of the journey plan stands."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


class NoSaleReason(StrEnum):
    """Why a visit brought no order."""

    STOCK_ENOUGH = "stock_enough"
    OWNER_ABSENT = "owner_absent"
    CLOSED = "closed"
    NO_MONEY = "no_money"
    PRICE = "price"
    COMPETITOR = "competitor"
    OVERDUE_PAYMENT = "overdue_payment"
    OTHER = "other"


class TaskState(StrEnum):
    """Where a task stands. `in_progress` is further than `open`; the last two are the end."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def is_closed(self) -> bool:
        """Whether there is nothing left to do."""
        return self in (TaskState.DONE, TaskState.CANCELLED)


class ExpenseState(StrEnum):
    """Where an expense stands: the rep's until it is approved."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class AnswerKind(StrEnum):
    """What a question of the visit form takes as an answer."""

    YES_NO = "yes_no"
    NUMBER = "number"
    CHOICE = "choice"
    SEVERAL = "several"
    TEXT = "text"
    PHOTO = "photo"
    """The answer is the id of a photo of the visit."""


CUSTOM_FIELD = "custom."
"""Begins the name that a custom field of a customer goes by, on the wire and in logs."""


class FieldKind(StrEnum):
    """What a custom field of a customer holds."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    DAY = "day"
    YES_NO = "yes_no"
    CHOICE = "choice"


class ExpenseKind(StrEnum):
    """What a rep spent own money on."""

    FUEL = "fuel"
    MILEAGE = "mileage"
    PARKING = "parking"
    TOLL = "toll"
    TRANSPORT = "transport"
    MEAL = "meal"
    LODGING = "lodging"
    PHONE = "phone"
    SAMPLES = "samples"
    OTHER = "other"


class PhotoPurpose(StrEnum):
    """What a photo is for."""

    VISIT = "visit"
    FORM = "form"
    """An answer to a question of the visit form."""
    RECEIPT = "receipt"
    """Of an expense; the others belong to a visit."""


class PhotoState(StrEnum):
    """Where the bytes of a photo are; its record came before them."""

    EXPECTED = "expected"
    PRESENT = "present"
    REFUSED = "refused"
    REMOVED = "removed"
    """The rep took it back before the check-out, and its time to be kept is over."""


class CostCategory(StrEnum):
    """What money was spent on; the acquisition categories feed the acquisition cost."""

    ADVERTISING = "advertising"
    PROMOTION = "promotion"
    EVENT = "event"
    SALARY = "salary"
    TRAVEL = "travel"
    OTHER = "other"

    @property
    def is_acquisition(self) -> bool:
        """Whether this cost is spent to win new customers."""
        return self in (
            CostCategory.ADVERTISING,
            CostCategory.PROMOTION,
            CostCategory.EVENT,
        )


class Wipe(StrEnum):
    """How a phone's data are to be deleted from afar."""

    AFTER_PUSH = "after_push"
    """Once everything on it is sent: a rep who leaves."""
    NOW = "now"
    """At once, whatever is lost: a stolen phone."""


USUAL_LEAD_SOURCES = (
    N_("Canvassing"),
    N_("Referral"),
    N_("Phone call"),
    N_("WhatsApp"),
    N_("Exhibition"),
    N_("Website"),
)
"""Where leads come from, as long as the company has not said it in words of its own."""
USUAL_WORDS = (
    N_("Lead"),
    N_("Opportunity"),
    N_("Proposal"),
    N_("Negotiation"),
    N_("Won"),
    N_("Lost"),
    N_("Disqualified"),
    N_("Price too high"),
    N_("Bought from a competitor"),
    N_("No money for it"),
    N_("No decision"),
    N_("No need"),
    N_("Could not be reached"),
    *USUAL_LEAD_SOURCES,
)
"""Names of stages, reasons and sources that a company begins with: shown in the reader's language.

Once it changes one, its own words stand.
"""
