"""A row as it travels down to phones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A live row: its version (None where the table keeps none), its scopes, and its fields."""

    version: int | None
    scopes: frozenset[str]
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """What the feed says of a live row: its version and its scopes."""

    version: int | None
    scopes: frozenset[str]


Reader = Callable[[Sequence[str]], dict[str, Row]]
HeadReader = Callable[[Sequence[str]], Mapping[str, Head]]
