"""Tables as files that a spreadsheet opens as they are meant, and never runs as formulas."""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from decimal import Decimal
from typing import IO, Any

from flask import Response
from xlsxwriter import Workbook

CSV, XLSX = "csv", "xlsx"
KINDS = (CSV, XLSX)
CONTENT_TYPES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
ROUTE = "<any(csv, xlsx):kind>"
"""The end of an export's address."""

# The wide forms are those of East Asian keyboards, which some spreadsheets read as the others.
_STARTS_A_FORMULA = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
# Excel's own limits of a sheet and a cell: more, and it calls the file broken.
_MOST_ROWS = 1_048_576
_LONGEST_TEXT = 32_767
_SMALL = _CHUNK = 64 * 1024
_BOOK = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
    "remove_timezone": True,
    "nan_inf_to_errors": True,
}


def download(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, kind: str
) -> Response:
    """Return a file of this name.

    :param kind: `csv` or `xlsx`
    """
    make: Callable[..., Response] = xlsx_response if kind == XLSX else csv_response
    return make(name, header, rows)


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a download. The byte order mark makes Excel read UTF-8."""

    def write(file: IO[bytes]) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        writer = csv.writer(text)
        writer.writerow([_safe(label) for label in header])
        writer.writerows([_safe(value) for value in row] for row in rows)
        text.detach()

    return _response(name, CSV, write)


def xlsx_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a workbook: text is written as text, whatever it starts with.

    It has one sheet, and further ones where there are more rows than a sheet can hold.
    """

    def write(file: IO[bytes]) -> None:
        # It keeps the rows in files of its own, which go when it is closed, also after an error.
        with closing(Workbook(file, _BOOK)) as book:
            sheet, place = _sheet(book, header), 0
            for row in rows:
                place += 1
                if place == _MOST_ROWS:
                    sheet, place = _sheet(book, header), 1
                for column, value in enumerate(row):
                    _write(sheet, place, column, value)

    return _response(name, XLSX, write)


def _response(name: str, kind: str, write: Callable[[IO[bytes]], None]) -> Response:
    """
    Return a file that is written row by row onto the disk: a year of visits is more than memory.

    It is whole before its first byte is sent, so that an error is one and not half a list.
    """
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        write(file)
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        response = Response(
            file.read() if size <= _SMALL else _pieces(file),
            mimetype=CONTENT_TYPES[KINDS.index(kind)],
            headers={
                "Content-Disposition": f'attachment; filename="{name}.{kind}"',
                "Content-Length": str(size),
            },
        )
        if size > _SMALL:
            response.call_on_close(stack.pop_all().close)
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_CHUNK):
            yield piece


def _sheet(book: Workbook, header: Sequence[str]) -> Any:
    """Return a further sheet, with its heading."""
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(header) - 1), 18)
    bold = book.add_format({"bold": True})
    for column, label in enumerate(header):
        sheet.write_string(0, column, str(label), bold)
    return sheet


def _write(sheet: Any, row: int, column: int, value: object) -> None:
    match value:
        case None | "":
            return
        case bool() | int() | float() | Decimal():
            sheet.write_number(row, column, value)
        case dt.date():
            sheet.write_datetime(row, column, value)
        case _:
            text = str(value)
            if len(text) > _LONGEST_TEXT:
                text = text[: _LONGEST_TEXT - 1] + "…"
            sheet.write_string(row, column, text)


def _safe(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run (OWASP, CSV injection)."""
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return "'" + value
    return "" if value is None else value
