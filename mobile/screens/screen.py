"""What all screens share: they show a view model's state, refresh when entered, tick in sight."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.factory import Factory
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

from mobile.screens.view_model import RowState, SectionState
from shared.i18n import N_, _

if TYPE_CHECKING:
    from mobile.services.deal_views import DealLine
    from mobile.widgets.sheet import Sheet

_TICK_S = 1.0
_KEEP_AFTER_S = 0.8
_TAP_S = 0.3


class Ways(Protocol):
    """Where a screen can lead; the app knows how."""

    def tab(self, name: str) -> None:
        """Show a tab."""

    def show(self, name: str) -> None:
        """Open a screen that needs nothing to be chosen first."""

    def customer(self, customer_id: str) -> None:
        """Open a customer."""

    def check_in(self, customer_id: str, stop_id: str | None) -> None:
        """Open the visit screen and begin to measure."""

    def visit(self) -> None:
        """Open the visit that is going on."""

    def order(self) -> None:
        """Choose products for the visit's order."""

    def questions(self) -> None:
        """Answer the visit form."""

    def task(self, task_id: str, *, customer_id: str = "", visit_id: str = "") -> None:
        """Open a task, or with an empty id a new one."""

    def expense(self, expense_id: str) -> None:
        """Open an expense, or with an empty id a new one."""

    def correct(self, form: str, record_id: str, tried: Mapping[str, Any]) -> None:
        """Open the form of a record that the office refused, with what was tried."""

    def prospect(self) -> None:
        """Open the form of a new customer."""

    def deal(self, deal_id: str, *, customer_id: str = "") -> None:
        """Open a deal, or with an empty id a new one."""

    def pick(self, what: str, chosen: Callable[[str], None], *, currency: str = "") -> None:
        """Choose a `customer` or a `product` (priced in a currency), and call back with its id."""

    def line(
        self, line: "DealLine", currency: str, done: Callable[["DealLine | None"], None]
    ) -> None:
        """Open a product's line; call back with it, or with None when it is taken off."""

    def back(self) -> None:
        """Leave the screen."""

    def enrolled(self) -> None:
        """Show the day: the phone belongs to a rep now."""

    def signed_out(self) -> None:
        """Show enrolment: the phone belongs to nobody."""

    def say(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Show a short message, with a way to take back what was done."""


class BoundScreen(Screen):
    """Rules read `root.state.<field>`; a new state repaints what differs."""

    state = ObjectProperty(rebind=True)
    holds_still = True
    """Whether what is shown may not change under a finger that comes down."""
    _waiting: Any = None

    def __init__(self, *, view_model: Any, ways: Ways, **kwargs: Any) -> None:
        self.view_model = view_model
        self.ways = ways
        # The rules are applied in the base's constructor and read the state there.
        super().__init__(state=view_model.state, **kwargs)
        view_model.subscribe(self._render)
        # A screen is built when first shown, and its state may say a lot by then.
        self.property("state").dispatch(self)
        self._ticking = Clock.create_trigger(self._tick, _TICK_S, interval=True)

    def on_pre_enter(self) -> None:
        """Read everything anew before the screen is seen."""
        self.view_model.refresh()
        self._ticking()

    def put_away(self) -> None:
        """Save and stop ticking; called before another screen is shown, and at the end."""
        self._ticking.cancel()
        self.save()

    def save(self) -> None:
        """Save what is not saved yet."""

    def rows(
        self,
        states: Iterable[RowState],
        when_chosen: Callable[[str], None] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the properties of rows that call a function with the key of the row tapped."""
        return [{**state.properties(), "when_chosen": when_chosen} for state in states]

    def sections(
        self,
        states: Iterable[SectionState],
        when_chosen: Callable[[str], None] | None = None,
    ) -> list[tuple[str, str, list[dict[str, Any]]]]:
        """Return headings with their figures and the properties of their rows."""
        return [(one.text, one.figure, self.rows(one.rows, when_chosen)) for one in states]

    def ask(self, when_chosen: Callable[[str], None], **words: Any) -> "Sheet":
        """Open a sheet with words and choices, and call back with what was chosen."""
        sheet: Sheet = Factory.Sheet(when_chosen=when_chosen, **words)
        sheet.open(animation=False)
        return sheet

    def _render(self, state: Any) -> None:
        """Show a state; while a finger comes down, wait until it has hit what it saw."""
        if state != self.state and self.holds_still and _is_being_touched():
            self._waiting = state
            Clock.schedule_once(self._show_waiting)
        else:
            self._waiting, self.state = None, state

    def _show_waiting(self, _dt: float) -> None:
        if self._waiting is not None:
            self._render(self._waiting)

    def _tick(self, _dt: float) -> None:
        self.view_model.tick()


def _is_being_touched() -> bool:
    """Whether a finger has just come down: a list tells its rows of it a little later."""
    now = time.time()
    return any(one.is_touch and now - one.time_start < _TAP_S for one in EventLoop.touches)


class ShowsPhotos(BoundScreen):
    """A screen whose view model has `photos`, of `mobile.screens.photos.Photos`."""

    def take_photo(self) -> None:
        """Open the camera; what was typed is saved first, for Android may end the app meanwhile."""
        self.save()
        self.view_model.photos.take()

    def look_at_photo(self, photo_id: str) -> None:
        """Say what has become of a photo, and offer to remove it."""
        title, words = self.view_model.photos.explain(photo_id)
        self.ask(
            lambda _key: self.view_model.photos.remove(photo_id),
            title=title,
            text=words,
            choices=self.view_model.photos.choices(),
            cancel=_("Close"),
        )


class FormScreen(BoundScreen):
    """A form that keeps what is typed as a draft, and is left once it is saved."""

    SAVED = ""
    """What is said after saving; English source text, marked with `N_`."""
    DISCARDED = N_("What you typed is discarded.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keeping = Clock.create_trigger(lambda _dt: self.save(), _KEEP_AFTER_S)

    def on_state(self, _screen: Any, state: Any) -> None:
        """Leave once it is saved."""
        if state.is_saved:
            self.ways.say(_(self.SAVED))
            self.ways.back()

    def typed(self, **words: str) -> None:
        """Take the words at once and keep them soon: a write at every letter would be too much."""
        self.view_model.type(**words)
        self._keeping()

    def save(self) -> None:
        """Keep what was typed as a draft."""
        self._keeping.cancel()
        self.view_model.keep()

    def discard(self) -> None:
        """Leave, and forget what is not saved; it can be taken back for a moment."""
        self.save()  # what was typed last is forgotten, and brought back, with the rest
        again, bring_back = self.again(), self.view_model.discard()
        self.ways.back()

        def undo() -> None:
            bring_back()
            again()

        self.ways.say(_(self.DISCARDED), undo)

    def again(self) -> Callable[[], None]:
        """Return what opens this very form anew."""
        raise NotImplementedError

    def finish(self, **how: Any) -> None:
        """Record what the form holds."""
        self.save()
        self.view_model.save(**how)
