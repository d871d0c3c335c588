"""The office sees what was not taken as phones sent it: both values, who, when, its state."""

import datetime as dt
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobile.services.expense_views import NewExpense
from server.deals.models import Deal
from server.deals.operations import deals
from server.expenses.models import Expense
from server.expenses.operations import delete_expense
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync.models import ChangeLog
from server.web import formats
from shared.sync.ids import new_id
from shared.time import business_day, utc_now
from shared.vocabulary import ExpenseKind, ExpenseState, Role
from tests.fakes import wire
from tests.fakes.company import PASSWORD, ZONE, Company, add_person
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_push_and_pull import soda
from tests.support.forms import form_to, send


def sign_in(client: FlaskClient, company: Company, who: str) -> None:
    answer = client.post(
        "/api/v1/session", json={"user": f"{who}{company.tag}", "password": PASSWORD}
    )
    assert answer.status_code == 200, answer.get_json()


@pytest.fixture
def deal_id(phone: Handset, new_phone: NewPhone, company: Company) -> str:
    """Let an order of Sari's be changed on both sides, and Budi change another's customer."""
    with company.app.app_context(), transaction():
        for code, role in (("admin", Role.ADMIN), ("stranger", Role.MANAGER)):
            add_person(f"{code}{company.tag}", code, role, utc_now())
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.visits.take_order(visit.id, [soda(company, 1)])
    phone.synchronize()
    with company.app.app_context(), transaction():
        deal = db.session.scalars(select(Deal)).one()
        deals.change_deal(
            deal_id=deal.id,
            fields={"lines": [deals.Line(product_id=company.soap, quantity=1, unit_price_minor=1)]},
            at=utc_now(),
            day=business_day(utc_now(), ZONE),
        )
        found = deal.id
    phone.visits.take_order(visit.id, [soda(company, 9)])
    phone.synchronize()
    budi = new_phone(company.budi)
    with budi.recorder.action() as action:
        action.patch("customer", company.jaya, {"contact_name": "=Pak Budi"})
    budi.synchronize()
    return found


def test_each_role_sees_what_it_may_with_both_values(
    client: FlaskClient, company: Company, deal_id: str
) -> None:
    seen = {}
    for who in ("admin", "manager", "sari", "budi", "stranger"):
        sign_in(client, company, who)
        answer = client.get("/api/v1/conflicts")
        assert answer.status_code == 200
        seen[who] = {(row["rep_name"], row["status"]) for row in answer.get_json()["rows"]}
    asked, refused = ("Sari Dewi", "conflict"), ("Budi Santoso", "rejected")
    assert seen == {
        "admin": {asked, refused},
        "manager": {asked, refused},
        "sari": {asked},
        "budi": {refused},
        "stranger": set(),
    }
    sign_in(client, company, "budi")
    [of_another] = client.get("/api/v1/conflicts").get_json()["rows"]
    assert of_another["about"] == "", "whose name nobody has shown Budi"
    sign_in(client, company, "manager")
    [conflict] = client.get("/api/v1/conflicts?status=conflict&open=true").get_json()["rows"]
    assert (conflict["record_id"], conflict["about"]) == (deal_id, "Toko Maju")
    assert conflict["mine"]["lines"][0]["quantity"] == 9
    assert conflict["theirs"]["lines"][0]["product_id"] == company.soap
    [other] = client.get("/api/v1/conflicts?search=budi&entity=customer").get_json()["rows"]
    assert (other["code"], other["mine"]) == ("not_allowed", {"contact_name": "=Pak Budi"})
    page = client.get("/conflicts").get_data(as_text=True)
    assert "Toko Maju" in page
    assert "=Pak Budi" in page
    assert "9 × Soda (Rp" in page
    assert "1 × Soap (Rp" in page
    assert "Toko Maju" not in client.get("/conflicts?what=rejected").get_data(as_text=True)
    file = client.get("/conflicts.csv").get_data(as_text=True)
    assert "=Pak Budi" in file
    assert len(file.splitlines()) == 3


def test_it_is_solved_by_somebody_or_by_the_rep(
    client: FlaskClient, phone: Handset, company: Company, deal_id: str
) -> None:
    def rows(query: str) -> list[str]:
        return [
            row["rep_name"] for row in client.get(f"/api/v1/conflicts?{query}").get_json()["rows"]
        ]

    sign_in(client, company, "stranger")
    [refused] = _refused(company)
    path = f"/conflicts/{refused[0]}/{refused[1]}/state"
    token = form_to(client.get("/conflicts").text, "/sign-out")
    assert client.post(path, data=token).status_code == 404
    sign_in(client, company, "manager")
    assert send(client, "/conflicts", path, state="solved").status_code == 200
    assert rows("open=true") == ["Sari Dewi"]
    assert rows("open=false") == ["Budi Santoso"]
    assert "Rina Hartono" in client.get("/conflicts?state=solved").get_data(as_text=True)
    send(client, "/conflicts?state=solved", path, state="open")
    assert len(rows("open=true")) == 2

    [record] = [record for record in phone.sync.records() if record.reason == "conflict"]
    phone.sync.keep_mine(record.id)
    phone.synchronize()

    assert rows("open=true") == ["Budi Santoso"]
    assert "changed the record since" in client.get("/conflicts?state=solved").get_data(
        as_text=True
    )
    del deal_id


