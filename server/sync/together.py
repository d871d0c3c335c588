"""Applying neighbours that only add, with a few bulk statements for all of them.

What could be refused otherwise than by its schema ends the attempt, and nothing of it is left:
`groups.py` then applies the changes one by one, and decides. So a change costs what it says and no
more here: no savepoint, and nothing that is kept to be undone.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from server.customers.models import Customer
from server.platform.copies import Copies, copying_ahead
from server.platform.database import db, open_connection
from server.platform.driver import roll_back_to, run, settle
from server.platform.held import held_back
from server.sync.attempts import (
    FAILED,
    Attempt,
    Group,
    answer_of_before,
    changes_of,
    version_of,
)
from server.sync.batch import Batch, Logged
from server.sync.changes import know_heads
from server.sync.entities import MODELS, UPWARD, heads_written, look_up
from server.sync.incoming import Applied, Incoming, Sender, read_change
from server.sync.survivors import at_survivor
from server.sync.transient import is_transient
from shared.schemas.limits import InvalidRecordError
from shared.sync.protocol import Kind, Result, Status

logger = logging.getLogger(__name__)

# The members of an enumeration take longer to find than all that is done with them here.
_CREATE, _APPLIED, _MERGED, _REJECTED = Kind.CREATE, Status.APPLIED, Status.MERGED, Status.REJECTED


FIRST, PART = 80, 140
"""Of a batch with more changes than a part PostgreSQL writes so many while the next are applied.

