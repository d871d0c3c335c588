"""The 64 dp row of every list, and lists: few rows in a column, thousands in a recycled view."""

from collections.abc import Mapping, Sequence
from typing import Any

from kivy.clock import Clock
from kivy.factory import Factory
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from mobile.widgets.chips import Chip, VerdictChip
from mobile.widgets.icons import ICONS
from mobile.widgets.press import Choosable
from mobile.widgets.rules import load_rules
from mobile.widgets.text import Icon, TextBlock, Words

_IN_SIGHT = 5
_A_FRAME = 3
_SHORT_FIGURE = 7
"""Letters, as of a distance; an amount of money is longer."""


class Row(Choosable, BoxLayout):
    """An icon or a class badge, a name, a line of what matters now, and a figure at the right.

    What a row does not say is no widget of it: widgets are what a list costs.
    """

    icon = StringProperty("")
    icon_tone = StringProperty("unknown")
    badge = StringProperty("")
    """A customer's class, in place of the icon."""
    title = StringProperty("")
    detail = StringProperty("")
    detail_tone = StringProperty("ink2")
    note = StringProperty("")
    """Another line, which may have another tone."""
    note_tone = StringProperty("ink2")
    figure = StringProperty("")
    verdict = StringProperty("")
    mark = StringProperty("")
    """A word in a chip, where there is no verdict."""
    mark_icon = StringProperty("")
    mark_tone = StringProperty("unknown")
    can_open = BooleanProperty(defaultvalue=False)
    has_line = BooleanProperty(defaultvalue=True)
    full_height = NumericProperty(64)
    """How high its words make it; a rule that hides a row sets its height to 0."""
    is_large = BooleanProperty(defaultvalue=False)
    """Whether text is so large that a chip stands below the words, not beside them."""

    is_figure_below = BooleanProperty(defaultvalue=False)
    """Whether a long figure stands below the words, too: beside them it would break each word."""

    def __init__(self, **kwargs: Any) -> None:
        self._parts: dict[type[Widget], Widget] = {}
        super().__init__(**kwargs)
        for name in ("detail", "note", "figure", "verdict", "mark", "can_open", "is_large"):
            self.fbind(name, self._arrange)

    def on_kv_post(self, _base_widget: object) -> None:
        """Begin once the rules have made what a row always has."""
        self._arrange()

    def _arrange(self, *_: object) -> None:
        """Have the parts that say something, and no others."""
        has_verdict = bool(self.verdict)
        has_chip = bool(self.mark) and not has_verdict
        is_beside = not self.is_large
        words = self.ids.get("words")
        if words is None:
            return
        self._part(RowMark, self, is_shown=True)
        self.is_figure_below = self.is_large and len(self.figure) > _SHORT_FIGURE
        has_figure_beside = bool(self.figure) and not self.is_figure_below
        has_end = has_figure_beside or ((has_verdict or has_chip) and is_beside)
        end = self._part(RowEnd, self, is_shown=has_end)
        self._part(RowVerdict, end if is_beside else words, is_shown=has_verdict)
        self._part(RowChip, end if is_beside else words, is_shown=has_chip)
        self._part(RowFigure, words if self.is_figure_below else end, is_shown=bool(self.figure))
        self._part(RowDetail, words, is_shown=bool(self.detail))
        self._part(RowNote, words, is_shown=bool(self.note))
        self._part(RowChevron, self, is_shown=self.can_open)

    def _part(self, kind: type[Widget], parent: Widget | None, *, is_shown: bool) -> Widget | None:
        """Return the part, made, moved or taken off as it should be now."""
        part = self._parts.get(kind)
        if part is None:
            if not is_shown:
                return None
            part = self._parts[kind] = kind(row=self)
        if part.parent is not None and not (is_shown and part.parent is parent):
            part.parent.remove_widget(part)
        if is_shown and part.parent is None and parent is not None:
            after = sum(getattr(child, "place", 0) > part.place for child in parent.children)
            parent.add_widget(part, index=after)
        return part


class RowMark(Words):
    """The icon or the class badge of a row, in its circle."""

    place = -1
    row = ObjectProperty(rebind=True)
    tone = StringProperty("unknown")

    def glyph(self, name: str) -> str:
        """Return the character of an icon."""
        return ICONS[name] if name else ""


class RowDetail(TextBlock):
    """The line below a row's name."""

    place = 1
    row = ObjectProperty(rebind=True)


class RowNote(TextBlock):
    """The line below that."""

    place = 2
    row = ObjectProperty(rebind=True)


class RowFigure(Words):
    """The figure at the right of a row."""

    place = 3
    row = ObjectProperty(rebind=True)


class RowVerdict(VerdictChip):
    """The verdict of a row."""

    place = 4
    row = ObjectProperty(rebind=True)


class RowChip(Chip):
    """The word in a chip of a row."""

    place = 4
    row = ObjectProperty(rebind=True)


class RowEnd(BoxLayout):
    """What stands at the right of a row."""

    place = 2
    row = ObjectProperty()


class RowChevron(Icon):
    """Says that a row leads somewhere."""

    place = 3
    row = ObjectProperty()


class LineRow(Row):
    """A row inside a card, which has its own padding."""


class RowColumn(BoxLayout):
    """A few rows as high as they need; widgets are kept when their data changes."""

    rows = ListProperty()
    """Of mappings: a row's properties by name."""
    row_class = StringProperty("Row")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._more = Clock.create_trigger(self._show_more)

    def on_rows(self, _: object, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show the rows: those that can be in sight now, others frame by frame."""
        while len(self.children) > len(rows):
            self.remove_widget(self.children[0])
        for widget, row in zip(reversed(self.children), rows, strict=False):
            _set(widget, row)
        self._add(_IN_SIGHT - len(self.children))
        if len(self.children) < len(rows):
            Clock.schedule_once(lambda _dt: self._more())  # once those in sight have been drawn

    def _show_more(self, _dt: float) -> None:
        self._add(_A_FRAME)
        if len(self.children) < len(self.rows):
            self._more()

    def _add(self, count: int) -> None:
        shown = len(self.children)
        for row in self.rows[shown : shown + max(0, count)]:
            widget = Factory.get(self.row_class)()
            _set(widget, row)
            self.add_widget(widget)


def _set(widget: Widget, row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        setattr(widget, name, value)


class Section(BoxLayout):
    """A heading over rows."""

    text = StringProperty("")
    figure = StringProperty("")


class SectionColumn(BoxLayout):
    """Headings, each with a few rows; widgets are kept when their data changes."""

    sections = ListProperty()
    """Of (heading, figure, rows as `RowColumn.rows`)."""

    def on_sections(self, *_: Any) -> None:
        """Show the sections."""
        while len(self.children) > 2 * len(self.sections):
            self.remove_widget(self.children[0])
        while len(self.children) < 2 * len(self.sections):
            self.add_widget(RowColumn() if len(self.children) % 2 else Section())
        widgets = self.children[::-1]
        for heading, column, (text, figure, rows) in zip(
            widgets[::2], widgets[1::2], self.sections, strict=True
        ):
            heading.text, heading.figure, column.rows = text, figure, rows


load_rules(__file__)
