"""Record ids: UUIDv7, made where the record is made, so that nothing waits for a server."""

import re

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


spells_id = _ID.fullmatch
"""Of a text: whether it is an id, as a match or None; many ids are asked for it in a row."""


def new_id() -> str:
    """Return a new id: 36 lower-case characters that sort by the time they were made."""
    # Not while the app starts: this reads the metadata of installed packages when it is imported.
    import uuid6  # noqa: PLC0415

    return str(uuid6.uuid7())


def is_id(text: object) -> bool:
    """Return whether the text is an id in the one spelling that is stored (lower case, dashes)."""
    return isinstance(text, str) and spells_id(text) is not None
