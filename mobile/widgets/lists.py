"""Lists of thousands of rows, of which only those in sight are widgets."""

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.recycleview import RecycleView
from kivy.uix.widget import Widget

from mobile.widgets.kept_rows import KeptRows
from mobile.widgets.press import Choosable
from mobile.widgets.rules import load_rules


class CompactRow(Choosable, Widget):
    """A row of a long list: of one height, words cut, no layout to compute while it scrolls."""

    badge = StringProperty("")
    title = StringProperty("")
    detail = StringProperty("")
    figure = StringProperty("")
    figure_width = NumericProperty(0)
    """0 where there is no figure; at large text it stands before the detail."""
    is_class = BooleanProperty(defaultvalue=True)
    """Whether the badge is the class of a customer, which has a colour."""


class RowList(RecycleView):
    """Thousands of rows of one height, of which only those in sight are widgets.

    Each item of `data` has a `key`, and so has the widget that shows it.
    """

    row_height = NumericProperty(64)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(view_adapter=KeptRows(), **kwargs)


load_rules(__file__)
