"""Importing files with mistakes: what is refused, with which line and reason, and what goes in."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from server.customers.models import Customer
from server.deals.models import Deal, DealLine
from server.identity.models import User
from server.imports.commands import command
from server.platform.database import db
from server.platform.transaction import transaction
from server.products.models import Product
from shared.vocabulary import Role
from tests.factories.company import Company
from tests.integration.imports.conftest import FILES, MAPPING, Import

DEAL_HEADER = "no;nip;outlet;sku;status;opened;closed;amount\n"


def reasons(report: dict[str, Any]) -> list[tuple[str, int, str, str]]:
    return [
        (problem["file"], problem["line"], problem["column"], problem["code"])
        for problem in report["problems"]
    ]


def count(app: Flask, model: type[Any]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_bad_rows_are_reported_and_the_good_ones_go_in(
    app: Flask, run_import: Import, folder: Path
) -> None:
    (folder / "deals.csv").write_text(
        DEAL_HEADER
        + "D-1;1;T-1;TEH;Menang;02/03/2026;10/03/2026;100\n"
        + "D-2;9;T-1;TEH;Menang;02/03/2026;10/03/2026;100\n"
        + "D-3;1;T-9;TEH;Menang;02/03/2026;10/03/2026;100\n"
        + "D-4;1;T-1;KOPI;Menang;02/03/2026;10/03/2026;100\n"
        + "D-5;1;T-1;TEH;Selesai;02/03/2026;10/03/2026;100\n"
        + "D-6;1;T-1;TEH;Menang;2026-03-02;31/02/2026;seratus\n"
        + "D-7;1;T-1;TEH;Menang;02/03/2026;;100\n"
        + "D-8;1;T-1;TEH;Menang;12/03/2026;10/03/2026;100\n"
        + "D-9;1;T-1;TEH;Menang;02/03/2026;10/03/2026;\n"
        + "D-1;1;T-1;TEH;Menang;02/03/2026;10/03/2026;200\n"
        + ";1;T-1;TEH;Menang;02/03/2026;10/03/2026;100\n"
        + "D-10;1;T-1;TEH;Jalan;02/03/2026;10/03/2026;100\n"
        + "D-11;1;T-1;TEH;Menang;02/03/2026;10/03/2199;100\n"
        + "D-12;1;T-1;TEH;Menang;02/03/2026;10/03/2099;100\n"
        + "D-13;1;T-1\n"
        + 'D-14;1;T-1;"TEH"x;Menang;02/03/2026;10/03/2026;100\n'
        + "D-15;2;T-2;GULA;Menang;02/03/2026;10/03/2026;100\n"
    )

    report = run_import()

    assert reasons(report) == [
        ("deals.csv", 3, "nip", "unknown_user"),
        ("deals.csv", 4, "outlet", "unknown_customer"),
        ("deals.csv", 5, "sku", "unknown_product"),
        ("deals.csv", 6, "status", "unknown_stage"),
        ("deals.csv", 7, "opened", "not_a_day"),
        ("deals.csv", 7, "closed", "not_a_day"),
        ("deals.csv", 7, "amount", "not_a_number"),
        ("deals.csv", 8, "closed", "required"),
        ("deals.csv", 9, "closed", "days_out_of_order"),
        ("deals.csv", 10, "amount", "amount_missing"),
        ("deals.csv", 11, "no", "duplicate"),
        ("deals.csv", 12, "no", "required"),
        ("deals.csv", 13, "closed", "closed_day_of_open_deal"),
        ("deals.csv", 14, "closed", "day_out_of_range"),
        ("deals.csv", 15, "closed", "day_in_future"),
        ("deals.csv", 16, "", "wrong_number_of_cells"),
        ("deals.csv", 17, "", "broken_row"),
    ]
    assert report["steps"][-1]["created"] == 2
    assert report["steps"][-1]["refused"] == 15
    with app.app_context():
        assert set(db.session.scalars(select(Deal.code))) == {"D-1", "D-15"}
        assert set(db.session.scalars(select(Deal.amount_minor))) == {10_000}


# In one import each: a test of its own for every value would take minutes.
ABSURD_OUTLETS = [
    ('T-3;"=HYPERLINK(""http://evil"")";Gold;;1;;', "name", "formula"),
    ("T-3;+cmd|' /C calc'!A0;Gold;;1;;", "name", "formula"),
    ("@SUM(A1);Toko;Gold;;1;;", "code", "formula"),
    ("-2+3;Toko;Gold;;1;;", "code", "formula"),
    ("T-3;Toko;Platinum;;1;;", "class", "not_in_list"),
    ("T-3;Toko;Gold;=1+1;1;;", "phone", "not_a_phone"),
    ("T-4;Toko;Gold;;1;7,7956;", "lon", "half_a_position"),
    ("T-3;Toko;Gold;;1;97,1;110", "lat", "too_large"),
    ("T-3;Toko;Gold;;1;-6;-181", "lon", "too_small"),
    ("T-5;Toko;Gold;;1;0;0", "lat", "nowhere"),
    ("T-3;Toko;Gold;;1;NaN;110", "lat", "not_a_number"),
    (f"T-3;{'x' * 201};Gold;;1;;", "name", "too_long"),
    ("T-3;Toko\x00Maju;Gold;;1;;", "name", "control_character"),
    ("T-3;;Gold;;1;;", "name", "required"),
]
ABSURD_PRICES = [
    ("-5", "too_small"),
    ("9" * 30, "too_large"),
    ("1" * 50, "too_large"),
    ("1e9", "not_a_number"),
    ("Infinity", "not_a_number"),
    ("1.50", "not_a_number"),
    ("12,5,0", "not_a_number"),
]


def test_formulas_and_absurd_values_are_refused(
    app: Flask, run_import: Import, folder: Path
) -> None:
    rows = "".join(f"{row}\n" for row, _column, _code in ABSURD_OUTLETS)
    (folder / "outlets.csv").write_text(FILES["outlets.csv"] + rows, "utf-8")

    report = run_import()

    assert reasons(report) == [
        ("outlets.csv", line, column, code)
        for line, (_row, column, code) in enumerate(ABSURD_OUTLETS, start=4)
    ]
    assert count(app, Customer) == 2


def test_absurd_prices_are_refused(app: Flask, run_import: Import, folder: Path) -> None:
    rows = "".join(f"KOPI;Kopi;{price}\n" for price, _code in ABSURD_PRICES)
    (folder / "items.csv").write_text(FILES["items.csv"] + rows, "utf-8")

    report = run_import()

    assert reasons(report) == [
        ("items.csv", line, "price", code)
        for line, (_price, code) in enumerate(ABSURD_PRICES, start=4)
    ]
    assert count(app, Product) == 2


def test_a_deal_with_a_bad_line_stays_out_whole(
    app: Flask, run_import: Import, folder: Path
) -> None:
    run_import()
    (folder / "orders.csv").write_text(
        "no,nip,day\nA,1,2026-04-01\nB,1,2026-04-01\nC,1,2026-04-01\n"
    )
    (folder / "lines.csv").write_text(
        "no,sku,pieces,price\nA,TEH,1,10\nA,KOPI,1,10\nB,TEH,1.5,10\nB,TEH,1,10\nC,TEH,2,10\n"
    )
    mapping = """
