"""Searching fifty thousand customers between two letters: their search texts, held in memory.

The texts lie in the order of the list, so a search walks them from its beginning and stops when the
list is full. However the words are spread, the worst that can happen is one pass over all.
"""

import math
import sqlite3
import threading
from array import array
from collections.abc import Container, Sequence

from mobile.storage.customers import words_of
from shared.geo import Position

_NOBODY: frozenset[int] = frozenset()


class Directory:
    """Read anew when a customer has changed, sorted anew when the rep has moved. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._near: Position | None = None
        self._texts: list[str] = []
        self._numbers = array("q")
        self._places: list[tuple[float, float] | None] = []

    def search(
        self,
        connection: sqlite3.Connection,
        text: str,
        *,
        near: Position | None,
        limit: int,
        needle: str = "",
        without: Container[int] = _NOBODY,
    ) -> list[int]:
        """
        Return the numbers of customers in whom each word of `text` begins a word.

        Nearest first; those without a point after them, and all where `near` is None, by name.

        :param needle: what the search text must hold besides, as a class
        :param without: numbers to leave out
        """
        needles = [f" {word}" for word in words_of(text)]
        if needle:
            needles.append(needle)
        needles.sort(key=len, reverse=True)
        with self._lock:
            self._refresh(connection, near)
            texts, numbers = self._texts, self._numbers
        return _walk(texts, numbers, needles, without, limit)

    def _refresh(self, connection: sqlite3.Connection, near: Position | None) -> None:
        (version,) = connection.execute("SELECT number FROM customer_search_version").fetchone()
        if version != self._version:
            self._load(connection)
        elif near == self._near:
            return
        self._sort(near)
        self._version, self._near = version, near

    def _load(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT number, text, latitude, longitude FROM customer_search")
        rows.row_factory = None  # plain tuples: half the time
        self._texts, self._numbers, self._places = [], array("q"), []
        for number, text, latitude, longitude in rows:
            self._texts.append(text)
            self._numbers.append(number)
            self._places.append(None if latitude is None else (latitude, longitude))

    def _sort(self, near: Position | None) -> None:
        order = _order(self._texts, self._places, near)
        self._texts = [self._texts[index] for index in order]
        self._numbers = array("q", [self._numbers[index] for index in order])
        self._places = [self._places[index] for index in order]


def _order(
    texts: Sequence[str], places: Sequence[tuple[float, float] | None], near: Position | None
) -> list[int]:
    by_name = sorted(range(len(texts)), key=texts.__getitem__)
    if near is None:
        return by_name
    latitude, longitude = near.latitude, near.longitude
    shrink = math.cos(math.radians(latitude)) ** 2
    squares = [
        math.inf
        if place is None
        else (place[0] - latitude) ** 2 + (place[1] - longitude) ** 2 * shrink
        for place in places
    ]
    return sorted(by_name, key=squares.__getitem__)


def _walk(
    texts: Sequence[str],
    numbers: Sequence[int],
    needles: Sequence[str],
    without: Container[int],
    limit: int,
) -> list[int]:
    if not needles:
        found = (number for number in numbers if number not in without)
        return [number for number, _ in zip(found, range(limit), strict=False)]
    first, others = needles[0], needles[1:]
    matches: list[int] = []
    for index, text in enumerate(texts):
        if (
            first in text
            and all(other in text for other in others)
            and numbers[index] not in without
        ):
            matches.append(numbers[index])
            if len(matches) == limit:
                break
    return matches
