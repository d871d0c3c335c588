"""What the tests of the import share: a way to run the command on files written by the test."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import inspect, select

from server.imports.commands import command
from server.metrics.models import NumbersVersion
from server.platform.audit import AuditEntry
from server.platform.database import Base, db

Import = Callable[..., dict[str, Any]]

MAPPING = """
currency = "IDR"
day_formats = ["%d/%m/%Y"]
decimal = ","
thousands = "."

[[step]]
entity = "team"
file = "people.csv"
distinct = true
[step.fields]
code = "team"
name = "team"

[[step]]
entity = "user"
file = "people.csv"
[step.fields]
code = "nip"
name = { template = "{first} {last}" }
team = "team"
member_since = { value = "01/01/2026" }

[[step]]
entity = "customer"
file = "outlets.csv"
[step.fields]
code = "code"
name = "name"
class = { column = "class", values = { Gold = "A", Silver = "B" } }
phone = "phone"
owner = "owner"
latitude = "lat"
longitude = "lon"

[[step]]
entity = "product"
file = "items.csv"
[step.fields]
sku = "sku"
name = "name"
price = "price"

[[step]]
entity = "deal"
file = "deals.csv"
default_created_on = 2026-03-31
[step.fields]
code = "no"
owner = "nip"
customer = "outlet"
product = "sku"
created_on = "opened"
closed_on = "closed"
amount = "amount"
[step.fields.stage]
column = "status"
values = { Prospek = "lead", Jalan = "opportunity", Menang = "won", Kalah = "lost" }
"""

FILES = {
    "people.csv": (
        "nip;first;last;team\n1;Sari;Dewi;Timur\n2;Joko;Susilo;Barat\n3;Rina;Wati;Timur\n"
    ),
    "outlets.csv": (
        "code;name;class;phone;owner;lat;lon\n"
        "T-1;Toko Maju;Gold;+62 812-1;1;-6,175392;106,827153\n"
        "T-2;Warung Béla;Silver;;2;;\n"
    ),
    "items.csv": "sku;name;price\nTEH;Teh Botol;5.500\nGULA;Gula 1 kg;17.250,50\n",
    "deals.csv": (
        "no;nip;outlet;sku;status;opened;closed;amount\n"
        "D-1;1;T-1;TEH;Menang;02/03/2026;10/03/2026;1.250.000\n"
        "D-2;1;T-1;GULA;Kalah;03/03/2026;12/03/2026;\n"
        "D-3;2;T-2;GULA;Jalan;05/03/2026;;\n"
        "D-4;2;;TEH;Prospek;;;\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of a small company, without mistakes."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def run_import(app: Flask, folder: Path) -> Import:
    """Return a function that runs the command and returns its report."""

    def run(*options: str, mapping: str = MAPPING) -> dict[str, Any]:
        (folder / "company.toml").write_text(mapping, "utf-8")
        report = folder / "report.json"
        arguments = ["--mapping", str(folder / "company.toml"), "--data", str(folder)]
        with app.app_context():
            result = CliRunner().invoke(command, [*arguments, "--report", str(report), *options])
            db.session.remove()
        assert result.exit_code in {0, 4}, result.output
        found: dict[str, Any] = json.loads(report.read_text("utf-8"))
        assert result.exit_code == (4 if found["problems"] else 0)
        return found

    return run


def everything(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables but the log of who did what and the version of the numbers."""
    counted_up = {AuditEntry.__tablename__, NumbersVersion.__tablename__}
    with app.app_context():
        there = set(inspect(db.engine).get_table_names()) - counted_up
        return {
            table.name: sorted(map(tuple, db.session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name in there
        }


def outcomes(report: dict[str, Any]) -> dict[str, tuple[int, int, int, int]]:
    return {
        step["entity"]: (step["created"], step["updated"], step["unchanged"], step["refused"])
        for step in report["steps"]
    }
