"""Words for the closed lists of the trade, as the phone shows them."""

from typing import TYPE_CHECKING

from shared.i18n import N_, _, ngettext
from shared.vocabulary import USUAL_WORDS, ExpenseKind, ExpenseState, NoSaleReason, TaskState

if TYPE_CHECKING:
    from mobile.storage.salvage import Recovery

NO_SALE_REASONS = {
    NoSaleReason.STOCK_ENOUGH: N_("Enough stock"),
    NoSaleReason.OWNER_ABSENT: N_("Owner not there"),
    NoSaleReason.CLOSED: N_("Outlet closed"),
    NoSaleReason.NO_MONEY: N_("No money now"),
    NoSaleReason.PRICE: N_("Price too high"),
    NoSaleReason.COMPETITOR: N_("Bought from a competitor"),
    NoSaleReason.OVERDUE_PAYMENT: N_("Payment overdue"),
    NoSaleReason.OTHER: N_("Another reason"),
}

CANCEL_REASONS = {
    "wrong_customer": N_("Wrong customer chosen"),
    "by_mistake": N_("Checked in by mistake"),
    "could_not_stay": N_("Had to leave at once"),
    "other": N_("Another reason"),
}

SKIP_REASONS = {
    "closed": N_("Outlet closed"),
    "no_time": N_("No time left today"),
    "unreachable": N_("Road blocked or flooded"),
    "other": N_("Another reason"),
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

EXPENSE_ICONS = {
    ExpenseKind.FUEL: "gas-station-outline",
    ExpenseKind.MILEAGE: "map-marker-distance",
    ExpenseKind.PARKING: "parking",
    ExpenseKind.TOLL: "highway",
    ExpenseKind.TRANSPORT: "bus",
    ExpenseKind.MEAL: "food-outline",
    ExpenseKind.LODGING: "bed-outline",
    ExpenseKind.PHONE: "phone-outline",
    ExpenseKind.SAMPLES: "gift-outline",
    ExpenseKind.OTHER: "receipt-text-outline",
}

TASK_STATES = {
    TaskState.OPEN: N_("open"),
    TaskState.IN_PROGRESS: N_("begun"),
    TaskState.DONE: N_("done"),
    TaskState.CANCELLED: N_("cancelled"),
}

EXPENSE_STATES = {
    ExpenseState.DRAFT: N_("draft"),
    ExpenseState.SUBMITTED: N_("handed in"),
    ExpenseState.APPROVED: N_("approved"),
    ExpenseState.REJECTED: N_("rejected"),
}

_ENROLMENT_PROBLEMS = {
    "offline": N_("The server does not answer. Check the address and the network, then try again."),
    "enrolment.wrong_code": N_(
        "The server does not take this code: it is mistyped, used or too old. Check it, or ask "
        "your administrator for a new one."
    ),
    "server_busy": N_("The server is busy. Wait a minute and try again."),
    "app_outdated": N_("This app is too old for the server. Update it, then try again."),
    "another_rep": N_(
        "This code is for somebody else. The records on this phone are another rep's: first they "
        "must be sent, and that rep sign out. If they are yours, and the office has added you "
        "anew, save the report under Sync and send it to your administrator."
    ),
}

_RECORDS = {
    "visit": N_("Visit"),
    "check_in": N_("Check-in"),
    "check_out": N_("Check-out"),
    "deal": N_("Deal"),
    "photo": N_("Photo"),
    "photo.withdraw": N_("Photo removed"),
    "start_day": N_("Start of day"),
    "end_day": N_("End of day"),
    "consent": N_("Consent"),
    "track": N_("Route"),
    "customer": N_("Customer"),
    "stop": N_("Stop"),
    "task": N_("Task"),
    "expense": N_("Expense"),
    "signal": N_("Answer to a signal"),
    "answer.accept": N_("Left as the office has it"),
}

_GONE = N_(
    "The office has removed what this belongs to. It is kept on this phone; ask your manager."
)
_REFUSALS = {
    "conflict": N_(
        "The office changed this while you were working. Choose which version is right."
    ),
    "not_allowed": N_(
        "This customer is no longer yours. What you recorded is kept on this phone; ask your "
        "manager."
    ),
    "moved": N_(
        "The office has given this to another rep. What you wrote is kept here and in the office; "
        "ask your manager."
    ),
    "customer.unknown": _GONE,
    "stop.unknown": _GONE,
    "visit.unknown": _GONE,
    "deal.unknown": _GONE,
    "work_day.unknown": _GONE,
    "task.unknown": N_("The office has given this task to somebody else."),
    "expense.unknown": N_("This expense was deleted, here or on another phone."),
    "expense.approved": N_("The office has approved this expense; it can no longer be changed."),
    "expense.future": N_(
        "The day of this expense had not come yet by the server's clock. Check the phone's date, "
        "then record it again."
    ),
    "expense.currency": N_("The office does not know this currency. Record it in another one."),
    "deal.currency": N_("The office does not know this currency. Record it in another one."),
    "deal.unknown_stage": N_("The office has removed this stage. Choose another one."),
    "deal.negative_amount": N_("A discount is larger than its line. Correct it."),
    "deal.unknown_product": N_(
        "The office no longer sells one of these products. Take the order again."
    ),
    "visit.already_checked_in": N_("The office has a check-in of this visit already."),
    "visit.already_checked_out": N_("The office has a check-out of this visit already."),
    "visit.cancelled": N_("The office has cancelled this visit."),
    "track.no_consent": N_("The route was not taken: the office has no consent of yours to it."),
    "track.outside_work_day": N_("The route was not taken: it lies outside your working day."),
    "lat_range": N_("A position north of the pole is none. It was not taken."),
    "lon_range": N_("A position beyond the date line is none. It was not taken."),
    "accuracy_range": N_("A position with an impossible accuracy was not taken."),
    "time_range": N_("A position with an impossible time was not taken."),
    "signal.answered": N_("You had answered already; your first answer stands."),
    "photo.unknown": _GONE,
    "photo.visit_over": N_("The visit was over, so the photo stays with it."),
    "too_large": N_("This is too large to be sent. Shorten it."),
    "internal": N_(
        "The server could not take this because of a mistake of its own. It is kept there, and its "
        "administrator can see it."
    ),
    "group": N_("This belongs to something else that was not accepted. See there."),
}

_NOTED = {
    "future_fix": N_("Positions that say they were measured later"),
    "duplicate_fix": N_("Positions of a moment that had one already"),
    "zero_position": N_("Positions at 0° 0°, which means none"),
    "weak_fix": N_("Positions too weak for the route"),
    "unknown_accuracy": N_("Positions without an accuracy"),
    "clock_off": N_("The phone's clock was wrong; it did not matter"),
    "before_anchor": N_("The clock showed a time before the last contact"),
    "after_receive": N_("The clock showed a time after the record had arrived"),
    "gnss_off": N_("The clock differed from the satellites' time"),
}

_SYNC_PROBLEMS = {
    "offline": N_("The server was not reached. It is tried again by itself."),
    "server_busy": N_("The server is busy. It is tried again by itself."),
    "token_expired": N_("This phone must be connected again. What you recorded is safe here."),
    "token_unknown": N_("This phone must be connected again. What you recorded is safe here."),
    "wipe": N_("The office wants this phone emptied. First your records are sent."),
    "send_only": N_("The office has ended this account. What you recorded is still sent."),
    "forked": N_(
        "This phone's data were copied or restored. Ask your administrator for a new code and "
        "connect the phone again; what waits is sent then. Customers and plans still arrive."
    ),
    "tampered": N_(
        "Records on this phone were changed after they were made. Ask your administrator for a "
        "new code and connect the phone again; what waits is sent then. Customers and plans still "
        "arrive."
    ),
    "malformed": N_(
        "The server cannot read what this phone says. Update the app; if it stays so, save a "
        "report below for your administrator. What you recorded is safe here."
    ),
    "too_large": N_(
        "The server takes no record of this size. Save a report below for your administrator. "
        "What you recorded is safe here."
    ),
    "device_revoked": N_("The office has signed out this phone. What you recorded is safe here."),
    "app_outdated": N_(
        "This app and the server are of different versions. Update the app; what you recorded is "
        "safe."
    ),
}

_SERVICE_PROBLEMS = {
    "visit_open": N_("Another visit is going on. Check out there first."),
    "visit_not_open": N_("This visit is over already."),
    "outcome_missing": N_("Take an order or say why there is none."),
    "form_incomplete": N_("Answer the required questions of the visit form first."),
    "order_taken": N_("There is an order, so no reason is needed."),
    "catalogue_missing": N_("Products arrive with the first sync. Connect to a network and sync."),
    "note_needed": N_("You are outside. Say why, then check in."),
    "code_needed": N_("You are outside. Ask your manager for a code, then check in."),
    "code_wrong": N_(
        "This code is not for this phone, outlet and day, or it was used. Ask your manager again."
    ),
    "code_tries": N_("Too many wrong codes. Wait a quarter of an hour."),
    "customer_unknown": N_("This customer is no longer on this phone."),
    "day_started": N_("Your day was started before."),
    "day_not_started": N_("Start your day first."),
    "product_unknown": N_("This product is no longer on this phone."),
    "deal_unknown": N_("This deal is no longer on this phone."),
    "deal_closed": N_("This deal is closed; it can no longer be changed."),
    "lost_reason_missing": N_("Say why the deal is lost."),
    "task_unknown": N_("This task is no longer on this phone."),
    "expense_unknown": N_("This expense is no longer on this phone."),
    "expense_approved": N_("This expense is approved; it can no longer be changed."),
    "expense_future": N_("The day of this expense is still to come. Choose another day."),
    "database_broken": N_(
        "The data on this phone are damaged. Close the app and open it again: it recovers what "
        "can be read, and tells you."
    ),
    "disk_full": N_(
        "The phone's storage is full, so this was not saved. Delete what you do not need, then "
        "do it again."
    ),
    "camera_refused": N_("The camera may not be used. Allow it in the phone's settings."),
    "camera_missing": N_("This phone has no camera app. Go on without a photo."),
    "camera_failed": N_("The camera gave no photo. Try once more."),
    "photo_twice": N_("This visit has the very same photo already."),
    "receipt_twice": N_("This expense has the very same photo already."),
    "photo_unreadable": N_("The photo could not be read. Take it once more."),
    "signal_unknown": N_("This was withdrawn: later records explain it."),
    "signal_answered": N_("You have answered already."),
    "copy_not_saved": N_(
        "The copy could not be written into its folder. Look at the phone's storage, then try "
        "again."
    ),
    "unsent_work": N_("There are records that were not sent yet."),
}


def given_words(name: str) -> str:
    """Return a name the company gave, in the reader's language where it is one it started with."""
    return _(name) if name in USUAL_WORDS else name


def service_problem(code: str) -> str:
    """Return what cannot be done now, and what to do instead."""
    other = N_("This is not possible now (%(code)s). What you recorded is safe.")
    return _(_SERVICE_PROBLEMS[code]) if code in _SERVICE_PROBLEMS else _(other, code=code)


def recovery_words(recovery: "Recovery") -> tuple[str, str]:
    """Return title and words about a damaged database: what is safe, and what to do."""
    kept = _("The damaged file is kept aside on this phone.")
    if recovery.is_whole:
        words = _(
            "Everything you recorded was recovered. Customers and plans come back with the next "
            "sync."
        )
    elif recovery.unsent:
        words = ngettext(
            "%(count)s record that was not sent was recovered. Ask your administrator for a new "
            "code; the record is sent after that.",
            "%(count)s records that were not sent were recovered. Ask your administrator for a "
            "new code; the records are sent after that.",
            recovery.unsent,
        )
    else:
        words = _(
            "What was sent is safe on the server. Ask your administrator for a new code, and tell "
            "them if something was not sent yet."
        )
    return _("This phone's data was damaged"), f"{words}\n\n{kept}"


def enrolment_problem(code: str) -> str:
    """Return what went wrong and what to do; empty for no code."""
    if not code:
        return ""
    other = N_("The server refused this phone (%(code)s). Ask your administrator.")
    return _(_ENROLMENT_PROBLEMS[code]) if code in _ENROLMENT_PROBLEMS else _(other, code=code)


_PHOTO_PROBLEMS = {
    "photo.file_missing": N_(
        "The file of this photo is gone from this phone. Its record stays with the visit."
    ),
    "photo.too_large": N_("The server takes no photo of this size. Tell your administrator."),
}


def photo_problem(code: str) -> str:
    """Return why a photo cannot be sent."""
    other = N_("The server did not take this photo (%(code)s). Take it once more.")
    return _(_PHOTO_PROBLEMS[code]) if code in _PHOTO_PROBLEMS else _(other, code=code)


def no_sale_words(reason: str | None) -> str:
    """Return the reason for no order in words."""
    if reason in set(NoSaleReason):
        return _(NO_SALE_REASONS[NoSaleReason(reason)])
    return _("No order")


def record_words(entity: str) -> str:
    """Return what kind of record this is."""
    other = N_("Record")
    return _(_RECORDS.get(entity, other))


def refusal_words(code: str) -> str:
    """Return why a record needs the rep, what is safe and what to do."""
    other = N_(
        "The server did not accept this (%(code)s). It is kept here; ask your administrator."
    )
    return _(_REFUSALS[code]) if code in _REFUSALS else _(other, code=code)


def conflict_words(*, is_deletion: bool, is_deleted: bool, is_final: bool) -> str:
    """Return what became of a change to something that the office changed meanwhile."""
    if is_deleted:
        return _(
            "The office deleted this while you were working, so your change was not taken. It is "
            "kept here; if it is needed, ask your manager to bring it back."
        )
    if is_deletion and is_final:
        return _("You deleted this, and the office had approved it meanwhile. It stays.")
    if is_deletion:
        return _("You deleted this, and the office had changed it meanwhile. It is still there.")
    if is_final:
        return _("The office closed this while you were working. Your change was not taken.")
    return refusal_words("conflict")


def noted_words(code: str) -> str:
    """Return what the office noted about a record that it kept, or why it refused one."""
    return _(_NOTED[code]) if code in _NOTED else refusal_words(code)


def sync_problem_words(code: str) -> str:
    """Return why the last sync failed and what happens next."""
    other = N_("The last sync did not succeed. It is tried again by itself.")
    return _(_SYNC_PROBLEMS.get(code, other))
