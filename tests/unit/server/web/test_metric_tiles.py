"""A tile says what is wrong, how it changed, and why there may be no number."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask

from server.web.languages import init_languages
from server.web.metric_tiles import Reading, Setting, Target, metric_tile
from shared.metrics.catalog import METRICS
from shared.metrics.definition import MetricValue
from shared.metrics.formula import Unit
from shared.time import Period

SETTING = Setting(
    currency="IDR",
    language="en",
    as_of="23 Nov 2026, 15:00",
    compared_with=Period.month(2026, 10),
)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    app = Flask(__name__)
    app.secret_key = "only for tests"
    init_languages(app)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def value(number: str | None, *, reason: str | None = None, of: int = 100) -> MetricValue:
    amount = None if number is None else Decimal(number)
    return MetricValue(value=amount, reason=reason, numerator=amount, denominator=Decimal(of))


def reading(key: str, now: MetricValue, before: MetricValue | None = None) -> Reading:
    difference = change = None
    if before is not None and now.value is not None and before.value is not None:
        difference = now.value - before.value
        change = difference / before.value
    return Reading(
        metric=METRICS[key],
        value=now,
        previous=before or value(None, reason="no_data"),
        difference=difference,
        change=change,
    )


def test_a_rate_below_its_alarm_says_the_limit() -> None:
    tile = metric_tile(reading("opportunity_to_win_rate", value("0.12")), SETTING)

    assert tile.chip == ("bad", "Below 15%")


def test_a_rate_from_few_cases_raises_no_alarm() -> None:
    tile = metric_tile(reading("opportunity_to_win_rate", value("0.12", of=8)), SETTING)

    assert tile.chip is None


def test_a_missing_value_is_a_dash_with_its_reason() -> None:
    tile = metric_tile(reading("strike_rate", value(None, reason="no_calls")), SETTING)

    assert (tile.value, tile.missing) == ("–", "There were no visits.")
    assert tile.change is None


def test_shares_change_by_points_and_amounts_by_per_cent() -> None:
    share = metric_tile(reading("strike_rate", value("0.70"), value("0.65")), SETTING)
    amount = metric_tile(reading("revenue", value("110"), value("100")), SETTING)

    assert share.change is not None
    assert share.change.text == "5.0 points up"
    assert amount.change is not None
    assert amount.change.text == "10.0% up"
    assert "Oct 2026" in amount.change.against


def test_a_longer_sales_cycle_is_bad_news() -> None:
    tile = metric_tile(reading("sales_cycle_length", value("52"), value("50")), SETTING)

    assert tile.change is not None
    assert (tile.change.arrow, tile.change.tone) == ("up", "bad")


def test_a_change_too_small_to_show_is_none() -> None:
    tile = metric_tile(reading("strike_rate", value("0.70001"), value("0.70000")), SETTING)

    assert tile.change is not None
    assert (tile.change.arrow, tile.change.text) == ("equal", "Unchanged")


def test_half_a_month_with_half_a_target_is_on_pace() -> None:
    target = Target(unit=Unit.MONEY, attainment=value("0.52", of=200), pace=value("1.04", of=200))

    tile = metric_tile(reading("revenue", value("104")), SETTING, target=target)

    assert tile.chip is None
    assert tile.target is not None
    assert tile.target.due == pytest.approx(0.5)
    assert (tile.target.tone, tile.target.pace) == ("good", "pace 104%")


def test_a_finished_month_short_of_its_target_says_so_without_a_pace() -> None:
    target = Target(unit=Unit.MONEY, attainment=value("0.7", of=200), pace=value("0.7", of=200))

    tile = metric_tile(reading("target_attainment", value("0.7")), SETTING, target=target)

    assert tile.chip == ("bad", "Far behind the target")
    assert tile.target is not None
    assert (tile.target.due, tile.target.pace) == (None, "")


def test_the_explanation_names_both_sides_of_the_division() -> None:
    given = MetricValue(
        value=Decimal("0.75"), reason=None, numerator=Decimal(6), denominator=Decimal(8)
    )

    why = metric_tile(reading("strike_rate", given), SETTING).explanation

    assert why.numerator is not None
    assert why.denominator is not None
    assert (why.numerator.value, why.denominator.value) == ("6", "8")
    assert "÷" in why.formula