The first are fewer, for until then it rests.
"""


class NotTogetherError(Exception):
    """Only applying one by one can tell what to answer, in a new transaction."""


class Together:
    """What became of neighbours that were applied together."""

    def __init__(self, sender: Sender, batch: Batch, previous_at: dt.datetime | None) -> None:
        self.results: list[list[Any]] = []
        """As they are sent."""
        self.previous_at = previous_at
        """When the last change was made, as far as that can be trusted."""
        self._sender = sender
        self._batch = batch
        self._moves = False
        """Whether a customer that is named was merged into another."""

    def apply(self, groups: Sequence[Group], copies: Copies | None) -> None:
        """
        Apply groups, with new rows held back, and log them.

        :param copies: of a large batch, which is written in parts: rows on their way meanwhile
        :raises Exception: whatever only applying one by one can answer
        """
        with held_back() as held:
            look_up(held, changes_of(groups), there=self._batch.there)
            self._moves = any(customer.merged_into_id for customer in held.found(Customer))
            written, part = 0, FIRST
            for group in groups:
                refused = False
                for attempt in group:
                    refused |= self._apply(attempt)
                if refused and len(group) > 1:
                    raise NotTogetherError("a group must be undone")
                if copies is not None:
                    copies.go_on()  # after each: a part is a dozen questions and answers
                    if len(self.results) >= written + part:
                        written, part = len(self.results), PART
                        held.write_early()
                        self._batch.write_log()
            if copies is not None:
                self._batch.write_log()
        know_heads(heads_written(held, day=self._sender.received_at.date()))

    def _apply(self, attempt: Attempt) -> bool:
        """Apply a change and log it; return whether it is refused."""
        change, batch, version_before = attempt.change, self._batch, 0
        if change is None:
            return self._answer(attempt, attempt.result)
        record_id, is_create = change.record_id, change.kind is _CREATE
        if not is_create or record_id in batch.created or record_id in batch.there:
            # Of what makes something new its id alone tells that it never came before.
            known = answer_of_before(change, attempt.sha256, batch)
            if known is not None:
                return self._answer(attempt, *known)
        try:
            incoming = read_change(
                change,
                sender=self._sender,
                sha256=attempt.sha256,
                previous_at=self.previous_at,
                own_versions=batch.own_versions.get(record_id, ()),
            )
        except InvalidRecordError as error:
            result = Result(change.sequence, _REJECTED, code=error.reason, field_name=error.field)
            return self._answer(attempt, result)
        if not is_create:
            version_before = version_of(change, lock=True)
        if self._moves:
            applied, merged = self._at_survivor(incoming)
        else:
            applied = UPWARD[change.entity, change.kind](incoming)
            merged = applied.merged
        status, version = _MERGED if merged else _APPLIED, applied.version
        if merged or applied.flags:
            wire = Result(
                change.sequence, status, version=version, fields=merged, flags=applied.flags
            ).to_wire()
        else:
            wire = [change.sequence, "ok", version]
        self.previous_at = at = incoming.time.at
        self._log(attempt, status, version, wire, version_before=version_before, at=at)
        return False

    def _answer(self, attempt: Attempt, result: Result | None, version_before: int = 0) -> bool:
        """Log a change that is answered and not applied; return whether it is refused."""
        assert result is not None
        version, wire = result.version or 0, result.to_wire()
        self._log(attempt, result.status, version, wire, version_before=version_before)
        return result.status in FAILED

    def _at_survivor(self, incoming: Incoming) -> tuple[Applied, dict[str, Any]]:
        """Do what a change asks for, perhaps at another customer; also return what differs."""
        incoming, moved = at_survivor(incoming)
        change = incoming.change
        applied = UPWARD[change.entity, change.kind](incoming)
        return applied, (moved if change.entity in MODELS else {}) | applied.merged

    def _log(
        self,
        attempt: Attempt,
        status: Status,
        version: int,
        wire: list[Any],
        *,
        version_before: int,
        at: dt.datetime | None = None,
    ) -> None:
        self.results.append(wire)
        line, change, sender = attempt.line, attempt.change, self._sender
        entity, record_id, kind = ("", "", "")
        if change is not None:
            entity, record_id, kind = change.entity, change.record_id, change.kind
        self._batch.log(
            Logged(
                sender.device_id,
                line.sequence,
                entity,
                record_id,
                kind,
                status,
                version_before,
                version,
                wire,
                attempt.sha256 or None,
                line.line,
                line.head,
                at,
                sender.received_at,
            )
        )


def apply_together(
    groups: Sequence[Group],
    sender: Sender,
    batch: Batch,
    *,
    previous_at: dt.datetime | None,
    with_savepoint: bool,
) -> Together | None:
    """
    Apply groups with a few bulk statements.

    Return None, with nothing changed, if anything is refused but by its schema. What PostgreSQL
    refuses of a few rows it may say only later in the transaction, which then has to be repeated
    with the groups applied one by one: to wait for its word here takes a fifth of a small push.

    :param previous_at: when the change before them was made, as far as that can be trusted
    :param with_savepoint: else the transaction has to be repeated where None would be returned
    :raises NotTogetherError: without a savepoint, instead of returning None
    """
    # The database's alone: to set up one of SQLAlchemy's takes a tenth of a small push.
    connection = open_connection(db.session())
    batch.write_log()  # what is logged from here on may be undone
    if with_savepoint:
        run(connection, "SAVEPOINT together")
    together = Together(sender, batch, previous_at)
    try:
        with batch.undone_on_error(), _in_parts(connection, groups) as copies:
            together.apply(groups, copies)
        if copies is not None:
            settle(connection)
    except Exception as error:
        if isinstance(error, DBAPIError) and is_transient(error):
            raise
        if not with_savepoint:
            raise NotTogetherError(repr(error)) from error
        logger.info("changes are applied one by one: %r", error)
        roll_back_to(connection, "together")
        db.session.expire_all()
        return None
    return together


def _in_parts(
    connection: Connection, groups: Sequence[Group]
) -> AbstractContextManager[Copies | None]:
    """Let PostgreSQL write one part of a large batch while the next is applied."""
    if connection.dialect.name == "postgresql" and sum(map(len, groups)) > PART:
        return copying_ahead(connection)
    return nullcontext()
