"""Where the app is: tabs, and screens opened on top of one, with a way back."""

from collections.abc import Callable

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.screenmanager import (
    NoTransition,
    Screen,
    ScreenManager,
    SlideTransition,
    TransitionBase,
)


class Navigator(EventDispatcher):
    """Moves between the screens of a manager. Each is built when first needed, and kept."""

    tab = StringProperty("")
    """The tab shown, or the one below what is open."""
    shows_tabs = BooleanProperty(defaultvalue=True)

    def __init__(
        self,
        manager: ScreenManager,
        *,
        make: Callable[[str], Screen],
        first_tab: str,
        motion_s: float = 0.2,
    ) -> None:
        """Take over a manager.

        :param make: builds the screen of a name
        :param motion_s: how long motion takes, 0 for none
        """
        super().__init__()
        self._make = make
        self._manager = manager
        self._motion_s = motion_s
        self._first_tab = first_tab
        self._opened: list[str] = []

    def show_tab(self, name: str) -> None:
        """Show a tab and close what is open on top."""
        self._opened.clear()
        self.tab = name
        self.shows_tabs = True
        self._switch(name, NoTransition())

    def open(self, name: str) -> None:
        """Open a screen on top; opening the one in sight does nothing."""
        if self._opened and self._opened[-1] == name:
            return
        if name in self._opened:
            # Back from a later screen: never two of one in the pile.
            del self._opened[self._opened.index(name) :]
        self._opened.append(name)
        self._slide(name, "left")

    def only(self, name: str) -> None:
        """Show one screen with no tabs and no way back, as for enrolment."""
        self._opened.clear()
        self.shows_tabs = False
        self._switch(name, NoTransition())

    def back(self) -> bool:
        """Go back one step; False when there is none and the app may leave."""
        if self._opened:
            self._opened.pop()
            self._slide(self._opened[-1] if self._opened else self.tab, "right")
            return True
        if self.shows_tabs and self.tab != self._first_tab:
            self.show_tab(self._first_tab)
            return True
        return False

    def prepare(self, name: str) -> None:
        """Build a screen, where it is not built yet."""
        if not self._manager.has_screen(name):
            self._manager.add_widget(self._make(name))

    def _slide(self, name: str, direction: str) -> None:
        self.shows_tabs = not self._opened
        still = NoTransition()
        moving = SlideTransition(direction=direction, duration=self._motion_s)
        self._switch(name, moving if self._motion_s else still)

    def _switch(self, name: str, transition: TransitionBase) -> None:
        self.prepare(name)
        # Kivy enters the new screen before it leaves the old one, which must have saved by then.
        leaving = self._manager.current_screen
        if leaving is not None and leaving.name != name:
            leaving.put_away()
        # A motion that is still going on would take the new screen off when it ends.
        self._manager.transition.stop()
        self._manager.transition = transition
        self._manager.current = name
