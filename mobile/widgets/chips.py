"""Small marks with a word: a verdict, a state, a class. Never colour alone."""

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.rules import load_rules
from mobile.widgets.text import Words


class Chip(BoxLayout):
    """An icon and a word on a soft ground."""

    icon = StringProperty("")
    text = StringProperty("")
    tone = StringProperty("unknown")


class VerdictChip(Chip):
    """What a check-in says: filled pin, pin with bar, or dashed circle, always with its word."""

    verdict = StringProperty("")


class ClassBadge(Words):
    """A customer's class, A, B or C, in a circle."""

    customer_class = StringProperty("")
    is_class = BooleanProperty(defaultvalue=True)
    """Other letters, as of a product, have no colour of their own."""
    tone = StringProperty("unknown")


load_rules(__file__)
