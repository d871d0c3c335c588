"""Every metric keeps its own promises: its examples come out and its parts are known."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.metrics import measures as m
from shared.metrics.catalog import ACTIVITIES, KPIS, METRICS, measures_of
from shared.metrics.definition import NULL_REASONS, Example, Metric, Status
from shared.metrics.formula import Constant, Kind, Measure, Unit, Window, evaluate, to_text

EXAMPLES = [
    pytest.param(metric, example, id=f"{metric.key}-{number}")
    for metric in METRICS.values()
    for number, example in enumerate(metric.examples)
]
COUNTS = st.integers(min_value=0, max_value=10**6)


def totals(
    metric: Metric, given_totals: Mapping[str, int | str | None]
) -> dict[str, Decimal | None]:
    """Return all totals of the metric: those given, and zero for the others."""
    slots = [measure.slot for measure in metric.measures()]
    assert set(given_totals) <= set(slots)
    return {
        slot: None if value is None else Decimal(value)
        for slot, value in {**dict.fromkeys(slots, 0), **given_totals}.items()
    }


@pytest.mark.parametrize(("metric", "example"), EXAMPLES)
def test_each_example_comes_out(metric: Metric, example: Example) -> None:
    result = metric.evaluate(totals(metric, example.totals))

    if example.expected is None:
        assert (result.value, result.reason) == (None, example.reason)
    else:
        expected = Decimal(example.expected)
        assert result.value is not None
        assert result.value.quantize(expected) == expected
        assert result.reason is None


def test_the_twelve_kpis_are_there() -> None:
    keys = {metric.key for metric in KPIS}

    assert keys >= {
        "sales_growth",
        "target_attainment",
        "customer_acquisition_cost",
        "customer_lifetime_value",
        "sales_cycle_length",
        "lead_to_opportunity_rate",
        "opportunity_to_win_rate",
        "lead_conversion_rate",
        "average_purchase_value",
        "revenue_per_rep",
        "upsell_rate",
        "cross_sell_rate",
        "opportunities",
    }
    assert len(METRICS) == len(KPIS) + len(ACTIVITIES)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_names_only_reasons_and_metrics_that_exist(metric: Metric) -> None:
    reasons = {metric.null_reason, *(need.reason for need in metric.needs)}

    assert reasons <= NULL_REASONS.keys()
    assert metric.variant_of is None or METRICS[metric.variant_of].variant_of is None
    assert metric.name
    assert metric.description.endswith(".")
    for measure in metric.measures():
        assert m.MEASURES[measure.key] == measure.over(m.MEASURES[measure.key].window)


def test_every_measure_serves_a_metric() -> None:
    used = {measure.key for measure in measures_of(METRICS.values())}

    assert used == set(m.MEASURES)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("opportunity_to_win_rate", "won opportunities ÷ (won opportunities + lost opportunities)"),
        (
            "sales_growth",
            "(revenue − revenue [previous period]) ÷ revenue [previous period]",
        ),
        ("time_in_store", "seconds in the store ÷ 60 ÷ visits with check-in and check-out"),
    ],
)
def test_a_formula_can_be_read(key: str, text: str) -> None:
    assert to_text(METRICS[key].formula) == text


def test_brackets_appear_only_where_they_change_the_meaning() -> None:
    a, b, c = m.CALLS, m.LEADS, Constant(2)

    assert to_text(a - (b - c)) == "visits − (leads − 2)"
    assert to_text(a - b - c) == "visits − leads − 2"
    assert to_text(a / (b * c)) == "visits ÷ (leads × 2)"


@given(numerator=COUNTS, denominator=st.integers(min_value=-(10**6), max_value=0))
def test_a_ratio_over_nothing_is_no_value(numerator: int, denominator: int) -> None:
    value = evaluate(
        m.CALLS / m.DAYS_WORKED,
        {"calls": Decimal(numerator), "days_worked": Decimal(denominator)},
    )

    assert value is None


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=20))
def test_a_ratio_over_days_is_the_ratio_of_the_sums(days: list[tuple[int, int]]) -> None:
    won, lost = (sum(day[place] for day in days) for place in (0, 1))
    metric = METRICS["opportunity_to_win_rate"]

    result = metric.evaluate(
        {"won_opportunities": Decimal(won), "lost_opportunities": Decimal(lost)}
    )

    if won + lost:
        assert result.value == pytest.approx(
            Decimal(won) / Decimal(won + lost), abs=Decimal("1e-24")
        )
        assert result.numerator == Decimal(won)
        assert result.denominator == Decimal(won + lost)
    else:
        assert result.reason == "no_closed_deals"


@given(COUNTS, COUNTS, COUNTS)
def test_on_one_cohort_conversion_is_the_product_of_its_steps(
    more_leads: int, more_opportunities: int, won: int
) -> None:
    opportunities = won + more_opportunities
    leads = opportunities + more_leads
    values = {
        "leads": Decimal(leads),
        "leads_to_opportunities": Decimal(opportunities),
        "leads_undecided": Decimal(0),
        "leads_open": Decimal(0),
        "leads_won": Decimal(won),
        "opportunities": Decimal(opportunities),
        "opportunities_undecided": Decimal(0),
        "opportunities_won": Decimal(won),
    }

    conversion, first, second = (
        METRICS[key].evaluate(values).value
        for key in (
            "lead_conversion_rate",
            "lead_to_opportunity_rate",
            "opportunity_to_win_rate_cohort",
        )
    )

    if conversion is not None and first is not None and second is not None:
        assert conversion == pytest.approx(first * second, abs=Decimal("1e-24"))


def test_a_missing_total_is_a_bug_and_no_zero() -> None:
    with pytest.raises(KeyError, match="lost_opportunities"):
        METRICS["opportunity_to_win_rate"].evaluate({"won_opportunities": Decimal(1)})


@pytest.mark.parametrize(
    ("won", "lost", "status"),
    [
        (1, 5, None),
        (2, 18, Status.BAD),
        (4, 16, Status.AT_RISK),
        (10, 10, Status.GOOD),
    ],
)
def test_the_win_rate_alerts_below_fifteen_percent_from_twenty_deals_up(
    won: int, lost: int, status: Status | None
) -> None:
    metric = METRICS["opportunity_to_win_rate"]

    value = metric.evaluate(
        {"won_opportunities": Decimal(won), "lost_opportunities": Decimal(lost)}
    )

    assert metric.status(value) is status


def test_a_value_that_reaches_a_limit_of_its_formula_says_so() -> None:
    metric = METRICS["customer_lifetime_value"]
    totals = {
        "revenue@year": 40_000,
        "valued_won_deals@year": 400,
        "active_outlets@year": 100,
        "active_outlets@previous_year": 50,
        "margin@year": 12_000,
        "costed_revenue@year": 40_000,
    }
    # Churn of 20 %, of 10 % or exactly the limit, of 2 %, and none.
    for returning, capped in ((40, False), (45, False), (49, True), (50, True)):
        given = totals | {"returning_outlets@year": returning}
        value = metric.evaluate({slot: Decimal(total) for slot, total in given.items()})
        assert value.capped is capped, returning
    nobody = {slot: Decimal(0) for slot in (*totals, "returning_outlets@year")}
    assert not metric.evaluate(nobody).capped, "there is no value"


def test_a_cohort_that_can_still_change_is_immature() -> None:
    metric = METRICS["lead_conversion_rate"]
    values = {"leads": Decimal(10), "leads_won": Decimal(2)}

    assert metric.evaluate({**values, "leads_open": Decimal(1)}).immature
    assert not metric.evaluate({**values, "leads_open": Decimal(0)}).immature


def test_while_a_row_waits_for_its_exchange_rate_no_sum_it_belongs_to_has_a_value() -> None:
    growth = METRICS["sales_growth"]
    values = {"revenue": Decimal(10), "revenue@previous": Decimal(5)}

    assert growth.evaluate(values).value == 1
    assert growth.evaluate({**values, "won_without_rate": Decimal(0)}).value == 1
    for waiting in ("won_without_rate", "won_without_rate@previous"):
        found = growth.evaluate({**values, waiting: Decimal(1)})
        assert (found.value, found.reason) == (None, "missing_rate")
    now = growth.evaluate({**values, "won_without_rate": Decimal(1)})
    assert (now.numerator, now.denominator) == (None, Decimal(5))
    won = METRICS["won_deals"].evaluate({"won_deals": Decimal(2), "won_without_rate": Decimal(1)})
    assert won.value == 2


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.key)
def test_each_sum_of_amounts_knows_how_many_wait_for_a_rate(metric: Metric) -> None:
    never_foreign = {m.TRAVEL_COST, m.PREDICTED_VALUE}
    money = [each for each in metric.measures() if each.unit is Unit.MONEY]
    known = {each.over(Window.PERIOD) for each in money if each.without_rate is None}
    assert {each for each in known if each.kind is not Kind.TARGET} <= never_foreign


def test_measures_with_money_are_stored_in_minor_units() -> None:
    assert m.REVENUE.column == "revenue_minor"
    assert m.CALLS.column == "calls"
    assert all(isinstance(measure, Measure) for measure in m.ROLLUP_MEASURES.values())
