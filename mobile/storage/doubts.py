"""Changes that the server refused for a fault of its own: once mended, it may have taken them."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mobile.storage import outbox
from shared.sync.change import Result, Status

_MOST = 500


@dataclass(frozen=True, slots=True)
class Doubts:
    """Numbers of changes to ask about."""

    own: tuple[int, ...] = ()
    """Of the device that this phone is."""
    former: Mapping[str, tuple[int, ...]] | None = None
    """Of those that it was, by id, as they were numbered then."""


def find(connection: sqlite3.Connection) -> Doubts:
    """Return the changes to ask about: those, and the ones that were refused for want of them."""
    rows = connection.execute(
        "SELECT sequence, device_id, code, line FROM attention JOIN outbox USING (sequence)"
        " WHERE (sequence > 0 OR device_id IS NOT NULL) AND status = ?"
        " AND (code IN ('internal', 'group') OR code LIKE '%.unknown')"
        " ORDER BY sequence DESC LIMIT ?",
        (Status.REJECTED, _MOST),
    ).fetchall()
    if not any(row["code"] == "internal" for row in rows):
        return Doubts()
    own: list[int] = []
    former: dict[str, list[int]] = {}
    for row in rows:
        if row["sequence"] > 0:
            own.append(row["sequence"])
        else:
            number = outbox.change_of(row["line"]).sequence
            former.setdefault(row["device_id"], []).append(number)
    return Doubts(
        tuple(sorted(own)), {of: tuple(sorted(numbers)) for of, numbers in former.items()}
    )


def settle_again(
    connection: sqlite3.Connection,
    results: Sequence[Result],
    former: Mapping[str, Iterable[Result]],
    *,
    at_ms: int,
) -> int:
    """
    Keep answers in place of the refusals they had; return how many are other ones.

    :param former: by id of a device that this phone was, with the numbers of then
    """
    known: dict[tuple[str | None, int], tuple[int, str]] = {}
    for row in connection.execute(
        "SELECT sequence, device_id, code, line FROM attention JOIN outbox USING (sequence)"
        " WHERE status = ?",
        (Status.REJECTED,),
    ):
        number = row["sequence"]
        if number <= 0:
            number = outbox.change_of(row["line"]).sequence
        known[row["device_id"], number] = row["sequence"], row["code"]
    said: list[tuple[tuple[str | None, int], Result]] = []
    said += [((None, result.sequence), result) for result in results]
    for device_id, answers in former.items():
        said += [((device_id, result.sequence), result) for result in answers]
    news = []
    for key, result in said:
        sequence, code = known.get(key, (0, ""))
        if key in known and (result.status, result.code) != (Status.REJECTED, code):
            news.append(replace(result, sequence=sequence))
    places = [(result.sequence,) for result in news]
    connection.executemany("DELETE FROM attention WHERE sequence = ?", places)
    connection.executemany(
        "UPDATE outbox SET state = 'pending', status = NULL WHERE sequence = ?", places
    )
    return outbox.settle(connection, news, at_ms=at_ms)
