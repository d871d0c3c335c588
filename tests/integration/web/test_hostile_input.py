"""Every page and every file against names that are code, and addresses that make no sense."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from server.alerts.models import AlertAddress
from server.customers.models import Customer
from server.deals.models import Deal, LeadSource, LostReason, Stage
from server.definitions.models import OwnMetric
from server.expenses.models import Expense
from server.forms.models import FormQuestion
from server.identity.models import Device, User
from server.platform.database import Model, db
from server.platform.transaction import transaction
from server.products.models import Product
from server.saved.models import SavedView
from server.tasks.models import Task
from server.teams.models import Team
from tests.factories.company import Company, sign_in
from tests.support.databases import SqliteTemplate
from tests.support.demo_site import DemoCompany, fill_demo_site
from tests.support.pages import EXPORTS, PAGES

EVIL = '=1+1 5% "><svg onload=x()>'
MINUS = "-1+cmd|' /C calc'!A0"
TEXTS: dict[type[Model], tuple[str, ...]] = {
    User: ("name",),
    Team: ("name",),
    Customer: ("name", "city", "sector", "contact_name", "address", "notes", "email"),
    Product: ("name", "category", "unit"),
    Deal: ("title", "source", "lost_reason", "note"),
    Stage: ("name",),
    LeadSource: ("name",),
    LostReason: ("name",),
    OwnMetric: ("name", "name_id", "description"),
    Expense: ("note", "reason"),
    FormQuestion: ("text",),
    Device: ("name",),
    SavedView: ("name",),
    Task: ("title", "note"),
    AlertAddress: ("email",),
}
NONSENSE = (
    (
        "period=custom&from=0001-01-01&to=9999-12-31&page=99999999999&sort=%00&month=0001-01-01"
        "&week=9999-12-31&year=0&day=9999-12-31&within=x&compare=x&dashboard=x&with=x"
    ),
    (
        "period=custom&from=2026-02-30&to=x&page=-1&sort=-name,&q=%00%25_%27%22%ff&month=9999-12-01"
        "&week=0001-01-01&year=9999&state=%00&rule=x&stage=%00&like=x&after=%00%ff"
    ),
    (
        "period=custom&from=0001-01-01&to=0001-01-02&month=0001-01&week=0001-01-02&day=0001-01-01"
        "&year=1"
    ),
    (
        "period=custom&from=9999-12-30&to=9999-12-30&month=9999-12&week=9999-12-27&day=9999-12-31"
        "&year=9999"
    ),
    "period=soon&rep=%27&team=x&month=2026-13&week=9999-W99&year=99999999&source=%00&class=Z",
    "rep=00000000-0000-0000-0000-000000000000&team=00000000-0000-0000-0000-000000000000",
    "endpoint=x&_method=POST&_anchor=x&_external=1&_scheme=x&kind=x&key=x&rep_id=x&self=x&rep=x",
)
UNDER_CONTROL = {200, 404, 422}
_NUMBER = re.compile(r"-?[\d.]+")


@dataclass(frozen=True)
class Evil:
    """A company in which everything has the name of an attack."""

    app: Flask
    company: DemoCompany


@pytest.fixture(scope="module")
def evil(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evil]:
    with sqlite_template.app(tmp_path_factory.mktemp("evil")) as app:
        with app.app_context():
            company = fill_demo_site()
        yield Evil(app, company)


def _call_everything(evil: Evil, text: str) -> None:
    with evil.app.app_context(), transaction():
        for model, columns in TEXTS.items():
            db.session.execute(update(model).values(dict.fromkeys(columns, text)))


@pytest.mark.parametrize("who", ["admin", "ratna", "sari"])
def test_a_name_that_is_code_is_shown_and_never_run(evil: Evil, who: str) -> None:
    _call_everything(evil, EVIL)
    client = evil.app.test_client()
    client.post("/api/v1/session", json={"user": who, "password": evil.company.password})
    shown = 0
    for listed in PAGES:
        answer = client.get(listed.path.format(**evil.company.ids))
        assert answer.status_code in {200, 403}, listed.path
        page = answer.get_data(as_text=True)
        assert "<svg onload" not in page, listed.path
        shown += "&lt;svg onload" in page
    assert shown > len(PAGES) // 3


@pytest.mark.parametrize("text", [EVIL, MINUS], ids=["equals", "minus"])
def test_no_cell_of_a_file_is_a_formula(evil: Evil, text: str) -> None:
    _call_everything(evil, text)
    client = evil.app.test_client()
    client.post("/api/v1/session", json={"user": "admin", "password": evil.company.password})
    seen = 0
    for path in EXPORTS:
        answer = client.get(path.format(**evil.company.ids))
        assert answer.status_code == 200, path
        for row in csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))):
            for cell in row:
                seen += text in cell
                is_formula = cell.startswith(("=", "@", "+", "-", "\t", "\r"))
                assert not is_formula or _NUMBER.fullmatch(cell), (path, row)
        book = client.get(path.replace(".csv", ".xlsx").format(**evil.company.ids))
        with zipfile.ZipFile(io.BytesIO(book.get_data())) as parts:
            for name in parts.namelist():
                if name.startswith("xl/worksheets/"):
                    assert b"<f>" not in parts.read(name), (path, name)
    assert seen > len(EXPORTS)


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_an_address_that_makes_no_sense_breaks_nothing(
    client: FlaskClient, company: Company, nonsense: str
) -> None:
    sign_in(client, "admin")
    answers = {}
    for listed in PAGES:
        path = re.sub(r"{\w+}", company.sari, listed.path).partition("?")[0]
        answers[path] = client.get(f"{path}?{nonsense}").status_code
    for export in EXPORTS:
        path = export.partition("?")[0]
        answers[path] = client.get(f"{path}?{nonsense}").status_code

    assert {path: code for path, code in answers.items() if code not in UNDER_CONTROL} == {}
