"""What every loader works with: the records of a chunk, and the run they belong to."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from server.imports.operations.report import LONGEST_VALUE, Outcome, Problem, Report, StepCounts
from server.imports.operations.values import Field, Formats
from server.imports.queries.known import Membership, References
from server.platform.access import Access


@dataclass
class Record:
    """A row of a file as values of the entity's fields; only fields the mapping names."""

    file: str
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    """Field to what it is called in the file."""
    texts: dict[str, str] = field(default_factory=dict)
    """Field to the text it was read from."""
    lines: "list[Record]" = field(default_factory=list)


@dataclass(kw_only=True)
class Run:
    """An import under way."""

    id: str | None = None
    """Of the run that was asked for over the web, which can be taken back; None: no such one."""
    access: Access
    at: dt.datetime
    today: dt.date
    time_zone: str
    """Of the organisation; people who have no own one get it."""
    reporting_currency: str
    formats: Formats
    dry_run: bool
    references: References
    report: Report
    counts: StepCounts = field(default_factory=lambda: StepCounts("", ""))
    """Of the step under way."""

    @property
    def currency(self) -> str:
        """Return the currency of amounts whose row names none."""
        return self.formats.currency

    def save(self) -> "Saved":
        """Return what loading a chunk changes, to go back to."""
        return Saved(
            counts=replace(self.counts),
            problems=len(self.report.problems),
            memberships=dict(self.references.memberships),
        )

    def restore(self, saved: "Saved") -> None:
        """Go back to before a chunk whose transaction was rolled back.

        Ids given to its new records are given anew when it is loaded again.
        """
        vars(self.counts).update(vars(saved.counts))
        del self.report.problems[saved.problems :]
        self.references.memberships = dict(saved.memberships)

    def note(self, record: Record, field_name: str, code: str) -> None:
        """Put a problem into the report."""
        self.report.add_problem(
            Problem(
                file=record.file,
                line=record.line,
                column=record.columns.get(field_name, field_name),
                code=code,
                value=record.texts.get(field_name, "")[:LONGEST_VALUE],
            )
        )

    def refuse(self, record: Record, field_name: str, code: str) -> None:
        """Leave a record out, and say why."""
        self.note(record, field_name, code)
        self.counts.count(Outcome.REFUSED)

    def find(self, record: Record, field_name: str, codes: Mapping[str, Any], problem: str) -> Any:
        """Return what a code refers to, or None where the file names none.

        :raises RefusedError: if the code is unknown
        """
        code = record.values.get(field_name) or ""
        if not code:
            return None
        if code not in codes:
            raise RefusedError(field_name, problem)
        return codes[code]


@dataclass(frozen=True, kw_only=True)
class Saved:
    """The state of a run before a chunk."""

    counts: StepCounts
    problems: int
    memberships: dict[str, list[Membership]]


class RefusedError(Exception):
    """A record cannot be taken; caught where the records of a chunk are gone through."""

    def __init__(self, field_name: str, code: str) -> None:
        super().__init__(field_name, code)
        self.field_name = field_name
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A kind of record that can be imported."""

    fields: Mapping[str, Field]
    key: tuple[str, ...]
    """Fields that say which record a row is about."""
    load: Callable[[Sequence[Record], Run], None]
    line_fields: Mapping[str, Field] = field(default_factory=dict)
