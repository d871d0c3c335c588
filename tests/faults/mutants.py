"""Deliberate bugs in server and phone, each of which the random histories must find.

A bug is a place in the code that says something else. It is put in by swapping the code of the
function, so that whoever has imported it has the bug too; a place that is not there any more, or
twice, is an error: who changes the code changes the bug with it.
"""

import __future__

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mobile.storage import acknowledging, heads, outbox, replica
from mobile.sync import engine
from server.figures import operations
from server.identity import queries
from server.sync import apply, changes, groups, pull, push
from shared.sync import conflicts


@dataclass(frozen=True)
class Edit:
    """Another word at one place of a function."""

    function: Callable[..., Any]
    old: str
    new: str

    def make(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put it in, until the test is over."""
        source = textwrap.dedent(inspect.getsource(self.function))
        assert source.count(self.old) == 1, f"{self.function.__qualname__}: {self.old!r}"
        tree = ast.parse(source.replace(self.old, self.new))
        code = compile(tree, inspect.getfile(self.function), "exec", flags=_ANNOTATIONS)
        made: dict[str, Any] = {}
        exec(code, self.function.__globals__, made)  # noqa: S102 - our own code, but for a word
        monkeypatch.setattr(self.function, "__code__", made[self.function.__name__].__code__)


_ANNOTATIONS = __future__.annotations.compiler_flag
"""They are not looked at: what they name need not be there."""

MUTANTS: dict[str, tuple[Edit, ...]] = {
    "the server applies a change again that it has had": (
        Edit(push._unseal, "known is not None and known.line == line", "False"),
        Edit(
            push.push,
            "new = [line for line in chained if line.sequence > device.through]",
            "new, results = chained, []",
        ),
    ),
    "a lost conflict comes again as taken": (
        Edit(
            push._repeat,
            "return Result.again(logged.result)",
            "return Result(sequence, Status.APPLIED, version=1, duplicate=True).to_wire()",
        ),
    ),
    "news of what is gone are forgotten": (
        Edit(changes._advance, "if not is_there and not was_there:", "if not is_there:"),
    ),
    "a change gets the place of the one before it": (
        Edit(changes._advance, "scope.head += 1", "scope.head += 0"),
    ),
    "a cut page says that it reached the head": (
        Edit(
            pull.pull,
            "cursors[name] = found[-1].position if found else position",
            "cursors[name] = head",
        ),
    ),
    "nobody is asked where two changed the same": (
        Edit(apply.touched_by_others, "return {", "return set() and {"),
    ),
    "of two texts the later one stays": (
        Edit(conflicts.append, 'return f"{theirs}\\n{mine}"', "return mine"),
    ),
    "a phone counts as taken what it is about to send": (
        Edit(
            engine._send,
            "return phone",
            "with phone.database.write() as connection:\n"
            "        connection.execute(\n"
            "            \"UPDATE outbox SET state = 'settled', status = 'ok',\"\n"
            '            " settled_at_ms = ?"\n'
            '            " WHERE sequence <= ?",\n'
            "            (phone.read_clock().wall_ms, batch.last),\n"
            "        )\n"
            "    return phone",
        ),
    ),
    "a phone keeps how far a page reached, and not the page": (
        Edit(replica.stage, "for change in answer.changes", "for change in answer.changes[1:]"),
    ),
    "a phone keeps a customer that was moved away": (
        Edit(
            replica._drop_if_in_no_scope,
            "mirror is None or still.fetchone()",
            "mirror is None or still.fetchone() or entity == 'customer'",
        ),
    ),
    "half of a group is applied": (
        Edit(groups._apply_apart, "savepoint.rollback()", "savepoint.commit()"),
    ),
    "a bug stops a whole batch": (
        Edit(groups._apply, "isinstance(error, DBAPIError) and is_transient(error)", "True"),
    ),
    "an answer hides what the rep did since": (
        Edit(acknowledging._take_in, " - waiting", ""),
        Edit(acknowledging._as_sent, "not result.duplicate", "False"),
    ),
    "what another phone sent counts as one's own": (
        Edit(queries.find_former, "before.common is not None", "False"),
    ),
    "a phone does not say where its chain stood": (Edit(heads.settled_head, "if row", "if False"),),
    "a rep is not told what was counted since": (
        Edit(
            operations.tell,
            "elif (row.figures, row.currency) == (figures, currency):",
            "elif row.version:",
        ),
    ),
    "a phone forgets what it sent yesterday": (
        Edit(outbox.prune, " AND settled_at_ms < ?", " AND ? > 0"),
    ),
}
