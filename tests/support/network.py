"""Keeps the tests off the network: only this machine may be called."""

import sys
from typing import Any

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104  (names, not a binding)


class NetworkForbiddenError(AssertionError):
    """A test called another machine."""


def forbid_network() -> None:
    """Refuse connections of this process to other machines, for as long as it lives."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
        raise NetworkForbiddenError(f"a test tried to connect to {address}")
