"""What higher features add to the page of a lower one, which may not know them.

A visit's page shows the order taken in it, yet deals stand above visits. So `server/app.py` lets
deals contribute to the slot `visit`, and the page shows whatever has been contributed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, current_app

Contributor = Callable[..., Any]


def add_contributors(app: Flask, contributors: Mapping[str, Contributor]) -> None:
    """Add functions to slots. What a slot passes and expects is said where it is shown."""
    slots: dict[str, list[Contributor]] = app.extensions.setdefault("contributions", {})
    for slot, contributor in contributors.items():
        slots.setdefault(slot, []).append(contributor)


def contributions(slot: str, **subject: Any) -> list[Any]:
    """Return what the slot's functions have to say about the subject; None is left out."""
    slots: dict[str, list[Contributor]] = current_app.extensions.get("contributions", {})
    said = [contributor(**subject) for contributor in slots.get(slot, [])]
    return [part for part in said if part is not None]
