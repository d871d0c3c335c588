"""Whether the phone has a network."""

from collections.abc import Callable
from typing import Protocol

Listener = Callable[[bool], None]


class Connectivity(Protocol):
    """Tells whether there seems to be a network, and when that changes."""

    @property
    def is_online(self) -> bool:
        """Whether a try is worth it."""

    def subscribe(self, listener: Listener) -> None:
        """Call a function with the new state on every change, on any thread."""


class SwitchedConnectivity:
    """A desktop has a network unless its user plays flight mode, to see what the app does then."""

    def __init__(self, *, is_online: bool = True) -> None:
        self._is_online = is_online
        self._listeners: list[Listener] = []

    @property
    def is_online(self) -> bool:
        """Whether the switch is on."""
        return self._is_online

    def switch(self, *, is_online: bool) -> None:
        """Play having or losing the network."""
        if is_online == self._is_online:
            return
        self._is_online = is_online
        for listener in self._listeners:
            listener(is_online)

    def subscribe(self, listener: Listener) -> None:
        """Call a function with the new state on every change."""
        self._listeners.append(listener)
