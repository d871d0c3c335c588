"""From the rows of a file to records: joins, lines, types; what does not fit is reported."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from server.imports.operations.context import Entity, Record, Run
from server.imports.operations.entities import field_of
from server.imports.operations.mapping import Rule, Step
from server.imports.operations.report import Outcome
from server.imports.operations.sources import Row, Table
from server.imports.operations.values import BadValueError, Field

MappedField = tuple[str, Rule, Field]
"""Name, where its text comes from, and what it must be."""


@dataclass
class Reader:
    """Reads one step of the mapping."""

    step: Step
    entity: Entity
    tables: Mapping[str, Table]
    null: frozenset[str]
    run: Run
    rows_read: int = 0
    _joined: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    _lines: dict[str, list[Record]] = field(default_factory=dict)
    _bad_lines: set[str] = field(default_factory=set)
    _seen: dict[tuple[object, ...], dict[str, str] | None] = field(default_factory=dict)
    """Keys so far; with the texts where rows may repeat a record."""

    @cached_property
    def _fields(self) -> "list[MappedField]":
        return _mapped(self.step.fields, self.entity.fields)

    def records(self) -> Iterator[Record]:
        """Return the good records; the others are in the report."""
        for join in self.step.join:
            self._joined[join.name] = {
                row.cells[join.key].strip(): row.cells
                for row in self.tables[join.file].rows()
                if not row.code
            }
        self._read_lines()
        for row in self.tables[self.step.file].rows():
            self.rows_read += 1
            record = self._record(row)
            if record is not None:
                yield record

    def _record(self, row: Row) -> Record | None:
        record = Record(self.step.file, row.line)
        if row.code:
            self.run.refuse(record, "", row.code)
            return None
        cells = self._join(record, row.cells)
        if cells is None:
            return None
        if not self._fill(record, cells, self._fields):
            self.run.counts.count(Outcome.REFUSED)
            return None
        if not self._is_first(record) or not self._add_lines(record, cells):
            return None
        return record

    def _join(self, record: Record, cells: dict[str, str]) -> dict[str, str] | None:
        if not self.step.join:
            return cells
        cells = dict(cells)
        for join in self.step.join:
            table = self.tables[join.file]
            key = cells[join.column].strip()
            found = self._joined[join.name].get(key)
            if found is None and key and key not in self.null:
                record.texts[join.column] = key
                self.run.refuse(record, join.column, "joined_row_missing")
                return None
            for name in table.header:
                cells[f"{join.name}.{name}"] = found[name] if found is not None else ""
        return cells

    def _fill(
        self,
        record: Record,
        cells: dict[str, str],
        fields: Sequence[MappedField],
    ) -> bool:
        """Turn texts into values; note every one that does not fit."""
        good = True
        for name, rule, its_field in fields:
            text = rule.text(cells, self.null)
            record.columns[name] = rule.column or rule.template or name
            record.texts[name] = text
            if not text and not its_field.required:
                record.values[name] = its_field.empty
                continue
            try:
                record.values[name] = its_field.read(text, self.run.formats)
            except BadValueError as bad:
                self.run.note(record, name, bad.code)
                good = False
        return good

    def _is_first(self, record: Record) -> bool:
        """Return whether the record was not in this file before; say so if that is a mistake."""
        key = tuple(record.values.get(name) for name in self.entity.key)
        if key not in self._seen:
            self._seen[key] = record.texts if self.step.distinct else None
            return True
        before = self._seen[key]
        if before is None:
            self.run.refuse(record, self.entity.key[0], "duplicate")
        elif before != record.texts:
            self.run.refuse(record, self.entity.key[0], "conflicting_duplicate")
        return False

    def _read_lines(self) -> None:
        lines = self.step.lines
        if lines is None:
            return
        fields = _mapped(lines.fields, self.entity.line_fields)
        for row in self.tables[lines.file].rows():
            record = Record(lines.file, row.line)
            key = row.cells.get(lines.key, "").strip()
            if row.code:
                self.run.note(record, "", row.code)
            elif self._fill(record, row.cells, fields):
                self._lines.setdefault(key, []).append(record)
            else:
                self._bad_lines.add(key)

    def _add_lines(self, record: Record, cells: dict[str, str]) -> bool:
        if self.step.lines is None:
            return True
        key = cells[self.step.lines.column].strip()
        # A deal without one of its lines would have a wrong amount.
        if key in self._bad_lines:
            self.run.refuse(record, self.step.lines.column, "bad_line")
            return False
        record.lines = self._lines.get(key, [])
        if not record.lines:
            self.run.refuse(record, self.step.lines.column, "no_lines")
            return False
        return True


def _mapped(rules: Mapping[str, Rule], fields: Mapping[str, Field]) -> list[MappedField]:
    found = []
    for name, rule in rules.items():
        its_field = field_of(fields, name)
        assert its_field is not None, name  # checked before anything was read
        found.append((name, rule, its_field))
    return found
