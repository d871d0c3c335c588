"""The plainest phone there can be, for the floor of the sync bench.

It has its records in a table, sends them in batches as lines of JSON, compressed, and notes which
have arrived. No chain, no answers a record, no screen that must see a change at once.
"""

import gzip
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import orjson
import urllib3

from tests.bench.recorded import Request, lines_of

_LEVEL = 6
"""Of the compression, as a phone's own client has it."""
_OTHER_NUMBERS = 1_000_000


def records_of(requests: Sequence[Request], *, time: int) -> Iterator[bytes]:
    """Give the records that were sent once more, under numbers of their own.

    :param time: how often they have been given by then
    """
    for request in requests:
        for line in lines_of(request.body, encoding=request.headers.get("Content-Encoding")):
            record = orjson.loads(line)
            yield orjson.dumps({**record, "s": record["s"] + time * _OTHER_NUMBERS})


class BarePhone:
    """Records that wait to be sent."""

    def __init__(self, path: Path, records: Iterable[bytes]) -> None:
        """Keep records, each a JSON object, where a phone keeps its own: in SQLite, on the disk."""
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        with self._database:
            self._database.execute(
                "CREATE TABLE record (number INTEGER PRIMARY KEY, body BLOB, sent INTEGER)"
            )
            self._database.executemany(
                "INSERT INTO record (body, sent) VALUES (?, 0)", ((body,) for body in records)
            )

    def push_all(self, url: str, *, batch: int) -> int:
        """
        Send all records; return how many.

        :raises RuntimeError: if the server does not take a batch
        """
        pool = urllib3.PoolManager(num_pools=1, retries=False)
        sent = last = 0
        while rows := self._database.execute(
            "SELECT number, body FROM record WHERE number > ? AND NOT sent ORDER BY number LIMIT ?",
            (last, batch),
        ).fetchall():
            last = rows[-1][0]
            header = orjson.dumps({"n": len(rows)})
            body = gzip.compress(b"\n".join([header, *(body for _, body in rows)]), _LEVEL)
            answer = pool.request("POST", url, body=body, headers={"Content-Encoding": "gzip"})
            if answer.status != 200 or answer.json()["inserted"] != len(rows):
                raise RuntimeError(f"{answer.status} {answer.data!r}")
            with self._database:
                self._database.execute("UPDATE record SET sent = 1 WHERE number <= ?", (last,))
            sent += len(rows)
        return sent

    def switch_off(self) -> None:
        """Close its database."""
        self._database.close()
