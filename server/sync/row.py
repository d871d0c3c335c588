"""A row as it travels down to phones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A live row: its version (None where the table keeps none), its scopes, and its fields."""

    version: int | None
    scopes: frozenset[str]
    fields: dict[str, Any]


Reader = Callable[[Sequence[str]], dict[str, Row]]
