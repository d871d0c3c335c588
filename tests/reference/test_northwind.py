"""The KPIs of the 830 orders of Northwind Traders, read from the running server's API."""

import os
from decimal import Decimal

import pytest

from tests.reference.conftest import ImportedData
from tests.reference.digits import check_digits

MAPPING = "northwind"

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("TAPAK_REFERENCE_DATA"),
        reason="TAPAK_REFERENCE_DATA does not name the folder of reference data",
    ),
    pytest.mark.timeout(600),
]

# The reference sums unrounded lines; ours are rounded to the cent, which is half a cent a line.
CENT_A_LINE = 0.005


def test_net_revenue_is_the_sum_of_the_rounded_lines(imported: ImportedData) -> None:
    values = imported.values("revenue", "won_deals")

    assert Decimal(values["revenue"]["value"]) == Decimal("1265793.29")
    assert imported.reference["net_sum_rounded_per_line"] == 1265793.29
    assert Decimal(values["won_deals"]["value"]) == 830


def test_the_average_is_over_orders_not_lines(imported: ImportedData) -> None:
    values = imported.values("average_purchase_value", "average_purchase_value_median")

    average = values["average_purchase_value"]
    assert round(Decimal(average["value"]), 6) == Decimal("1525.052157")
    assert Decimal(average["denominator"]) == 830
    assert Decimal(values["average_purchase_value_median"]["value"]) == Decimal("943.25")


def test_every_rep(imported: ImportedData) -> None:
    found = imported.by("rep", "revenue", "won_deals")

    assert len(imported.reference["revenue_by_rep"]) == 9
    for name, (revenue, orders) in imported.reference["revenue_by_rep"].items():
        assert Decimal(found[name]["won_deals"]["value"]) == orders, name
        amount = float(found[name]["revenue"]["value"])
        assert amount == pytest.approx(revenue, abs=CENT_A_LINE * 5 * orders), name


def test_every_month(imported: ImportedData) -> None:
    answer = imported.get(
        "/api/v1/metrics/values",
        metrics="revenue,won_deals",
        series="month",
        **{"from": "1996-07-01", "to": "1998-06-01"},
    )

    months = {
        point["period"]["from"][:7]: {value["key"]: value["value"] for value in point["values"]}
        for point in answer["series"]
    }
    orders = imported.reference["orders_by_month"]
    assert {month: int(values["won_deals"]) for month, values in months.items()} == orders
    for month, revenue in imported.reference["revenue_by_month"].items():
        amount = float(months[month]["revenue"])
        assert amount == pytest.approx(revenue, abs=CENT_A_LINE * 5 * orders[month]), month


@pytest.mark.parametrize(("month", "end"), [("1996-08", "1996-09-01"), ("1998-04", "1998-05-01")])
def test_growth_over_the_month_before(imported: ImportedData, month: str, end: str) -> None:
    value = imported.value("sales_growth", f"{month}-01", end)

    known = imported.reference["growth_by_month"][month]
    assert float(value) == pytest.approx(known, abs=1e-5)


def test_all_nine_reps_are_active_in_every_quarter(imported: ImportedData) -> None:
    for year, quarter in ((1996, 4), (1997, 1), (1997, 2), (1997, 3), (1997, 4), (1998, 1)):
        start = f"{year}-{3 * quarter - 2:02}-01"
        end = f"{year + quarter // 4}-{3 * quarter % 12 + 1:02}-01"
        values = imported.values("revenue_per_rep", start=start, end=end)

        reps, per_rep = imported.reference["revenue_per_active_rep_quarter"][f"{year}Q{quarter}"]
        assert Decimal(values["revenue_per_rep"]["denominator"]) == reps
        assert float(values["revenue_per_rep"]["value"]) == pytest.approx(per_rep, abs=0.3)


def test_importing_again_changes_nothing(imported: ImportedData) -> None:
    before = imported.values()

    report = imported.run_import()

    assert {(step["created"], step["updated"], step["refused"]) for step in report["steps"]} == {
        (0, 0, 0)
    }
    assert report["steps"][-1]["unchanged"] == 830
    assert imported.values() == before


def test_both_databases_say_the_same_digits(imported: ImportedData) -> None:
    check_digits(imported)
