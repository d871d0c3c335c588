"""Statements on their way to PostgreSQL, several at once.

To send a statement and wait for its answer takes longer than most statements do: two processes take
turns, and each must be woken. So where it is asked for (`gather`) a write is only noted, and goes
with the next statement that is asked something, in libpq's pipeline mode: PostgreSQL runs them in
their order, each by itself, and the answers come back together. What it says to a write is told
then, at the latest by the commit.

This works on the driver's connection beneath its cursors, which cost more than a small statement.
`driver.py` sees to it that what waits goes before whatever else is asked.
"""

import select
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.errors import lookup
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.types.numeric import Int8BinaryDumper

Row = tuple[Any, ...]
_Key = tuple[bytes, tuple[int, ...]]
"""A statement, and the types of its parameters."""

_SENT_OFTEN = 3
"""A statement that was sent so often is prepared: PostgreSQL parses and plans it no more."""
_MOST_PREPARED = 250
"""Of one connection; each takes some of the memory of PostgreSQL's process."""
_CANCEL_S = 2.0
_TEXT, _BINARY = 0, 1
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class _Message(NamedTuple):
    """A statement, and its parameters as the protocol takes them."""

    statement: bytes
    values: Sequence[Any] | None = None
    types: tuple[int, ...] = ()
    formats: Sequence[int] = ()


class Encoded(NamedTuple):
    """A value in PostgreSQL's binary form."""

    type_id: int
    """Number of its type in `pg_type`."""
    value: bytes


