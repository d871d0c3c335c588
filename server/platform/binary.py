"""Rows in PostgreSQL's own binary form, written column by column: as COPY takes them, or as arrays.

PostgreSQL then has nothing to parse: of a row of the log that is a third of all it does. Python
writes a column in one loop, and one that says the same all along once.
"""

import datetime as dt
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, repeat
from operator import is_
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    Double,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from server.platform.database import ExactDecimal, Id, UtcDateTime, exact_text
from server.platform.pipeline import Encoded

Column = Sequence[Any]
Encode = Callable[[Column], list[bytes]]
"""Gives each value, none of them None, with its length before it."""

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_LENGTH, _COUNT = struct.Struct("!i").pack, struct.Struct("!h").pack
_SHORT = 1024
_LENGTHS = [_LENGTH(size) for size in range(_SHORT)]
_ARRAY = struct.Struct("!iiIii").pack
"""Begins an array: dimensions, a flag nobody reads, type, how many values, number of the first."""
_EPOCH, _FIRST_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.date(2000, 1, 1).toordinal()
_MICROSECOND = dt.timedelta(microseconds=1)
_UUID_BYTES = 16


def in_binary(table: Table, names: tuple[str, ...], columns: Sequence[Column]) -> bytes | None:
    """
    Return rows as `COPY … (FORMAT binary)` takes them; None where only the driver knows how.

    :param names: of the columns, whose values are as a statement of SQLAlchemy takes them
    """
    written = _all_written(table, names, columns)
    if written is None:
        return None
    rows = zip(repeat(_COUNT(len(names))), *written, strict=False)
    return b"".join(chain((_HEADER,), chain.from_iterable(rows), (_END,)))


def in_arrays(
    table: Table, names: tuple[str, ...], columns: Sequence[Column]
) -> list[Encoded] | None:
    """Return each column as an array, for `unnest`; None where only the driver knows how."""
    written = _all_written(table, names, columns)
    if written is None:
        return None
    types = [_TYPES[type(table.columns[name].type)] for name in names]
    return [
        Encoded(kind.array_id, _ARRAY(1, 0, kind.value_id, len(values), 1) + b"".join(values))
        for kind, values in zip(types, written, strict=True)
    ]


def _all_written(
    table: Table, names: tuple[str, ...], columns: Sequence[Column]
) -> list[Sequence[bytes]] | None:
    """Return the values of each column, each with its length before it."""
    encoders = _encoders(table, names)
    if encoders is None:
        return None
    try:
        return [
            _written(column, encode, none=none)
            for column, (encode, none) in zip(columns, encoders, strict=True)
        ]
    except (TypeError, ValueError, AttributeError, OverflowError, struct.error):
        return None  # the driver or the database says what is wrong with a value


def _written(column: Column, encode: Encode, *, none: bytes) -> Sequence[bytes]:
    first = column[0]
    if all(map(is_, column, repeat(first))):  # many a column says the same all along
        return [none if first is None else encode((first,))[0]] * len(column)
    if None not in column:
        return encode(column)
    there = iter(encode([value for value in column if value is not None]))
    return [none if value is None else next(there) for value in column]


@lru_cache(maxsize=256)
def _encoders(table: Table, names: tuple[str, ...]) -> Sequence[tuple[Encode, bytes]] | None:
    """Return how each column is written, and None in it; if that of one is not known, None."""
    found: list[tuple[Encode, bytes]] = []
    for name in names:
        kind: Any = table.columns[name].type
        known = _TYPES.get(type(kind))
        if known is None:
            return None
        says_null = isinstance(kind, JSON) and not kind.none_as_null
        found.append((known.encode, _length_before(b"null") if says_null else _NULL))
    return found


def _length_before(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _lengths_before(values: Iterable[bytes]) -> list[bytes]:
    lengths = _LENGTHS
    return [
        lengths[size] + value if (size := len(value)) < _SHORT else _length_before(value)
        for value in values
    ]


def _texts(column: Column) -> list[bytes]:
    return _lengths_before(map(str.encode, column))


def _decimals(column: Column) -> list[bytes]:
    return _texts([*map(exact_text, column)])


def _bytes(column: Column) -> list[bytes]:
    return _lengths_before(column)


def _ids(column: Column) -> list[bytes]:
    before, from_hex = _LENGTH(_UUID_BYTES), bytes.fromhex
    ids = [before + from_hex(value.replace("-", "")) for value in column]
    if set(map(len, ids)) != {len(before) + _UUID_BYTES}:
        raise ValueError("not an id")
    return ids


def _json(column: Column) -> list[bytes]:
    return _lengths_before(map(orjson.dumps, column))


def _instants(column: Column) -> list[bytes]:
    pack = struct.Struct("!iq").pack
    return [pack(8, (value - _EPOCH) // _MICROSECOND) for value in column]


def _days(column: Column) -> list[bytes]:
    pack = struct.Struct("!ii").pack
    return [pack(4, value.toordinal() - _FIRST_DAY) for value in column]


def _packed(layout: str) -> Encode:
    """Return what writes values of one size, of which `layout` is the letter in `struct`."""
    value = struct.Struct(f"!{layout}")
    pack, size = struct.Struct(f"!i{layout}").pack, value.size

    def encode(column: Column) -> list[bytes]:
        return [pack(size, value) for value in column]

    return encode


class _Type(NamedTuple):
    """How values of a type are written, and PostgreSQL's numbers in its catalogue `pg_type`."""

    encode: Encode
    value_id: int
    array_id: int


_TEXT = _Type(_texts, 25, 1009)
_TYPES: dict[type[Any], _Type] = {
    Id: _Type(_ids, 2950, 2951),
    String: _TEXT,
    Text: _TEXT,
    ExactDecimal: _Type(_decimals, _TEXT.value_id, _TEXT.array_id),
    JSON: _Type(_json, 114, 199),
    LargeBinary: _Type(_bytes, 17, 1001),
    UtcDateTime: _Type(_instants, 1184, 1185),
    Date: _Type(_days, 1082, 1182),
    BigInteger: _Type(_packed("q"), 20, 1016),
    Integer: _Type(_packed("i"), 23, 1007),
    SmallInteger: _Type(_packed("h"), 21, 1005),
    Double: _Type(_packed("d"), 701, 1022),
    Boolean: _Type(_packed("?"), 16, 1000),
}
"""By the type of a column, exactly: one that is made of another writes its values otherwise."""