def test_values_are_in_the_readers_words(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    day = phone.expenses.today()
    spent = _fuel(day, ExpenseState.SUBMITTED)
    expense_id = phone.expenses.save(spent)
    task_id = phone.tasks.create(title="Bring samples", due_on=day)
    phone.synchronize()
    with company.app.app_context(), transaction():
        add_person(f"admin{company.tag}", "admin", Role.ADMIN, utc_now())
        expense = db.session.get_one(Expense, expense_id)
        expense.change({"state": ExpenseState.APPROVED}, at=utc_now())
        record_changed("expense", expense_id)
    phone.expenses.save(replace(spent, kind=ExpenseKind.PARKING), expense_id=expense_id)
    phone.synchronize()
    nowhere = {"customer_id": company.maju, "time_zone": "Nowhere/At"}
    odd = {"due_on": "tomorrow", "state": ["x"]}
    wire.send(
        client,
        phone,
        company,
        ("task", "p", task_id, odd),
        ("visit", "c", visit_id := new_id(), nowhere),
    )

    sign_in(client, company, "admin")
    page = client.get("/conflicts").text
    read = unescape(_text(page))
    assert "Kind Parking Kind Fuel State Approved" in read, "what the rep wrote, and what it was"
    assert f"Fuel, {formats.day(day, language='en')}" in read
    assert f"/expenses?rep={company.sari}&amp;spent_on=fuel" in page
    assert "Due tomorrow State ['x']" in read, "a phone may have sent anything"
    assert "Toko Maju" in page, "of a visit that was refused its customer is known"
    assert visit_id not in page, "it is not there to be shown"
    assert "Nowhere/At" not in page
    client.set_cookie("language", "id")
    assert "Jenis Bensin Status Disetujui" in _text(client.get("/conflicts").text)
    file = client.get("/conflicts.csv").text
    assert "Nowhere/At" in file, "a file has all"


def test_what_only_a_broken_phone_sends_is_shown_as_it_is(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    with company.app.app_context(), transaction():
        add_person(f"admin{company.tag}", "admin", Role.ADMIN, utc_now())
    answers = wire.send(client, phone, company, *_NONSENSE)
    refused = [answer for answer in answers if answer[1] == "rejected"]
    assert len(refused) > 40

    sign_in(client, company, "admin")
    for language in ("en", "id"):
        client.set_cookie("language", language)
        for page in (1, 2):
            assert client.get(f"/conflicts?page={page}").status_code == 200
    assert len(client.get("/conflicts.csv").text.splitlines()) == 1 + len(refused)


def test_that_the_record_is_gone_is_said(
    client: FlaskClient, phone: Handset, company: Company
) -> None:
    spent = _fuel(phone.expenses.today(), ExpenseState.DRAFT)
    expense_id = phone.expenses.save(spent)
    phone.synchronize()
    with company.app.app_context(), transaction():
        add_person(f"admin{company.tag}", "admin", Role.ADMIN, utc_now())
        delete_expense(expense_id=expense_id, rep_id=company.sari, at=utc_now())
    phone.expenses.save(replace(spent, amount_minor=1), expense_id=expense_id)
    phone.synchronize()

    sign_in(client, company, "admin")
    assert "Amount Rp 0 Deleted" in _text(client.get("/conflicts").text)


_ODD: list[Any] = [
    *([], {}, "x", -1, 1e300, True, [{}], {"latitude": "north"}, "2026-13-40", 10**40),
]
_NONSENSE = [
    (entity, "c", new_id(), dict.fromkeys(fields, value))
    for value in _ODD
    for entity, fields in (
        ("deal", ("stage_key", "amount_minor", "lines", "expected_close_on", "currency")),
        ("expense", ("day", "kind", "amount_minor", "mileage_m", "currency", "state")),
        ("check_in", ("verdict", "fix", "customer_id", "visit_id")),
        ("visit", ("no_sale_reason", "form_answers", "custom.colour")),
        ("consent", ("given",)),
    )
]


def _fuel(day: dt.date, state: ExpenseState) -> NewExpense:
    return NewExpense(
        day=day,
        kind=ExpenseKind.FUEL,
        amount_minor=40_000_00,
        mileage_m=None,
        note="",
        state=state,
    )


def _text(page: str) -> str:
    """Return what is to be read on a page, with single spaces."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def _refused(company: Company) -> list[tuple[str, int]]:
    with company.app.app_context():
        found = db.session.execute(
            select(ChangeLog.device_id, ChangeLog.sequence).where(ChangeLog.status == "rejected")
        )
        return [(row.device_id, row.sequence) for row in found]
