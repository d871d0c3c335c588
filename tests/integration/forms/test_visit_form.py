"""The visit form from the administrator's page to the phone, and its answers back to the office."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.forms import operations as forms
from server.forms.models import FormQuestion
from server.forms.operations import Draft
from server.identity import operations as identity
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import index_everything, wrong_scopes
from server.visits.models import Visit
from shared.time import utc_now
from shared.vocabulary import AnswerKind, NoSaleReason
from tests.factories.company import Company, sign_in
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.forms import send as send_form
from tests.support.forms import take_back


@pytest.fixture
def phone(app: Flask, company: Company, tmp_path: Path) -> Iterator[Handset]:
    """Give Sari's phone, with her customers on it."""
    now = utc_now()
    with app.app_context():
        with transaction():
            code = identity.create_enrolment_code(user_id=company.sari, at=now, by=None)
        with transaction():
            index_everything()
    handset = Handset(tmp_path / "phone.db", Network(app))
    handset.enrol(code)
    yield handset
    handset.switch_off()


def send(client: FlaskClient, page: str, address: str = "", **form: object) -> TestResponse:
    """Send a form as its page does."""
    html = client.get(page).get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', html)[0]
    data = {**form, "csrf_token": token}
    return client.post(address or page, data=data, follow_redirects=True)


def ask(app: Flask, company: Company, draft: Draft) -> str:
    with app.app_context(), transaction():
        return forms.add_question(draft=draft, at=utc_now(), by=company.admin).id


def keys_of(app: Flask) -> list[str]:
    with app.app_context():
        rows = db.session.scalars(
            select(FormQuestion)
            .where(FormQuestion.retired_at.is_(None))
            .order_by(FormQuestion.position)
        )
        return [row.text for row in rows]


def visit_with_answers(phone: Handset, company: Company, answers: dict[str, object]) -> str:
    fix = phone.fix((-6.1754, 106.8272))
    visit_id = phone.visits.check_in(customer_id=company.shop, fix=fix).id
    for question_id, answer in answers.items():
        phone.form.answer(visit_id, question_id, answer)  # type: ignore[arg-type]
    phone.visits.set_no_sale_reason(visit_id, NoSaleReason.STOCK_ENOUGH)
    return visit_id


def test_answers_given_offline_keep_their_question_on_page_and_in_exports(
    app: Flask, client: FlaskClient, phone: Handset, company: Company
) -> None:
    facings = ask(app, company, Draft(kind=AnswerKind.NUMBER, text="Facings?", low=0, high=50))
    shelf = ask(app, company, Draft(kind=AnswerKind.CHOICE, text="Shelf?", options=("Tidy", "Bad")))
    phone.synchronize()
    [tidy, _bad] = (
        phone.form.read(visit_id := visit_with_answers(phone, company, {facings: 12}))
        .questions[1]
        .question.options
    )
    phone.form.answer(visit_id, shelf, tidy.key)
    phone.visits.check_out(visit_id, fix=None)
    # While the phone was away the office asks otherwise, and for something more.
    with app.app_context(), transaction():
        now = utc_now()
        newer = Draft(kind=AnswerKind.NUMBER, text="How many facings?", low=0, high=10)
        forms.change_question(key=facings, base=facings, draft=newer, at=now, by=company.admin)
        forms.retire_question(key=shelf, at=now, by=company.admin)
    report = phone.synchronize()

    assert not report.problem
    with app.app_context():
        assert db.session.get_one(Visit, visit_id).form_answers == {facings: 12, shelf: tidy.key}
        assert wrong_scopes() == []
    html = sign_in(client, "budi").get(f"/visits/{visit_id}").get_data(as_text=True)
    assert "Facings?" in html
    assert "Tidy" in html
    table = client.get("/visits.csv?period=today").get_data(as_text=True)
    header, row = table.strip().splitlines()
    assert header.endswith("How many facings?,Shelf?")
    assert row.endswith("12,Tidy")
    listed = client.get("/api/v1/visit-form").get_json()
    assert {one["text"] for one in listed} == {"Facings?", "How many facings?", "Shelf?"}
    assert client.get(f"/api/v1/visits/{visit_id}").get_json()["visit"]["form_answers"] == {
        facings: 12,
        shelf: tidy.key,
    }
    # The next visit is asked the new version, and proposes nothing that it would not take.
    visit_with_answers(phone, company, {})
    [asked] = phone.form.read(phone.visits.open_visit().id).questions  # type: ignore[union-attr]
    assert (asked.question.text, asked.proposal) == ("How many facings?", None)


