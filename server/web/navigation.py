"""The menu of the manager site: each feature's pages add their own entries."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from flask import Flask, current_app

from shared.i18n import N_
from shared.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the menu."""

    endpoint: str
    label: str
    """English source text, marked with `N_`."""
    icon: str
    position: int
    """Order within the menu; the part it stands in is told by `PARTS`."""
    roles: frozenset[Role] = frozenset(Role)
    key: str = ""
    """The letter that, after g, goes there."""
    features: tuple[str, ...] = ()
    """Other blueprints whose pages belong to this entry."""


PARTS = {
    0: N_("Numbers"),
    20: N_("Field"),
    30: N_("Sales"),
    80: N_("Company"),
}
"""Heading of a part of the menu by the first position that belongs to it."""


def add_entries(app: Flask, entries: Iterable[Entry]) -> None:
    """Add entries to the menu of this application."""
    menu: list[Entry] = app.extensions.setdefault("navigation", [])
    menu.extend(entries)
    menu.sort(key=lambda entry: entry.position)


def entries_for(role: Role) -> list[Entry]:
    """Return what a user of this role is offered, in order."""
    menu: list[Entry] = current_app.extensions.get("navigation", [])
    return [entry for entry in menu if role in entry.roles]


def parts_for(role: Role) -> list[tuple[str, list[Entry]]]:
    """Return the parts of the menu a user of this role is offered, each with its heading."""
    entries = entries_for(role)
    starts = [*PARTS, sys.maxsize]
    parts = [
        (PARTS[start], [entry for entry in entries if start <= entry.position < end])
        for start, end in pairwise(starts)
    ]
    return [part for part in parts if part[1]]


def current_entry(endpoint: str | None) -> Entry | None:
    """Return the entry of a page: its own, or else the first of the same feature."""
    menu: list[Entry] = current_app.extensions.get("navigation", [])
    feature = (endpoint or "").rpartition(".")[0]
    near = [
        entry
        for entry in menu
        if entry.endpoint.rpartition(".")[0] == feature or feature in entry.features
    ]
    own = [entry for entry in near if entry.endpoint == endpoint]
    return next(iter([*own, *near]), None)
