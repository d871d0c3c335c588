"""What is recorded about the rep, in words, and a copy of it all."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from mobile.screens import formats
from mobile.screens.forms import field_problem
from mobile.screens.records.said import proposal_row, signal_row, signal_words
from mobile.screens.view_model import Background, RowState, ViewModel
from mobile.screens.words import noted_words, service_problem
from mobile.services.recorder import ServiceError
from mobile.services.records import (
    PHONE_KEEPS_DAYS,
    Kind,
    Records,
    RoutePart,
    SavedCopy,
    SignalView,
)
from shared.i18n import N_, _, ngettext
from shared.schemas.limits import InvalidRecordError

_KINDS = {
    "visit": "storefront-outline",
    "check_in": "map-marker-check",
    "check_out": "flag-checkered",
    "start_day": "play",
    "end_day": "calendar-check-outline",
    "track": "map-marker-path",
    "track_fix": "crosshairs-gps",
    "photo": "camera",
    "consent": "shield-account-outline",
}
"""In the order they are shown, with their icons."""
_NAMES = {
    "visit": N_("Visits"),
    "check_in": N_("Check-ins"),
    "check_out": N_("Check-outs"),
    "start_day": N_("Starts of a day"),
    "end_day": N_("Ends of a day"),
    "track": N_("Pieces of the route"),
    "track_fix": N_("Points of the route, not in a piece yet"),
    "photo": N_("Photos"),
    "consent": N_("Answers about the route"),
}
_OFFICE_PROBLEMS = {
    "offline": N_("The office was not reached, so only what is on this phone is in the copy."),
}


class RecordsService(Protocol):
    """Reads what is recorded."""

    def read(self, route_on: dt.date | None = None) -> Records:
        """Return everything at a glance, with the route of a day."""

    def answer(self, signal_id: str, text: str) -> None:
        """Say something to a signal, once.

        :raises ServiceError: if it was withdrawn or answered before
        :raises InvalidRecordError: if the text cannot be kept
        """

    def save_copy(self) -> SavedCopy:
        """Write one file of all; waits for the office.

        :raises ServiceError: if it cannot be written
        """


class Consent(Protocol):
    """Keeps the rep's word about the route."""

    def consent(self, *, given: bool) -> None:
        """Keep a yes or no; a no ends the recording at once.

        :raises ServiceError: if it cannot be kept
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsState:
    """What the screen shows."""

    about: tuple[RowState, ...] = ()
    """Whether the route is recorded now, and for how long it is kept."""
    consents: bool = False
    """The rep's latest word about the route."""
    consent: str = ""
    problem: str = ""
    kinds: tuple[RowState, ...] = ()
    day: str = ""
    day_detail: str = ""
    can_choose_day: bool = False
    route: tuple[RowState, ...] = ()
    route_length: str = ""
    left_out: str = ""
    noted: tuple[RowState, ...] = ()
    """What the office noted about records it kept as they came, and what it refused."""
    signals: tuple[RowState, ...] = ()
    proposals: tuple[RowState, ...] = ()
    is_saving: bool = False
    copy: str = ""
    copy_tone: str = "ink2"


class RecordsViewModel(ViewModel[RecordsState]):
    """Reads beside the UI thread; the newest question wins."""

    def __init__(self, *, records: RecordsService, days: Consent, background: Background) -> None:
        super().__init__(RecordsState())
        self._days = days
        self._records = records
        self._background = background
        self._asked = 0
        self._day: dt.date | None = None
        self._found: Records | None = None

    def refresh(self) -> None:
        """Read anew."""
        self._asked += 1
        asked, day = self._asked, self._day

        def show(found: Records) -> None:
            if asked == self._asked:
                self._found = found
                self._show_found(found)

        self._background(lambda: self._records.read(day), show)

    def days(self) -> tuple[list[tuple[str, str, str]], str]:
        """Return the days to choose from as (key, icon, words), and the chosen key."""
        assert self._found is not None
        found = self._found
        choices = [
            (day.isoformat(), "calendar-today", formats.short_day(day, found.today))
            for day in found.days
        ]
        return choices, found.route_on.isoformat()

    def show_day(self, key: str) -> None:
        """Show the route of another day."""
        self._day = dt.date.fromisoformat(key)
        self.refresh()

    def record_route(self, *, is_wanted: bool) -> None:
        """Let the route be recorded during working days, or not any more, at once."""

        def keep() -> str:
            try:
                self._days.consent(given=is_wanted)
            except ServiceError as error:
                return error.code
            return ""

        def done(code: str) -> None:
            self._show(replace(self.state, problem=service_problem(code) if code else ""))
            self.refresh()

        self._background(keep, done)

    def signal(self, signal_id: str) -> tuple[SignalView, str]:
        """Return a signal of the list, and all that is said about it."""
        assert self._found is not None
        found = next(each for each in self._found.signals if each.id == signal_id)
        return found, signal_words(found)

    def answer(self, signal_id: str, text: str) -> None:
        """Keep the rep's answer; it goes with the next sync."""

        def keep() -> str:
            try:
                self._records.answer(signal_id, text)
            except ServiceError as error:
                return service_problem(error.code)
            except InvalidRecordError as error:
                return field_problem(error)
            return ""

        def done(problem: str) -> None:
            self._show(replace(self.state, problem=problem))
            self.refresh()

        self._background(keep, done)

    def save_copy(self, saved: Callable[[Path], None]) -> None:
        """Save a copy beside the UI thread; `saved` is called with its file where it succeeded."""
        if self.state.is_saving:
            return
        self._show(replace(self.state, is_saving=True, copy=""))

        def save() -> SavedCopy | str:
            try:
                return self._records.save_copy()
            except ServiceError as error:
                return error.code

        def done(result: SavedCopy | str) -> None:
            failed = isinstance(result, str)
            words = service_problem(result) if isinstance(result, str) else _copy_words(result)
            tone = "bad" if failed else "ink2"
            self._show(replace(self.state, is_saving=False, copy=words, copy_tone=tone))
            if not isinstance(result, str):
                saved(result.file)

        self._background(save, done)

    def _show_found(self, found: Records) -> None:
        known = {kind.name: kind for kind in found.kinds}
        ridden_m = sum(part.length_m for part in found.route)
        self._show(
            replace(
                self.state,
                about=(_recording(found), _kept(found)),
                consents=bool(found.consent_given),
                consent=_consent(found),
                kinds=tuple(
                    _kind(known.get(name), name, found.today)
                    for name in _KINDS
                    # Points wait for minutes only: no row where there are none.
                    if name != "track_fix" or (name in known and known[name].count)
                ),
                day=formats.short_day(found.route_on, found.today),
                day_detail="" if found.route else _("Nothing of your route is recorded."),
                can_choose_day=any(day != found.route_on for day in found.days),
                route=tuple(_part(part, found.time_zone) for part in found.route),
                route_length=formats.distance(ridden_m) if found.route else "",
                left_out=_left_out(found.points_left_out),
                noted=tuple(_noted(code, count) for code, count in found.noted),
                signals=tuple(signal_row(each, found.today) for each in found.signals),
                proposals=tuple(proposal_row(each, found.today) for each in found.proposals),
            )
        )