def test_a_photo_answers_a_question_and_is_seen_with_the_answers(
    app: Flask, client: FlaskClient, phone: Handset, company: Company
) -> None:
    shelf = ask(app, company, Draft(kind=AnswerKind.PHOTO, text="The shelf?", is_required=True))
    phone.synchronize()
    visit_id = visit_with_answers(phone, company, {})
    phone.camera.take(raw := phone.form.raw_file())
    photo_id = phone.form.photograph(visit_id, shelf, raw)
    phone.visits.check_out(visit_id, fix=None)

    assert phone.synchronize().needs_you == 0

    sign_in(client, "budi")
    page, link = f"/visits/{visit_id}", f'class="photo small" href="/photos/{photo_id}"'
    assert "The picture has not arrived." in client.get(page).get_data(as_text=True)
    phone.sender.send()
    assert link in client.get(page).get_data(as_text=True)
    table = client.get("/visits.csv?period=today").get_data(as_text=True)
    assert table.strip().endswith(f"http://localhost/photos/{photo_id}")


def test_a_line_of_products_is_asked_about_once_it_was_ordered(
    app: Flask, phone: Handset, company: Company
) -> None:
    from mobile.services.views import OrderLine

    ask(app, company, Draft(kind=AnswerKind.YES_NO, text="Tea chilled?", categories=("Drinks",)))
    phone.synchronize()
    visit_id = visit_with_answers(phone, company, {})
    assert phone.form.read(visit_id).questions == ()

    line = OrderLine(product_id=company.tea, product_name="Tea", quantity=1, price_minor=5_000_00)
    phone.visits.take_order(visit_id, [line])
    assert [one.question.text for one in phone.form.read(visit_id).questions] == ["Tea chilled?"]


def test_the_server_refuses_an_answer_no_phone_would_send(
    app: Flask, phone: Handset, company: Company
) -> None:
    facings = ask(app, company, Draft(kind=AnswerKind.NUMBER, text="Facings?", high=50))
    phone.synchronize()
    visit_id = visit_with_answers(phone, company, {})
    with phone.recorder.action() as action:
        action.patch("visit", visit_id, {"form_answers": {facings: 51}})
    phone.synchronize()

    with app.app_context():
        assert db.session.get_one(Visit, visit_id).form_answers == {}
    refused = next(one for one in phone.sync.records() if one.reason)
    assert (refused.reason, refused.field) == ("out_of_range", f"form_answers.{facings}")


def test_an_administrator_writes_orders_and_takes_out_questions(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    new = "/visit-form/new"
    assert "50" in send(client, new, text="Rivals?", kind="several", options="One").get_data(
        as_text=True
    )
    assert send(client, new, text=" ", kind="text").status_code == 422
    assert send(client, new, text="?", kind="number", low="5", high="1").status_code == 422
    assert send(client, new, text="?", kind="number", low="x").status_code == 422
    assert send(client, new, text="?", kind="video").status_code == 422
    assert keys_of(app) == []

    for text in ("First?", "Second?"):
        send(client, new, text=text, kind="choice", options="Yes\nNo\n\nNo", classes="A")
    with app.app_context():
        first, second = db.session.scalars(select(FormQuestion).order_by(FormQuestion.position))
        options = {name: option for option, name in first.options}
        assert (first.classes, list(options)) == (["A"], ["Yes", "No"])
        first_id, second_id = first.id, second.id
    send_form(client, "/visit-form", f"/visit-form/{second_id}/move")
    assert keys_of(app) == ["Second?", "First?"]

    page = f"/visit-form/{first_id}"
    send(client, page, base=first_id, text="First!", kind="choice", options="No\nPerhaps")
    again = send(client, page, base=first_id, text="Late", kind="text")
    assert again.status_code == 409
    assert "Late" in again.get_data(as_text=True)
    gone = send_form(client, "/visit-form", f"/visit-form/{second_id}/retire")
    assert keys_of(app) == ["First!"]
    take_back(client, gone.text)
    assert keys_of(app) == ["Second?", "First!"]
    with app.app_context():
        newer = db.session.scalars(
            select(FormQuestion).where(FormQuestion.key == first_id, FormQuestion.number == 2)
        ).one()
        assert newer.options[0] == [options["No"], "No"]
        actions = db.session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.startswith("form."))
        ).all()
        assert len(actions) == 6


@pytest.mark.parametrize("name", ["sari", "budi", ""])
def test_only_an_administrator_reaches_the_form(
    client: FlaskClient, company: Company, name: str
) -> None:
    del company
    if name:
        sign_in(client, name)
    expected = 403 if name else 302
    for page in ("/visit-form", "/visit-form/new"):
        assert client.get(page).status_code == expected
    assert client.get("/api/v1/visit-form").status_code == (200 if name else 401)


def test_an_unknown_question_is_not_there(client: FlaskClient, company: Company) -> None:
    sign_in(client, "admin")
    assert client.get(f"/visit-form/{company.shop}").status_code == 404
