"""What the macros of the site are given: values that are formatted already, and shapes to draw."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import Any, TypeVar

from server.platform.paging import Page

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """A small line; a gap where there was no value."""

    WIDTH = 120
    HEIGHT = 32

    lines: tuple[str, ...]
    """SVG `points` of each unbroken piece."""
    dots: tuple[tuple[float, float], ...]
    """Pieces of one value, and the last value."""
    label: str
    """What it shows, for those who don't see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetBar:
    """How much of a target is reached, as shares of the target."""

    reached: float
    due: float | None
    """Where one ought to be by now; None once the period is over."""
    tone: str
    text: str
    pace: str = ""

    @property
    def full(self) -> float:
        """The share that the bar's whole width stands for."""
        return max(1.0, self.reached)

    def x(self, share: float) -> float:
        """Return the place of a share on a bar of 100."""
        return round(min(share / self.full, 1.0) * 100, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The difference to the comparison."""

    arrow: str
    """`up`, `down` or `equal`."""
    tone: str
    """Whether that is good news."""
    text: str
    """How much, with its word."""
    against: str
    """The period compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction:
    """One side of the division behind a number."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where a number comes from."""

    description: str
    formula: str
    version: int
    as_of: str
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    rows_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One number on a page of numbers."""

    key: str
    name: str
    value: str
    full: str
    """The value with all its digits."""
    unit: str
    explanation: Explanation
    raw: Decimal | None = None
    missing: str = ""
    """Why there is no value."""
    chip: tuple[str, str] | None = None
    """Tone and word, only when something is not as it should be."""
    target: TargetBar | None = None
    change: Change | None = None
    sparkline: Sparkline | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in minor units."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFigures:
    """What a list of customers shows beside each; money in minor units."""

    last_visit_on: dt.date | None
    won_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRows:
    """Rows that make a number wrong, late or missing, for the page of data quality."""

    name: str
    effect: str
    rows: int
    href: str
    """Where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened with a customer, for the timeline."""

    at: dt.datetime
    icon: str
    title: str
    text: str = ""
    href: str = ""
    tone: str = ""
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a filter."""

    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A filter with a closed list."""

    name: str
    label: str
    options: tuple[Option, ...]
    icon: str = ""

    @property
    def chosen(self) -> Option | None:
        """The option in force."""
        return next((option for option in self.options if option.selected), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where the reader is in a long list."""

    number: int
    size: int
    total: int
    is_more: bool = False
    """Whether there are more rows than `total`: so far they were counted."""
    on_page: int = 0
    """Rows on this page; asked for where there are more than were counted."""
    follows: bool = False
    """Whether another page comes after this one; asked for likewise."""

    @classmethod
    def at(cls, number: int, *, size: int, total: int) -> "Pages":
        """Return where a page stands in a list of known length; past its end: the last."""
        return cls(number=min(max(number, 1), max(1, ceil(total / size))), size=size, total=total)

    @classmethod
    def of(cls, page: Page[Any]) -> "Pages":
        """Return where a page that was fetched stands in its list."""
        return cls(
            number=page.number,
            size=page.size,
            total=page.total,
            is_more=page.is_more,
            on_page=len(page.rows),
            follows=page.has_next,
        )

    @property
    def count(self) -> int:
        """Return the number of pages, at least one."""
        return max(1, ceil(self.total / self.size))

    @property
    def first(self) -> int:
        """Return the number of the first row shown, counted from 1."""
        return self.offset + 1 if self.is_more else min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """Return the number of the last row shown."""
        if self.is_more:
            return self.offset + self.on_page
        return min(self.number * self.size, self.total)

    @property
    def furthest(self) -> int:
        """Return the last page that can be turned to from here."""
        return max(self.count, self.number + self.follows) if self.is_more else self.count

    @property
    def offset(self) -> int:
        """Return how many rows come before."""
        return (self.number - 1) * self.size

    def around(self) -> list[int | None]:
        """Return the pages to link to; None stands for a gap, also behind all that was counted."""
        near = {1, *range(self.number - 1, self.number + 2)}
        if not self.is_more:
            near.add(self.count)
        shown = sorted(page for page in near if 1 <= page <= self.furthest)
        links: list[int | None] = []
        for page in shown:
            if links and links[-1] is not None and page - links[-1] > 1:
                links.append(None)
            links.append(page)
        if self.is_more and self.number < self.furthest:
            links.append(None)
        return links


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table."""

    text: str
    sort: Decimal | None = None
    """The value, to compare it with others of its column."""
    full: str = ""
    tone: str = ""
    bar: float | None = None
    """Share of the largest value in its column."""
    href: str = ""
    heat: int = 0
    """Quartile in its column, 4 the best; 0 where nobody asked for colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; with a key it can be sorted by."""

    label: str
    key: str = ""
    is_number: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it is drawn."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sort: str = ""
    """Key of the column sorted by; with a minus, the largest first."""
    totals: tuple[Cell, ...] = field(default=())
    pages: Pages | None = None
    """Which of its rows these are; None: all."""


def sortable_columns(
    labels: Mapping[str, str], *, numbers: Collection[str] = ()
) -> tuple[Column, ...]:
    """
    Return the columns of a list that is sorted by its address.

    :param labels: by the key that the address names; of a column with a key in capitals it is none
    :param numbers: the keys of those that hold numbers
    """
    return tuple(
        Column(label=label, key="" if key.isupper() else key, is_number=key in numbers)
        for key, label in labels.items()
    )


def read_page(text: str | None) -> int:
    """Return the page number a URL asks for; 1 for nonsense."""
    return max(1, int(text)) if text and text.isdecimal() and len(text) < 7 else 1


def sparkline(values: Sequence[Decimal | float | None], *, label: str) -> Sparkline | None:
    """Return the line of these values, or None where too few are known to make one."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2 or len(known) < len(values) * 0.6:
        return None
    low, high = min(known), max(known)
    step = (Sparkline.WIDTH - 8) / (len(values) - 1)
    height = Sparkline.HEIGHT - 8
    pieces: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            pieces.append([])
            continue
        share = (float(value) - low) / (high - low) if high > low else 0.5
        pieces[-1].append((round(4 + index * step, 1), round(4 + (1 - share) * height, 1)))
    points = [piece for piece in pieces if piece]
    single = [piece[0] for piece in points if len(piece) == 1]
    return Sparkline(
        lines=tuple(
            " ".join(f"{x:g},{y:g}" for x, y in piece) for piece in points if len(piece) > 1
        ),
        dots=tuple(dict.fromkeys([*single, points[-1][-1]])),
        label=label,
    )


def known_first(
    items: Iterable[Item], value: Callable[[Item], Any], *, is_descending: bool
) -> list[Item]:
    """Return them in order of a value; those without one come last either way."""
    known: list[tuple[Any, Item]] = []
    unknown: list[Item] = []
    for item in items:
        found = value(item)
        if found is None:
            unknown.append(item)
        else:
            known.append((found, item))
    # Equal ones stay in the order they came in, either way.
    known.sort(key=lambda each: each[0], reverse=is_descending)
    return [*(item for _, item in known), *unknown]
