"""Reps side by side: in order, coloured by quarter when asked for, judged by pace."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pytest
from flask import Flask

from server.web.components import Table
from server.web.languages import init_languages
from server.web.metric_tables import judging_keys, metric_table
from shared.metrics.definition import MetricValue


@dataclass(frozen=True)
class Value:
    """A value as the queries give it."""

    value: MetricValue


@dataclass(frozen=True)
class Rep:
    """A row of the table."""

    id: str | None
    name: str
    values: Mapping[str, Value]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    app = Flask(__name__)
    app.secret_key = "only for tests"
    init_languages(app)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def rep(name: str, **values: str | None) -> Rep:
    return Rep(name.lower() or None, name, {key: value(number) for key, number in values.items()})


def value(number: str | None) -> Value:
    amount = None if number is None else Decimal(number)
    reason = "no_data" if number is None else None
    return Value(MetricValue(value=amount, reason=reason, numerator=amount, denominator=Decimal(1)))


def table(*reps: Rep, keys: list[str], heat: bool = False, sort: str = "", page: int = 1) -> Table:
    return metric_table(
        reps,
        rep("", **dict.fromkeys(judging_keys(keys), "1")),
        keys,
        label="Rep",
        sort=sort or f"-{keys[0]}",
        address=lambda rep_id: f"/?rep={rep_id}",
        currency="IDR",
        language="en",
        with_heat=heat,
        page=page,
    )


def test_the_best_quarter_is_darkest_and_equals_are_alike() -> None:
    reps = [
        rep(name, calls=calls)
        for name, calls in zip("ABCDE", ("4", "3", "2", "2", None), strict=True)
    ]

    rows = table(*reps, keys=["calls"], heat=True).rows

    assert [row[1].heat for row in rows] == [4, 3, 1, 1, 0]


def test_less_is_better_where_the_definition_says_so() -> None:
    reps = [rep("A", sales_cycle_length="10"), rep("B", sales_cycle_length="90")]

    rows = table(*reps, keys=["sales_cycle_length"], heat=True).rows

    assert {row[0].text: row[1].heat for row in rows} == {"A": 3, "B": 1}


def test_nothing_is_coloured_unless_asked_for() -> None:
    rows = table(rep("A", calls="1"), rep("B", calls="2"), keys=["calls"]).rows

    assert {row[1].heat for row in rows} == {0}


def test_attainment_in_a_running_month_is_judged_by_its_pace() -> None:
    behind = rep("A", target_attainment="0.5", target_pace="0.7")
    on_pace = rep("B", target_attainment="0.5", target_pace="1.1")

    rows = table(behind, on_pace, keys=["target_attainment"]).rows

    assert {row[0].text: row[1].tone for row in rows} == {"A": "bad", "B": ""}


def test_a_single_rep_needs_no_row_for_all() -> None:
    assert table(rep("A", calls="1"), keys=["calls"]).totals == ()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("calls", "BCA"),
        ("-calls", "CBA"),
        ("name", "ABC"),
        ("-name", "CBA"),
        ("nothing", "ACB"),
    ],
)
def test_reps_without_a_value_come_last_in_both_directions(sort: str, order: str) -> None:
    reps = rep("A", calls=None), rep("C", calls="12"), rep("B", calls="7")

    rows = table(*reps, keys=["calls"], sort=sort).rows

    assert "".join(row[0].text for row in rows) == order


def test_many_reps_are_paged_and_judged_among_all() -> None:
    reps = [rep(f"Rep {number:03}", calls=str(number)) for number in range(120)]

    last = table(*reps, keys=["calls"], heat=True, page=9)

    assert last.pages is not None
    assert (last.pages.number, last.pages.count, len(last.rows)) == (3, 3, 20)
    assert [row[0].text for row in last.rows[:2]] == ["Rep 019", "Rep 018"]
    assert {row[1].heat for row in last.rows} == {1}
    assert last.totals
