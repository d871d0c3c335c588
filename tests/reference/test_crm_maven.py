"""The KPIs of 8,800 sales opportunities nobody here wrote, read from the running server's API."""

import os
from decimal import Decimal

import pytest

from tests.reference.conftest import ImportedData
from tests.reference.digits import check_digits

MAPPING = "crm_maven"
REAL_SERVER = True

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("TAPAK_REFERENCE_DATA"),
        reason="TAPAK_REFERENCE_DATA does not name the folder of reference data",
    ),
    pytest.mark.timeout(600),
]

QUARTERS = {
    "2017Q1": ("2017-01-01", "2017-04-01"),
    "2017Q2": ("2017-04-01", "2017-07-01"),
    "2017Q3": ("2017-07-01", "2017-10-01"),
    "2017Q4": ("2017-10-01", "2018-01-01"),
}


def percent(share: str) -> Decimal:
    return Decimal(share) * 100


def test_revenue_and_won_deals(imported: ImportedData) -> None:
    values = imported.values("revenue", "won_deals")

    assert Decimal(values["revenue"]["value"]) == 10_005_534
    assert Decimal(values["won_deals"]["value"]) == 4_238


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator", "shown"),
    [
        ("opportunity_to_win_rate", 4_238, 6_711, "63.150052"),
        ("opportunity_to_win_rate_cohort", 4_238, 8_300, "51.060241"),
        ("lead_to_opportunity_rate", 8_300, 8_800, "94.318182"),
        ("lead_conversion_rate", 4_238, 8_800, "48.159091"),
    ],
)
def test_rates(
    imported: ImportedData, metric: str, numerator: int, denominator: int, shown: str
) -> None:
    value = imported.values(metric)[metric]

    assert Decimal(value["numerator"]) == numerator
    assert Decimal(value["denominator"]) == denominator
    assert round(percent(value["value"]), 6) == Decimal(shown)


@pytest.mark.parametrize(
    ("metric", "shown"),
    [
        ("sales_cycle_length", "51.781973"),
        ("sales_cycle_length_median", "57"),
        ("sales_cycle_length_closed", "47.985397"),
        ("average_purchase_value", "2360.909391"),
        ("average_purchase_value_median", "1117"),
    ],
)
def test_means_and_medians(imported: ImportedData, metric: str, shown: str) -> None:
    assert round(imported.value(metric), 6) == Decimal(shown)


def test_open_deals_are_worth_the_list_price_of_their_product(imported: ImportedData) -> None:
    values = imported.values(
        "open_opportunities", "open_opportunities_value", "open_leads", "open_leads_value"
    )

    assert {key: Decimal(value["value"]) for key, value in values.items()} == {
        "open_opportunities": 1_589,
        "open_opportunities_value": 3_892_229,
        "open_leads": 500,
        "open_leads_value": 1_073_986,
    }


@pytest.mark.parametrize(
    ("quarter", "growth"),
    [("2017Q2", "171.9827"), ("2017Q3", "-3.3653"), ("2017Q4", "-6.0276")],
)
def test_growth_over_the_quarter_before(imported: ImportedData, quarter: str, growth: str) -> None:
    value = imported.value("sales_growth", *QUARTERS[quarter])

    assert round(value * 100, 4) == Decimal(growth)
    assert float(value) == pytest.approx(imported.reference["quarter_growth"][quarter], abs=1e-12)


def test_the_first_quarter_has_nothing_to_grow_from(imported: ImportedData) -> None:
    value = imported.values("sales_growth", start="2017-01-01", end="2017-04-01")["sales_growth"]

    assert (value["value"], value["reason"]) == (None, "no_previous_sales")


@pytest.mark.parametrize(
    ("quarter", "per_rep"),
    [
        ("2017Q1", "37822.40"),
        ("2017Q2", "102870.37"),
        ("2017Q3", "99408.50"),
        ("2017Q4", "93416.53"),
    ],
)
def test_revenue_per_active_rep(imported: ImportedData, quarter: str, per_rep: str) -> None:
    start, end = QUARTERS[quarter]
    values = imported.values("revenue", "won_deals", "revenue_per_rep", start=start, end=end)

    known = imported.reference["won_by_quarter"][quarter]
    assert Decimal(values["revenue"]["value"]) == known["revenue"]
    assert Decimal(values["won_deals"]["value"]) == known["deals"]
    assert Decimal(values["revenue_per_rep"]["denominator"]) == 30
    assert round(Decimal(values["revenue_per_rep"]["value"]), 2) == Decimal(per_rep)


def test_every_agent(imported: ImportedData) -> None:
    found = imported.by(
        "rep", "revenue", "won_deals", "opportunity_to_win_rate", "sales_cycle_length"
    )

    agents = imported.reference["by_sales_agent"]
    assert len(agents) == 30
    for name, known in agents.items():
        values = {key: value["value"] for key, value in found[name].items()}
        assert Decimal(values["revenue"]) == known["revenue"], name
        assert Decimal(values["won_deals"]) == known["won"], name
        rate, cycle = float(values["opportunity_to_win_rate"]), float(values["sales_cycle_length"])
        assert rate == pytest.approx(known["win_rate_closed"], abs=1e-12), name
        assert cycle == pytest.approx(known["cycle_mean"], abs=1e-9), name


def test_every_month(imported: ImportedData) -> None:
    answer = imported.get(
        "/api/v1/metrics/values",
        metrics="revenue",
        series="month",
        **{"from": "2017-03-01", "to": "2018-01-01"},
    )

    months = {
        point["period"]["from"][:7]: Decimal(point["values"][0]["value"])
        for point in answer["series"]
    }
    assert months == imported.reference["won_by_month"]


def test_importing_again_changes_nothing(imported: ImportedData) -> None:
    before = imported.values()

    report = imported.run_import()

    assert [(step["created"], step["updated"], step["refused"]) for step in report["steps"]] == [
        (0, 0, 0)
    ] * len(report["steps"])
    assert report["steps"][-1]["unchanged"] == 8_800
    imported.office.wait_until_computed()
    assert imported.values() == before


def test_the_totals_equal_the_raw_rows(imported: ImportedData) -> None:
    assert "differ" not in imported.office.cli("rollups", "check")


def test_both_databases_say_the_same_digits(imported: ImportedData) -> None:
    check_digits(imported)
