"""Addresses of this site: the present one with other arguments, and safe ways back."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import request, url_for

# Flask reads these itself, so that an address which has them names no argument by them.
_FLASKS_OWN = frozenset({"endpoint", "_anchor", "_external", "_method", "_scheme"})


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


def local_path(wanted: str) -> str:
    """Return a path of this site to go back to; `/` for anything that leads elsewhere."""
    parts = urlsplit(wanted)
    is_local = not parts.scheme and not parts.netloc and wanted.startswith("/")
    # Browsers read a backslash as a slash, so `/\evil` would leave the site too.
    if not is_local or wanted.startswith(("//", "/\\")) or "\n" in wanted:
        return "/"
    return wanted
