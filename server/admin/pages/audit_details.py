"""The details of entries of the audit log, in words."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from server.admin.queries import AuditRow, Subject
from server.platform.reporting import reporting
from server.web import formats, words
from server.web.catalogue import all_metrics
from server.web.languages import current_language
from server.web.links import page_of
from server.web.quantities import UNIT_NAMES
from shared.i18n import N_

FIELDS = {
    "": N_("Value"),
    "address": N_("Address"),
    "amount_minor": N_("Amount"),
    "amounts": N_("Amounts"),
    "approved": N_("Approved"),
    "archived_at": N_("Archived"),
    "back": N_("Rows taken back"),
    "category": N_("Kind"),
    "changed": N_("Check-ins with another verdict"),
    "city": N_("City"),
    "classes": N_("Asked at"),
    "code": N_("Code"),
    "contact_name": N_("Contact"),
    "cost_minor": N_("Cost"),
    "currency": N_("Currency"),
    "customer_class": N_("Class"),
    "customers": N_("Customers"),
    "day": N_("Day"),
    "day_ends": N_("Working hours until"),
    "day_starts": N_("Working hours from"),
    "days": N_("Days"),
    "deal_days": N_("Days with deals"),
    "deals": N_("Deals"),
    "decision": N_("Decision"),
    "description": N_("Description"),
    "dry": N_("Only tried"),
    "email": N_("E-mail"),
    "enabled": N_("Switched on"),
    "end_day": N_("Until before"),
    "fence_radius_m": N_("Fence radius (m)"),
    "first_day": N_("From"),
    "formula": N_("Formula"),
    "founded_on": N_("First day in Tapak"),
    "from_stage": N_("From the stage"),
    "geofence_radius_m": N_("Fence radius (m)"),
    "high": N_("Largest"),
    "idle_minutes": N_("Idle after (minutes)"),
    "inside": N_("At the outlet"),
    "is_required": N_("Required"),
    "is_whole": N_("Whole numbers only"),
    "joined_on": N_("Joined on"),
    "kind": N_("Kind"),
    "language": N_("Language"),
    "leads": N_("Led by"),
    "low": N_("Smallest"),
    "metric": N_("Number"),
    "month": N_("Month"),
    "name": N_("Name"),
    "name_id": N_("Name in Indonesian"),
    "note": N_("Notes"),
    "notes": N_("Notes"),
    "number": N_("Number"),
    "options": N_("Answers"),
    "outside": N_("Out of store"),
    "owner": N_("Rep"),
    "owner_id": N_("Rep"),
    "parent_id": N_("Above it"),
    "percent": N_("Percent"),
    "percents": N_("Percent by month"),
    "phone": N_("Phone"),
    "position": N_("Place"),
    "price_minor": N_("Price"),
    "prices": N_("Prices"),
    "probability_percent": N_("Chance"),
    "quota_carrying": N_("Has targets"),
    "radius_m": N_("Fence radius (m)"),
    "rate": N_("Rate"),
    "rate_minor": N_("Rate per kilometre"),
    "reason": N_("Reason"),
    "reasons": N_("Reasons"),
    "refused": N_("Refused rows"),
    "rep": N_("Rep"),
    "rep_id": N_("Rep"),
    "reps": N_("Reps"),
    "role": N_("Role"),
    "sector": N_("Sector"),
    "seed": N_("Drawn by the number"),
    "size": N_("Size"),
    "sku": N_("Code"),
    "source": N_("Source"),
    "sources": N_("Lead sources"),
    "stage": N_("Stage"),
    "start_on": N_("From"),
    "state": N_("State"),
    "stayed": N_("Rows that stayed"),
    "target": N_("Target"),
    "team_id": N_("Team"),
    "text": N_("Question"),
    "threshold": N_("Threshold"),
    "time_zone": N_("Time zone"),
    "to_stage": N_("To the stage"),
    "track_retention_days": N_("Days that routes are kept"),
    "type": N_("Kind of sale"),
    "uncertain": N_("Not certain"),
    "unit": N_("Unit"),
    "until": N_("Until"),
    "version": N_("Version"),
    "visit_days": N_("Days with visits"),
    "week": N_("Week"),
    "zone": N_("Time zone"),
}
"""What a field is called. One that is not here is shown by its own name."""
_WORDS: dict[str, Mapping[Any, str]] = {
    "": {
        "record": N_("Record only"),
        "warn": N_("Ask for a note"),
        "block": N_("Only with a code"),
    },
    "category": words.COST_CATEGORIES,
    "role": words.ROLES,
    "state": {
        **{state: word.label for state, word in words.TASK_STATES.items()},
        **{state: word.label for state, word in words.EXPENSE_STATES.items()},
    },
    "type": {
        "new": N_("First sale"),
        "repeat": N_("Repeat sale"),
        "upsell": N_("Up-sell"),
        "cross_sell": N_("Cross-sell"),
    },
    "unit": UNIT_NAMES,
}
_LISTS = frozenset({"options", "percents", "reasons", "sources"})
"""Fields whose list is a value, and no pair of before and after."""
_SINCE = frozenset({"percent", "percents", "state"})
"""Fields whose former value stands under `before`."""
_INNER = frozenset({"location_version", "run", "rejudgement"})
"""Only of use to the program."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is read, and the page it leads to; empty: none."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A field of an entry: its value, or what it was before and is since."""

    label: str
    after: tuple[Value, ...]
    before: tuple[Value, ...] | None = None

    def __str__(self) -> str:
        """Return it as the page shows it, in one line."""
        was = "" if self.before is None else f"{_words(self.before)} → "
        return f"{self.label}: {was}{_words(self.after)}"


def _words(values: tuple[Value, ...]) -> str:
    return ", ".join(value.text for value in values)


def lines(entry: AuditRow, *, subjects: Mapping[str, Subject], time_zone: str) -> tuple[Line, ...]:
    """Return the details of an entry, line by line.

    :param subjects: what is known of the ids that entries name
    """
    reader = _Reader(subjects, time_zone, currency=_currency(entry))
    return tuple(
        Line(
            _label(name),
            reader.values(name, after),
            None if before is _NONE else reader.values(name, before),
        )
        for name, before, after in _fields(entry)
        if name not in _INNER
    )


def _label(name: str) -> str:
    return gettext(FIELDS[name]) if name in FIELDS else name.replace("_", " ")


def subject_name(subject: str) -> str:
    """Return what an entry about no row is about: a number by its name, days as they are read."""
    if subject in all_metrics():
        return gettext(all_metrics()[subject].name)
    return " ".join(
        formats.day(dt.date.fromisoformat(word), language=current_language())
        if _DAY.fullmatch(word)
        else word
        for word in subject.split(" ")
    )


_NONE = object()
"""Stands for the former value of what has none."""


def _fields(entry: AuditRow) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, value before and value since; `before` and `after` of an entry are unfolded."""
    details = dict(entry.details)
    before, after = details.pop("before", _NONE), details.pop("after", _NONE)
    changes = details.pop("changes", {})
    if "rep" in details:  # by name and, for the program, by id
        details.pop("owner_id", None)
    if isinstance(changes, dict):
        details |= changes
    for name, value in details.items():
        if isinstance(value, list) and len(value) == 2 and name not in _LISTS:
            yield name, value[0], value[1]
        elif name in _SINCE and before is not _NONE:
            yield name, before, value
        else:
            yield name, _NONE, value
    if isinstance(after, dict):
        known = before if isinstance(before, dict) else {}
        for name, value in after.items():
            yield name, known.get(name, _NONE), value
    elif after is not _NONE:
        yield "", before, after


