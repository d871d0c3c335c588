"""Searching fifty thousand customers between two letters: their search texts, held in memory.

The texts lie behind one another in the order of the list, as one text, so that a search looks from
its beginning in one go and stops when the list is full. However the words are spread, the worst
that can happen is one pass over all.
"""

import math
import sqlite3
import threading
from array import array
from bisect import bisect_left
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from mobile.storage.customers import words_of
from shared.geo import Position

_NOBODY: frozenset[int] = frozenset()
_END = "\n"
"""Stands after each text; no word holds it."""


@dataclass(frozen=True, slots=True)
class _List:
    """All customers in the order of the list."""

    text: str = ""
    """Their search texts, each with its end."""
    begins: Sequence[int] = ()
    """Where each text begins."""
    numbers: Sequence[int] = ()


class Directory:
    """Read anew when a customer has changed, sorted anew when the rep has moved. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._near: Position | None = None
        self._list = _List()
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
            customers = self._list
        return _walk(customers, needles, without, limit)

    def _refresh(self, connection: sqlite3.Connection, near: Position | None) -> None:
        (version,) = connection.execute("SELECT number FROM customer_search_version").fetchone()
        if version != self._version:
            texts, numbers = self._load(connection)
        elif near == self._near:
            return
        else:
            texts, numbers = self._list.text.split(_END)[:-1], self._list.numbers
        self._sort(texts, numbers, near)
        self._version, self._near = version, near

    def _load(self, connection: sqlite3.Connection) -> tuple[list[str], Sequence[int]]:
        rows = connection.execute("SELECT number, text, latitude, longitude FROM customer_search")
        rows.row_factory = None  # plain tuples: half the time
        texts, numbers = [], array("q")
        self._places = []
        for number, text, latitude, longitude in rows:
            texts.append(text)
            numbers.append(number)
            self._places.append(None if latitude is None else (latitude, longitude))
        return texts, numbers

    def _sort(self, texts: Sequence[str], numbers: Sequence[int], near: Position | None) -> None:
        order = _order(texts, self._places, near)
        self._places = [self._places[index] for index in order]
        begins, place = array("q"), 0
        for index in order:
            begins.append(place)
            place += len(texts[index]) + len(_END)
        self._list = _List(
            text="".join(texts[index] + _END for index in order),
            begins=begins,
            numbers=array("q", [numbers[index] for index in order]),
        )


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
    customers: _List, needles: Sequence[str], without: Container[int], limit: int
) -> list[int]:
    found = (number for number in _matches(customers, needles) if number not in without)
    return [number for number, _ in zip(found, range(limit), strict=False)]


def _matches(customers: _List, needles: Sequence[str]) -> Iterator[int]:
    if not needles:
        yield from customers.numbers
        return
    text, begins = customers.text, customers.begins
    first, others = needles[0], needles[1:]
    place = text.find(first)
    while place >= 0:
        begin, end = text.rfind(_END, 0, place) + 1, text.find(_END, place)
        if all(text.find(other, begin, end) >= 0 for other in others):
            yield customers.numbers[bisect_left(begins, begin)]
        place = text.find(first, end)
