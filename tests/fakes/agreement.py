"""Whether a phone holds exactly the rows that the server has for it, and what they say."""

import json
import sqlite3
from typing import Any

from flask import Flask
from sqlalchemy import select

from mobile.storage import replica
from mobile.storage.mirrors import MIRRORS
from server.platform.database import db
from server.sync.downward import DOWNWARD
from server.sync.models import Scope, SyncIndex
from shared.sync.protocol import PULL_PATH, RowEvent, rep_scope
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


def check_the_copy(phone: Handset, owner: str, *, app: Flask) -> None:
    """
    Compare a phone that has just fetched with what the server's feed said where it stopped.

    What changed after that place may be there in any version; it is the phone's own, sent since.

    :raises AssertionError: if it lacks a row, holds an old one, or one that its rep may not have
    """
    scopes = ("org", rep_scope(owner))
    with phone.database.read() as connection:
        positions = replica.positions(connection)
        held = {
            (row["scope"], row["entity"], row["record_id"]): row["version"]
            for row in connection.execute("SELECT scope, entity, record_id, version FROM row_scope")
        }
        if phone.network.requests[-1] == PULL_PATH:  # else it has sent rows since, and holds them
            assert _in_no_scope(connection) == []
    with app.app_context():
        feed = {
            (entry.scope, entry.entity, entry.record_id): entry
            for entry in db.session.scalars(select(SyncIndex).where(SyncIndex.scope.in_(scopes)))
        }
        customers = [key for key in held if key[1] == "customer"]
        rows = DOWNWARD["customer"].read([record_id for _, _, record_id in customers])
    assert held.keys() <= feed.keys()
    heard = {key: entry for key, entry in feed.items() if entry.position <= positions[key[0]]}
    assert {key: held.get(key) for key in heard} == {
        key: entry.version if entry.event == RowEvent.PUT else None for key, entry in heard.items()
    }
    for key in customers:
        assert key not in heard or key[0] in rows[key[2]].scopes


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
