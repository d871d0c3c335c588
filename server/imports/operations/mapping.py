"""A mapping: which columns of which CSV files are which fields of which records."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from server.imports.operations.values import Formats

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Where the text of one field comes from."""

    column: str = ""
    template: str = ""
    """Text with columns in braces, `{firstName} {lastName}`."""
    value: str = ""
    """The same for every row."""
    values: dict[str, str] = field(default_factory=dict)
    """Texts of the file to texts of ours; others stay as they are."""
    null: frozenset[str] = frozenset()
    """Texts that mean nothing, besides the mapping's."""
    default: str = ""
    """Where the file has nothing."""

    @property
    def columns(self) -> list[str]:
        """Return the columns it reads."""
        if self.column:
            return [self.column]
        return _PLACEHOLDER.findall(self.template)

    def text(self, row: dict[str, str], null: frozenset[str]) -> str:
        """Return the field's text; empty where the file has nothing."""
        if self.column:
            text = _text(row[self.column], null | self.null)
        elif self.template:
            text = _PLACEHOLDER.sub(lambda match: _text(row[match[1]], null), self.template).strip()
        else:
            text = self.value
        return self.values.get(text, text) or self.default


@dataclass(frozen=True, kw_only=True)
class Join:
    """Another file, of which the row with the same key is read along."""

    file: str
    name: str
    """Its columns are known as `name.column`."""
    column: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Another file, of which all rows with the same key are lines of this one."""

    file: str
    column: str
    key: str
    fields: dict[str, Rule]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One file read as one kind of record."""

    entity: str
    file: str
    fields: dict[str, Rule]
    join: tuple[Join, ...] = ()
    lines: Lines | None = None
    distinct: bool = False
    """Rows may repeat a record, as a list of people repeats their team."""

    def columns_of(self, file: str) -> set[str]:
        """Return the columns this step needs in the file."""
        read = {name for rule in self.fields.values() for name in rule.columns}
        read |= {join.column for join in self.join}
        names = {join.name for join in self.join}
        if self.lines is not None:
            read.add(self.lines.column)
        needed = set()
        if file == self.file:
            needed |= {name for name in read if name.partition(".")[0] not in names}
        for join in self.join:
            if join.file == file:
                needed.add(join.key)
                prefix = f"{join.name}."
                needed |= {name.removeprefix(prefix) for name in read if name.startswith(prefix)}
        if self.lines is not None and self.lines.file == file:
            needed.add(self.lines.key)
            needed |= {name for rule in self.lines.fields.values() for name in rule.columns}
        return needed


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A whole import: its steps are worked off in their order."""

    name: str
    description: str = ""
    currency: str = ""
    """Of all amounts; empty: the reporting one."""
    encoding: str = ""
    delimiter: str = ""
    null: frozenset[str] = frozenset({"NULL"})
    formats: Formats
    step: tuple[Step, ...]

    def files(self) -> Iterator[str]:
        """Return the names of all files it reads, each once."""
        seen: dict[str, None] = {}
        for step in self.step:
            seen[step.file] = None
            seen.update(dict.fromkeys(join.file for join in step.join))
            if step.lines is not None:
                seen[step.lines.file] = None
        return iter(seen)

    def columns_of(self, file: str) -> set[str]:
        """Return the columns all steps need in the file."""
        return set().union(*(step.columns_of(file) for step in self.step))


def _text(raw: str, null: frozenset[str]) -> str:
    text = raw.strip()
    return "" if text in null else text
