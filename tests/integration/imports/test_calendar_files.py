"""Working times, ramps and holidays as files: in, out, and in again without a change."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from server.calendar.models import Holiday, WorkedHoliday
from server.imports.operations.mapping_file import SHIPPED
from server.metrics.models import RampStep, Target, WorkingTime
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.models import SyncIndex
from shared.sync.ids import new_id
from tests.factories.company import FOUNDED_ON, Company, sign_in
from tests.integration.imports.conftest import Import, outcomes
from tests.support.forms import form_to

FILES = {
    "working_times": "rep,from,percent\nsari,2026-01-05,100\nsari,2026-03-16,50\n"
    "nobody,2026-01-05,1\nrina,2026-01-05,101\n",
    "ramps": "from,month,percent\n2026-01-01,1,25\n2026-01-01,2,50\n"
    "2026-02-01,2,50\n2026-02-01,25,9\n",
    "holidays": "day,name,worked\n2026-03-20,Ulang tahun kantor,\n2026-03-19,Nyepi,yes\n"
    "1999-01-01,Tahun baru,no\n",
}
TAKEN = {"working_times": (2, 2), "ramps": (2, 2), "holidays": (2, 1)}
ENTITIES = {"working_times": "working_time", "ramps": "ramp", "holidays": "holiday"}


@pytest.fixture
def load(folder: Path, run_import: Import) -> Any:
    def run(name: str, text: str) -> tuple[tuple[int, int, int, int], list[str]]:
        (folder / f"{name}.csv").write_text(text, "utf-8")
        report = run_import(mapping=_text(name))
        found = [problem["code"] for problem in report["problems"]]
        return outcomes(report)[ENTITIES[name]], found

    return run


def _text(name: str) -> str:
    return (SHIPPED / f"{name}.toml").read_text("utf-8")


def test_files_go_in_come_out_and_change_nothing_again(
    app: Flask, client: FlaskClient, company: Company, load: Any
) -> None:
    target_id = new_id()
    with app.app_context(), transaction():
        db.session.add(Holiday(day=FOUNDED_ON.replace(month=3, day=19), name="Nyepi", own=False))
        target = Target(id=target_id, metric_key="calls", amount=70, rep_id=company.sari)
        target.month, target.team_id = FOUNDED_ON.replace(month=3), company.east
        db.session.add(target)
    codes = {}
    for name, text in FILES.items():
        (created, updated, unchanged, refused), codes[name] = load(name, text)
        assert (created + updated, refused) == TAKEN[name]
    assert codes == {
        "working_times": ["unknown_user", "too_large"],
        "ramps": ["month_before_missing", "too_large"],
        "holidays": ["day_out_of_range"],
    }
    with app.app_context():
        times = select(WorkingTime.percent).order_by(WorkingTime.start_on)
        assert db.session.scalars(times).all() == [100, 50]
        assert db.session.scalars(select(RampStep.percent).order_by(RampStep.percent)).all() == [
            25,
            50,
        ]
        assert db.session.scalars(select(Holiday.name)).all() == ["Ulang tahun kantor"]
        assert db.session.scalars(select(WorkedHoliday.name)).all() == ["Nyepi"]
        told = db.session.scalars(
            select(SyncIndex.record_id).where(SyncIndex.entity.in_(["holiday", "target"]))
        )
        assert {"2026-03-20", target_id} <= set(told)

    sign_in(client, "admin")
    for name in FILES:
        answer = client.get(f"/imports/export/{name}.csv")
        written = answer.get_data(as_text=True)
        assert written.splitlines()[0] == "\ufeff" + FILES[name].splitlines()[0]
        (created, updated, unchanged, refused), _ = load(name, written)
        assert (created, updated, unchanged, refused) == (0, 0, 2, 0)
    rows = client.get("/imports/export/targets.csv").get_data(as_text=True).splitlines()
    assert rows[1:] == ["calls,2026-03-01,sari,,70"]
    assert client.get("/imports/export/targets.xlsx").status_code == 200
    page = client.get("/imports?mapping=holidays").get_data(as_text=True)
    assert 'value="holidays" selected' in page
    assert "/imports/export/ramps.csv" in page


def test_only_an_administrator_takes_files_out(client: FlaskClient, company: Company) -> None:
    path = "/imports/export/targets.csv"
    assert client.get(path).status_code in {302, 401}
    sign_in(client, "admin")
    assert client.get("/imports/export/secrets.csv").status_code == 404
    for name in ("budi", "sari"):
        sign_in(client, name)
        assert client.get(path).status_code == 403


ROWS = {
    "teams": ("team", "north,North,"),
    "people": ("user", "wati,Wati,rep,north,,2026-01-05"),
    "products": ("product", "KOPI,Kopi susu,Minuman,karton,125000,90000"),
    "customers": ("customer", "T-1,Toko Satu,A,Bu Ani,0812,,Jl. Mawar 1,Bekasi,,-6.2,106.9,wati"),
}


def test_a_company_that_begins_fills_in_the_files_it_is_given(
    client: FlaskClient, company: Company, folder: Path, run_import: Import
) -> None:
    del company
    sign_in(client, "admin")
    for name, (entity, row) in ROWS.items():
        header = client.get(f"/imports/columns/{name}.csv").text.lstrip("\ufeff").strip()
        (folder / f"{name}.csv").write_text(f"{header}\n{row}\n", "utf-8")

        report = run_import(mapping=_text(name))

        assert outcomes(report)[entity] == (1, 0, 0, 0), report["problems"]
    assert client.get("/imports/columns/northwind.csv").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("admin", 200), ("budi", 413)])
def test_many_customers_are_sent_at_once_by_an_administrator(
    client: FlaskClient, company: Company, who: str, status: int
) -> None:
    del company
    sign_in(client, who)
    page = client.get("/imports" if who == "admin" else "/tasks").text
    token = form_to(page, "/sign-out")["csrf_token"]
    many = b"code,name\n" + b"T-1,Toko Satu\n" * 700_000
    fields = {
        "csrf_token": token,
        "mapping": "customers",
        "dry_run": "yes",
        "files": FileStorage(io.BytesIO(many), "customers.csv"),
    }

    # As bytes: a test client leaves the file open that it makes of so large a form.
    boundary, body = encode_multipart(fields)
    kind = f'multipart/form-data; boundary="{boundary}"'
    answer = client.post("/imports", data=body, content_type=kind, follow_redirects=True)

    assert answer.status_code == status
