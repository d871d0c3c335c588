"""Lists as files: whole whatever their length, and gone from the disk when they were sent."""

import csv
import io
import re
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.web import downloads


def numbers(count: int) -> Iterator[list[object]]:
    return ([number, f"row {number}"] for number in range(count))


def sheets(body: bytes) -> list[list[list[str]]]:
    """Return the texts of the cells of each row of each sheet."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/"))
        return [
            [
                re.findall(r"<(?:v|t)[^>]*>([^<]*)", row)
                for row in re.findall(r"<row.*?</row>", book.read(name).decode())
            ]
            for name in names
        ]


def test_a_list_longer_than_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "_MOST_ROWS", 4)  # of which one is the heading

    answer = downloads.xlsx_response("list", ["Number", "Name"], numbers(7))

    assert [[row[0] for row in sheet] for sheet in sheets(answer.get_data())] == [
        ["Number", "0", "1", "2"],
        ["Number", "3", "4", "5"],
        ["Number", "6"],
    ]


def test_a_text_that_no_cell_can_hold_shows_that_it_goes_on() -> None:
    answer = downloads.xlsx_response("list", ["Text"], [["x" * 40_000]])

    [[_, [text]]] = sheets(answer.get_data())
    assert (len(text), text[-2:]) == (32_767, "x…")


def test_a_long_file_takes_no_memory_and_says_its_length() -> None:
    tracemalloc.start()

    answer = downloads.csv_response("list", ["Number", "Name"], numbers(50_000))
    size = sum(len(piece) for piece in answer.iter_encoded())

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.headers["Content-Length"] == str(size)
    assert size > 800_000 > 2 * most


def test_an_error_amid_the_rows_is_no_half_file_and_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[list[object]]:
        yield [1]
        raise ZeroDivisionError

    for make in (downloads.csv_response, downloads.xlsx_response):
        with pytest.raises(ZeroDivisionError):
            make("list", ["Number"], rows())
    assert list(tmp_path.iterdir()) == []


def test_a_csv_is_read_back_as_it_was_written() -> None:
    rows: list[list[object]] = [["=1+1", None, 'says "hi"\nand more', 3.5], ["Élite", "", "a,b", 0]]

    body = downloads.csv_response("list", ["A", "B", "C", "D"], rows).get_data()

    assert body.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))[1:] == [
        ["'=1+1", "", 'says "hi"\nand more', "3.5"],
        ["Élite", "", "a,b", "0"],
    ]
