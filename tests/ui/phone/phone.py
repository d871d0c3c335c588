"""Drives the real app in this process: real widgets, real GL, touches through the window.

Import it after `tests.ui.phone.kivy_setup`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, Self

from kivy.base import EventLoop, runTouchApp
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.tests.common import UnitTestTouch
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.modalview import ModalView
from kivy.uix.recycleview import views

from mobile.app import TapakApp
from mobile.container.adapters import Adapters
from mobile.container.container import Container
from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.phone import PhoneDescription
from mobile.device.simulated_gps import FixedGps
from mobile.settings import Look, PhoneSettings
from mobile.widgets.sheet import Sheet
from shared.checkin.evidence import Fix
from shared.geo import Position
from tests.fakes.phone import FakeClock, MemorySecrets

_BACK_KEY = 27


class NoGps:
    """A phone in a cellar."""

    def start(self) -> None:
        """Measure nothing."""

    def stop(self) -> None:
        """Stop measuring nothing."""

    def last_fix(self) -> Fix | None:
        """Return nothing."""
        return None


class PassingClock(Protocol):
    """A clock that can be moved on."""

    def pass_time(self, **duration: float) -> None:
        """Move on."""


def on_ui_thread(call: Callable[[], None]) -> None:
    """Call a function on Kivy's thread, soon."""
    Clock.schedule_once(lambda _dt: call())


def start_app(
    folder: Path,
    *,
    clock: FakeClock,
    secrets: MemorySecrets,
    place: Position | None,
    look: Look | None = None,
    is_still: bool = True,
) -> "Phone":
    """Return the app on a phone's folder, in flight mode; without a place it has no GPS."""
    container = Container(
        PhoneSettings(data=folder),
        adapters=Adapters(
            clock=clock,
            connectivity=SwitchedConnectivity(is_online=False),
            secrets=secrets,
            phone=PhoneDescription(model="Test phone", system="Linux", app_version="0.1.0"),
            gps=FixedGps(place, now=clock.now, accuracy_m=6.0) if place else NoGps(),
        ),
        on_ui_thread=on_ui_thread,
    )
    if look is not None:
        container.keep_look(look)
    return Phone(TapakApp(container, is_still=is_still), clock)


