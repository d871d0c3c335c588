"""Addresses of this site: the present one with other arguments, and safe ways back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import request, url_for

# Flask reads these itself, so that an address which has them names no argument by them.
_FLASKS_OWN = frozenset({"endpoint", "_anchor", "_external", "_method", "_scheme"})
_PAGES = {
    "cost": ("costs_pages.edit", "cost_id"),
    "customer": ("customer_pages.show", "customer_id"),
    "deal": ("deal_pages.show", "deal_id"),
    "person": ("person_pages.show", "user_id"),
    "product": ("product_pages.show", "product_id"),
    "team": ("team_pages.show", "team_id"),
    "visit": ("visits_pages.show", "visit_id"),
}
"""The page of a row and how it is told which, by the kind of row."""


def url_with(**changes: object) -> str:
    """Return the present address with arguments set, or taken out by None."""
    arguments = request.args.to_dict() | (request.view_args or {})
    return url_to(str(request.endpoint), arguments, **changes)


def url_to(endpoint: str, arguments: Mapping[str, object], **changes: object) -> str:
    """
    Return the address of another page with arguments that an address had, whatever they are.

    :param changes: arguments set, or taken out by None
    """
    wanted = dict(arguments.items()) | changes
    kept = {
        name: value
        for name, value in wanted.items()
        if value is not None and name not in _FLASKS_OWN
    }
    return url_for(endpoint, **kept)  # type: ignore[arg-type]


def page_of(kind: str, row_id: str, *, external: bool = False) -> str:
    """Return the address of the page that shows a row; empty for a kind that has none."""
    if kind not in _PAGES:
        return ""
    endpoint, argument = _PAGES[kind]
    values: dict[str, Any] = {argument: row_id}
    return url_for(endpoint, **values, _external=external)


def local_path(wanted: str) -> str:
    """Return a path of this site to go back to; `/` for anything that leads elsewhere."""
    parts = urlsplit(wanted)
    is_local = not parts.scheme and not parts.netloc and wanted.startswith("/")
    # Browsers read a backslash as a slash, so `/\evil` would leave the site too.
    if not is_local or wanted.startswith(("//", "/\\")) or "\n" in wanted:
        return "/"
    return wanted
