"""The app: one window with tabs, screens and messages, around the container's view models."""

import gc
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from kivy.app import App
from kivy.base import EventLoop, ExceptionManager
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.factory import Factory
from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import NoTransition, Screen

import mobile.widgets.registry  # noqa: F401 - rules name widgets
from mobile.container.container import Container
from mobile.device.haptics import Feel
from mobile.navigation import Navigator
from mobile.screens.excuses import Excuses
from mobile.theme import Theme
from mobile.widgets.panels import BottomAction
from mobile.widgets.rules import load_rules
from shared.i18n import _, set_language

if TYPE_CHECKING:
    from mobile.screens.visit.view_model import VisitState
    from mobile.services.deal_views import DealLine

_AWAY_S = 5.0
_NEXT_LIKELY = {
    "today": ("customers", "visit"),
    "customers": ("customer",),
    "customer": ("visit",),
    "visit": ("order",),
}
"""What is built ahead, in this order, while the rep reads a screen: what it leads to next."""
_BUILD_AHEAD_EVERY_S = 0.7
_REST_AFTER_S = 1.0
_BACK_KEY = 27


class Root(FloatLayout):
    """The screens, with the tabs below and messages above them."""

    tab = StringProperty("")
    shows_tabs = BooleanProperty(defaultvalue=True)
    _snackbar: Any = None
    action_height = NumericProperty(0)
    """Of the actions at the bottom of the screen in sight, which a message must not cover."""
    tabs_height = NumericProperty(0)

    def show_message(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Show a short message; the first one makes what shows it."""
        if self._snackbar is None:
            self._snackbar = Factory.RootSnackbar(root=self)
            self.add_widget(self._snackbar)
        self._snackbar.show(text, undo)

    def tabs_of(self, tr: Callable[[str], str], needs_you: int) -> list[tuple[str, str, str, int]]:
        """Return the tabs in the language of `tr`."""
        return [
            ("today", "calendar-check-outline", tr("Today"), 0),
            ("customers", "storefront-outline", tr("Customers"), 0),
            ("sync", "sync", tr("Sync"), needs_you),
            ("more", "menu", tr("More"), 0),
        ]


class TapakApp(App):
    """Shows what the container holds, and keeps it fresh."""

    title = "Tapak"
    theme = ObjectProperty()
    bar = ObjectProperty(rebind=True)
    tr = ObjectProperty(_)
    """Translates; assigned anew when the language changes, so that every rule is read again."""
    motion_s = NumericProperty(0.2)
    no_transition = ObjectProperty()
    width_of_window = NumericProperty()
    height_of_window = NumericProperty()

    def __init__(self, container: Container, *, is_still: bool = False, **kwargs: Any) -> None:
        """Take what to show; `is_still`: no motion, where the system asks for none."""
        super().__init__(**kwargs)
        self.container = container
        self.theme = Theme()
        self.no_transition = NoTransition()
        if is_still:
            self.motion_s = 0
        self._is_stopped = False
        self._phase = ""  # of the visit, to notice its check-in
        self._ticked_at = Clock.get_time()
        self._excuses = Excuses(self._excuse)
        self._actions: WeakSet[BottomAction] = WeakSet()
        self._finding_room = Clock.create_trigger(self._find_room)
        self._resting = Clock.create_trigger(self._rest, _REST_AFTER_S)

    def build(self) -> Root:
        """Build the window's frame; screens follow when they are shown."""
        self._apply_settings()
        self.container.view_models.bar.subscribe(partial(setattr, self, "bar"))
        root = Root()
        self._navigator = Navigator(
            root.ids.manager, make=self._make_screen, first_tab="today", motion_s=self.motion_s
        )
        self._navigator.bind(
            tab=root.setter("tab"),
            shows_tabs=root.setter("shows_tabs"),
        )
        root.ids.manager.bind(current=self._finding_room)
        root.ids.manager.bind(current=self._resting)
        root.ids.tabs.bind(on_choose=lambda _bar, name: self.tab(name))
        Window.bind(size=self._measure, on_keyboard=self._on_key)
        self._measure()
        return root

    def _make_screen(self, name: str) -> Screen:
        """Build `FooBarScreen` of `mobile.screens.foo_bar.screen`; its module is loaded by now."""
        module = import_module(f"mobile.screens.{name}.screen")
        class_name = "".join(map(str.capitalize, name.split("_"))) + "Screen"
        view_model = getattr(self.container.view_models, name)
        if name == "visit":
            view_model.subscribe(self._feel_check_in)
        elif name == "settings":
            view_model.on_change = self._apply_settings
        screen: Screen = getattr(module, class_name)(name=name, view_model=view_model, ways=self)
        return screen

    def _begin(self, _dt: float) -> None:
        """Begin to measure and to sync, once there is something to look at."""
        if not self._is_stopped:
            self.container.start()
            self.container.view_models.reminders.say = self.say
            self.container.view_models.order.finish()

    def _begin_ahead(self, _dt: float) -> None:
        if not gc.isenabled():
            # What the start made stays: nobody needs to look through it for garbage again.
            gc.freeze()
            gc.enable()
        if not self._is_stopped:
            Clock.schedule_interval(self._build_ahead, _BUILD_AHEAD_EVERY_S)

    def _rest(self, _dt: float) -> None:
        """Give memory back after a screen was left; later, where a finger is on the glass."""
        if _is_touched():
            self._resting()
        elif not self._is_stopped:
            self.container.rest()

    def _build_ahead(self, _dt: float) -> None:
        """Build one more screen, unless a finger is on the glass."""
        manager = self._root().ids.manager
        likely = _NEXT_LIKELY.get(manager.current, ())
        missing = [name for name in likely if not manager.has_screen(name)]
        if missing and not _is_touched():
            self._navigator.prepare(missing[0])

    def on_start(self) -> None:
        """Show where the rep left off, and begin to look at GPS and sync."""
        self.container.listen(self._refresh)
        if self.container.is_enrolled():
            self.enrolled()
        else:
            self._navigator.only("enrol")
            self.container.view_models.enrol.enrol_as_told()
        if self.container.recovery is not None:
            from mobile.screens.words import recovery_words

            title, words = recovery_words(self.container.recovery)
            Factory.Sheet(title=title, text=words, cancel=_("Close")).open(animation=False)
        Clock.schedule_interval(self._tick, 1.0)
        _after_the_next_frame(self._begin_ahead)
        ExceptionManager.add_handler(self._excuses)

    def on_stop(self) -> None:
        """Leave no thread behind."""
        self._is_stopped = True
        Window.unbind(size=self._measure, on_keyboard=self._on_key)
        Clock.unschedule(self._tick)
        Clock.unschedule(self._build_ahead)
        self._resting.cancel()
        ExceptionManager.remove_handler(self._excuses)
        self._root().ids.manager.current_screen.put_away()
        self.container.close()

    def on_pause(self) -> bool:
        """Allow the pause; little is left to save, for everything is saved at once."""
        self._root().ids.manager.current_screen.save()
        return True

    def on_resume(self) -> None:
        """Paint again: some phones come back black."""
        for delay_s in (0, 0.1, 0.5):
            Clock.schedule_once(lambda _dt: Window.canvas.ask_update(), delay_s)
        self._refresh()

    # Where screens lead (mobile.screens.screen.Ways)

    def tab(self, name: str) -> None:
        """Show a tab."""
        self._navigator.show_tab(name)

    def show(self, name: str) -> None:
        """Open a screen that needs nothing to be chosen first."""
        self._navigator.open(name)

    def customer(self, customer_id: str) -> None:
        """Open a customer."""
        self.container.view_models.customer.choose(customer_id)
        self._navigator.open("customer")

    def check_in(self, customer_id: str, stop_id: str | None) -> None:
        """Open the visit screen and begin to measure; an open visit comes first."""
        self.container.view_models.visit.begin(customer_id, stop_id)
        self._navigator.open("visit")

    def visit(self) -> None:
        """Open the visit that is going on."""
        self._navigator.open("visit")

    def order(self) -> None:
        """Choose products for the visit's order."""
        self._navigator.open("order")

    def questions(self) -> None:
        """Answer the questions of the visit that is going on."""
        self._navigator.open("questions")

    def task(self, task_id: str, *, customer_id: str = "", visit_id: str = "") -> None:
        """Open a task, or with an empty id a new one."""
        self.container.view_models.task.begin(task_id, customer_id=customer_id, visit_id=visit_id)
        self._navigator.open("task")

    def expense(self, expense_id: str) -> None:
        """Open an expense, or with an empty id a new one."""
        self.container.view_models.expense.begin(expense_id)
        self._navigator.open("expense")

    def correct(self, form: str, record_id: str, tried: Mapping[str, Any]) -> None:
        """Open the form of a record that the office refused."""
        getattr(self.container.view_models, form).begin(record_id, tried=tried)
        self._navigator.open(form)

    def prospect(self) -> None:
        """Open the form of a new customer."""
        self.container.view_models.prospect.begin()
        self._navigator.open("prospect")

    def deal(self, deal_id: str, *, customer_id: str = "") -> None:
        """Open a deal, or with an empty id a new one."""
        self.container.view_models.deal.begin(deal_id, customer_id=customer_id)
        self._navigator.open("deal")

    def pick(self, what: str, chosen: Callable[[str], None], *, currency: str = "") -> None:
        """Choose a `customer` or a `product`, and call back with its id."""
        self.container.view_models.pick.begin(what, chosen, currency=currency)
        self._navigator.open("pick")

    def line(
        self, line: "DealLine", currency: str, done: Callable[["DealLine | None"], None]
    ) -> None:
        """Open a product's line; call back with it, or with None when it is taken off."""
        self.container.view_models.line.begin(line, currency, done)
        self._navigator.open("line")

    def back(self) -> None:
        """Leave the screen."""
        self._navigator.back()

    def enrolled(self) -> None:
        """Show the day, or the visit that was going on when the app was killed."""
        self.container.view_models.bar.refresh()
        self._navigator.show_tab("today")
        if self.container.has_open_visit():
            self.container.view_models.order.finish()
            self.container.view_models.visit.resume()
            self._navigator.open("visit")
        _after_the_next_frame(self._begin)

    def signed_out(self) -> None:
        """Show enrolment."""
        self._navigator.only("enrol")

    def say(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Show a short message; a new one takes the place of the old."""
        self.container.feel(Feel.DONE)
        self._root().show_message(text, undo)
        self._finding_room()

    def explain(self, hint: str) -> None:
        """Say what a mark in the bar means."""
        self.say(hint)

    def _find_room(self, *_: object) -> None:
        """Keep what a screen does at its bottom free of messages."""
        screen = self._root().ids.manager.current_screen
        actions = [
            widget
            for widget in screen.walk(restrict=True)
            if isinstance(widget, BottomAction) and widget.get_parent_window()
        ]
        for action in actions:
            if action not in self._actions:  # a new screen is laid out a little later
                self._actions.add(action)
                action.bind(pos=self._finding_room, size=self._finding_room)
        self._root().action_height = max(
            (action.to_window(0, action.top)[1] for action in actions), default=0
        )

    def _excuse(self, words: str) -> None:
        self.container.feel(Feel.REFUSED)
        self._root().show_message(words)
        self._finding_room()
        self._refresh()

    def _feel_check_in(self, state: "VisitState") -> None:
        if state.phase == "open" and self._phase == "sampling":
            self.container.feel(Feel.DONE)
        self._phase = state.phase

    # Keeping fresh

    def _root(self) -> Root:
        return self.root

    def _refresh(self, *_: Any) -> None:
        if self._root().ids.manager.current != "enrol" and not self.container.is_enrolled():
            self.signed_out()  # the office had the phone wiped
        self.container.view_models.bar.refresh()
        self._root().ids.manager.current_screen.view_model.refresh()

    def _tick(self, _dt: float) -> None:
        # Some phones never say that they resumed: a gap in the ticking tells.
        now = Clock.get_time()
        if now - self._ticked_at > _AWAY_S:
            self.on_resume()
        self._ticked_at = now
        self.tick()

    def tick(self) -> None:
        """Look at GPS and sync, and keep the fix for the route."""
        self.container.tick()
        self.container.view_models.bar.tick()

    def _apply_settings(self) -> None:
        look = self.container.look()
        self.theme.is_dark = look.is_dark
        self.theme.text_scale = look.text_scale
        set_language(look.language, self.container.locale)
        # A new object each time: the same one would change nothing.
        self.tr = partial(_)
        if self.root is not None:
            self._refresh()

    def _measure(self, *_: Any) -> None:
        self.width_of_window, self.height_of_window = Window.size

    def _on_key(self, _window: object, key: int, *_: Any) -> bool:
        return key == _BACK_KEY and self._navigator.back()


def _is_touched() -> bool:
    """Whether a finger is on the glass; a mouse that only hovers is none."""
    return any(one.is_touch for one in EventLoop.touches)


def _after_the_next_frame(call: Callable[[float], None]) -> None:
    """Call a function once a frame has been drawn, however long that takes."""
    Clock.schedule_once(lambda _dt: Clock.schedule_once(call))


load_rules(__file__)