class Phone:
    """A running app and the fingers on it."""

    def __init__(self, app: TapakApp, clock: PassingClock) -> None:
        self.app = app
        self.clock = clock

    def __enter__(self) -> Self:
        # Stopping would destroy the one window a process can have.
        self._close = Window.close
        Window.close = lambda *_: None
        Window.create_window()
        Window.register()
        Window.initialized = True
        self.app._run_prepare()
        runTouchApp(embedded=True)  # App.run() without its loop
        self.frames(5)
        return self

    def __exit__(self, *_: object) -> None:
        for widget in Window.children[:]:
            if isinstance(widget, ModalView):
                # It would take the back button of the next test.
                widget.dismiss(force=True, animation=False)
        self.app._stop()
        for widget in Window.children[:]:
            Window.remove_widget(widget)
        Window.canvas.clear()
        EventLoop.touches.clear()
        # Kivy keeps rows for the next list of the process, and each row the app it calls back.
        views._cached_views.clear()
        views._cache_count = 0
        Window.close = self._close

    def frames(self, count: int = 1) -> None:
        """Let the app draw."""
        for _ in range(count):
            EventLoop.idle()

    def pass_time(self, seconds: int) -> None:
        """Let the phone's clock go on, second by second, as the app would tick."""
        for _ in range(seconds):
            self.clock.pass_time(seconds=1)
            self.app.tick()
            self.screen.view_model.tick()
            self.frames()

    @property
    def screen(self) -> Any:
        """Return the screen in sight."""
        return self.app.root.ids.manager.current_screen

    def sheet(self) -> Any:
        """Return the sheet on top."""
        self.frames(2)
        return next(top for top in Window.children if isinstance(top, Sheet))

    def wait(self, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Let the app draw until something is so."""
        end = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end, f"timed out; on screen: {self.texts()}"
            self.frames()

    def walk(self) -> Iterator[Any]:
        """Return every widget."""
        for top in Window.children[:]:
            yield from top.walk(restrict=True)

    def in_sight(self, widget: Any) -> bool:
        """Return whether some of a widget can be seen."""
        x, y = widget.to_window(*widget.pos)
        right, top = widget.to_window(widget.right, widget.top)
        if right <= 0 or top <= 0 or x >= Window.width or y >= Window.height:
            return False
        if widget.width <= 0 or widget.height <= 0:
            return False
        above = widget
        while above is not None and above is not above.parent:
            if above.opacity == 0:
                return False
            above = above.parent
        return widget.get_root_window() is not None

    def texts(self) -> list[str]:
        """Return the texts on screen."""
        return [w.text for w in self.walk() if getattr(w, "text", "") and self.in_sight(w)]

    def shows(self, text: str) -> bool:
        """Return whether some text on screen contains this."""
        return any(text in shown for shown in self.texts())

    def find(self, text: str, kind: str = "") -> Any:
        """Return the widget of a text (or title), the one that can be tapped first."""
        found = [
            widget
            for widget in self.walk()
            if text in (getattr(widget, "text", None), getattr(widget, "title", None))
            and kind in ("", type(widget).__name__)
            and self.in_sight(widget)
        ]
        assert found, f"no {kind or 'widget'} {text!r} on screen; there is {self.texts()}"
        return max(found, key=lambda widget: isinstance(widget, ButtonBehavior))

    def find_row(self, title: str, kind: str) -> Any:
        """Return the topmost row of a title or name."""
        found = [
            widget
            for widget in self.walk()
            if type(widget).__name__ == kind
            and title in (getattr(widget, "title", None), getattr(widget, "name", None))
            and self.in_sight(widget)
        ]
        assert found, f"no {kind} {title!r} on screen; there is {self.texts()}"
        return max(found, key=lambda row: row.to_window(0, row.y)[1])

    def within(self, widget: Any, icon: str) -> Any:
        """Return the button with an icon inside a widget."""
        return next(one for one in widget.walk() if getattr(one, "icon", None) == icon)

    def tap(self, what: Any) -> None:
        """Touch a widget, or the one of a text, at its centre."""
        widget = self.find(what) if isinstance(what, str) else what
        touch = UnitTestTouch(*widget.to_window(*widget.center))
        touch.touch_down()
        self.frames(2)
        touch.touch_up()
        self.frames(4)

    @contextmanager
    def pressed(self, button: Any) -> Iterator[None]:
        """Keep a finger on a button while other things happen."""
        touch = UnitTestTouch(*button.to_window(*button.center))
        touch.touch_down()
        self.wait(lambda: bool(button.state == "down"))
        yield
        self.frames(3)
        touch.touch_up()
        self.frames(4)

    def drag(self, x: float, y: float, dx: float, dy: float, steps: int = 12) -> None:
        """Drag a finger."""
        touch = UnitTestTouch(x, y)
        touch.touch_down()
        self.frames()
        for step in range(1, steps + 1):
            touch.touch_move(x + dx * step / steps, y + dy * step / steps)
            self.frames()
        touch.touch_up()
        self.frames(3)

    def type(self, field: Any, text: str) -> None:
        """Tap a text field and type."""
        entry = field.ids.entry
        self.tap(entry)
        for letter in text:
            Window.dispatch("on_textinput", letter)
        self.frames(2)

    def back(self) -> bool:
        """Press Android's back button; return whether the app stays."""
        stays = bool(Window.dispatch("on_keyboard", _BACK_KEY, 0, None, []))
        self.frames(4)
        return stays

    def shot(self, path: Path) -> Path:
        """Save a picture of the window under exactly this name."""
        self.frames(3)
        taken = Path(Window.screenshot(name=str(path)))
        return taken.replace(path)
