"""SQLite's own check of the phone's database, begun while the app is still being imported.

It reads the whole file, which takes as long as a good part of the start, but on another processor.
"""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

FILE_NAME = "phone.db"
SOUND = "ok"


class Examination:
    """A check of one file, in a thread of its own."""

    def __init__(self, path: Path) -> None:
        """Begin, where there is a file to check."""
        self._path = path
        self._answer: str | None = None
        self._thread = threading.Thread(target=self._examine, name="examination", daemon=True)
        if path.exists():
            self._thread.start()

    def answer(self) -> str | None:
        """Return `ok`, or what is wrong with the file; None where it could not be checked."""
        if self._thread.ident is not None:
            self._thread.join()
        return self._answer

    def _examine(self) -> None:
        try:
            with closing(sqlite3.connect(self._path)) as connection:
                self._answer = check(connection)
        except sqlite3.OperationalError:  # busy: the world, not the file
            self._answer = None
        except sqlite3.DatabaseError as error:
            self._answer = str(error)


def check(connection: sqlite3.Connection) -> str:
    """Return `ok`, or the first thing that is wrong with a database."""
    answer: str
    [(answer,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    return answer
