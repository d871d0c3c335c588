"""What a screen says besides its rows: empty state, banner, how far a target is reached."""

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.panels import Progress
from mobile.widgets.rules import load_rules


class TargetBar(Progress):
    """A progress bar with a mark where it should be by now."""

    due = NumericProperty(0)


class EmptyState(BoxLayout):
    """What would be here, and how to get it."""

    icon = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")


class Banner(BoxLayout):
    """A sentence on a soft ground that the rep should read now."""

    icon = StringProperty("information-outline")
    text = StringProperty("")
    tone = StringProperty("info")


load_rules(__file__)