def _recording(found: Records) -> RowState:
    if found.is_recording and found.day_started_at is not None:
        since = formats.clock_time(found.day_started_at, found.time_zone)
        return RowState(
            key="recording",
            icon="crosshairs-gps",
            icon_tone="good",
            title=_("Your route is being recorded"),
            detail=_("Since %(time)s, until you end your day.", time=since),
            can_open=True,
        )
    if found.day_started_at is None:
        why = _("Your day has not been started.")
    elif found.day_ended_at is not None:
        ended = formats.clock_time(found.day_ended_at, found.time_zone)
        why = _("Your day ended at %(time)s.", time=ended)
    else:
        why = _("You have not agreed to it.")
    return RowState(
        key="recording",
        icon="crosshairs-off",
        title=_("Your route is not recorded now"),
        detail=why,
        can_open=True,
    )


def _consent(found: Records) -> str:
    words = {None: N_("None was given yet."), True: N_("You agreed: %(when)s")}.get(
        found.consent_given, N_("You refused: %(when)s")
    )
    when = (
        formats.day_and_time(found.consent_at, found.time_zone, found.today)
        if found.consent_at is not None
        else ""
    )
    return _(words, when=when) if when else _(words)


def _kept(found: Records) -> RowState:
    days = found.office_keeps_days
    office = (
        _("The office keeps your route for the time your company has set.")
        if days is None
        else ngettext(
            "The office keeps your route for %(count)s day.",
            "The office keeps your route for %(count)s days.",
            days,
        )
    )
    phone = ngettext(
        "This phone keeps it for %(count)s day after it was sent.",
        "This phone keeps it for %(count)s days after it was sent.",
        PHONE_KEEPS_DAYS,
    )
    visits = _("Visits and their positions stay.")
    return RowState(
        key="kept",
        icon="history",
        title=_("How long it is kept"),
        detail=f"{office} {phone} {visits}",
        can_open=True,
    )


def _kind(kind: Kind | None, name: str, today: dt.date) -> RowState:
    count = kind.count if kind is not None else 0
    span = ""
    if kind is not None and kind.oldest_on is not None and kind.newest_on is not None:
        first, last = (formats.short_day(day, today) for day in (kind.oldest_on, kind.newest_on))
        span = first if first == last else f"{first} – {last}"
    return RowState(
        key=name,
        icon=_KINDS[name],
        icon_tone="primary" if count else "unknown",
        title=_(_NAMES[name]),
        detail=span or _("none"),
        figure=formats.number(count),
    )


def _part(part: RoutePart, zone: str) -> RowState:
    start, end = (formats.clock_time(at, zone) for at in (part.start_at, part.end_at))
    title = start if start == end else f"{start} – {end}"
    key = part.start_at.isoformat()
    if not part.points:
        lasted = formats.how_long(part.end_at - part.start_at)
        return RowState(
            key=f"gap {key}",
            icon="map-marker-off",
            title=title,
            detail=_("Gap of %(duration)s: nobody knows where you were", duration=lasted),
        )
    points = ngettext("%(count)s point", "%(count)s points", part.points)
    return RowState(
        key=key,
        icon="map-marker-path",
        icon_tone="primary",
        title=title,
        detail=points,
        figure=formats.distance(part.length_m) if part.points > 1 else "",
    )


def _noted(code: str, count: int) -> RowState:
    return RowState(
        key=f"noted {code}",
        icon="information-outline",
        title=noted_words(code),
        figure=formats.number(count),
    )


def _left_out(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)s point is too weak or impossible, and is not counted.",
        "%(count)s points are too weak or impossible, and are not counted.",
        count,
    )


def _copy_words(copy: SavedCopy) -> str:
    size = formats.file_size(copy.size_bytes)
    if not copy.office_problem:
        return _("What this phone has and what the office has, %(size)s.", size=size)
    other = N_("The office did not give its records, so only this phone's are in the copy.")
    return _(_OFFICE_PROBLEMS.get(copy.office_problem, other))
