"""What a check-in outside the fence needs: nothing, a note, or a code from the manager."""

import datetime as dt
import sqlite3
from typing import TYPE_CHECKING

from mobile.services.recorder import ServiceError
from mobile.storage import fences
from shared.checkin.policy import FenceRule, find_number, needs, rule_for
from shared.vocabulary import Verdict

if TYPE_CHECKING:
    from mobile.storage.outbox import Action

_MOST_TRIES = 5
_TRIES_WITHIN_MS = 15 * 60_000


class NoteNeededError(ServiceError):
    """Outside this fence a check-in says why."""

    code = "note_needed"


class CodeNeededError(ServiceError):
    """Outside this fence a check-in needs a code from the manager."""

    code = "code_needed"


class WrongCodeError(ServiceError):
    """The code is none for this phone, customer and day, or it was used."""

    code = "code_wrong"


class TooManyTriesError(ServiceError):
    """Too many wrong codes; the rep waits."""

    code = "code_tries"


def rule_of(connection: sqlite3.Connection, customer_class: str) -> FenceRule:
    """Return the office's rule for customers of a class, as this phone last heard it."""
    return rule_for(fences.policies(connection), customer_class=customer_class)


def pass_fence(
    action: "Action",
    *,
    customer: sqlite3.Row,
    day: dt.date,
    verdict: Verdict,
    note: str,
    code: str,
) -> str:
    """
    Let a check-in pass, and use up its code; return the code to send.

    :raises NoteNeededError: where a note is asked for and there is none
    :raises CodeNeededError: where a code is asked for and there is none
    :raises WrongCodeError: for a code that is none, or was used
    :raises TooManyTriesError: after five wrong ones in a quarter of an hour
    """
    needed = needs(rule_of(action.connection, customer["customer_class"]), verdict)
    if needed is FenceRule.WARN and not note.strip():
        raise NoteNeededError
    if needed is not FenceRule.BLOCK:
        return ""
    if not code.strip():
        raise CodeNeededError
    since_ms = action.at_ms - _TRIES_WITHIN_MS
    if fences.wrong_tries_since(action.connection, since_ms) >= _MOST_TRIES:
        raise TooManyTriesError
    used = fences.used_codes(action.connection, customer_id=customer["id"], day=day)
    number = find_number(action.key, code, customer_id=customer["id"], day=day, used=used)
    if number is None:
        raise WrongCodeError
    fences.use_code(action.connection, customer_id=customer["id"], day=day, number=number)
    return "".join(filter(str.isdigit, code))
