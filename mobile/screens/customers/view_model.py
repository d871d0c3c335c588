"""Searching all customers of the rep on the phone, nearest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mobile.device.gps import Gps
from mobile.screens.formats import distance
from mobile.screens.view_model import PATIENCE_S, PatientBackground, RowState, ViewModel
from mobile.services.views import CustomerView, Narrowing
from shared.geo import Position, distance_m, haversine_m
from shared.i18n import _, ngettext

_SHOWN = 100
_MOVED_M = 50.0
_TO_NOTHING = Narrowing()


class CustomerSearch(Protocol):
    """Finds customers in the phone's own database."""

    def search(
        self,
        text: str = "",
        *,
        near: Position | None = None,
        limit: int = 50,
        narrowed: Narrowing = _TO_NOTHING,
    ) -> Sequence[CustomerView]:
        """Return customers whose name, code or phone has words that begin so, nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersState:
    """What the screen shows."""

    text: str = ""
    narrowed: Narrowing = _TO_NOTHING
    rows: tuple[RowState, ...] = ()
    summary: str = ""
    empty_title: str = ""
    empty_text: str = ""


class CustomersViewModel(ViewModel[CustomersState]):
    """Searches at every letter, in the phone's own database."""

    def __init__(
        self, *, customers: CustomerSearch, gps: Gps, background: PatientBackground
    ) -> None:
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
        self._search(text, self.state.narrowed)

    def show_class(self, customer_class: str) -> None:
        """Show this class only; a second time, all again."""
        narrowed = self.state.narrowed
        chosen = "" if narrowed.customer_class == customer_class else customer_class
        self._search(self.state.text, replace(narrowed, customer_class=chosen))

    def show_due(self) -> None:
        """Show those due for a visit only; a second time, all again."""
        narrowed = self.state.narrowed
        chosen = replace(narrowed, due=not narrowed.due, never_visited=False)
        self._search(self.state.text, chosen)

    def show_never_visited(self) -> None:
        """Show those without a visit only; a second time, all again."""
        narrowed = self.state.narrowed
        chosen = replace(narrowed, never_visited=not narrowed.never_visited, due=False)
        self._search(self.state.text, chosen)

    def _search(self, text: str, narrowed: Narrowing) -> None:
        self._searched += 1
        number, place = self._searched, self._place
        self._show(replace(self.state, text=text, narrowed=narrowed))

        def find() -> Sequence[CustomerView] | None:
            if number != self._searched:
                return None  # the rep has typed on meanwhile
            return self._customers.search(text, near=place, limit=_SHOWN, narrowed=narrowed)

        def show(found: Sequence[CustomerView] | None) -> None:
            if found is not None and number == self._searched:
                self._found(text, narrowed, found)

        self._background(find, show, patience_s=PATIENCE_S)

    def _found(self, text: str, narrowed: Narrowing, found: Sequence[CustomerView]) -> None:
        counted = f"{_SHOWN}+" if len(found) == _SHOWN else str(len(found))
        is_all = not text.strip() and narrowed == _TO_NOTHING
        summary = (
            ngettext("%(shown)s customer", "%(shown)s customers", len(found), shown=counted)
            if is_all
            else _("%(count)s found", count=counted)
        )
        if self._place is not None:
            summary += " · " + _("nearest first")
        rows = tuple(map(self._row, found))
        state = CustomersState(text=text, narrowed=narrowed, rows=rows, summary=summary)
        if not found:
            title, words = _nothing(text.strip(), narrowed)
            state = replace(state, summary="", empty_title=title, empty_text=words)
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


def _nothing(text: str, narrowed: Narrowing) -> tuple[str, str]:
    """Return why the list is empty, and what to do."""
    if narrowed != _TO_NOTHING:
        words = _("No customer is left by these filters. Tap a filter to lift it.")
        return _("No customer found"), words
    if text:
        words = _("Nothing matches “%(text)s”. Try the beginning of a name, a code or a phone.")
        return _("No customer found"), words % {"text": text}
    return _("No customers yet"), _("Your customers arrive with the next sync.")
