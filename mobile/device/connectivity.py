"""Whether the phone has a network."""

from collections.abc import Callable
from typing import Protocol

Listener = Callable[[bool], None]


class Connectivity(Protocol):
    """Tells whether there seems to be a network, and when that changes."""

    @property
    def is_online(self) -> bool:
        """Whether a try is worth it."""

    @property
    def is_metered(self) -> bool:
        """Whether what is sent costs the rep: mobile data, mostly."""

    def subscribe(self, listener: Listener) -> None:
        """Call a function with the new state on every change, on any thread."""


class SwitchedConnectivity:
    """A desktop has a network unless its user plays flight mode, to see what the app does then."""

    def __init__(self, *, is_online: bool = True) -> None:
        self._is_online = is_online
        self._is_metered = False
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

    @property
    def is_metered(self) -> bool:
        """Whether it plays mobile data; a desktop's own network is free."""
        return self._is_metered

    def play_mobile_data(self, *, is_metered: bool) -> None:
        """Play going from Wi-Fi to mobile data, or back."""
        if is_metered == self._is_metered:
            return
        self._is_metered = is_metered
        for listener in self._listeners:
            listener(self._is_online)

    def subscribe(self, listener: Listener) -> None:
        """Call a function with the new state on every change."""
        self._listeners.append(listener)
