"""What can be tapped: at least 48 dp, and it shows the press."""

from kivy.factory import Factory
from kivy.graphics import Color, RoundedRectangle
from kivy.properties import ColorProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior

from mobile.widgets.rules import load_rules

_SHADE = 0.10


class Pressable(ButtonBehavior):
    """Darkens or lightens while it is pressed, inside its own rounded corners."""

    radius = ListProperty([0, 0, 0, 0])
    shade = ColorProperty()
    """Its colour while it is pressed, thinly."""

    def on_state(self, *_: object) -> None:
        """Have a shade while it is pressed, and none before: most are never pressed."""
        over = self.canvas.after
        over.remove_group("press")
        if self.state == "down" and not self.disabled:
            over.add(Color(*self.shade[:3], _SHADE, group="press"))
            over.add(
                RoundedRectangle(pos=self.pos, size=self.size, radius=self.radius, group="press")
            )

    def on_disabled(self, *_: object) -> None:
        """Lose the shade."""
        self.on_state()


class Choosable(Pressable):
    """Something of a list: a tap tells which one was touched.

    Lists give their widgets to other rows when they change. What counts is what stood there when
    the finger came down, not what stands there when it goes.
    """

    key = StringProperty("")
    """What it is about: an id, given to `when_chosen`."""
    when_chosen = ObjectProperty(None, allownone=True)
    """Called with the key when it is tapped."""
    _touched = ""

    def on_press(self) -> None:
        """Remember what was touched."""
        self._touched = self.key

    def on_release(self) -> None:
        """Tell the list which one was tapped."""
        if self.when_chosen is not None:
            self.when_chosen(self._touched or self.key)


Factory.register("Pressable", cls=Pressable)  # no widget by itself, but its rule goes by name
load_rules(__file__)