class _Context:
    """
    How values are written: whole numbers in one size.

    The driver takes the smallest, and a statement would be prepared anew for each size that comes.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.adapters = AdaptersMap(connection.adapters)
        self.adapters.register_dumper(int, Int8BinaryDumper)


class Pipeline:
    """What goes over one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._server: PGconn = connection.pgconn
        self._adapt = Transformer(_Context(connection))
        self._waiting: list[_Message] = []
        self._sent: Counter[_Key] = Counter()
        self._names: dict[_Key, bytes] = {}
        self._numbers = count()
        self.gathers = False
        """Whether writes wait for the next question; else each is told at once."""
        self._keeps_plans = False
        self._behind: list[_Message] = []
        self._ahead: list[tuple[_Message, list[Row]]] = []
        """What was asked behind others, and its rows."""

    def gather(self) -> None:
        """
        Let writes wait for the next question, and keep plans, to the end of the transaction.

        For many statements, each about a few rows for which its table has an index. What is sent
        often is prepared: parsed and planned once. PostgreSQL would keep a plan that it made when
        the table was nearly empty, and read all of it for hours, so it is told to read none whole.
        """
        self.gathers = True
        if self._connection.prepare_threshold is None:  # else the driver forgets ours with its own
            self._keeps_plans = True
            self.send("SET LOCAL enable_seqscan = off")

    def send(self, statement: str, values: Sequence[Any] = ()) -> None:
        """
        Send a write, with the next statement that is asked something.

        :param statement: with parameters as $1, $2, and so on
        :raises psycopg.Error: if the driver does not take a value
        """
        self._waiting.append(self._message(statement, values))

    def send_encoded(self, statement: str, values: Sequence[Encoded]) -> None:
        """Send a write as `send` does, of values that are encoded."""
        types, sent = zip(*values, strict=True)
        message = _Message(statement.encode(), sent, types, [_BINARY] * len(values))
        self._waiting.append(message)

    def ask(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """
        Return the rows that a statement gives, after what waits.

        :raises psycopg.Error: what the database says, also to what waited
        """
        message = self._message(statement, values)
        for place, (known, rows) in enumerate(self._ahead):
            if known == message:
                del self._ahead[place]
                return rows
        behind, self._behind = self._behind, []
        self._waiting += [message, *behind]
        answer, *more = self._send_waiting()[-1 - len(behind) :]
        self._ahead += zip(behind, map(self._rows, more), strict=True)
        return self._rows(answer)

    def ask_behind(self, statement: str, values: Sequence[Any] = ()) -> None:
        """
        Ask right behind the next statement that is asked something: the same `ask` finds the rows.

        Only of what nothing in between changes, but for what a savepoint undoes.

        :raises psycopg.Error: if the driver does not take a value
        """
        self._behind.append(self._message(statement, values))

    def finish(self) -> None:
        """
        Send what waits, and wait for it.

        :raises psycopg.Error: what the database says
        """
        if self._waiting:
            self._send_waiting()

    def commit(self) -> None:
        """
        Commit together with what waits; without, the driver's own way is as quick.

        :raises psycopg.Error: what the database says; nothing is committed then
        """
        self._end()
        if self._waiting:
            self.send("COMMIT")
            self._send_waiting()

    def forget(self) -> None:
        """Leave out what waits: the transaction is rolled back."""
        self._end()
        self._waiting.clear()

    def roll_back_to(self, savepoint: str) -> None:
        """
        Undo what was sent since a savepoint, and leave out what waits.

        :param savepoint: one that was made by `send`
        :raises psycopg.Error: what the database says
        """
        self._forget_answers()
        made = _Message(f"SAVEPOINT {savepoint}".encode())
        if made in self._waiting:
            del self._waiting[self._waiting.index(made) :]
        else:
            self._waiting.clear()
            self.ask(f"ROLLBACK TO SAVEPOINT {savepoint}")

    def _end(self) -> None:
        self.gathers = self._keeps_plans = False
        self._forget_answers()

    def _forget_answers(self) -> None:
        self._behind, self._ahead = [], []

    def _message(self, statement: str, values: Sequence[Any]) -> _Message:
        if not values:
            return _Message(statement.encode())
        sent = self._adapt.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = self._adapt.types or (), self._adapt.formats or ()
        return _Message(statement.encode(), sent, tuple(types), formats)

    def _send_waiting(self) -> Sequence[PGresult | None]:
        """Send what waits; return the answers."""
        messages, self._waiting = self._waiting, []
        begins = self._server.transaction_status == TransactionStatus.IDLE
        if begins and not self._connection.autocommit:
            messages.insert(0, _Message(_beginning(self._connection)))
        is_over = False
        self._server.enter_pipeline_mode()
        try:
            wanted = self._send_all(messages)
            answers, refused = self._read_all(wanted)
            is_over = True
        finally:
            if is_over:
                self._server.exit_pipeline_mode()
            else:
                self._break_off()
        if refused is not None:
            raise error_of(refused)
        return answers

    def _send_all(self, messages: Sequence[_Message]) -> Sequence[tuple[_Key, bytes] | None]:
        """Return, for each answer that is to come, what is prepared by then, and its name."""
        wanted: list[tuple[_Key, bytes] | None] = []
        names: dict[_Key, bytes] = {}
        for message in messages:
            key = message.statement, message.types
            name = (self._names.get(key) or names.get(key)) if self._keeps_plans else None
            if name is None and self._is_worth_preparing(key):
                name = names[key] = b"tapak_%d" % next(self._numbers)
                self._server.send_prepare(name, message.statement, message.types)
                wanted.append((key, name))
            if name is None:
                self._server.send_query_params(*message, _TEXT)
            else:
                self._server.send_query_prepared(name, message.values, message.formats, _TEXT)
            wanted.append(None)
        self._server.pipeline_sync()
        return wanted

    def _is_worth_preparing(self, key: _Key) -> bool:
        if not self._keeps_plans or len(self._names) >= _MOST_PREPARED:
            return False
        self._sent[key] += 1
        return self._sent[key] >= _SENT_OFTEN

    def _read_all(
        self, wanted: Sequence[tuple[_Key, bytes] | None]
    ) -> tuple[Sequence[PGresult | None], PGresult | None]:
        """Return the answers, and the first that is an error: after it nothing is done."""
        answers: list[PGresult | None] = []
        refused = None
        for prepared in wanted:
            answer = self._next()
            self._next()  # none: of this statement that was all
            if answer is None or answer.status not in _DONE:
                refused = refused or answer
            elif prepared is None:
                answers.append(answer)
            else:
                key, name = prepared
                self._names[key] = name
                del self._sent[key]
        self._next()  # the end of the pipeline
        return answers, refused

    def _next(self) -> PGresult | None:
        """Wait for an answer; none where a statement has given all."""
        server = self._server
        if server.is_busy() or server.flush():
            socket = select.poll()
            while True:
                is_full = server.flush()
                socket.register(server.socket, select.POLLIN | (select.POLLOUT if is_full else 0))
                socket.poll()
                server.consume_input()
                if not is_full and not server.is_busy():
                    break
        return server.get_result()

    def _break_off(self) -> None:
        """Close the connection: nobody knows any more which answer belongs to what."""
        if self._server.status == ConnStatus.OK:
            with suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=_CANCEL_S)
        self._connection.close()

    def _rows(self, result: PGresult | None) -> list[Row]:
        if result is None or result.status != ExecStatus.TUPLES_OK:
            return []
        self._adapt.set_pgresult(result)
        return self._adapt.load_rows(0, result.ntuples, tuple)


def error_of(result: PGresult | None) -> psycopg.Error:
    """Return what the database says as the driver's error."""
    state = result.error_field(DiagnosticField.SQLSTATE) if result is not None else None
    if result is None or state is None:
        return psycopg.OperationalError("the connection to the database is lost")
    return lookup(state.decode())(result.get_error_message())


def _beginning(connection: psycopg.Connection[Any]) -> bytes:
    """Return the statement with which the driver would begin a transaction."""
    parts = ["BEGIN"]
    if connection.isolation_level is not None:
        level = psycopg.IsolationLevel(connection.isolation_level)
        parts.append(f"ISOLATION LEVEL {level.name.replace('_', ' ')}")
    if connection.read_only is not None:
        parts.append("READ ONLY" if connection.read_only else "READ WRITE")
    if connection.deferrable is not None:
        parts.append("DEFERRABLE" if connection.deferrable else "NOT DEFERRABLE")
    return " ".join(parts).encode()
