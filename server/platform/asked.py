"""What a page asks the database several times, asked once."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from server.platform.database import db

Answer = TypeVar("Answer")
_ASKED = "asked"


def once_asked(what: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return what was answered in this transaction already, or ask. Callers do not change it."""
    session = db.session()
    since, known = session.info.get(_ASKED, (None, {}))
    if since is not session.get_transaction():
        known = {}
    if what not in known:
        known[what] = ask()
        # The transaction may be one that the question began.
        session.info[_ASKED] = session.get_transaction(), known
    found: Answer = known[what]
    return found
