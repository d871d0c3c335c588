"""A page of rows by day reads only the days it is about, and shows the same rows."""

import datetime as dt
from collections import Counter

import pytest

from server.metrics.sql.rows import days_of_page

DAYS = Counter({dt.date(2026, 3, day): rows for day, rows in ((2, 3), (3, 1), (5, 7), (9, 2))})
ROWS = [(day, number) for day in sorted(DAYS) for number in range(DAYS[day])]


@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 50])
def test_the_pages_together_are_the_list(size: int, *, is_descending: bool) -> None:
    ordered = sorted(ROWS, reverse=is_descending)
    shown: list[tuple[dt.date, int]] = []
    for start in range(0, len(ROWS), size):
        period, offset = days_of_page(DAYS, start, size, is_descending=is_descending)
        within = [row for row in ordered if period.start <= row[0] < period.end]
        shown += within[offset : offset + size]

    assert shown == ordered


def test_a_page_is_read_from_no_other_days() -> None:
    period, offset = days_of_page(DAYS, 2, 3, is_descending=True)

    assert (period.start, period.end, offset) == (dt.date(2026, 3, 5), dt.date(2026, 3, 6), 0)


def test_no_rows_are_on_no_days() -> None:
    period, offset = days_of_page(Counter(), 0, 50, is_descending=True)

    assert (period.start == period.end, offset) == (True, 0)
