"""The rep's working day: start and end, progress, the route in order, the next stop."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from mobile.device.clock import Clock
from mobile.device.gps import Gps
from mobile.screens.formats import (
    amounts,
    clock_time,
    day_name,
    distance,
    money,
    number,
    running,
)
from mobile.screens.view_model import RowState, ViewModel
from mobile.screens.words import NO_SALE_REASONS
from mobile.services.views import Amount, DayView, StopProgress, StopView, VisitView
from shared.checkin.evidence import Fix
from shared.geo import Position, haversine_m
from shared.i18n import _, ngettext
from shared.vocabulary import NoSaleReason


class DayService(Protocol):
    """What a rep does with the day."""

    def today(self) -> DayView:
        """Return the day as it stands on this phone."""

    def start_day(self, *, fix: Fix | None = None) -> None:
        """Begin the day; the rep has agreed to what is recorded."""

    def end_day(self, *, fix: Fix | None = None) -> None:
        """End the day; nothing is recorded after it."""


class OpenVisit(Protocol):
    """Knows the visit that is going on."""

    def open_visit(self) -> VisitView | None:
        """Return it, or None."""


class Leaving(Protocol):
    """Notices that the rep has left without checking out."""

    def end_of_day(self, visit_id: str) -> bool:
        """Tell whether a check-out is proposed, now that the day is to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCall:
    """The stop to go to, or the visit to go on with."""

    customer_id: str
    stop_id: str
    overline: str
    name: str
    address: str
    distance: str
    customer_class: str
    is_open: bool
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayState:
    """What the screen shows."""

    day: str = ""
    greeting: str = ""
    phase: str = "before"
    """`before`, `running` or `ended`."""
    phase_text: str = ""
    plan_text: str = ""
    calls: str = ""
    effective: str = ""
    value: str = ""
    value_full: str = ""
    share_done: float = 0.0
    next_call: NextCall | None = None
    rows: tuple[RowState, ...] = ()
    route_text: str = ""
    """Whether the route is recorded."""
    has_withdrawn: bool = False
    """The rep has switched the route off."""


class TodayViewModel(ViewModel[TodayState]):
    """Shows the day and starts and ends it."""

    def __init__(
        self, *, days: DayService, visits: OpenVisit, leaving: Leaving, gps: Gps, clock: Clock
    ) -> None:
        super().__init__(TodayState())
        self._leaving = leaving
        self._days = days
        self._visits = visits
        self._gps = gps
        self._clock = clock
        self._day: DayView | None = None
        self._open: VisitView | None = None

    def refresh(self) -> None:
        """Read the day anew."""
        self._day = self._days.today()
        self._open = self._visits.open_visit()
        self._render()

    def tick(self) -> None:
        """Move distances and the running time on, without reading the day."""
        if self._day is not None:
            self._render()

    def start_day(self) -> None:
        """Begin the day. The screen has shown what is recorded."""
        self._days.start_day(fix=self._gps.last_fix())
        self.refresh()

    def open_name(self) -> str:
        """Return the customer of the visit that is going on, which must end before the day."""
        return self._open.customer.name if self._open else ""

    def proposes_check_out(self) -> bool:
        """Tell whether the visit that is going on was left, so that its check-out can be given."""
        return self._open is not None and self._leaving.end_of_day(self._open.id)

    def end_day(self) -> None:
        """End the day."""
        self._days.end_day(fix=self._gps.last_fix())
        self.refresh()

    def _render(self) -> None:
        assert self._day is not None
        day, fix = self._day, self._gps.last_fix()
        phase = "ended" if day.ended_at else "running" if day.started_at else "before"
        self._show(
            replace(
                self.state,
                day=day_name(day.day),
                greeting=_("Hello, %(name)s", name=day.rep_name.split(" ")[0]),
                phase=phase,
                phase_text=self._phase_text(day),
                plan_text=ngettext(
                    "%(count)s stop planned today",
                    "%(count)s stops planned today",
                    day.calls_planned,
                ),
                calls=f"{day.calls_done}/{day.calls_planned}",
                effective=number(day.effective_calls),
                value=amounts(_worth(day)),
                value_full=" + ".join(money(each.minor, each.currency) for each in _worth(day)),
                share_done=min(1.0, day.calls_done / day.calls_planned)
                if day.calls_planned
                else 0.0,
                next_call=self._next_call(day, fix) if phase != "ended" else None,
                rows=tuple(_row(stop, fix) for stop in day.stops),
                route_text=_route_text(day),
                has_withdrawn=day.consent is False,
            )
        )

    def _phase_text(self, day: DayView) -> str:
        zone = self._clock.time_zone
        if day.started_at and day.ended_at:
            return _(
                "Day ended, %(start)s to %(end)s",
                start=clock_time(day.started_at, zone),
                end=clock_time(day.ended_at, zone),
            )
        if day.started_at:
            return _("Started at %(time)s", time=clock_time(day.started_at, zone))
        return ""

    def _next_call(self, day: DayView, fix: Fix | None) -> NextCall | None:
        if self._open is not None:
            customer = self._open.customer
            passed: timedelta = self._clock.now() - self._open.checked_in_at
            return NextCall(
                customer_id=customer.id,
                stop_id=self._open.stop_id or "",
                overline=_("In visit"),
                name=customer.name,
                address=customer.address,
                distance=running(passed),
                customer_class=customer.customer_class,
                is_open=True,
                action=_("Back to the visit"),
            )
        planned = [stop for stop in day.stops if stop.progress == StopProgress.PLANNED]
        if not planned:
            return None
        stop = planned[0]
        return NextCall(
            customer_id=stop.customer.id,
            stop_id=stop.stop_id or "",
            overline=_("Next stop"),
            name=stop.customer.name,
            address=stop.customer.address,
            distance=away(stop, fix),
            customer_class=stop.customer.customer_class,
            is_open=False,
            action=_("Check in"),
        )


