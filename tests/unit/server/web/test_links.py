"""After signing in or choosing a language one lands on this site, whatever the address says."""

import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest

from server.web.downloads import csv_response, xlsx_response
from server.web.links import local_path


@pytest.mark.parametrize("path", ["/", "/visits?day=2026-11-23&page=2", "/visits/0192#map"])
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "visits",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "/a\nb",
        "javascript:0",
    ],
)
def test_anything_else_leads_to_the_start(path: str) -> None:
    assert local_path(path) == "/"


def test_a_workbook_holds_text_as_text_and_numbers_as_numbers() -> None:
    rows = [["=1+1", 5, Decimal("0.25"), dt.date(2026, 3, 2), None, "Toko \x0b Maju"]]
    response = xlsx_response("visits", ["a", "b", "c", "d", "e", "f"], rows)

    with zipfile.ZipFile(io.BytesIO(response.get_data())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=1+1" in sheet
    assert "<v>5</v>" in sheet
    assert "<v>0.25</v>" in sheet
    assert "<v>46083</v>" in sheet


def test_a_spreadsheet_runs_nothing_that_a_customer_is_called() -> None:
    names = ["=cmd|' /C calc'!A0", "-1+2", "\uff1d1", "Toko Maju", "Toko - Maju", -5]
    response = csv_response("visits", ["customer"], [[name] for name in names])

    lines = response.get_data(as_text=True).removeprefix("\ufeff").splitlines()

    safe = ["'=cmd|' /C calc'!A0", "'-1+2", "'\uff1d1", "Toko Maju", "Toko - Maju", "-5"]
    assert lines == ["customer", *safe]