def _currency(entry: AuditRow) -> str:
    """Return what amounts of an entry are in: what it says, or else what the company counts in."""
    said = entry.details.get("currency")
    return said if isinstance(said, str) and said else reporting().currency


class _Reader:
    """Writes values as the reader's language does."""

    def __init__(self, subjects: Mapping[str, Subject], time_zone: str, *, currency: str) -> None:
        self._subjects = subjects
        self._zone = time_zone
        self._currency = currency
        self._language = current_language()

    def values(self, name: str, value: Any) -> tuple[Value, ...]:
        if isinstance(value, dict):
            return tuple(
                Value(f"{_label(key)}: {each.text}", each.href)
                for key, inner in value.items()
                for each in self.values("", inner)
            )
        if isinstance(value, list):
            if name == "options":  # an answer to choose from is kept as its key and its name
                value = [each[-1] if isinstance(each, list) else each for each in value]
            found = [each for inner in value for each in self.values(name, inner)]
            return tuple(found) or (Value("–"),)
        return (self._value(name, value),)

    def _value(self, name: str, value: Any) -> Value:
        if value is None or value == "":
            return Value("–")
        if isinstance(value, bool):
            return Value(gettext("yes") if value else gettext("no"))
        if isinstance(value, (int, float)):
            return Value(self._number(name, value))
        text = str(value)
        if text in self._subjects:
            return Value(self._subjects[text].name, page_of(self._subjects[text].kind, text))
        return Value(self._word(name, text))

    def _word(self, name: str, text: str) -> str:
        if text in _WORDS.get(name, {}):
            return gettext(_WORDS[name][text])
        if name == "metric" and text in all_metrics():
            return gettext(all_metrics()[text].name)
        return self._moment(text) if _DAY.match(text) else text

    def _number(self, name: str, value: float) -> str:
        if name.endswith("_minor"):
            return formats.money(int(value), self._currency, language=self._language)
        if "percent" in name:
            return f"{value}%"
        decimals = 0 if float(value).is_integer() else 2
        return formats.number(value, decimals, language=self._language)

    def _moment(self, text: str) -> str:
        try:
            if _DAY.fullmatch(text):
                return formats.day(dt.date.fromisoformat(text), language=self._language)
            at = dt.datetime.fromisoformat(text)
        except ValueError:
            return text
        if at.tzinfo is None:
            return text
        return formats.day_and_clock(at, self._zone, language=self._language)
