"""Imports over the API: files go up, a job does the work, the report comes back."""

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.deals.models import Deal
from server.imports.jobs import run_waiting_imports
from server.imports.models import ImportRun, RunState
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from tests.factories.company import PASSWORD, Company
from tests.integration.imports.conftest import FILES, MAPPING


@pytest.fixture
def admin(client: FlaskClient, company: Company) -> FlaskClient:
    sign_in(client, "admin")
    return client


def sign_in(client: FlaskClient, user: str) -> None:
    answer = client.post("/api/v1/session", json={"user": user, "password": PASSWORD})
    assert answer.status_code == 200


def upload(
    client: FlaskClient,
    *,
    files: dict[str, str] = FILES,
    mapping: str = MAPPING,
    headers: dict[str, str] | None = None,
    **form: str,
) -> Any:
    parts = [(io.BytesIO(text.encode()), name) for name, text in files.items()]
    return client.post(
        "/api/v1/imports",
        data={
            "files": parts,
            "mapping_file": (io.BytesIO(mapping.encode()), "company.toml"),
            **form,
        },
        content_type="multipart/form-data",
        headers=headers,
    )


def work(app: Flask) -> None:
    with app.app_context():
        run_waiting_imports()


def deals(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Deal)) or 0


@pytest.fixture
def no_files_left(settings: Settings) -> Iterator[None]:
    yield
    folder = Path(settings.data) / "imports"
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.usefixtures("no_files_left")
def test_uploaded_files_are_imported_by_the_job(app: Flask, admin: FlaskClient) -> None:
    answer = upload(admin)

    assert answer.status_code == 202
    run = answer.get_json()
    assert (run["state"], run["mapping"], run["dry_run"]) == ("waiting", "company", False)
    work(app)
    done = admin.get(f"/api/v1/imports/{run['id']}").get_json()
    assert (done["state"], done["rows_done"], done["failure"]) == ("finished", 14, "")
    assert done["steps"][-1] == {
        "entity": "deal",
        "file": "deals.csv",
        "created": 4,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
    }
    assert deals(app) == 4
    assert [item["id"] for item in admin.get("/api/v1/imports").get_json()] == [run["id"]]


@pytest.mark.usefixtures("no_files_left")
def test_refused_rows_come_back_with_line_and_reason(app: Flask, admin: FlaskClient) -> None:
    broken = FILES | {"items.csv": FILES["items.csv"] + "=1+1;Kopi;x\n"}
    run = upload(admin, files=broken).get_json()
    work(app)

    problems = admin.get(f"/api/v1/imports/{run['id']}/problems").get_json()
    table = admin.get(f"/api/v1/imports/{run['id']}/problems.csv")

    assert problems == [
        {
            "file": "items.csv",
            "line": 4,
            "column": "sku",
            "code": "formula",
            "reason": "The text begins like a formula of a spreadsheet.",
            "value": "=1+1",
        },
        {
            "file": "items.csv",
            "line": 4,
            "column": "price",
            "code": "not_a_number",
            "reason": "This is no number in the format of the mapping.",
            "value": "x",
        },
    ]
    assert table.mimetype == "text/csv"
    assert ",'=1+1\r\n" in table.get_data(as_text=True)
    assert deals(app) == 4


@pytest.mark.usefixtures("no_files_left")
def test_a_dry_run_over_the_api_writes_nothing(app: Flask, admin: FlaskClient) -> None:
    run = upload(admin, dry_run="true").get_json()
    work(app)

    assert admin.get(f"/api/v1/imports/{run['id']}").get_json()["steps"][-1]["created"] == 4
    assert deals(app) == 0


@pytest.mark.usefixtures("no_files_left")
def test_a_run_that_cannot_be_done_says_why(app: Flask, admin: FlaskClient) -> None:
    run = upload(admin, files=FILES | {"items.csv": "sku;title\n"}).get_json()
    work(app)

    failed = admin.get(f"/api/v1/imports/{run['id']}").get_json()
    assert failed["state"] == "failed"
    assert "missing_column: price" in failed["failure"]


@pytest.mark.usefixtures("no_files_left")
@pytest.mark.parametrize(
    ("files", "mapping", "code"),
    [
        ({"people.csv": "x"}, MAPPING, "import.wrong_files"),
        (FILES | {"../../evil.csv": "x"}, MAPPING, "import.wrong_files"),
        (FILES, "currency = ", "import.wrong_mapping"),
        (FILES, MAPPING.replace('"deal"', '"invoice"'), "import.wrong_mapping"),
    ],
)
def test_wrong_uploads_are_refused_at_once(
    admin: FlaskClient, files: dict[str, str], mapping: str, code: str
) -> None:
    answer = upload(admin, files=files, mapping=mapping)

    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert answer.get_json()["errors"]
    assert admin.get("/api/v1/imports").get_json() == []


def test_only_administrators_import(client: FlaskClient, company: Company) -> None:
    assert upload(client).status_code == 401
    for user in ("sari", "budi"):
        sign_in(client, user)
        assert upload(client).status_code == 403
        assert client.get("/api/v1/imports").status_code == 403


def test_a_page_of_another_site_cannot_send_files(admin: FlaskClient) -> None:
    answer = upload(admin, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_an_unknown_run_is_not_found(admin: FlaskClient) -> None:
    answer = admin.get("/api/v1/imports/0198c0de-0000-7000-8000-000000000000")

    assert answer.status_code == 404


def test_the_mappings_that_come_along_are_listed(admin: FlaskClient) -> None:
    mappings = admin.get("/api/v1/imports/mappings").get_json()

    names = [mapping["name"] for mapping in mappings]
    assert names == sorted(names)
    assert {"crm_maven", "northwind", "holidays", "ramps", "targets"} <= set(names)
    assert "sales_pipeline.csv" in mappings[0]["files"]


@pytest.mark.usefixtures("no_files_left")
def test_a_run_whose_worker_was_killed_is_taken_up_again(app: Flask, admin: FlaskClient) -> None:
    run = upload(admin).get_json()
    now = dt.datetime.now(dt.UTC)
    set_started(app, run["id"], now - dt.timedelta(minutes=5))
    work(app)
    # It may still be running.
    assert admin.get(f"/api/v1/imports/{run['id']}").get_json()["state"] == "running"

    set_started(app, run["id"], now - dt.timedelta(minutes=16))
    work(app)

    assert admin.get(f"/api/v1/imports/{run['id']}").get_json()["state"] == "finished"
    assert deals(app) == 4


def set_started(app: Flask, run_id: str, at: dt.datetime) -> None:
    with app.app_context(), transaction():
        run = db.session.get_one(ImportRun, run_id)
        run.state, run.started_at = RunState.RUNNING, at
