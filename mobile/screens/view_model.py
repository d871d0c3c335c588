"""The base of all view models: plain Python with one frozen state, tested without a window."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

S = TypeVar("S")
T = TypeVar("T")
PATIENCE_S = 0.008
"""How long typing may wait for its result: half of a frame."""


class Background(Protocol):
    """Runs what may take long outside the UI thread and brings the result back to it."""

    def __call__(self, work: Callable[[], T], done: Callable[[T], None], /) -> None:
        """Run `work` on a thread and `done` with its result on the UI thread."""


class PatientBackground(Background, Protocol):
    """One that can be waited for a little."""

    def __call__(
        self, work: Callable[[], T], done: Callable[[T], None], /, *, patience_s: float = 0
    ) -> None:
        """
        Run `work` on a thread and `done` with its result on the UI thread.

        :param patience_s: how long the UI waits for the result, so that it is in the next frame;
            after that it comes when it comes
        """


class ViewModel(Generic[S]):
    """Holds what a screen shows. Its methods are called on the UI thread only."""

    def __init__(self, state: S) -> None:
        self.state = state
        self._listeners: list[Callable[[S], None]] = []

    def subscribe(self, listener: Callable[[S], None]) -> None:
        """Call a function with the state now and on every change."""
        self._listeners.append(listener)
        listener(self.state)

    def refresh(self) -> None:
        """Read everything anew: the screen was entered, a sync came in, the language changed."""

    def tick(self) -> None:
        """Move on what changes with time; called every second in sight."""

    def _show(self, state: S) -> None:
        if state == self.state:
            return
        self.state = state
        for listener in self._listeners:
            listener(state)


class Drafts(Protocol):
    """Keeps words on the phone, at once and for good."""

    def get(self, name: str, default: str = "") -> str:
        """Return what was kept under a name."""

    def set(self, name: str, value: str) -> None:
        """Keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowState:
    """What a row of a list says; the fields are the properties of `mobile.widgets.rows.Row`."""

    key: str
    title: str
    detail: str = ""
    detail_tone: str = "ink2"
    note: str = ""
    note_tone: str = "ink2"
    icon: str = ""
    icon_tone: str = "unknown"
    badge: str = ""
    figure: str = ""
    verdict: str = ""
    mark: str = ""
    mark_icon: str = ""
    mark_tone: str = "unknown"
    can_open: bool = False

    def properties(self) -> dict[str, Any]:
        """Return the row's properties by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionState:
    """Rows under a heading, with a figure beside it."""

    text: str
    figure: str = ""
    rows: tuple[RowState, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the menu says about a screen; a tone other than `ink2` asks for attention."""

    text: str = ""
    tone: str = "ink2"
