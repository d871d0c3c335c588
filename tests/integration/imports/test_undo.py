"""A run is taken back: what it made goes, what it changed is as before, but for what moved on."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.customers.models import Customer
from server.customers.operations import edit_customer
from server.imports.jobs import run_waiting_imports, take_back_imports
from server.imports.models import ImportChange
from server.metrics.jobs import refresh_rollups
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import index_everything, wrong_scopes
from shared.time import utc_now
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit
from tests.integration.imports.conftest import FILES, MAPPING, everything
from tests.integration.imports.test_pages import send as upload
from tests.integration.imports.test_pages import token
from tests.support.forms import send

FIELDS_TOO = MAPPING.replace('owner = "owner"', 'owner = "owner"\n"custom.Rak" = "rak"')
FIRST = FILES | {
    "outlets.csv": (
        "code;name;class;phone;owner;lat;lon;rak\n"
        "T-1;Toko Maju;Gold;+62 812-1;1;-6,175392;106,827153;2\n"
        "T-2;Warung Béla;Silver;;2;;;\n"
    )
}
SECOND = FIRST | {
    "outlets.csv": (
        "code;name;class;phone;owner;lat;lon;rak\n"
        "T-1;Toko Mundur;Silver;+62 812-9;2;-6,2;106,9;3\n"
        "T-2;Warung Bela;Silver;;2;;;\n"
        "T-3;Kios Baru;Silver;;3;-6,3;106,8;\n"
        "T-4;Kios Lain;Silver;;3;;;\n"
    ),
    "items.csv": "sku;name;price\nTEH;Teh Kotak;6.500\nKOPI;Kopi;9.000\n",
    "deals.csv": (
        "no;nip;outlet;sku;status;opened;closed;amount\n"
        "D-1;1;T-1;GULA;Kalah;02/03/2026;11/03/2026;\n"
        "D-3;2;T-2;GULA;Menang;05/03/2026;20/03/2026;900.000\n"
        "D-5;1;T-4;KOPI;Menang;02/03/2026;10/03/2026;450.000\n"
    ),
}
STAY = {"team", "user_account", "team_membership", "audit_entry"}
STAYED = {"changed", "in_use"}
_COUNTED_UP = {
    *("version", "field_versions", "updated_at", "location_version", "deal_version", "number")
}
_NOT_COMPARED = {
    *("import_change", "import_run", "import_problem", "sent_form", "stale_day", "unexamined_day"),
    *(
        "sync_index",
        "sync_scope",
        "own_figure_state",
        "change_log",
        "past_customer_class",
        "customer_number",
    ),
}


def run(app: Flask, client: FlaskClient, files: dict[str, str]) -> str:
    """Import files; return the address of the run."""
    sent = upload(client, files=files, mapping=FIELDS_TOO, csrf_token=token(client))
    with app.app_context():
        run_waiting_imports()
    count(app)
    address: str = sent.location
    return address


def undo(app: Flask, client: FlaskClient, address: str) -> str:
    """Press *Undo this import*, and wait for it; return the page."""
    assert "being taken back" in send(client, address, f"{address}/undo").text
    with app.app_context():
        take_back_imports()
        assert wrong_scopes() == []
    count(app)
    return client.get(address).text


def count(app: Flask) -> None:
    with app.app_context():
        refresh_rollups()


def what_counts(app: Flask) -> dict[str, list[dict[str, Any]]]:
    """Return rows of all tables, but for deleted ones and theirs, and what only counts changes."""
    tables = {
        name: [dict(zip(db.metadata.tables[name].columns.keys(), row, strict=True)) for row in rows]
        for name, rows in everything(app).items()
        if name not in _NOT_COMPARED
    }
    gone = {row["id"] for rows in tables.values() for row in rows if row.get("deleted_at")}
    return {
        name: [
            {key: value for key, value in row.items() if key not in _COUNTED_UP}
            for row in rows
            if not gone & {row.get("id"), row.get("deal_id")}
        ]
        for name, rows in tables.items()
    }


def differing(app: Flask, before: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return by table what is there now and was not, and what was there and is not."""
    return {
        name: (
            [row for row in rows if row not in before[name]],
            [row for row in before[name] if row not in rows],
        )
        for name, rows in what_counts(app).items()
        if sorted(rows, key=repr) != sorted(before[name], key=repr)
    }


def code_of(app: Flask, code: str) -> str:
    with app.app_context():
        return str(db.session.scalars(select(Customer.id).where(Customer.code == code)).one())


@pytest.fixture
def admin(app: Flask, client: FlaskClient, company: Company) -> FlaskClient:
    del company
    with app.app_context(), transaction():
        index_everything()
    sign_in(client, "admin")
    return client


def test_a_run_goes_back_with_all_that_follows_from_it_and_may_come_again(
    app: Flask, admin: FlaskClient
) -> None:
    before_all = what_counts(app)
    first = run(app, admin, FIRST)
    before = what_counts(app)
    second = run(app, admin, SECOND)
    assert what_counts(app) != before

    page = undo(app, admin, second)

    assert differing(app, before) == {}
    assert "Taken back" in page
    assert "9 of 9 rows are as they were" in page
    assert "Undo this import" not in page
    assert "cannot be taken back" in send_again(admin, second)
    again = run(app, admin, SECOND)
    undo(app, admin, again)

    page = undo(app, admin, first)

    assert differing(app, before_all).keys() <= STAY
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-2:] == ["import.undo_asked", "import.undone"]
    run(app, admin, FIRST)
    came_again = what_counts(app)
    for name in ("customer", "product", "deal", "deal_line", "stage_change"):
        assert len(came_again[name]) == len(before[name])


def send_again(client: FlaskClient, address: str) -> str:
    """Send the form of the undo once more, as a page that stood open does."""
    data = {"csrf_token": token(client)}
    return client.post(f"{address}/undo", data=data, follow_redirects=True).text


def test_what_somebody_changed_or_used_since_stays_and_is_said(
    app: Flask, client: FlaskClient, admin: FlaskClient, company: Company
) -> None:
    run(app, admin, FIRST)
    address = run(app, admin, SECOND)
    with app.app_context(), transaction():
        shop = db.session.get_one(Customer, code_of(app, "T-1"))
        edit_customer(
            customer_id=shop.id,
            fields={"phone": "0812 77"},
            base=shop.version,
            at=utc_now(),
            by=company.admin,
        )
        record_visit(rep_id=company.sari, customer_id=code_of(app, "T-3"))

    page = undo(app, admin, address)

    assert "7 of 9 rows are as they were" in page
    assert "Rows that stayed" in page
    for code, reason in (("T-1", "Somebody changed it since."), ("T-3", "Something was done")):
        row = page.partition(f">{code}</a>")[2].partition("</tr>")[0]
        assert reason in row
    with app.app_context():
        states = select(ImportChange.label, ImportChange.state).order_by(ImportChange.id)
        stayed = {row.label for row in db.session.execute(states) if row.state in STAYED}
        names = {row.code: row.name for row in db.session.scalars(select(Customer))}
    assert stayed == {"T-1", "T-3"}
    assert names["T-1"] == "Toko Mundur"
    assert names["T-2"] == "Warung Béla"
    assert "T-4" not in names
    sign_in(client, "budi")
    assert client.post(f"{address}/undo").status_code in {400, 403}
