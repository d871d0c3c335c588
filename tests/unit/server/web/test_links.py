"""After signing in or choosing a language one lands on this site, whatever the address says."""

import pytest

from server.web.csv_export import csv_response
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


def test_a_spreadsheet_runs_nothing_that_a_customer_is_called() -> None:
    response = csv_response("visits", ["customer"], [["=cmd|' /C calc'!A0"], ["Toko Maju"], [-5]])

    lines = response.get_data(as_text=True).splitlines()

    assert lines == ["\ufeffcustomer", "'=cmd|' /C calc'!A0", "Toko Maju", "-5"]