def _route_text(day: DayView) -> str:
    if day.consent is False:
        return _("Your route is switched off")
    if day.started_at and not day.ended_at:
        return _("Your route is being recorded")
    return ""


def away(stop: StopView, fix: Fix | None) -> str:
    """Return how far a stop is, or nothing where either place is unknown."""
    customer = stop.customer
    if fix is None or customer.latitude is None or customer.longitude is None:
        return ""
    return distance(haversine_m(fix.position, Position(customer.latitude, customer.longitude)))


def _worth(day: DayView) -> tuple[Amount, ...]:
    """Return what was sold; of other currencies alone where nothing else was."""
    own = Amount(day.amount_minor, day.currency)
    return day.others if day.others and not own.minor else (own, *day.others)


def _row(stop: StopView, fix: Fix | None) -> RowState:
    row = RowState(key=stop.customer.id, title=stop.customer.name, can_open=True)
    verdict = stop.verdict or ""
    match stop.progress:
        case StopProgress.DONE:
            words = _outcome(stop)
            return replace(row, icon="check-bold", icon_tone="good", detail=words, verdict=verdict)
        case StopProgress.IN_VISIT:
            return replace(
                row,
                icon="timer-outline",
                icon_tone="primary",
                detail=_("In visit"),
                detail_tone="primary",
                verdict=verdict,
            )
        case StopProgress.CANCELLED:
            return replace(row, icon="cancel", detail=_("Cancelled"), mark=_("skipped"))
        case _:
            return replace(
                row,
                badge=str(stop.sequence) if stop.stop_id else "",
                icon="storefront-outline",
                detail=stop.customer.address or stop.customer.code,
                figure=away(stop, fix),
            )


def _outcome(stop: StopView) -> str:
    if stop.amounts:
        text = _("Order %(amount)s", amount=amounts(stop.amounts))
    elif stop.no_sale_reason in set(NoSaleReason):
        text = _(NO_SALE_REASONS[NoSaleReason(stop.no_sale_reason)])
    else:
        text = _("No order")
    return text if stop.stop_id else _("Unplanned") + " · " + text
