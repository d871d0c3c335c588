"""What can be tapped: at least 48 dp, and it shows the press."""

from kivy.factory import Factory
from kivy.graphics import Color, RoundedRectangle
from kivy.properties import ColorProperty, ListProperty
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


Factory.register("Pressable", cls=Pressable)  # no widget by itself, but its rule goes by name
load_rules(__file__)
