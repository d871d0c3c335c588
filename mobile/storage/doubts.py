"""Changes that the server refused for a fault of its own: once mended, it may have taken them."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mobile.storage import outbox
from shared.sync.change import Result, Status

_MOST = 500
_Sent = tuple[str | None, int]
"""The device that a change was sent by, None for the one this phone is, and its number then."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """Numbers of changes to ask about."""

    own: tuple[int, ...] = ()
    """Of the device that this phone is."""
    former: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
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
    sent: dict[str | None, list[int]] = {}
    for row in rows:
        device_id, number = _as_sent(row)
        sent.setdefault(device_id, []).append(number)
    own = tuple(sorted(sent.pop(None, ())))
    return Doubts(own, {str(of): tuple(sorted(numbers)) for of, numbers in sent.items()})


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
    known = {
        _as_sent(row): (row["sequence"], row["code"])
        for row in connection.execute(
            "SELECT sequence, device_id, code, line FROM attention JOIN outbox USING (sequence)"
            " WHERE status = ?",
            (Status.REJECTED,),
        )
    }
    said: list[tuple[_Sent, Result]] = []
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


def _as_sent(row: sqlite3.Row) -> _Sent:
    number = row["sequence"]
    return row["device_id"], number if number > 0 else outbox.change_of(row["line"]).sequence
