"""Opening another app: to call, to write, to find the way. The addresses are built here."""

import webbrowser
from typing import Protocol
from urllib.parse import quote

from shared.geo import Position

_CALLING_CODES = {"IDR": "62"}
"""Calling code of the country whose money the organisation counts in."""


class Links(Protocol):
    """Hands an address to whichever app the phone has for it."""

    def open(self, address: str) -> bool:
        """Open it; False where the phone has no app for it."""


class BrowserLinks:
    """A desktop has a browser for all of them; a place is shown on the web's map."""

    def open(self, address: str) -> bool:
        """Open it; False where there is no browser."""
        place = address.removeprefix("geo:").partition("?")[0]
        if address.startswith("geo:"):
            latitude, _, longitude = place.partition(",")
            address = (
                "https://www.openstreetmap.org/"
                f"?mlat={latitude}&mlon={longitude}#map=18/{latitude}/{longitude}"
            )
        return webbrowser.open(address)


def call_address(phone: str) -> str:
    """Return the address that dials a number; empty where there is no number in it."""
    digits = _digits(phone)
    return f"tel:{'+' if phone.strip().startswith('+') else ''}{digits}" if digits else ""


def whatsapp_address(phone: str, currency: str) -> str:
    """Return the address of a chat; empty where the country of the number cannot be told."""
    digits = _digits(phone)
    if phone.strip().startswith("+") or not digits:
        return f"https://wa.me/{digits}" if digits else ""
    code = _CALLING_CODES.get(currency)
    if code is None:
        return ""
    if digits.startswith(code):
        return f"https://wa.me/{digits}"
    return f"https://wa.me/{code}{digits.removeprefix('0')}"


def map_address(place: Position, name: str) -> str:
    """Return the address of a place with a name, for the phone's own maps app."""
    point = f"{place.latitude:.6f},{place.longitude:.6f}"
    return f"geo:{point}?q={point}({quote(name)})"


def _digits(phone: str) -> str:
    return "".join(letter for letter in phone if letter.isdecimal() and letter.isascii())
