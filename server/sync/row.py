"""A row as it travels down to phones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.sync.protocol import rep_scope


# Frozen ones would take four times as long to make, and these are thousands.
@dataclass(slots=True)
class Row:
    """A live row: its version (None where the table keeps none), its scopes, and its fields."""

    version: int | None
    scopes: frozenset[str]
    fields: dict[str, Any]


@dataclass(slots=True)
class Head:
    """What the feed says of a live row: its version and its scopes."""

    version: int | None
    scopes: frozenset[str]


Reader = Callable[[Sequence[str]], dict[str, Row]]
HeadReader = Callable[[Sequence[str]], Mapping[str, Head]]


@lru_cache(maxsize=4096)
def scope_of(rep_id: str) -> frozenset[str]:
    """Return the scopes of a row that is for one rep."""
    return frozenset({rep_scope(rep_id)})
