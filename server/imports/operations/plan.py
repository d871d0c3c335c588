"""A row to be, beside the row as it is."""

from dataclasses import dataclass, field
from typing import Any

from server.imports.operations.context import Record
from server.imports.operations.report import Outcome


@dataclass
class Plan:
    """A row to be: values by column, without the ones the mapping leaves alone."""

    record: Record
    values: dict[str, Any]
    for_new: dict[str, Any] = field(default_factory=dict)
    """Values only a new row gets."""
    beside: set[str] = field(default_factory=set)
    """Fields kept in other tables that differ, such as lines."""
    also_sets: frozenset[str] = frozenset()
    """Columns that are written after the row."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What taking it back needs beside the row, as JSON holds it."""
    id: str = ""
    before: dict[str, Any] | None = None
    """The row as it is; None where it is new."""

    @property
    def changed(self) -> dict[str, Any]:
        """Return what differs; everything, for a new row."""
        if self.before is None:
            return self.for_new | self.values
        return {name: to for name, to in self.values.items() if self.before[name] != to}

    @property
    def outcome(self) -> Outcome:
        """Return what comes of the row."""
        if self.before is None:
            return Outcome.CREATED
        return Outcome.UPDATED if self.changed or self.beside else Outcome.UNCHANGED
