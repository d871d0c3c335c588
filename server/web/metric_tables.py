"""Reps or teams side by side: a table of metrics, with a last row for all together."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from flask_babel import gettext

from server.web.catalogue import all_metrics, description_of
from server.web.components import Cell, Column, Pages, Table, known_first
from server.web.quantities import full, short_of
from shared.metrics.definition import Direction, MetricValue, Status
from shared.metrics.kpis.targets import GOALS

PAGE_SIZE = 50
# In a running period nobody has reached the target yet: the pace tells how they stand.
_JUDGED_BY = {goal.attainment.key: goal.pace.key for goal in GOALS.values()}
_TONES = {Status.BAD: "bad", Status.AT_RISK: "warn"}


class _Value(Protocol):
    @property
    def value(self) -> MetricValue: ...


class Holder(Protocol):
    """A rep, a team, or all together (without an id), and their values."""

    @property
    def id(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def values(self) -> Mapping[str, _Value]: ...


def metric_table(
    holders: Sequence[Holder],
    together: Holder,
    keys: Sequence[str],
    *,
    label: str,
    sort: str,
    address: Callable[[str], str],
    currency: str,
    language: str,
    rows_url: Callable[[str, str], str] | None = None,
    with_heat: bool = False,
    page: int = 1,
    shown: Callable[[Sequence[str]], Sequence[Holder]] | None = None,
) -> Table:
    """Return a page of the table; its last row is computed over all of them, not summed up.

    :param keys: metrics, one for each column; bars compare the first
    :param label: what the holders are, as heading of their column
    :param address: gives the page of a holder by its id
    :param rows_url: gives the page with the rows behind a number, by holder's id and metric
    :param with_heat: colour each column by quartile of all
    :param shown: gives holders by id with all values, where all have only those of the first
        metric and of the one they are sorted by
    """
    pages = Pages.at(page, size=PAGE_SIZE, total=len(holders))
    metrics = all_metrics()
    columns = (
        Column(label=label, key="name", is_number=False),
        *(
            Column(label=gettext(metrics[key].name), key=key, hint=description_of(metrics[key]))
            for key in keys
        ),
    )
    largest = max(
        (holder.values[keys[0]].value.value or Decimal(0) for holder in holders),
        default=Decimal(0),
    )

    quartiles = {key: _quartiles(holders, key) if with_heat else {} for key in keys}

    def cell(holder: Holder, key: str, *, is_first: bool) -> Cell:
        metric, value = metrics[key], holder.values[key].value
        judged = _JUDGED_BY.get(key, key)
        status = metrics[judged].status(holder.values[judged].value)
        known = value.value
        share = float(known / largest) if known is not None and largest else 0.0
        return Cell(
            text=short_of(metric, known, currency, language=language),
            full=full(known, metric.unit, currency, language=language),
            sort=known,
            tone=_TONES.get(status, "") if status else "",
            bar=max(0.0, share) if is_first else None,
            heat=quartiles[key].get(holder.id, 0),
            href=rows_url(holder.id or "", key) if rows_url and known is not None else "",
        )

    rows = []
    on_page = _in_order(holders, keys, sort)[pages.offset : pages.last]
    if shown is not None:
        with_all = {each.id: each for each in shown([each.id or "" for each in on_page])}
        on_page = [with_all[each.id] for each in on_page]
    for holder in on_page:
        name = Cell(text=holder.name, href=address(holder.id or ""))
        cells = (cell(holder, key, is_first=not number) for number, key in enumerate(keys))
        rows.append((name, *cells))
    return Table(
        columns=columns,
        rows=tuple(rows),
        sort=sort,
        totals=(
            Cell(text=gettext("All together")),
            *(cell(together, key, is_first=False) for key in keys),
        )
        if len(holders) > 1
        else (),
        pages=pages,
    )


def _in_order(holders: Sequence[Holder], keys: Sequence[str], sort: str) -> list[Holder]:
    """Return them in order of a column; those without a value come last either way."""
    key, is_descending = sort.lstrip("-"), sort.startswith("-")
    if key == "name":
        return sorted(holders, key=lambda each: each.name.casefold(), reverse=is_descending)
    if key not in keys:
        return list(holders)
    return known_first(
        holders, lambda each: each.values[key].value.value, is_descending=is_descending
    )


def judging_keys(keys: Sequence[str]) -> list[str]:
    """Return the keys and those by which some of them are judged: what has to be read."""
    return list(dict.fromkeys([*keys, *(_JUDGED_BY[key] for key in keys if key in _JUDGED_BY)]))


def _quartiles(holders: Sequence[Holder], key: str) -> dict[str | None, int]:
    """Return 1 to 4 for each holder with a value, 4 for the best quarter; equal values alike."""
    metric = all_metrics()[key]
    if metric.direction is Direction.NEUTRAL:
        return {}
    values = {holder.id: holder.values[key].value.value for holder in holders}
    known = sorted(value for value in values.values() if value is not None)
    lower_is_better = metric.direction is Direction.LOWER_IS_BETTER
    quartiles = {}
    for holder_id, value in values.items():
        if value is not None:
            worse = (
                len(known) - bisect_right(known, value)
                if lower_is_better
                else bisect_left(known, value)
            )
            quartiles[holder_id] = 1 + 4 * worse // len(known)
    return quartiles
