"""What is said of the office's numbers beside the phone's: calm where they are equal."""

import datetime as dt
from dataclasses import dataclass

from mobile.screens import formats
from mobile.services.numbers import OwnNumber, OwnNumbers
from mobile.services.office import Cause, Office
from shared.i18n import N_, _, ngettext
from shared.metrics.definition import NULL_REASONS
from shared.metrics.formula import Unit
from shared.metrics.own import OwnFigure
from shared.time import business_day

_WORDS = {
    Cause.CURRENCY: N_("The office counts in another currency by now."),
    Cause.SENT_SINCE: N_(
        "The office's number is older than what you sent (%(time)s); a later sync brings the next."
    ),
    Cause.EARLIER_DAY: N_("The office's number is of an earlier day; a sync brings the next."),
    Cause.ELSEWHERE: N_(
        "What was entered or changed in the office is counted there and here at different times. "
        "If they stay different, ask the office."
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A line about the office's number, and its tone."""

    text: str = ""
    tone: str = "ink2"


SILENT = Said()


def said_of(number: OwnNumber, found: OwnNumbers, *, zone: str, now: dt.datetime) -> Said:
    """Return the office's value of a number and when it is of; empty where it told none."""
    if number.office is None or found.office is None:
        return SILENT
    if number.value.value is None and number.office.figure.value is None:
        return SILENT  # both have none
    text = _(
        "Office: %(value)s · as of %(time)s",
        value=shown(number.office.figure, found.office.currency),
        time=_moment(found.office.as_of, zone, now),
    )
    if not differs(number, found):
        return Said(text)
    cause = number.office.cause
    if cause is Cause.DEFINITION:
        text += "\n" + _definition(number.office.figure)
    return Said(text, "warn")


def summary(found: OwnNumbers, *, zone: str, now: dt.datetime) -> Said:
    """Return whether any numbers differ, and why most of them may; empty without the office's."""
    office = found.office
    if office is None:
        return SILENT
    different = [number for number in found.numbers if differs(number, found)]
    if not different:
        return Said(
            _("The office counts the same, as of %(time)s.", time=_moment(office.as_of, zone, now))
        )
    text = ngettext(
        "%(count)s number is another one in the office.",
        "%(count)s numbers are others in the office.",
        len(different),
    )
    # In order, and each once.
    causes = {number.office.cause: None for number in different if number.office}
    reasons = [
        why(cause, found, zone=zone, now=now)
        for cause in causes
        if cause is not None and cause is not Cause.DEFINITION
    ]
    return Said(" ".join([text, *reasons]), "warn")


def explained(number: OwnNumber, found: OwnNumbers, *, zone: str, now: dt.datetime) -> list[str]:
    """Return what the office's value was made of, and why it may differ, as paragraphs."""
    beside, office = number.office, found.office
    if beside is None or office is None:
        return []
    figure = beside.figure
    made_of = shown(figure, office.currency)
    if figure.denominator is not None and figure.numerator is not None:
        above, below = formats.plain(figure.numerator), formats.plain(figure.denominator)
        made_of = f"{above} ÷ {below} = {made_of}"
    elif figure.value is not None and figure.unit not in (Unit.CLOCK, Unit.PERCENT):
        made_of = formats.plain(figure.value)
    parts = [
        _(
            "Office: %(value)s · as of %(time)s",
            value=made_of,
            time=_moment(office.as_of, zone, now),
        )
    ]
    if figure.reason in NULL_REASONS:
        parts.append(_(NULL_REASONS[figure.reason]))
    if beside.cause is Cause.DEFINITION:
        parts.append(_definition(figure))
    elif beside.cause is not None:
        parts.append(why(beside.cause, found, zone=zone, now=now))
    return parts


def differs(number: OwnNumber, found: OwnNumbers) -> bool:
    """Return whether a rep sees another number: not where only digits differ that are not shown."""
    if number.office is None or number.office.cause is None or found.office is None:
        return False
    if number.office.cause is Cause.CURRENCY and number.metric.unit is Unit.MONEY:
        return True
    here = formats.metric(number.value.value, number.metric.unit, found.currency)
    return here != shown(number.office.figure, found.office.currency)


def shown(figure: OwnFigure, currency: str) -> str:
    """Return the office's value as a row shows one."""
    if figure.value is None:
        return formats.NONE
    if figure.unit not in set(Unit):  # a newer office's
        return formats.plain(figure.value)
    return formats.metric(figure.value, Unit(figure.unit), currency)


def why(cause: Cause, found: OwnNumbers, *, zone: str, now: dt.datetime) -> str:
    """Return in a sentence why numbers may differ."""
    if cause is Cause.WAITING:
        return ngettext(
            "The office does not have %(count)s record yet.",
            "The office does not have %(count)s records yet.",
            found.waiting,
        )
    office: Office | None = found.office
    sent = office.sent_at if office else None
    return _(_WORDS[cause], time="" if sent is None else _moment(sent, zone, now))


def _definition(figure: OwnFigure) -> str:
    return _(
        "The office counts it by definition %(version)s, which this app does not know.",
        version=figure.version,
    )


def _moment(at: dt.datetime, zone: str, now: dt.datetime) -> str:
    return formats.day_and_time(at, zone, business_day(now, zone))
