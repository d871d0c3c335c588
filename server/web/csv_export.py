"""Tables as CSV files that a spreadsheet opens as they are meant, and never as formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a download. The byte order mark makes Excel read UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return Response(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _safe(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run (OWASP, CSV injection)."""
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return "'" + value
    return "" if value is None else value
