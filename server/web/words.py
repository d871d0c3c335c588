"""What the closed lists of `shared.vocabulary` are called on the site, with tone and icon.

A tone is a state colour of `shared.look`. Never colour alone: the word always stands beside it.
"""

from dataclasses import dataclass

from flask_babel import gettext

from shared.checkin.time_trust import TimeNote
from shared.checkin.verdict import VerdictReason
from shared.i18n import N_
from shared.tracking.deviations import DeviationKind
from shared.tracking.flags import FixFlag
from shared.vocabulary import (
    USUAL_WORDS,
    CostCategory,
    ExpenseKind,
    ExpenseState,
    NoSaleReason,
    Role,
    TaskState,
    TimeTrust,
    Verdict,
    VisitState,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A state as people read it."""

    label: str
    tone: str
    icon: str


VERDICTS = {
    Verdict.INSIDE: Word(N_("At the outlet"), "good", "map-marker-check"),
    Verdict.OUTSIDE: Word(N_("Out of store"), "bad", "map-marker-off"),
    Verdict.UNCERTAIN: Word(N_("Not certain"), "unknown", "selection-ellipse"),
}
NO_VERDICT = Word(N_("No check-in"), "unknown", "clock-outline")

VERDICT_REASONS = {
    VerdictReason.NO_FIX: N_("The phone had no GPS position."),
    VerdictReason.NO_CUSTOMER_POINT: N_("This customer has no point on the map yet."),
    VerdictReason.STALE_FIX: N_("The GPS position was older than two minutes."),
    VerdictReason.UNKNOWN_ACCURACY: N_("The phone did not say how exact its position is."),
    VerdictReason.WEAK_FIX: N_("GPS was too weak to tell, as it often is indoors."),
    VerdictReason.FENCE_EDGE: N_("The position lies too close to the fence to tell."),
}

FENCE_LIFTED = {
    "noted": Word(
        N_("Outside the fence; the rep said why in the notes."), "info", "note-text-outline"
    ),
    "note_missing": Word(
        N_("Outside the fence without the note the policy asks for. It was kept all the same."),
        "warn",
        "alert-outline",
    ),
    "by_code": Word(N_("Outside the fence, with a code from a manager."), "info", "key-outline"),
    "without_code": Word(
        N_(
            "Outside the fence without a code, which the policy asks for. The phone may not have "
            "known the policy yet; the visit was kept."
        ),
        "warn",
        "alert-outline",
    ),
    "wrong_code": Word(
        N_("Outside the fence with a code that nobody issued. The visit was kept."),
        "warn",
        "alert-outline",
    ),
    "used_code": Word(
        N_("Outside the fence with a code that was used before. The visit was kept."),
        "warn",
        "alert-outline",
    ),
}

TIME_TRUSTS = {
    TimeTrust.VERIFIED: Word(N_("Time verified"), "good", "clock-check-outline"),
    TimeTrust.ESTIMATED: Word(N_("Time estimated"), "warn", "clock-outline"),
    TimeTrust.UNVERIFIED: Word(N_("Time not verified"), "bad", "clock-alert-outline"),
}
TIME_TRUST_REASONS = {
    TimeTrust.VERIFIED: N_("Counted from the server's own clock; the phone's clock plays no part."),
    TimeTrust.ESTIMATED: N_(
        "The phone restarted without network, so its clock was believed within known limits."
    ),
    TimeTrust.UNVERIFIED: N_("The phone's clock contradicts other records, so it was limited."),
}
TIME_NOTES = {
    TimeNote.CLOCK_OFF: N_("The phone's clock was wrong by more than two minutes."),
    TimeNote.BEFORE_ANCHOR: N_("The clock showed a time before the last contact."),
    TimeNote.AFTER_RECEIVE: N_("The clock showed a time after the record had arrived."),
    TimeNote.GNSS_OFF: N_("The clock differed from the satellites' time."),
    TimeNote.FUTURE_FIX: N_("The position says that it was measured later than this."),
}

DEVIATIONS = {
    DeviationKind.MISSED: Word(N_("Not visited"), "bad", "map-marker-off"),
    DeviationKind.CANCELLED: Word(N_("Cancelled"), "unknown", "close"),
    DeviationKind.OUT_OF_ORDER: Word(N_("Out of order"), "warn", "swap-horizontal"),
    DeviationKind.UNPLANNED: Word(N_("Unplanned"), "info", "plus"),
    DeviationKind.STANDING: Word(N_("Stood elsewhere"), "warn", "timer-outline"),
}
NOT_YET = Word(N_("Not yet visited"), "unknown", "clock-outline")

FIX_FLAGS = {
    FixFlag.FUTURE: N_("say that they were measured later than they arrived"),
    FixFlag.DUPLICATE: N_("belong to a moment that had one already"),
    FixFlag.NOWHERE: N_("lie at 0° 0°, which means nowhere"),
    FixFlag.WEAK: N_("are weaker than 200 m"),
    FixFlag.UNKNOWN_ACCURACY: N_("came without an accuracy and are drawn all the same"),
}

VISIT_STATES = {
    VisitState.OPEN: Word(N_("Under way"), "info", "timer-outline"),
    VisitState.COMPLETED: Word(N_("Completed"), "good", "check"),
    VisitState.CANCELLED: Word(N_("Cancelled"), "unknown", "close"),
}
TASK_STATES = {
    TaskState.OPEN: Word(N_("To do"), "unknown", "clock-outline"),
    TaskState.IN_PROGRESS: Word(N_("Begun"), "info", "timer-outline"),
    TaskState.DONE: Word(N_("Done"), "good", "check"),
    TaskState.CANCELLED: Word(N_("Cancelled"), "unknown", "close"),
}
EXPENSE_STATES = {
    ExpenseState.DRAFT: Word(N_("Draft"), "unknown", "pencil-outline"),
    ExpenseState.SUBMITTED: Word(N_("Handed in"), "info", "clock-outline"),
    ExpenseState.APPROVED: Word(N_("Approved"), "good", "check"),
    ExpenseState.REJECTED: Word(N_("Rejected"), "bad", "close"),
}

EXPENSE_KINDS = {
    ExpenseKind.FUEL: N_("Fuel"),
    ExpenseKind.MILEAGE: N_("Mileage"),
    ExpenseKind.PARKING: N_("Parking"),
    ExpenseKind.TOLL: N_("Toll"),
    ExpenseKind.TRANSPORT: N_("Fares"),
    ExpenseKind.MEAL: N_("Meals"),
    ExpenseKind.LODGING: N_("Lodging"),
    ExpenseKind.PHONE: N_("Phone and data"),
    ExpenseKind.SAMPLES: N_("Samples and gifts"),
    ExpenseKind.OTHER: N_("Other"),
}
COST_CATEGORIES = {
    CostCategory.ADVERTISING: N_("Advertising"),
    CostCategory.PROMOTION: N_("Promotion"),
    CostCategory.EVENT: N_("Events"),
    CostCategory.SALARY: N_("Pay"),
    CostCategory.TRAVEL: N_("Travel"),
    CostCategory.OTHER: N_("Other"),
}
NO_SALE_REASONS = {
    NoSaleReason.STOCK_ENOUGH: N_("Enough stock"),
    NoSaleReason.OWNER_ABSENT: N_("Owner not there"),
    NoSaleReason.CLOSED: N_("Shop closed"),
    NoSaleReason.NO_MONEY: N_("No money"),
    NoSaleReason.PRICE: N_("Price too high"),
    NoSaleReason.COMPETITOR: N_("Bought from a competitor"),
    NoSaleReason.OVERDUE_PAYMENT: N_("Old invoices unpaid"),
    NoSaleReason.OTHER: N_("Another reason"),
}

ROLES = {
    Role.REP: N_("Sales rep"),
    Role.MANAGER: N_("Manager"),
    Role.ADMIN: N_("Administrator"),
}

# What a person reads for a problem's code, or else for its status: what happened, what to do.
PROBLEMS = {
    "not_found": (
        N_("Nothing to see here"),
        N_("This page does not exist, or it belongs to a team that is not yours."),
    ),
    "forbidden": (
        N_("Not for your role"),
        N_("Your role does not allow this. Ask an administrator if you need it."),
    ),
    "database_down": (
        N_("The database does not answer"),
        N_("Nothing was lost: phones keep their records until it is back. Try again in a moment."),
    ),
    "queue_down": (
        N_("The job queue does not answer"),
        N_("Nothing was lost, but new numbers wait until it is back. Try again in a moment."),
    ),
    "forged": (
        N_("This form has expired"),
        N_("Go back, load the page again and send it once more. Nothing was changed."),
    ),
    "refused": (
        N_("That could not be done"),
        N_("Nothing was changed. Go back, load the page again and try once more."),
    ),
    "unexpected": (
        N_("Something went wrong on our side"),
        N_("Nothing was changed, and the error was noted. Try again, or go back."),
    ),
}
PROBLEM_BY_STATUS = {
    400: "forged",
    403: "forbidden",
    404: "not_found",
    503: "database_down",
}


def shown(name: str) -> str:
    """Return a word of the company in the reader's language, where a company begins with it."""
    return gettext(name) if name in USUAL_WORDS else name


def problem_texts(code: str, status: int) -> tuple[str, str]:
    """Return headline and advice for an error page, as English source texts."""
    known = PROBLEMS.get(code) or PROBLEMS.get(PROBLEM_BY_STATUS.get(status, ""))
    return known or PROBLEMS["refused" if status < 500 else "unexpected"]
