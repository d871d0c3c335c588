"""Searching all customers of the rep on the phone, nearest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mobile.device.gps import Gps
from mobile.screens.formats import distance
from mobile.screens.view_model import Background, RowState, ViewModel
from mobile.services.views import CustomerView
from shared.geo import Position, distance_m, haversine_m
from shared.i18n import _

_SHOWN = 100
_MOVED_M = 50.0


class CustomerSearch(Protocol):
    """Finds customers in the phone's own database."""

    def search(
        self, text: str = "", *, near: Position | None = None, limit: int = 50
    ) -> Sequence[CustomerView]:
        """Return customers whose name, code or phone has words that begin so, nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersState:
    """What the screen shows."""

    text: str = ""
    rows: tuple[RowState, ...] = ()
    summary: str = ""
    empty_title: str = ""
    empty_text: str = ""


class CustomersViewModel(ViewModel[CustomersState]):
    """Searches at every letter, in the phone's own database."""

    def __init__(self, *, customers: CustomerSearch, gps: Gps, background: Background) -> None:
        super().__init__(CustomersState())
        self._customers = customers
        self._gps = gps
        self._background = background
        self._place: Position | None = None
        self._searched = 0

    def refresh(self) -> None:
        """Search again from where the rep is now."""
        fix = self._gps.last_fix()
        self._place = fix.position if fix else None
        self.search(self.state.text)

    def tick(self) -> None:
        """Sort anew once the rep has moved on."""
        fix = self._gps.last_fix()
        if fix and (self._place is None or distance_m(fix.position, self._place) > _MOVED_M):
            self.refresh()

    def search(self, text: str) -> None:
        """Search beside the UI thread; a later search makes an earlier answer worthless."""
        self._searched += 1
        number, place = self._searched, self._place
        self._show(replace(self.state, text=text))

        def show(found: Sequence[CustomerView]) -> None:
            if number == self._searched:
                self._found(text, found)

        self._background(lambda: self._customers.search(text, near=place, limit=_SHOWN), show)

    def _found(self, text: str, found: Sequence[CustomerView]) -> None:
        counted = f"{_SHOWN}+" if len(found) == _SHOWN else str(len(found))
        summary = (
            _("%(count)s found", count=counted)
            if text.strip()
            else _("%(count)s customers", count=counted)
        )
        if self._place is not None:
            summary += " · " + _("nearest first")
        state = CustomersState(text=text, rows=tuple(map(self._row, found)), summary=summary)
        if not found and text.strip():
            words = _("Nothing matches “%(text)s”. Try the beginning of a name, a code or a phone.")
            state = replace(
                state,
                summary="",
                empty_title=_("No customer found"),
                empty_text=words % {"text": text.strip()},
            )
        elif not found:
            state = replace(
                state,
                summary="",
                empty_title=_("No customers yet"),
                empty_text=_("Your customers arrive with the next sync."),
            )
        self._show(state)

    def _row(self, customer: CustomerView) -> RowState:
        figure = ""
        if self._place and customer.latitude is not None and customer.longitude is not None:
            place = Position(customer.latitude, customer.longitude)
            figure = distance(haversine_m(self._place, place))
        return RowState(
            key=customer.id,
            badge=customer.customer_class,
            icon="storefront-outline",
            title=customer.name,
            detail=" · ".join(filter(None, (customer.code, customer.address))),
            figure=figure,
            can_open=True,
        )
