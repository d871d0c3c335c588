"""What people type into forms is taken whole or refused: nothing is cut or left out silently."""

import datetime as dt

from flask import request

from server.platform.errors import ProblemError
from server.web.periods import FIRST_DAY, LAST_DAY
from shared.i18n import N_


class TextTooLongError(ProblemError):
    """A text has more characters than are kept."""

    code = "form.text_too_long"
    status = 422
    title = N_("The text is too long, so nothing was saved. Shorten it and try again.")


class UnknownDayError(ProblemError):
    """What stands in a field of a day is none, or is out of every calendar in use."""

    code = "form.unknown_day"
    status = 422
    title = N_("The calendar has no such day, so nothing was saved.")


def typed_text(name: str, *, most: int) -> str:
    """
    Return the text in a field of the form, without spaces around it.

    :param most: how many characters it may have
    :raises TextTooLongError: if it has more
    """
    text = request.form.get(name, "").strip()
    if len(text) > most:
        raise TextTooLongError
    return text


def typed_day(name: str) -> dt.date | None:
    """
    Return the day in a field of the form, or None for an empty one.

    :raises UnknownDayError: if it is no day from 1970 to 2099
    """
    text = request.form.get(name, "").strip()
    try:
        day = dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UnknownDayError from None
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise UnknownDayError
    return day
