"""Tables as files that a spreadsheet opens as they are meant, and never runs as formulas."""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from flask import Response
from xlsxwriter import Workbook

CSV, XLSX = "csv", "xlsx"
KINDS = (CSV, XLSX)
CONTENT_TYPES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
ROUTE = "<any(csv, xlsx):kind>"
"""The end of an export's address."""

# The wide forms are those of East Asian keyboards, which some spreadsheets read as the others.
_STARTS_A_FORMULA = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
# Excel's own limits: a row more, and it calls the file broken.
_MOST_ROWS = 1_048_576
_LONGEST_TEXT = 32_767
_CHUNK = 64 * 1024


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
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_safe(label) for label in header])
    writer.writerows([_safe(value) for value in row] for row in rows)
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=_headers(name, CSV))


def xlsx_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a workbook of one sheet: text is written as text, whatever it starts with."""
    # Row by row onto the disk: a year of visits would not fit into memory as cells.
    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as made:
        path = Path(made.name)
    book = Workbook(
        path,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
            "remove_timezone": True,
            "nan_inf_to_errors": True,
        },
    )
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(header) - 1), 18)
    bold = book.add_format({"bold": True})
    for column, label in enumerate(header):
        sheet.write_string(0, column, str(label), bold)
    for number, row in enumerate(rows, start=1):
        if number >= _MOST_ROWS:
            break
        for column, value in enumerate(row):
            _write(sheet, number, column, value)
    book.close()
    return Response(
        _pieces(path),
        mimetype=CONTENT_TYPES[KINDS.index(XLSX)],
        headers=_headers(name, XLSX) | {"Content-Length": str(path.stat().st_size)},
    )


def _write(sheet: object, row: int, column: int, value: object) -> None:
    match value:
        case None | "":
            return
        case bool() | int() | float() | Decimal():
            sheet.write_number(row, column, value)  # type: ignore[attr-defined]
        case dt.date():
            sheet.write_datetime(row, column, value)  # type: ignore[attr-defined]
        case _:
            sheet.write_string(row, column, str(value)[:_LONGEST_TEXT])  # type: ignore[attr-defined]


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
    finally:
        path.unlink()


def _headers(name: str, kind: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}


def _safe(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run (OWASP, CSV injection)."""
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return "'" + value
    return "" if value is None else value
