"""Receipts: photographed on the phone, seen with their expense by whoever may see it."""

import re

from flask import Flask
from flask.testing import FlaskClient

from mobile.services.expense_views import NewExpense
from server.expenses import operations as expenses
from server.photos import queries
from server.platform.access import Access
from server.platform.transaction import transaction
from shared.time import business_day, utc_now
from shared.vocabulary import ExpenseKind, ExpenseState, PhotoState, Role
from tests.fakes.company import PASSWORD, ZONE, Company
from tests.fakes.handset import Handset

ADMIN = Access(user_id="01990000-0000-7000-8000-0000000000aa", role=Role.ADMIN)


def parking(state: ExpenseState = ExpenseState.SUBMITTED) -> NewExpense:
    return NewExpense(
        day=business_day(utc_now(), ZONE),
        kind=ExpenseKind.PARKING,
        amount_minor=5_000_00,
        mileage_m=None,
        note="",
        state=state,
    )


def sign_in(client: FlaskClient, name: str) -> None:
    answer = client.post("/api/v1/session", json={"user": name, "password": PASSWORD})
    assert answer.status_code == 200


def receipts(app: Flask, expense_id: str) -> list[queries.PhotoRow]:
    with app.app_context():
        return queries.receipts(access=ADMIN, expense_ids={expense_id})


def test_a_receipt_goes_up_with_its_expense_and_is_seen_as_the_expense_is(
    app: Flask, client: FlaskClient, phone: Handset, company: Company
) -> None:
    phone.network.is_up = False
    phone.take_receipt()
    expense_id = phone.expenses.save(parking())
    phone.network.heal()
    assert phone.synchronize().needs_you == 0
    sign_in(client, f"manager{company.tag}")
    assert "Still on the phone" in client.get("/expenses").get_data(as_text=True)
    assert phone.sender.send() == 1
    phone.synchronize()

    [receipt] = receipts(app, expense_id)
    assert (receipt.state, receipt.purpose, receipt.visit_id) == (
        PhotoState.PRESENT,
        "receipt",
        None,
    )
    assert [photo.is_sent for photo in phone.receipts.of(expense_id)] == [True]
    page = client.get("/expenses").get_data(as_text=True)
    [link] = re.findall(r'<a class="photo small" href="([^"]+)"', page)
    assert client.get(link).content_type.startswith("image/")
    assert link in client.get("/expenses.csv").get_data(as_text=True)
    rows = client.get(f"/api/v1/photos?expense={expense_id}").get_json()
    assert [row["expense_id"] for row in rows] == [expense_id]
    assert client.get("/api/v1/photos").status_code == 422
    for user, status in (("sari", 200), ("budi", 404)):
        sign_in(client, f"{user}{company.tag}")
        assert client.get(link).status_code == status
        rows = client.get(f"/api/v1/photos?expense={expense_id}").get_json()
        assert len(rows) == (1 if status == 200 else 0)


def test_a_receipt_stays_once_the_expense_is_approved(
    app: Flask, phone: Handset, company: Company
) -> None:
    phone.take_receipt()
    expense_id = phone.expenses.save(parking())
    phone.synchronize()
    [receipt] = phone.receipts.of(expense_id)
    access = Access(user_id=company.manager, role=Role.MANAGER, team_ids=frozenset({company.team}))
    with app.app_context(), transaction():
        expenses.decide_expenses(
            access=access,
            expense_ids=[expense_id],
            decision=ExpenseState.APPROVED,
            reason="",
            at=utc_now(),
        )
    phone.receipts.remove(receipt.id)

    phone.synchronize()

    [refused] = [one for one in phone.sync.records() if one.reason == "expense.approved"]
    assert refused.entity == "photo.withdraw"
    assert [row.id for row in receipts(app, expense_id)] == [receipt.id]


def test_an_expense_taken_back_takes_its_receipts_along(app: Flask, phone: Handset) -> None:
    phone.take_receipt()
    expense_id = phone.expenses.save(parking(ExpenseState.DRAFT))
    phone.synchronize()
    phone.expenses.delete(expense_id)

    phone.synchronize()

    assert receipts(app, expense_id) == []
    assert phone.sync.status().photos_waiting == 0


def test_the_same_picture_for_two_expenses_says_so(app: Flask, phone: Handset) -> None:
    first, second = (phone.expenses.save(parking()) for _ in range(2))
    raw = phone.receipts.raw_file()
    phone.camera.take(raw)
    picture = raw.read_bytes()
    for expense_id in (first, second):
        (again := phone.receipts.raw_file()).write_bytes(picture)
        phone.receipts.keep(expense_id, again)
        phone.expenses.save(parking(), expense_id=expense_id)
    phone.synchronize()

    assert [row.is_on_another for each in (first, second) for row in receipts(app, each)] == [
        True,
        True,
    ]
