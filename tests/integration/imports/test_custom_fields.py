"""Columns of imports that are custom fields of customers, and those that are to become one."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.customers.models import Customer
from server.fields.models import FieldRow
from server.fields.operations import ChoiceDraft, Draft, add_field, archive_field
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import index_everything, wrong_scopes
from shared.time import utc_now
from shared.vocabulary import FieldKind
from tests.factories.company import Company, add_customer, sign_in
from tests.integration.imports.conftest import Import
from tests.support.forms import send

MAPPING = """
decimal = ","
thousands = "."
day_formats = ["%d/%m/%Y"]
[[step]]
entity = "customer"
file = "own.csv"
[step.fields]
code = "code"
name = "name"
"custom.size" = "size"
"custom.since" = "since"
"custom.ice_box" = "ice"
"custom.terms" = "terms"
"custom.Old code" = "old"
"""
HEADER = "code;name;size;since;ice;terms;old\n"


@pytest.fixture
def fields(app: Flask, company: Company) -> None:
    """Define size, since, ice box and terms, the last one archived."""
    drafts = {
        FieldKind.DECIMAL: Draft(label="Size", is_required=True),
        FieldKind.DAY: Draft(label="Since"),
        FieldKind.YES_NO: Draft(label="Ice box"),
        FieldKind.CHOICE: Draft(label="Terms", choices=[ChoiceDraft(name="Cash", name_id="Tunai")]),
    }
    with app.app_context(), transaction():
        at, by = utc_now(), company.admin
        for kind, draft in drafts.items():
            row = add_field(kind=kind, draft=draft, at=at, by=by)
        archive_field(field_id=row.id, archived=True, base=row.version, at=at, by=by)


def own(app: Flask, code: str) -> dict[str, object]:
    with app.app_context():
        row = db.session.scalars(select(Customer).where(Customer.code == code)).one()
        return dict(row.custom_fields)


def values(app: Flask, customer_id: str) -> dict[str, object]:
    with app.app_context():
        return dict(db.session.get_one(Customer, customer_id).custom_fields)


def define(client: FlaskClient, column: str, **typed: str) -> TestResponse:
    page = f"/custom-fields/columns/{column}"
    return send(client, page, page, **typed)


@pytest.mark.usefixtures("fields")
def test_columns_of_defined_fields_are_checked_and_others_kept(
    app: Flask, folder: Path, run_import: Import
) -> None:
    (folder / "own.csv").write_text(
        HEADER + "T-1;Satu;1.250,5;28/02/2024;ya;tunai;77/A\n"
        "T-2;Dua;;28/02/2024;ya;Cash;\n"
        "T-3;Tiga;besar;2024-02-28;mungkin;kredit;=1+1\n",
        "utf-8",
    )
    report = run_import(mapping=MAPPING)

    expected = {"size": 1250.5, "since": "2024-02-28", "ice_box": True, "terms": "cash"}
    assert own(app, "T-1") == expected | {"Old code": "77/A"}
    assert [(each["line"], each["column"], each["code"]) for each in report["problems"]] == [
        (3, "size", "required"),
        (4, "size", "not_a_number"),
        (4, "since", "not_a_day"),
        (4, "ice", "not_yes_or_no"),
        (4, "terms", "not_in_list"),
        (4, "old", "formula"),
    ]
    (folder / "own.csv").write_text(HEADER + "T-1;Satu;40;;tidak;Cash;77/A\n", "utf-8")
    run_import(mapping=MAPPING)
    assert own(app, "T-1") == {"size": 40, "ice_box": False, "terms": "cash", "Old code": "77/A"}
    with app.app_context():
        row = db.session.scalars(select(Customer).where(Customer.code == "T-1")).one()
        named = {name for name in row.field_versions if name.startswith("custom.")}
        assert named == {"custom.size", "custom.since", "custom.ice_box"}


@pytest.mark.usefixtures("fields")
def test_fields_leave_as_columns_of_files_and_in_the_api(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    values = {"size": 12.5, "ice_box": True, "since": "2024-02-28", "Old code": "=1+1"}
    with app.app_context(), transaction():
        db.session.get_one(Customer, company.shop).custom_fields = values
    sign_in(client, "sari")
    english = {"Accept-Language": "en"}
    header, *rows = client.get("/customers.csv?q=maju", headers=english).text.strip().splitlines()
    assert header.endswith(",Size,Since,Ice box")
    assert [row.partition(",IDR,")[2].rsplit(",", 3)[1:] for row in rows] == [
        ["12.5", "2024-02-28", "Yes"]
    ]
    page = client.get(f"/api/v1/customers/{company.shop}").get_json()
    assert page["custom_fields"] == values
    assert client.get("/api/v1/customers").get_json()["rows"][0].keys() >= {"custom_fields"}


def test_a_column_kept_becomes_a_field_and_its_texts_values(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        corner = add_customer("Corner", owner_id=company.sari, team_id=company.east)
    texts = {
        company.shop: {"Luas (m2)": "12,5", "Bayar": "Tunai", "Catatan": "a"},
        corner: {"Luas (m2)": "40", "Bayar": "tunai ", "Catatan": "b"},
        company.kiosk: {"Luas (m2)": "", "Bayar": "besar", "Catatan": "c"},
    }
    with app.app_context(), transaction():
        for customer_id, given in texts.items():
            db.session.get_one(Customer, customer_id).custom_fields = given
        index_everything()
    sign_in(client, "admin")
    assert client.get("/custom-fields").text.count("/custom-fields/columns/") == 3
    wrong = define(client, "Bayar", label="Bayar", kind="decimal")
    assert (wrong.status_code, "besar" in wrong.text) == (422, True)
    assert define(client, "Bayar", label="Bayar", kind="none").status_code == 422
    for name, kind in (("Luas (m2)", "decimal"), ("Bayar", "choice"), ("Catatan", "text")):
        assert define(client, name, label=name, kind=kind).status_code == 200
    found = {each: values(app, each) for each in texts}
    assert found == {
        company.shop: {"Luas (m2)": 12.5, "Bayar": "tunai", "Catatan": "a"},
        corner: {"Luas (m2)": 40, "Bayar": "tunai", "Catatan": "b"},
        company.kiosk: {"Bayar": "besar", "Catatan": "c"},
    }
    with app.app_context():
        assert wrong_scopes() == []
        rows = db.session.scalars(select(FieldRow).order_by(FieldRow.position)).all()
        assert [row.key for row in rows] == list(texts[company.shop])
    assert client.get("/custom-fields/columns/Bayar").status_code == 404
    assert "/custom-fields/columns" not in client.get("/custom-fields").text


@pytest.mark.parametrize("name", ["sari", "budi"])
def test_only_an_administrator_makes_fields_of_columns(
    app: Flask, client: FlaskClient, company: Company, name: str
) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Customer, company.shop).custom_fields = {"Old": "1"}
    sign_in(client, name)
    assert client.get("/custom-fields/columns/Old").status_code == 403
