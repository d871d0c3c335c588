"""A damaged database: kept aside, and whatever can be read of it taken over into a new one.

What only this phone knows is read row by row, so that one broken page costs the rows on it and no
others. Where the chain of changes is whole, the phone goes on as the same device and fetches the
rest anew. Where it has a hole, it must be enrolled again, and the unsent changes that could be read
are made again as that new device's: the same records, with the times at which they were made.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from mobile.storage import mirrors, replica
from mobile.storage.database import Database
from mobile.storage.examination import FILE_NAME
from mobile.storage.outbox import Action, change_of
from shared.sync import chain
from shared.sync.protocol import MalformedError

_READING = "salvage"
_ASIDE = "damaged-"
_OF_THE_DEVICE = (
    "device",
    "outbox",
    "attention",
    "presence",
    "work_day",
    "consent",
    "track_fix",
    "photo",
    "photo_file",
    "receipt_draft",
)
_ALWAYS = ("preference",)
_TRIES = 5_000
"""Row by row over so many numbers: the rows behind one broken inner page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What became of a damaged database."""

    is_whole: bool
    """Nothing the rep recorded is missing, and the phone is still the rep's."""
    unsent: int
    """Changes that were not sent and could be read."""
    kept_in: Path
    """Folder of the damaged file."""


def recover(folder: Path, *, key: bytes | None) -> tuple[Database, Recovery]:
    """
    Keep a damaged database aside and go on with a new one, which gets what can be read.

    :param key: of the device's chain; None on a phone that nobody enrolled
    """
    aside = keep_aside(folder)
    database = Database(folder / FILE_NAME)
    reading = folder / _READING
    shutil.rmtree(reading, ignore_errors=True)
    # A copy is read, for reading alone may change it: the file kept aside stays as it was found.
    shutil.copytree(aside, reading)
    try:
        recovery = _recover(reading / FILE_NAME, database, key=key, aside=aside)
    finally:
        shutil.rmtree(reading, ignore_errors=True)
    return database, recovery


def keep_aside(folder: Path) -> Path:
    """Move a database into a folder of its own and return that; nothing is deleted."""
    number = 1
    while (aside := folder / f"{_ASIDE}{number}").exists():
        number += 1
    aside.mkdir(mode=0o700)
    for file in folder.glob(f"{FILE_NAME}*"):
        file.rename(aside / file.name)
    return aside


def kept_aside(folder: Path) -> list[Path]:
    """Return the folders of the databases that were kept aside."""
    return sorted(path for path in folder.glob(f"{_ASIDE}*") if path.is_dir())


def forget_aside(folder: Path) -> None:
    """Delete what was kept aside."""
    for path in kept_aside(folder):
        shutil.rmtree(path, ignore_errors=True)


def make_again(action: Action, *, user_id: str) -> int:
    """Record what was salvaged of this rep once more, as this device's; return how many changes.

    Another rep's changes stay where they are.
    """
    rows = action.connection.execute(
        "SELECT number, line FROM salvaged WHERE user_id = ? ORDER BY number", (user_id,)
    ).fetchall()
    for row in rows:
        action.again(change_of(row["line"]))
        action.connection.execute("DELETE FROM salvaged WHERE number = ?", (row["number"],))
    return len(rows)


def _recover(damaged: Path, database: Database, *, key: bytes | None, aside: Path) -> Recovery:
    with closing(sqlite3.connect(damaged)) as source, database.write() as target:
        source.row_factory = sqlite3.Row
        for table in _ALWAYS:
            _copy(source, target, table)
        outbox = list(_rows(source, "outbox"))
        states = list(_rows(source, "device"))
        pending = [row for row in outbox if row["state"] == "pending"]
        is_whole = bool(states) and key is not None and _holds(states[0], outbox, key)
        if is_whole:
            target.execute("PRAGMA defer_foreign_keys = ON")
            for table in _OF_THE_DEVICE:
                _copy(source, target, table)
            for row in pending:
                replica.rebuild(target, row["record_id"], mirrors.kept_as(row["entity"]))
        elif pending:
            user_id = str(states[0]["user_id"]) if states else ""
            for row in pending:
                with suppress(MalformedError):
                    change_of(row["line"])
                    target.execute(
                        "INSERT INTO salvaged (user_id, line) VALUES (?, ?)",
                        (user_id, row["line"]),
                    )
        [unsent] = target.execute("SELECT count(*) FROM salvaged").fetchone()
    return Recovery(is_whole=is_whole, unsent=len(pending) if is_whole else unsent, kept_in=aside)


def _holds(state: sqlite3.Row, outbox: list[sqlite3.Row], key: bytes) -> bool:
    """Return whether every change up to the newest is there, and fits the chain."""
    newest = state["next_sequence"] - 1
    if newest == 0:
        return not outbox
    if not outbox or [row["sequence"] for row in outbox] != list(
        range(outbox[0]["sequence"], newest + 1)
    ):
        return False
    if bytes(outbox[-1]["head"]) != bytes(state["head"]):
        return False
    # Of the oldest that is kept, what came before it is forgotten.
    head = bytes(outbox[0]["head"])
    try:
        for row in outbox[1:]:
            _, head = chain.unseal(row["line"], head=head, key=key)
            if head != bytes(row["head"]):
                return False
    except chain.ChainBrokenError:
        return False
    return True


def _rows(source: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Yield the rows of a table that can be read, in their order."""
    first, last = _ends(source, table)
    number = first - 1
    while number < last:
        try:
            # One statement goes on until it meets a broken page; then each row by itself.
            for row in source.execute(
                f"SELECT rowid AS _rowid, * FROM {table} WHERE rowid > ? ORDER BY rowid",  # noqa: S608
                (number,),
            ):
                number = row["_rowid"]
                yield row
        except sqlite3.DatabaseError:
            found = _next_readable(source, table, number + 1, last)
            if found is None:
                return
            number = found["_rowid"]
            yield found
        else:
            return


def _ends(source: sqlite3.Connection, table: str) -> tuple[int, int]:
    """Return the numbers of the first and last row; a guess where that cannot be read."""
    ends = [0, _TRIES]
    for place, end in enumerate(("min", "max")):
        with suppress(sqlite3.DatabaseError):
            [number] = source.execute(f"SELECT {end}(rowid) FROM {table}").fetchone()  # noqa: S608
            ends[place] = -1 if number is None else int(number)
    return ends[0], ends[1]


def _next_readable(
    source: sqlite3.Connection, table: str, number: int, last: int
) -> sqlite3.Row | None:
    """Return the next row that can be read by itself; far away it is not looked for."""
    for candidate in range(number, min(last, number + _TRIES) + 1):
        with suppress(sqlite3.DatabaseError):
            found: sqlite3.Row | None = source.execute(
                f"SELECT rowid AS _rowid, * FROM {table} WHERE rowid = ?",  # noqa: S608
                (candidate,),
            ).fetchone()
            if found is not None:
                return found
    return None


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    for row in _rows(source, table):
        known = [name for name in columns if name in row.keys()]  # noqa: SIM118 - Row has no `in`
        with suppress(sqlite3.DatabaseError):  # a row whose parent could not be read
            target.execute(
                f"INSERT OR REPLACE INTO {table} ({', '.join(known)})"  # noqa: S608
                f" VALUES ({', '.join('?' * len(known))})",
                [row[name] for name in known],
            )
