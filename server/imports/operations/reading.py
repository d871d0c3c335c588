"""From the rows of a file to records: joins, lines, types; what does not fit is reported."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from server.currencies.operations.freezing import known_currencies
from server.imports.operations.context import Entity, Record, Run
from server.imports.operations.entities import field_of
from server.imports.operations.mapping import Rule, Step
from server.imports.operations.report import Outcome
from server.imports.operations.sources import Row, Table
from server.imports.operations.values import BadValueError, Field, Formats

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
    _of_currency: dict[str, Formats] = field(default_factory=dict)

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
        currency: str = "",
    ) -> bool:
        """Turn texts into values; note every one that does not fit.

        :param currency: of the record that this is a line of
        """
        good, formats = True, self._formats(currency or self._currency_of(cells))
        for name, rule, its_field in fields:
            text = rule.text(cells, self.null)
            record.columns[name] = rule.column or rule.template or name
            record.texts[name] = text
            if not text and not its_field.required:
                record.values[name] = its_field.empty
                continue
            try:
                record.values[name] = its_field.read(text, formats)
            except BadValueError as bad:
                self.run.note(record, name, bad.code)
                good = False
        return good

    def _formats(self, currency: str) -> Formats:
        """Return how this file writes amounts of a currency: their decimals depend on it."""
        if not currency:
            return self.run.formats
        if currency not in self._of_currency:
            self._of_currency[currency] = replace(self.run.formats, currency=currency)
        return self._of_currency[currency]

    def _currency_of(self, cells: Mapping[str, str]) -> str:
        """Return the currency that a row names; empty for none, and for what is none."""
        rule = self.step.fields.get("currency")
        if rule is None or not all(name in cells for name in rule.columns):
            return ""
        code = rule.text(dict(cells), self.null).upper()
        return code if code in known_currencies() else ""

    def _currencies_by_key(self) -> dict[str, str]:
        """Return the currencies of the records that lines belong to, by their key."""
        lines = self.step.lines
        if lines is None or "currency" not in self.step.fields:
            return {}
        return {
            row.cells[lines.column].strip(): self._currency_of(row.cells)
            for row in self.tables[self.step.file].rows()
            if not row.code
        }

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
        currencies = self._currencies_by_key()
        for row in self.tables[lines.file].rows():
            record = Record(lines.file, row.line)
            key = row.cells.get(lines.key, "").strip()
            if row.code:
                self.run.note(record, "", row.code)
            elif self._fill(record, row.cells, fields, currencies.get(key, "")):
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
