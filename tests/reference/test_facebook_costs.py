"""What 1,143 advertisements cost for each customer they won: nothing divided by nothing is null."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest

from tests.reference.conftest import ImportedData
from tests.reference.digits import check_digits

MAPPING = "cac_facebook"

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("TAPAK_REFERENCE_DATA"),
        reason="TAPAK_REFERENCE_DATA does not name the folder of reference data",
    ),
    pytest.mark.timeout(600),
]

# Each advertisement is a team below its campaign, with one rep; each approved conversion is a
# customer with one order.
_MAPPING = """
description = "Advertisements as teams, their approved conversions as customers"
currency = "USD"

[[step]]
entity = "team"
file = "campaigns.csv"
[step.fields]
code = "code"
name = "code"

[[step]]
entity = "team"
file = "ads.csv"
[step.fields]
code = "ad"
name = "ad"
parent = "campaign"

[[step]]
entity = "user"
file = "ads.csv"
[step.fields]
code = { template = "rep {ad}" }
name = { template = "rep {ad}" }
role = { value = "rep" }
team = "ad"
member_since = { value = 2017-01-01 }

[[step]]
entity = "customer"
file = "customers.csv"
[step.fields]
code = "customer"
name = "customer"
owner = { template = "rep {ad}" }

[[step]]
entity = "deal"
file = "customers.csv"
[step.fields]
code = "customer"
owner = { template = "rep {ad}" }
customer = "customer"
stage = { value = "won" }
closed_on = { value = "2017-08-17" }
amount = { value = "100" }

[[step]]
entity = "cost"
file = "ads.csv"
[step.fields]
code = "ad"
category = { value = "advertising" }
day = { value = "2017-08-17" }
amount = "spent"
team = "ad"
"""


def prepare(source: Path, folder: Path) -> None:
    """Write the advertisements and one row for each customer they won."""
    with (source / "KAG_conversion_data.csv").open(newline="") as file:
        ads = list(csv.DictReader(file))
    campaigns = sorted({ad["xyz_campaign_id"] for ad in ads})
    _write(folder / "campaigns.csv", ["code"], [[campaign] for campaign in campaigns])
    _write(
        folder / "ads.csv",
        ["ad", "campaign", "spent"],
        [[ad["ad_id"], ad["xyz_campaign_id"], ad["Spent"]] for ad in ads],
    )
    _write(
        folder / "customers.csv",
        ["customer", "ad"],
        [
            [f"{ad['ad_id']}-{number}", ad["ad_id"]]
            for ad in ads
            for number in range(int(ad["Approved_Conversion"]))
        ],
    )
    (folder / "mapping.toml").write_text(_MAPPING)


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def test_the_cost_of_a_customer(imported: ImportedData) -> None:
    value = imported.values("customer_acquisition_cost")["customer_acquisition_cost"]

    assert Decimal(value["numerator"]) == Decimal("58705.23")
    assert Decimal(value["denominator"]) == imported.reference["all"]["customers"] == 1079
    assert round(Decimal(value["value"]), 6) == Decimal("54.407071")


def test_each_campaign(imported: ImportedData) -> None:
    teams = {team["name"]: team["id"] for team in imported.get("/api/v1/teams")}
    for campaign in ("916", "936", "1178"):
        values = imported.values("customer_acquisition_cost", team=teams[campaign])

        value = values["customer_acquisition_cost"]
        known = imported.reference[f"campaign {campaign}"]
        assert Decimal(value["denominator"]) == known["customers"]
        # The reference adds unrounded amounts.
        assert float(value["value"]) == pytest.approx(known["cac"], abs=0.001)


def test_cost_without_a_customer_is_no_number(imported: ImportedData) -> None:
    found = imported.by("team", "customer_acquisition_cost")

    values = [ad["customer_acquisition_cost"] for ad in found.values()]
    spent = [v for v in values if Decimal(v["numerator"] or 0) > 0]
    without = [value for value in spent if value["value"] is None]
    assert {value["reason"] for value in without} == {"no_new_customers"}
    assert len(without) == 423
    free = [v for v in values if not Decimal(v["numerator"] or 0) and Decimal(v["denominator"])]
    assert {(value["value"], value["reason"]) for value in free} == {(None, "no_costs")}
    assert len(free) == 71


def test_both_databases_say_the_same_digits(imported: ImportedData) -> None:
    check_digits(imported)
