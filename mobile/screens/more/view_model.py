"""What else there is: each entry with what it is about now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mobile.screens.view_model import Note, RowState, ViewModel
from shared.i18n import _


def _nothing() -> Note:
    return Note()


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A screen that can be opened from here."""

    screen: str
    icon: str
    title: str
    """English source text, marked for translation by `menu`."""
    note: Callable[[], Note] = _nothing
    is_shown: Callable[[], bool] = _always


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreState:
    """What the screen shows."""

    rows: tuple[RowState, ...] = ()


class MoreViewModel(ViewModel[MoreState]):
    """Lists the entries."""

    def __init__(self, *, entries: Sequence[Entry]) -> None:
        super().__init__(MoreState())
        self._entries = entries

    def refresh(self) -> None:
        """Read the notes anew."""
        shown = [entry for entry in self._entries if entry.is_shown()]
        self._show(MoreState(rows=tuple(_row(entry) for entry in shown)))


def _row(entry: Entry) -> RowState:
    note = entry.note()
    return RowState(
        key=entry.screen,
        icon=entry.icon,
        icon_tone="primary",
        title=_(entry.title),
        detail=note.text,
        detail_tone=note.tone,
        can_open=True,
    )
