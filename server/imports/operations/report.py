"""What came of an import: counts per file, and every refused row with its line and reason."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from server.imports.operations.reasons import REASONS

LONGEST_VALUE = 80
MOST_PROBLEMS = 20_000


class Outcome(StrEnum):
    """What came of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Problem:
    """One reason why a row was refused."""

    file: str
    line: int
    column: str
    code: str
    value: str

    @property
    def reason(self) -> str:
        """Return the English sentence."""
        return REASONS[self.code]


@dataclass
class StepCounts:
    """How many rows of a step came to what."""

    entity: str
    file: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count a row."""
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)


@dataclass
class Report:
    """The report of a run; filled while it goes on."""

    mapping: str
    dry_run: bool
    steps: list[StepCounts] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problems_left_off: int = 0

    def add_problem(self, problem: Problem) -> None:
        """Note a problem; of very many only the first ones are kept, all are counted."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
        else:
            self.problems_left_off += 1

    def sort_problems(self, files: Sequence[str]) -> None:
        """Put the problems in the order of the files and their lines."""
        order = {file: number for number, file in enumerate(files)}
        self.problems.sort(key=lambda problem: (order[problem.file], problem.line))

    def total(self, outcome: Outcome) -> int:
        """Return how many rows of all files came to this."""
        return sum(getattr(step, outcome.value) for step in self.steps)

    def counts(self) -> list[dict[str, Any]]:
        """Return the counts per step as plain values."""
        return [asdict(step) for step in self.steps]

    def to_plain(self) -> dict[str, Any]:
        """Return the whole report as plain values, for JSON."""
        return {
            "mapping": self.mapping,
            "dry_run": self.dry_run,
            "steps": self.counts(),
            "problems": [asdict(item) | {"reason": item.reason} for item in self.problems],
            "problems_left_off": self.problems_left_off,
        }

    def to_csv(self) -> str:
        """Return the problems as a CSV file. A value that a spreadsheet would run is quoted."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["file", "line", "column", "code", "reason", "value"])
        for item in self.problems:
            value = "'" + item.value if item.value[:1] in tuple("=+-@\t\r") else item.value
            writer.writerow([item.file, item.line, item.column, item.code, item.reason, value])
        return text.getvalue()
