"""One customer: where it is, how to reach it, what happened there, and checking in."""

from dataclasses import dataclass
from typing import Protocol

from mobile.device.clock import Clock
from mobile.device.gps import Gps
from mobile.screens.formats import day_and_time, distance, how_long, short_money
from mobile.screens.view_model import RowState, ViewModel
from mobile.screens.words import SKIP_REASONS, no_sale_words
from mobile.services.views import (
    CustomerDetail,
    CustomerView,
    DayView,
    PastVisit,
    StopProgress,
    VisitView,
)
from shared.geo import Position, distance_m
from shared.i18n import _
from shared.time import business_day


class CustomerService(Protocol):
    """Reads customers of the phone's own database."""

    def get(self, customer_id: str) -> CustomerDetail:
        """Return one with its visits."""


class Day(Protocol):
    """Reads the day, and takes stops off it."""

    def today(self) -> DayView:
        """Return it."""

    def cancel_stop(self, stop_id: str, reason: str) -> None:
        """Take a stop off today's plan."""


class OpenVisit(Protocol):
    """Knows the visit that is going on."""

    def open_visit(self) -> VisitView | None:
        """Return it, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerState:
    """What the screen shows."""

    name: str = ""
    code_and_class: str = ""
    customer_class: str = ""
    facts: tuple[RowState, ...] = ()
    visits: tuple[RowState, ...] = ()
    action: str = ""
    """Words of the main button."""
    refusal: str = ""
    """Why there can be no check-in now."""
    can_skip: bool = False
    """Whether there is a stop to take off today's plan."""


class CustomerViewModel(ViewModel[CustomerState]):
    """Shows the customer that was chosen last."""

    def __init__(
        self, *, customers: CustomerService, days: Day, visits: OpenVisit, gps: Gps, clock: Clock
    ) -> None:
        super().__init__(CustomerState())
        self._customers = customers
        self._days = days
        self._visits = visits
        self._gps = gps
        self._clock = clock
        self._customer_id = ""

    def choose(self, customer_id: str) -> None:
        """Show a customer."""
        self._customer_id = customer_id
        self.refresh()

    def target(self) -> tuple[str, str | None]:
        """Return customer and planned stop to check in at; no stop: an unplanned visit."""
        stops = self._days.today().stops
        stop_id = next(
            (
                stop.stop_id
                for stop in stops
                if stop.customer.id == self._customer_id and stop.progress == StopProgress.PLANNED
            ),
            None,
        )
        return self._customer_id, stop_id

    def skip_choices(self) -> list[tuple[str, str, str]]:
        """Return the reasons for leaving a stop out as (key, icon, words)."""
        return [(key, "store-off-outline", _(words)) for key, words in SKIP_REASONS.items()]

    def skip(self, reason: str) -> None:
        """Take the stop off today's plan."""
        stop_id = self.target()[1]
        if stop_id is not None:
            self._days.cancel_stop(stop_id, reason)
        self.refresh()

    def refresh(self) -> None:
        """Read the customer anew."""
        if not self._customer_id:
            return
        detail = self._customers.get(self._customer_id)
        customer = detail.customer
        day, going_on = self._days.today(), self._visits.open_visit()
        here = going_on is not None and going_on.customer.id == customer.id
        refusal = ""
        if going_on is not None and not here:
            refusal = _("Check out at %(name)s first.", name=going_on.customer.name)
        elif day.ended_at:
            refusal = _("Your day has ended.")
        elif not day.started_at and not here:
            refusal = _("Start your day first.")
        planned = self.target()[1] is not None
        self._show(
            CustomerState(
                name=customer.name,
                code_and_class=" · ".join(filter(None, (customer.code, _class_words(customer)))),
                customer_class=customer.customer_class,
                facts=self._facts(detail),
                visits=tuple(self._visit(visit, detail.currency) for visit in detail.visits),
                action=(
                    _("Back to the visit")
                    if here
                    else _("Check in")
                    if planned
                    else _("Check in, unplanned")
                ),
                refusal=refusal,
                can_skip=planned and not here and day.started_at is not None and not day.ended_at,
            )
        )

    def _facts(self, detail: CustomerDetail) -> tuple[RowState, ...]:
        customer, fix = detail.customer, self._gps.last_fix()
        away = _("No point on the map yet")
        if customer.latitude is not None and customer.longitude is not None:
            away = _("Check-in within %(radius)s", radius=distance(customer.radius_m))
            if fix is not None:
                metres = distance_m(fix.position, Position(customer.latitude, customer.longitude))
                away = _("%(distance)s from here", distance=distance(metres)) + " · " + away
        return (
            RowState(
                key="address",
                icon="map-marker-outline",
                icon_tone="primary",
                title=customer.address or _("No address"),
                detail=away,
            ),
            RowState(
                key="phone",
                icon="phone-outline",
                icon_tone="primary",
                title=customer.phone or _("No phone number"),
                detail=_("Phone"),
            ),
        )

    def _visit(self, visit: PastVisit, currency: str) -> RowState:
        zone, now = self._clock.time_zone, self._clock.now()
        words = (
            short_money(visit.amount_minor, currency)
            if visit.amount_minor
            else no_sale_words(visit.no_sale_reason)
        )
        if visit.checked_out_at is not None:
            words += " · " + how_long(visit.checked_out_at - visit.checked_in_at)
        return RowState(
            key=visit.id,
            icon="cart-outline" if visit.amount_minor else "store-off-outline",
            icon_tone="good" if visit.amount_minor else "unknown",
            title=day_and_time(visit.checked_in_at, zone, business_day(now, zone)),
            detail=words,
            verdict=visit.verdict or "",
        )


def _class_words(customer: CustomerView) -> str:
    letter = customer.customer_class
    return _("Class %(letter)s", letter=letter) if letter else _("Not classed")
