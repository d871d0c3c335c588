"""One customer: where it is, how to reach it, what happened there, and checking in."""

from dataclasses import dataclass
from typing import Protocol

from mobile.device.clock import Clock
from mobile.device.gps import Gps
from mobile.device.links import Links, call_address, map_address, whatsapp_address
from mobile.screens import own_fields
from mobile.screens.formats import amounts, day_and_time, distance, how_long, number, short_money
from mobile.screens.view_model import RowState, ViewModel
from mobile.screens.words import SKIP_REASONS, no_sale_words
from mobile.services.customer_views import (
    CustomerDetail,
    OpenDeal,
    OwnValue,
    PastVisit,
    UsualProduct,
)
from mobile.services.views import CustomerView, DayView, StopProgress, VisitView
from shared.checkin.evidence import Fix
from shared.geo import Position, distance_m
from shared.i18n import _
from shared.schemas.limits import InvalidRecordError
from shared.time import business_day


class CustomerService(Protocol):
    """Reads customers of the phone's own database."""

    def get(self, customer_id: str) -> CustomerDetail:
        """Return one with its visits."""

    def propose_location(self, customer_id: str, fix: Fix) -> None:
        """Tell the office where the customer is."""

    def set_field(self, customer_id: str, key: str, text: str) -> None:
        """Fill in a custom field, or take its value out by an empty text."""


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
    deals: tuple[RowState, ...] = ()
    basket: tuple[RowState, ...] = ()
    notes: str = ""
    own: tuple[RowState, ...] = ()
    """Custom fields of the company."""
    action: str = ""
    """Words of the main button."""
    refusal: str = ""
    """Why there can be no check-in now."""
    can_skip: bool = False
    """Whether there is a stop to take off today's plan."""


class CustomerViewModel(ViewModel[CustomerState]):
    """Shows the customer that was chosen last."""

    def __init__(
        self,
        *,
        customers: CustomerService,
        days: Day,
        visits: OpenVisit,
        gps: Gps,
        clock: Clock,
        links: Links,
    ) -> None:
        super().__init__(CustomerState())
        self._customers = customers
        self._days = days
        self._visits = visits
        self._gps = gps
        self._clock = clock
        self._links = links
        self._addresses: dict[str, str] = {}
        self._customer_id = ""
        self._own: dict[str, OwnValue] = {}

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
        self._own = {one.field.key: one for one in detail.own_values}
        today = business_day(self._clock.now(), self._clock.time_zone)
        self._show(
            CustomerState(
                name=customer.name,
                code_and_class=" · ".join(filter(None, (customer.code, _class_words(customer)))),
                customer_class=customer.customer_class,
                facts=self._facts(detail),
                visits=tuple(self._visit(visit) for visit in detail.visits),
                deals=tuple(map(_deal, detail.open_deals)),
                basket=tuple(map(_usual, detail.basket)),
                notes=detail.notes,
                own=own_fields.rows(detail.own_values, today),
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
        self._addresses = _addresses(detail)
        rows = [
            RowState(
                key="navigate",
                icon="map-marker-outline",
                icon_tone="primary",
                title=customer.address or _("No address"),
                detail=away,
                can_open="navigate" in self._addresses,
            ),
            RowState(
                key="call",
                icon="phone-outline",
                icon_tone="primary",
                title=customer.phone or _("No phone number"),
                detail=detail.contact_name or _("Phone"),
                can_open="call" in self._addresses,
            ),
        ]
        if "whatsapp" in self._addresses:
            rows.append(
                RowState(
                    key="whatsapp",
                    icon="whatsapp",
                    icon_tone="primary",
                    title=_("Write on WhatsApp"),
                    detail=customer.phone,
                    can_open=True,
                )
            )
        rows.append(
            RowState(
                key="propose",
                icon="map-marker-plus-outline",
                icon_tone="primary",
                title=_("Propose where I stand"),
                detail=(
                    _("No position yet. Go outside and wait a moment.")
                    if fix is None
                    else _("As the place of this customer, ±%(m)s", m=distance(fix.accuracy_m))
                ),
                can_open=fix is not None,
            )
        )
        return tuple(rows)

    def entry(self, row_key: str) -> own_fields.Entry | None:
        """Return what to ask for a custom field; None where the rep may not fill it in."""
        own = self._own.get(own_fields.key_of(row_key))
        return own_fields.entry(own) if own is not None and own.field.by_reps else None

    def fill_in(self, row_key: str, text: str) -> str:
        """Keep what was typed or chosen; return what is wrong with it, or nothing."""
        key = own_fields.key_of(row_key)
        given = "" if text == own_fields.CLEAR else text
        try:
            self._customers.set_field(self._customer_id, key, given)
        except InvalidRecordError as error:
            return own_fields.problem(error)
        self.refresh()
        return ""

    def open(self, key: str) -> bool:
        """Call, write or find the way; False where the phone has no app for it."""
        return self._links.open(self._addresses[key])

    def can_open(self, key: str) -> bool:
        """Whether there is a number or a place to open."""
        return key in self._addresses

    def propose_here(self) -> bool:
        """Tell the office that the customer is here; False without a position."""
        fix = self._gps.last_fix()
        if fix is None:
            return False
        self._customers.propose_location(self._customer_id, fix)
        self.refresh()
        return True

    def _visit(self, visit: PastVisit) -> RowState:
        zone, now = self._clock.time_zone, self._clock.now()
        words = amounts(visit.amounts) or no_sale_words(visit.no_sale_reason)
        if visit.checked_out_at is not None:
            words += " · " + how_long(visit.checked_out_at - visit.checked_in_at)
        return RowState(
            key=visit.id,
            icon="cart-outline" if visit.amounts else "store-off-outline",
            icon_tone="good" if visit.amounts else "unknown",
            title=day_and_time(visit.checked_in_at, zone, business_day(now, zone)),
            detail=words,
            verdict=visit.verdict or "",
        )


def _class_words(customer: CustomerView) -> str:
    letter = customer.customer_class
    return _("Class %(letter)s", letter=letter) if letter else _("Not classed")


def _addresses(detail: CustomerDetail) -> dict[str, str]:
    customer = detail.customer
    found = {
        "call": call_address(customer.phone),
        "whatsapp": whatsapp_address(customer.phone, detail.currency),
    }
    if customer.latitude is not None and customer.longitude is not None:
        place = Position(customer.latitude, customer.longitude)
        found["navigate"] = map_address(place, customer.name)
    return {key: address for key, address in found.items() if address}


def _deal(deal: OpenDeal) -> RowState:
    return RowState(
        key=deal.id,
        icon="handshake-outline",
        icon_tone="primary",
        title=deal.title or _("Deal"),
        detail=deal.stage,
        figure=short_money(deal.amount_minor, deal.currency),
    )


def _usual(product: UsualProduct) -> RowState:
    return RowState(
        key=product.product_id,
        icon="package-variant-closed",
        icon_tone="primary",
        title=product.name,
        detail=(
            _("in the last order")
            if product.all_orders == 1
            else _(
                "in %(orders)s of the last %(all)s orders",
                orders=product.orders,
                all=product.all_orders,
            )
        ),
        figure=number(round(product.quantity)),
    )
