"""Whether a phone holds exactly the rows that the server has for it, and what they say."""

import json
import sqlite3
from typing import Any

from sqlalchemy import select

from mobile.storage import replica
from mobile.storage.mirrors import MIRRORS
from server.platform.database import db
from server.sync.downward import DOWNWARD
from server.sync.models import Scope, SyncIndex
from shared.sync.protocol import RowEvent, rep_scope
from tests.fakes.handset import Handset


def check_equal_to_the_server(phone: Handset, owner: str) -> None:
    """Compare rows, versions and digests of the scopes of a rep's phone; asks for an app context.

    :raises AssertionError: if anything differs
    """
    for scope in ("org", rep_scope(owner)):
        with phone.database.read() as connection:
            mine = {
                (row["entity"], row["record_id"]): row["version"]
                for row in connection.execute(
                    "SELECT entity, record_id, version FROM row_scope WHERE scope = ?", (scope,)
                )
            }
            digest = replica.digest(connection, scope)
            bases = {key: _base(connection, *key) for key in mine}
            assert _in_no_scope(connection) == []
        entries = db.session.scalars(
            select(SyncIndex).where(SyncIndex.scope == scope, SyncIndex.event == RowEvent.PUT)
        )
        theirs = {(entry.entity, entry.record_id): entry.version for entry in entries}
        assert mine == theirs
        kept = db.session.get(Scope, scope)
        assert digest == (kept.digest if kept else "0" * 16)
        for (entity, record_id), base in bases.items():
            row = DOWNWARD[entity].read([record_id])[record_id]
            assert base == json.loads(json.dumps(row.fields))


def _base(connection: sqlite3.Connection, entity: str, record_id: str) -> Any:
    row = connection.execute(
        f"SELECT base FROM {MIRRORS[entity].table} WHERE id = ?",  # noqa: S608
        (record_id,),
    ).fetchone()
    return json.loads(row["base"])


def _in_no_scope(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return rows that the phone takes for the server's, and the server has not given."""
    return [
        (entity, row["id"])
        for entity, mirror in MIRRORS.items()
        for row in connection.execute(
            f"SELECT id FROM {mirror.table} WHERE base IS NOT NULL"  # noqa: S608
            " AND id NOT IN (SELECT record_id FROM row_scope)"
        )
    ]
