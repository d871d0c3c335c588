"""What can be tapped: at least 48 dp, and it shows the press."""

from kivy.factory import Factory
from kivy.properties import ListProperty
from kivy.uix.behaviors import ButtonBehavior

from mobile.widgets.rules import load_rules


class Pressable(ButtonBehavior):
    """Darkens or lightens while it is pressed, inside its own rounded corners."""

    radius = ListProperty([0, 0, 0, 0])


Factory.register("Pressable", cls=Pressable)
load_rules(__file__)
