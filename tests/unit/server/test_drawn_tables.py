"""Rows of tables as HTML: nothing of what is typed becomes markup."""

from decimal import Decimal

from server.web.components import Cell, Column
from server.web.drawn_tables import drawn_rows

COLUMNS = (Column(label="Rep", is_number=False), Column(label="Revenue"))


def test_the_first_cell_is_the_heading_and_numbers_stand_right() -> None:
    rows = [(Cell(text="Sari", href="/reps/1"), Cell(text="12", full="12.50", tone="good"))]

    assert drawn_rows(rows, COLUMNS) == (
        '<tr><th scope="row"><a class="row-link" href="/reps/1">Sari</a></th>'
        '<td class="right good" title="12.50">12</td></tr>\n'
    )


def test_colours_by_quarter_take_the_place_of_the_tone() -> None:
    bar = Cell(text="1", tone="bad", heat=4, bar=0.25, sort=Decimal(1), href="/rows")
    drawn = drawn_rows([(Cell(text="x"), bar)], COLUMNS)

    assert '<td class="right heat-4"><a class="cell-link" href="/rows">1</a>' in drawn
    assert '<rect x="75.0" width="25.0"' in drawn


def test_whatever_a_name_holds_is_only_text() -> None:
    nasty = '"><script>alert(1)</script>'
    cell = Cell(text=nasty, full=nasty, href=nasty)
    drawn = drawn_rows([(cell, cell)], COLUMNS)

    assert "<script" not in drawn
    assert '">' + nasty[2:5] not in drawn
    assert drawn.count("&lt;script&gt;") == 6