currency = "IDR"
[[step]]
entity = "deal"
file = "orders.csv"
[step.fields]
code = "no"
owner = "nip"
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

    report = run_import(mapping=mapping)

    assert reasons(report) == [
        ("orders.csv", 2, "no", "bad_line"),
        ("orders.csv", 3, "no", "bad_line"),
        ("lines.csv", 3, "sku", "unknown_product"),
        ("lines.csv", 4, "pieces", "not_whole"),
    ]
    with app.app_context():
        deal = db.session.scalars(select(Deal).where(Deal.code.in_(["A", "B", "C"]))).one()
        assert (deal.code, deal.amount_minor) == ("C", 2_000)
        lines = db.session.scalars(select(DealLine).where(DealLine.deal_id == deal.id)).all()
        assert len(lines) == 1


def test_rows_that_say_different_things_about_one_team_are_reported(
    run_import: Import, folder: Path
) -> None:
    (folder / "people.csv").write_text(
        "nip;first;last;team\n1;Sari;Dewi;Timur\n2;Joko;Susilo;Barat\n1;Sari;Wulandari;Timur\n"
    )

    report = run_import()

    assert reasons(report) == [("people.csv", 4, "nip", "duplicate")]


def test_an_import_does_not_demote_an_administrator(
    app: Flask, company: Company, run_import: Import, folder: Path
) -> None:
    (folder / "people.csv").write_text("nip;first;last;team\nadmin;No;Body;Timur\n")
    mapping = MAPPING.replace('code = "nip"', 'code = "nip"\nrole = { value = "rep" }')

    report = run_import(mapping=mapping)

    assert ("people.csv", 2, "role", "is_administrator") in reasons(report)
    with app.app_context():
        admin = db.session.get_one(User, company.admin)
        assert (admin.role, admin.name) == (Role.ADMIN, "Admin")


