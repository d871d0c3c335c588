"""CSV files as rows of texts, whatever their encoding and delimiter, with line numbers."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.imports.operations.mapping import Mapping
from server.platform.errors import InvalidInputError
from shared.i18n import N_

MAX_CELL_CHARACTERS = 131_072
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class WrongFilesError(InvalidInputError):
    """Files or columns the mapping needs are not there; `errors` names them by file."""

    code = "import.wrong_files"
    title = N_("Files or columns that the mapping needs are missing.")


@dataclass(frozen=True)
class Row:
    """A row of a file. `code` says why it cannot be read; then there are no cells."""

    line: int
    cells: dict[str, str]
    code: str = ""


@dataclass(frozen=True)
class Table:
    """A CSV file that has the columns the mapping needs."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    @property
    def file(self) -> str:
        """Return its name as the mapping knows it."""
        return self.path.name

    def rows(self) -> Iterator[Row]:
        """Read the rows; a broken one is reported and does not end the reading."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            next(reader)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    yield Row(line, {}, "broken_row")
                    continue
                if not any(cells):
                    continue
                if len(cells) != len(self.header):
                    yield Row(line, {}, "wrong_number_of_cells")
                else:
                    yield Row(line, dict(zip(self.header, cells, strict=True)))

    def count_lines(self) -> int:
        """Return about how many rows it has, to show progress."""
        with self.path.open("rb") as stream:
            return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))


def open_tables(mapping: Mapping, folder: Path) -> dict[str, Table]:
    """Look at every file of the mapping before any is read.

    :raises WrongFilesError: if files or columns are missing
    """
    tables: dict[str, Table] = {}
    errors: dict[str, list[str]] = {}
    for file in mapping.files():
        path = folder / file
        if not path.is_file():
            errors[file] = ["missing_file"]
            continue
        needed = mapping.columns_of(file)
        table = _open(path, needed, mapping)
        missing = sorted(needed - set(table.header))
        doubled = sorted(name for name in needed if table.header.count(name) > 1)
        if missing or doubled:
            errors[file] = [
                *(f"missing_column: {name}" for name in missing),
                *(f"doubled_column: {name}" for name in doubled),
            ]
        tables[file] = table
    if errors:
        raise WrongFilesError(errors)
    return tables


def _open(path: Path, needed: set[str], mapping: Mapping) -> Table:
    encoding = mapping.encoding or _sniff_encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        first_line = stream.readline(MAX_CELL_CHARACTERS)
    delimiters = (mapping.delimiter,) if mapping.delimiter else _DELIMITERS
    headers = {delimiter: _header(first_line, delimiter) for delimiter in delimiters}
    # The delimiter under which the most needed columns appear; the first one where none is better.
    best = max(delimiters, key=lambda delimiter: len(needed & set(headers[delimiter])))
    return Table(path, encoding, best, headers[best])


def _header(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        cells = []
    return tuple(cell.strip() for cell in cells)


def _sniff_encoding(path: Path) -> str:
    """Return the encoding by byte order mark, else UTF-8 if all of it is, else Windows's own."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        start = stream.read(4)
        for bom, encoding in _BOMS:
            if start.startswith(bom):
                return encoding
        stream.seek(0)
        try:
            for block in iter(lambda: stream.read(1 << 20), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"
