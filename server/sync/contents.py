"""Digests of what the rows of a scope say: their versions tell nothing of what was altered by hand.

A phone asks for them now and then with a pull, and compares them with its copy.
"""

from collections.abc import Sequence

from sqlalchemy import select

from server.platform.database import db
from server.sync.downward import DOWNWARD
from server.sync.feed import chunks
from server.sync.models import SyncIndex
from shared.sync import cursors
from shared.sync.protocol import RowEvent


def digests_of(scopes: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return digests of the rows of scopes, by scope and entity; to be read in a snapshot.

    Without an entity of which the feed does not say what its table says: there the phone cannot
    have the rows as they are. `changes.wrong_scopes` finds those.
    """
    return {scope: _of_scope(scope) for scope in scopes}


def _of_scope(scope: str) -> dict[str, str]:
    listed: dict[str, dict[str, int]] = {}
    for entity, record_id, version in db.session.execute(
        select(SyncIndex.entity, SyncIndex.record_id, SyncIndex.version).where(
            SyncIndex.scope == scope, SyncIndex.event == RowEvent.PUT
        )
    ):
        listed.setdefault(entity, {})[record_id] = version
    digests = {entity: _of_rows(entity, versions) for entity, versions in listed.items()}
    return {entity: cursors.to_text(found) for entity, found in digests.items() if found >= 0}


_DIFFERS = -1


def _of_rows(entity: str, versions: dict[str, int]) -> int:
    """Return the sum of the digests of rows; less than 0 where the feed differs from them."""
    total = 0
    for chunk in chunks(list(versions)):
        rows = DOWNWARD[entity].read(chunk)
        if len(rows) < len(chunk):
            return _DIFFERS
        for record_id, row in rows.items():
            if row.version not in (None, versions[record_id]):
                return _DIFFERS
            total = cursors.add(total, cursors.content_digest(entity, record_id, row.fields))
    return total
