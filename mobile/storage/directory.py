"""Searching fifty thousand customers between two letters: their search texts, held in memory.

The texts lie behind one another in the order of the list, as one, so that a search looks from
its beginning in one go and stops when the list is full. However the words are spread, the worst
that can happen is one pass over all.
"""

import math
import sqlite3
import threading
from array import array
from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mobile.storage.customers import words_of
from shared.geo import Position

_NOBODY: frozenset[int] = frozenset()
_END = b"\n"
"""Stands after each text; no word holds it."""


@dataclass(frozen=True, slots=True)
class _List:
    """All customers in the order of the list.

    Bytes and arrays: fifty thousand strings and pairs of numbers would be three times as large.
    """

    text: bytes = b""
    """Their search texts in UTF-8, each with its end."""
    begins: Sequence[int] = ()
    """Where each text begins, and where the last one ends."""
    numbers: Sequence[int] = ()
    latitudes: Sequence[float] = ()
    """NaN for those without a point."""
    longitudes: Sequence[float] = ()


class Directory:
    """Read anew when a customer has changed, sorted anew when the rep has moved. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._near: Position | None = None
        self._list = _List()

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
        needles = [f" {word}".encode() for word in words_of(text)]
        if needle:
            needles.append(needle.encode())
        needles.sort(key=len, reverse=True)
        with self._lock:
            self._refresh(connection, near)
            customers = self._list
        return _walk(customers, needles, without, limit)

    def _refresh(self, connection: sqlite3.Connection, near: Position | None) -> None:
        (version,) = connection.execute("SELECT number FROM customer_search_version").fetchone()
        if version == self._version and near == self._near:
            return
        customers = self._list if version == self._version else _load(connection)
        self._list = _sorted(customers, near)
        self._version, self._near = version, near


def _load(connection: sqlite3.Connection) -> _List:
    rows = connection.execute("SELECT number, text, latitude, longitude FROM customer_search")
    rows.row_factory = None  # plain tuples: half the time
    texts = bytearray()
    begins, numbers = array("q", [0]), array("q")
    latitudes, longitudes = array("d"), array("d")
    for number, text, latitude, longitude in rows:
        texts += text.encode() + _END
        begins.append(len(texts))
        numbers.append(number)
        latitudes.append(math.nan if latitude is None else latitude)
        longitudes.append(math.nan if latitude is None else longitude)
    return _List(bytes(texts), begins, numbers, latitudes, longitudes)


def _sorted(customers: _List, near: Position | None) -> _List:
    order = _order(customers, near)
    texts, begins = bytearray(), array("q", [0])
    for index in order:
        texts += customers.text[customers.begins[index] : customers.begins[index + 1]]
        begins.append(len(texts))
    return _List(
        text=bytes(texts),
        begins=begins,
        numbers=array("q", (customers.numbers[index] for index in order)),
        latitudes=array("d", (customers.latitudes[index] for index in order)),
        longitudes=array("d", (customers.longitudes[index] for index in order)),
    )


def _order(customers: _List, near: Position | None) -> Sequence[int]:
    """Return the places in the list anew: by distance, and by name where that is the same."""
    text, begins = customers.text, customers.begins
    squares = _squares(customers, near)
    order = array("q")
    for _, tied in groupby(
        sorted(range(len(squares)), key=squares.__getitem__), squares.__getitem__
    ):
        indices = list(tied)
        if len(indices) > 1:
            indices.sort(key=lambda index: text[begins[index] : begins[index + 1]])
        order.extend(indices)
    return order


def _squares(customers: _List, near: Position | None) -> Sequence[float]:
    """Return how far each is, squared, in degrees; infinite without a point."""
    if near is None:
        return array("d", bytes(8 * len(customers.numbers)))
    latitude, longitude = near.latitude, near.longitude
    shrink = math.cos(math.radians(latitude)) ** 2
    return array(
        "d",
        (
            math.inf
            if math.isnan(north)
            else (north - latitude) ** 2 + (east - longitude) ** 2 * shrink
            for north, east in zip(customers.latitudes, customers.longitudes, strict=True)
        ),
    )


def _walk(
    customers: _List, needles: Sequence[bytes], without: Container[int], limit: int
) -> list[int]:
    found = (number for number in _matches(customers, needles) if number not in without)
    return [number for number, _ in zip(found, range(limit), strict=False)]


def _matches(customers: _List, needles: Sequence[bytes]) -> Iterator[int]:
    if not needles:
        yield from customers.numbers
        return
    text, begins = customers.text, customers.begins
    begin = end = 0
    while True:
        for needle in needles:
            place = text.find(needle, begin)
            if place < 0:
                return
            if place >= end:  # nobody before that one has all the words
                index = bisect_right(begins, place) - 1
                begin, end = begins[index], begins[index + 1]
                break
        else:
            yield customers.numbers[index]
            begin = end
