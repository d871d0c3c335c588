"""Values as files: both kinds say what the API says, and neither runs what people wrote."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

from flask import Flask
from flask.testing import FlaskClient

from server.identity.models import User
from server.platform.database import db
from server.platform.transaction import transaction
from shared.metrics.catalog import METRICS
from tests.factories.company import Company, sign_in

EVIL = '=HYPERLINK("http://x")'
QUERY = {"from": "2026-03-01", "to": "2026-04-01", "by": "rep", "series": "week"}
DECIMALS = ("value", "numerator", "denominator", "previous", "difference", "change")
_CELLS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_EXCEL_BEGAN = dt.date(1899, 12, 30)
# A cell of a workbook is a number of the processor, with sixteen digits.
_AS_GOOD_AS = Decimal("1e-15")


def of_csv(file: bytes) -> Iterator[Mapping[str, str]]:
    yield from csv.DictReader(io.StringIO(file.decode().removeprefix("\ufeff")))


def of_xlsx(file: bytes) -> Iterator[Mapping[str, str]]:
    """Yield the lines of the only sheet; a formula in it is an error."""
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        sheet = ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - we wrote it
    assert sheet.find(".//m:f", _CELLS) is None
    header, *rows = sheet.iterfind(".//m:row", _CELLS)
    names = dict(map(_cell, header))
    for row in rows:
        found = dict.fromkeys(names.values(), "")
        yield found | {names[column]: text for column, text in map(_cell, row)}


def _cell(cell: ET.Element) -> tuple[str, str]:
    """Return its column and what it says."""
    column = cell.attrib["r"].rstrip("0123456789")
    text = "".join(cell.itertext())
    return column, text


def number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def day(text: str) -> str:
    """Return a day as the API writes it; a workbook counts days."""
    is_counted = text.isdigit()
    return str(_EXCEL_BEGAN + dt.timedelta(days=int(text))) if is_counted else text


def test_files_say_what_the_api_says_with_version_period_and_time(
    client: FlaskClient, app: Flask, busy_company: Company
) -> None:
    with app.app_context(), transaction():
        db.session.get_one(User, busy_company.sari).name = EVIL
    sign_in(client, "budi")
    answer: dict[str, Any] = client.get("/api/v1/metrics/values", query_string=QUERY).get_json()
    said = {
        (value["key"], holder["id"], period["from"], period["to"]): value
        for holder in ({"id": "", **answer}, *answer["groups"])
        for period, values in (
            (answer["elapsed"], holder["values"]),
            *((point["period"], point["values"]) for point in holder["series"]),
        )
        for value in values
    }
    assert len(said) == len(METRICS) * 3 * (1 + len(answer["series"]))

    for kind, read, evil in (("csv", of_csv, f"'{EVIL}"), ("xlsx", of_xlsx, EVIL)):
        file = client.get(f"/api/v1/metrics/values.{kind}", query_string=QUERY)
        rows = list(read(file.get_data()))

        assert file.headers["Content-Disposition"].endswith(f'.{kind}"')
        keys = [(row["metric"], row["holder_id"], day(row["from"]), day(row["to"])) for row in rows]
        assert sorted(keys) == sorted(said)
        for key, row in zip(keys, rows, strict=True):
            value = said[key]
            for name in DECIMALS:
                there, expected = number(row[name]), number(value.get(name))
                if kind == "xlsx" and there is not None and expected is not None:
                    assert abs(there - expected) <= abs(expected) * _AS_GOOD_AS, (key, name)
                else:
                    assert there == expected, (kind, key, name)
            assert row["version"] == str(METRICS[value["key"]].version)
            assert row["reason"] == (value["reason"] or "")
            assert row["as_of"][:10] == answer["as_of"][:10]
        # As text, not as something to run.
        assert {row["holder"] for row in rows} == {"", "Joko", evil}
