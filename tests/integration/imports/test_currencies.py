"""Importing deals and costs in other currencies, before and after the rates of their days."""

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from server.costs.models import Cost
from server.deals.models import Deal
from server.platform.database import db
from server.products.models import Product
from tests.integration.imports.conftest import Import, outcomes

RATES = """
[[step]]
entity = "exchange_rate"
file = "rates.csv"
[step.fields]
day = "day"
currency = "currency"
rate = "rate"
"""
SALES = """
currency = "USD"
[[step]]
entity = "user"
file = "people.csv"
[step.fields]
code = "nip"
name = "first"
[[step]]
entity = "deal"
file = "orders.csv"
[step.fields]
code = "no"
owner = "nip"
currency = "money"
amount = "amount"
stage = { value = "won" }
closed_on = "day"
[[step]]
entity = "cost"
file = "costs.csv"
[step.fields]
code = "no"
category = { value = "event" }
day = "day"
amount = "amount"
currency = "money"
"""
FILES = {
    "rates.csv": "day,currency,rate\n2026-03-02,USD,16000.5\n2026-03-02,JPY,105.25\n",
    "orders.csv": (
        "no,nip,day,amount,money\n"
        "A,1,2026-03-04,10.005,\n"
        "B,1,2026-03-04,1999,jpy\n"
        "C,1,2026-03-04,5000,IDR\n"
        "D,1,2026-03-04,5,XYZ\n"
        "E,1,2026-03-04,7,EUR\n"
    ),
    "costs.csv": "no,day,amount,money\nF,2026-03-03,2,USD\n",
}
WORTH = {
    "A": (10_01, "USD", 160_165_01),
    "B": (1999, "JPY", 210_394_75),
    "C": (5000_00, "IDR", 5000_00),
    "E": (7_00, "EUR", None),
    "F": (2_00, "USD", 32_001_00),
}


def worth(app: Flask) -> dict[str, tuple[int, str, int | None]]:
    found = {}
    with app.app_context():
        rows = [*db.session.scalars(select(Deal)), *db.session.scalars(select(Cost))]
        for row in rows:
            base = None if row.waits_for_rate else row.base_amount_minor
            found[str(row.code)] = (row.amount_minor, row.currency, base)
        db.session.remove()
    return found


def test_amounts_come_to_the_same_before_and_after_their_rates(
    app: Flask, run_import: Import, folder: Path
) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text)

    first = run_import(mapping=SALES)
    assert [problem["code"] for problem in first["problems"]] == ["unknown_currency"]
    waiting = {code: known for code, known in worth(app).items() if known[2] is None}
    assert set(waiting) == {"A", "B", "E", "F"}
    run_import(mapping=RATES)
    assert worth(app) == WORTH

    again = run_import(mapping=SALES)
    assert outcomes(again)["deal"] == (0, 0, 4, 1)
    assert outcomes(again)["cost"] == (0, 0, 1, 0)
    # A corrected rate moves nothing by itself, and neither does the same file again.
    (folder / "rates.csv").write_text("day,currency,rate\n2026-03-02,USD,17000\n")
    assert outcomes(run_import(mapping=RATES))["exchange_rate"] == (0, 1, 0, 0)
    assert outcomes(run_import(mapping=SALES))["deal"] == (0, 0, 4, 1)
    assert worth(app) == WORTH
    # On another day it is another rate.
    (folder / "orders.csv").write_text("no,nip,day,amount,money\nA,1,2026-03-05,10.005,\n")
    run_import(mapping=SALES)
    assert worth(app)["A"] == (10_01, "USD", 170_170_00)


def test_lines_are_read_in_the_currency_of_their_deal(
    app: Flask, run_import: Import, folder: Path
) -> None:
    mapping = (
        RATES
        + """
[[step]]
entity = "product"
file = "items.csv"
[step.fields]
sku = "sku"
name = "name"
price = "price"
"price.USD" = "usd"
"price.JPY" = "yen"
"""
        + SALES.removeprefix('\ncurrency = "USD"').partition("amount = ")[0]
        + """
stage = { value = "won" }
closed_on = "day"
[step.lines]
file = "lines.csv"
column = "no"
key = "no"
[step.lines.fields]
product = "sku"
quantity = "pieces"
unit_price = "price"
"""
    )
    files = FILES | {
        "items.csv": "sku,name,price,usd,yen\nTEH,Teh,5500,0.75,\n",
        "orders.csv": (
            "no,nip,day,money\nA,1,2026-03-04,USD\nB,1,2026-03-04,JPY\nC,1,2026-03-04,USD\n"
            "D,1,2026-03-04,JPY\n"
        ),
        "lines.csv": ("no,sku,pieces,price\nA,TEH,2,1.005\nB,TEH,2,99.5\nC,TEH,2,\nD,TEH,2,\n"),
    }
    for name, text in files.items():
        (folder / name).write_text(text)

    report = run_import(mapping=mapping)

    assert {problem["code"] for problem in report["problems"]} == {"price_missing", "bad_line"}
    found = worth(app)
    assert found == {
        "A": (2_02, "USD", 32_321_01),
        "B": (200, "JPY", 21_050_00),
        "C": (1_50, "USD", 24_000_75),
    }

    # An empty cell takes a price out; a column that is not named leaves it.
    (folder / "items.csv").write_text("sku,name,price,usd,yen\nTEH,Teh,5500,,120\n")
    run_import(mapping=mapping)
    with app.app_context():
        assert db.session.scalars(select(Product.prices)).one() == {"JPY": 120}
    (folder / "items.csv").write_text("sku,name,price,usd\nTEH,Teh,5500,1\n")
    run_import(mapping=mapping.replace('"price.JPY" = "yen"\n', ""))
    with app.app_context():
        assert db.session.scalars(select(Product.prices)).one() == {"JPY": 120, "USD": 100}
