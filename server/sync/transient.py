"""Errors of the database that say nothing of what was sent: it cannot now."""

import sqlite3

from sqlalchemy.exc import DBAPIError

_TRANSIENT_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
    }
)
# Connection lost; deadlock, serialization; out of disk or memory; a lock was not to be had; shut
# down; I/O error.
_TRANSIENT_POSTGRESQL = ("08", "40", "53", "55P03", "57", "58")


def is_transient(error: DBAPIError) -> bool:
    """Return whether the same statement may well succeed a little later."""
    original = error.orig
    if error.connection_invalidated:
        return True
    if isinstance(original, sqlite3.Error):
        return original.sqlite_errorcode & 0xFF in _TRANSIENT_SQLITE
    state = getattr(original, "sqlstate", None)
    return state is None or state.startswith(_TRANSIENT_POSTGRESQL)
