"""Addresses of this site: the present one with other arguments, and safe ways back."""

from urllib.parse import urlsplit

from flask import request, url_for


def url_with(**changes: object) -> str:
    """Return the present address with arguments set, or taken out by None."""
    arguments = request.args.to_dict() | (request.view_args or {}) | changes
    kept = {name: value for name, value in arguments.items() if value is not None}
    return url_for(str(request.endpoint), **kept)


def local_path(wanted: str) -> str:
    """Return a path of this site to go back to; `/` for anything that leads elsewhere."""
    parts = urlsplit(wanted)
    is_local = not parts.scheme and not parts.netloc and wanted.startswith("/")
    # Browsers read a backslash as a slash, so `/\evil` would leave the site too.
    if not is_local or wanted.startswith(("//", "/\\")) or "\n" in wanted:
        return "/"
    return wanted
