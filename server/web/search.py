"""Searching everything at once: each feature says what it finds.

The slot `search` is called with `text` and returns a `SearchGroup`.
"""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from server.platform.auth import signed_in
from server.web.contributions import contributions

blueprint = Blueprint("search_pages", __name__, template_folder="templates")

SHORTEST = 2
MOST_HITS = 6
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found."""

    title: str
    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchGroup:
    """What one feature found."""

    label: str
    icon: str
    total: int
    """How many, as far as they were counted."""
    hits: tuple[Hit, ...]
    more_url: str
    """The list of all of them."""
    is_more: bool = False
    """Whether there are more than were counted."""


@blueprint.get("/search")
@signed_in()
def search() -> ResponseReturnValue:
    """Show what matches, feature by feature."""
    text = request.args.get("q", "").replace("\0", "").strip()[:80]
    groups: list[SearchGroup] = []
    if len(text) >= SHORTEST:
        groups = [group for group in contributions("search", text=text) if group.total]
    return render_template("search.html", text=text, groups=groups, shortest=SHORTEST)