def test_a_customer_deleted_here_does_not_come_back(
    app: Flask, run_import: Import, folder: Path
) -> None:
    run_import()
    with app.app_context(), transaction():
        toko = db.session.scalars(select(Customer).where(Customer.code == "T-1")).one()
        toko.deleted_at = toko.created_at

    report = run_import()

    assert ("outlets.csv", 2, "", "deleted") in reasons(report)


def invoke(app: Flask, folder: Path, mapping: str, *options: str) -> Any:
    path = folder / "other.toml"
    path.write_text(mapping, "utf-8")
    with app.app_context():
        return CliRunner().invoke(
            command, ["--mapping", str(path), "--data", str(folder), *options]
        )


@pytest.mark.parametrize(
    ("mapping", "place"),
    [
        ("currency = ", "toml"),
        (MAPPING.replace('entity = "deal"', 'entity = "invoice"'), "step.4.entity"),
        (MAPPING.replace('price = "price"', 'prise = "price"'), "step.3.fields.prise"),
        (MAPPING.replace('price = "price"', ""), "step.3.fields.price"),
        (MAPPING.replace('"items.csv"', '"../items.csv"'), "file"),
        (MAPPING.replace('"items.csv"', '"/etc/passwd"'), "file"),
        (MAPPING.replace('currency = "IDR"', 'currency = "Rp"'), "currency"),
        (MAPPING.replace('code = "nip"', 'code = { column = "a", value = "b" }'), "code"),
    ],
)
def test_a_mapping_with_mistakes_is_refused_with_the_place(
    app: Flask, folder: Path, mapping: str, place: str
) -> None:
    result = invoke(app, folder, mapping)

    assert result.exit_code == 1
    assert "The mapping file has mistakes." in result.output
    assert place in result.output
    assert count(app, User) == 0


def test_missing_files_and_columns_are_named_before_anything_is_written(
    app: Flask, folder: Path
) -> None:
    (folder / "deals.csv").unlink()
    (folder / "items.csv").write_text("sku;title\n")

    result = invoke(app, folder, MAPPING)

    assert result.exit_code == 1
    for words in ("deals.csv", "missing_file", "missing_column: name", "missing_column: price"):
        assert words in result.output
    assert count(app, User) == 0


def test_amounts_in_another_currency_are_refused(app: Flask, folder: Path) -> None:
    result = invoke(app, folder, MAPPING.replace("IDR", "USD"))

    assert result.exit_code == 1
    assert "List prices" in result.output
    assert count(app, User) == 0


def test_an_unknown_mapping_is_named(app: Flask, folder: Path) -> None:
    with app.app_context():
        result = CliRunner().invoke(command, ["--mapping", "sap", "--data", str(folder)])

    assert result.exit_code == 1
    assert "There is no mapping of this name." in result.output


def test_the_report_can_be_a_csv_file_that_runs_no_formula(app: Flask, folder: Path) -> None:
    (folder / "items.csv").write_text(FILES["items.csv"] + "=1+1;Kopi;1\n", "utf-8")
    target = folder / "report.csv"

    result = invoke(app, folder, MAPPING, "--report", str(target))

    assert result.exit_code == 4
    assert "items.csv:4 sku: The text begins like a formula of a spreadsheet." in result.output
    rows = list(csv.reader(target.read_text("utf-8-sig").splitlines()))
    assert rows == [
        ["file", "line", "column", "code", "reason", "value"],
        [
            "items.csv",
            "4",
            "sku",
            "formula",
            "The text begins like a formula of a spreadsheet.",
            "'=1+1",
        ],
    ]


def test_lines_are_counted_as_an_editor_does_when_a_cell_holds_line_breaks(
    run_import: Import, folder: Path
) -> None:
    (folder / "items.csv").write_text('sku;name;price\nA;"one\n\nthree";1\nB;b;x\n')

    report = run_import()

    assert reasons(report)[:2] == [
        ("items.csv", 2, "name", "control_character"),
        ("items.csv", 5, "price", "not_a_number"),
    ]
    assert json.dumps(report)
