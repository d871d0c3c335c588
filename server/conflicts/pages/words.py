"""What the page of conflicts calls records and their fields, and why one was refused."""

from collections.abc import Iterator, Mapping
from functools import cache

from flask_babel import gettext

from server.conflicts.schemas import RECORDS
from server.fields.queries import definitions
from server.platform.errors import ProblemError
from server.web.field_values import field_label
from server.web.words import Word
from shared.custom_fields import PREFIX
from shared.i18n import N_
from shared.sync.protocol import Status

STATUSES = {
    Status.CONFLICT: Word(N_("Conflict"), "warn", "swap-horizontal"),
    Status.REJECTED: Word(N_("Refused"), "bad", "alert-outline"),
}
OPEN = Word(N_("Open"), "warn", "clock-outline")
SOLVED = Word(N_("Solved"), "good", "check")

FIELDS = {
    "name": N_("Name"),
    "title": N_("Title"),
    "note": N_("Notes"),
    "notes": N_("Notes"),
    "contact_name": N_("Contact"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "address": N_("Address"),
    "city": N_("City"),
    "stage_key": N_("Stage"),
    "amount_minor": N_("Amount"),
    "lines": N_("Lines"),
    "expected_close_on": N_("Expected close"),
    "lost_reason": N_("Reason"),
    "reason": N_("Reason"),
    "state": N_("State"),
    "due_on": N_("Due"),
    "day": N_("Day"),
    "kind": N_("Kind"),
    "currency": N_("Currency"),
    "mileage_m": N_("Mileage"),
    "source": N_("Source"),
    "no_sale_reason": N_("No sale"),
    "cancel_reason": N_("Cancelled because"),
    "form_answers": N_("Answers"),
    "verdict": N_("Check-in"),
    "fix": N_("Position"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "given": N_("Consent"),
    "answer": N_("Answer"),
}
"""What people read of; ids, sizes and the like only programs do."""
_REASONS = {
    "not_allowed": N_("The customer is another rep's."),
    "moved": N_("It belongs to another rep by now."),
    "id_reused": N_("Another record has this id already."),
    "group": N_("It belongs to another record that was refused."),
    "internal": N_(
        "The server failed at it. The line is kept; tell whoever looks after the server."
    ),
}


def record_word(entity: str) -> str:
    """Return what kind of record this is."""
    kind = entity.partition(".")[0]
    return gettext(RECORDS[kind]) if kind in RECORDS else entity


def reason_words(code: str, field: str) -> str:
    """Return why a record was refused."""
    if code in _REASONS:
        return gettext(_REASONS[code])
    if code in _titles():
        return gettext(_titles()[code])
    if field:
        return gettext("%(field)s cannot be so: %(code)s", field=field_word(field), code=code)
    return code


@cache
def _titles() -> Mapping[str, str]:
    return {error.code: error.title for error in _below(ProblemError) if error.title}


def _below(error: type[ProblemError]) -> Iterator[type[ProblemError]]:
    for each in error.__subclasses__():
        yield each
        yield from _below(each)


def field_word(name: str) -> str:
    """Return what a field is called."""
    if name.startswith(PREFIX):
        return field_label(definitions(), name)
    return gettext(FIELDS[name]) if name in FIELDS else name
