"""Where this phone's chain stood, for the server to tell whether what it has is this phone's.

Another phone may run on a copy of the same data, and have sent its own changes under the numbers
of this one's, where a server was restored from a backup that lacks these.
"""

import sqlite3

from mobile.storage import device
from shared.sync.heads import Heads


def settled_head(connection: sqlite3.Connection) -> str:
    """Return the head after the last change whose answer is known, in hexadecimal, or nothing."""
    row = connection.execute(
        "SELECT outbox.head FROM outbox JOIN device ON sequence = settled WHERE sequence > 0"
    ).fetchone()
    return row["head"].hex() if row else ""


def some_heads(connection: sqlite3.Connection) -> Heads:
    """
    Return some changes whose answers are known, each with the head after it, in hexadecimal.

    The last one, and others ever farther before it. What is made again without need, because
    none between two of them is named, the server tells.
    """
    settled = device.get(connection).settled
    [first] = connection.execute(
        "SELECT coalesce(min(sequence), 0) FROM outbox WHERE sequence > 0"
    ).fetchone()
    numbers, distance = [first], 1
    while settled - distance >= first:
        numbers.append(settled - distance)
        distance *= 2
    rows = connection.execute(
        "SELECT sequence, head FROM outbox WHERE sequence BETWEEN 1 AND ?"  # noqa: S608
        f" AND sequence IN ({', '.join('?' * (len(numbers) + 1))}) ORDER BY sequence",
        (settled, settled, *numbers),
    )
    return tuple((row["sequence"], row["head"].hex()) for row in rows)
