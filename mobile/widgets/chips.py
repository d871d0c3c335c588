"""Small marks with a word: a verdict, a state, a class. Never colour alone."""

from kivy.factory import Factory
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from mobile.widgets.rules import load_rules


class Chip(BoxLayout):
    """An icon and a word on a soft ground."""

    icon = StringProperty("")
    text = StringProperty("")
    tone = StringProperty("unknown")


class VerdictChip(Chip):
    """What a check-in says: filled pin, pin with bar, or dashed circle, always with its word."""

    verdict = StringProperty("")


class ClassBadge(Label):
    """A customer's class, A, B or C, in a circle."""

    customer_class = StringProperty("")
    is_class = BooleanProperty(defaultvalue=True)
    """Other letters, as of a product, have no colour of their own."""
    tone = StringProperty("unknown")


for _widget in (Chip, VerdictChip, ClassBadge):
    Factory.register(_widget.__name__, cls=_widget)
load_rules(__file__)
