"""The rows of a table as HTML, put together here: a page may have thousands of cells."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from server.web.components import Cell, Column


def drawn_rows(rows: Iterable[Sequence[Cell]], columns: Sequence[Column]) -> Markup:
    """Return the rows; the first cell of each is its heading."""
    sides = [" right" if column.is_number else "" for column in columns]
    lines = []
    for row in rows:
        lines.append("<tr>")
        lines += [_cell(cell, sides[place], is_first=not place) for place, cell in enumerate(row)]
        lines.append("</tr>\n")
    return Markup("".join(lines))  # noqa: S704 - each part is escaped below


@lru_cache(maxsize=4096)  # the same few numbers again and again
def _cell(cell: Cell, side: str, *, is_first: bool) -> str:
    tag, link = ('th scope="row"', "row-link") if is_first else ("td", "cell-link")
    look = f" heat-{cell.heat}" if cell.heat else f" {cell.tone}" if cell.tone else ""
    kind = f' class="{(side + look).lstrip()}"' if side or look else ""
    title = f' title="{escape(cell.full)}"' if cell.full else ""
    text: str = escape(cell.text)
    if cell.href:
        text = f'<a class="{link}" href="{escape(cell.href)}">{text}</a>'
    return f"<{tag}{kind}{title}>{text}{_bar(cell)}</{tag[:2]}>"


def _bar(cell: Cell) -> str:
    if cell.bar is None:
        return ""
    return (
        '<svg class="cell-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect x="{round(100 - cell.bar * 100, 1)}" width="{round(cell.bar * 100, 1)}" '
        'height="4" rx="1"/></svg>'
    )
