"""The menu of the manager site: each feature's pages add their own entries."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, current_app

from shared.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the menu."""

    endpoint: str
    label: str
    """English source text, marked with `N_`."""
    icon: str
    position: int
    roles: frozenset[Role] = frozenset(Role)
    key: str = ""
    """The letter that, after g, goes there."""
    features: tuple[str, ...] = ()
    """Other blueprints whose pages belong to this entry."""


def add_entries(app: Flask, entries: Iterable[Entry]) -> None:
    """Add entries to the menu of this application."""
    menu: list[Entry] = app.extensions.setdefault("navigation", [])
    menu.extend(entries)
    menu.sort(key=lambda entry: entry.position)


def entries_for(role: Role) -> list[Entry]:
    """Return what a user of this role is offered, in order."""
    menu: list[Entry] = current_app.extensions.get("navigation", [])
    return [entry for entry in menu if role in entry.roles]


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
