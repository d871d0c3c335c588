"""The office enters a customer: what is like it is told first, and nothing done there is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.customers.models import Customer
from server.customers.schemas.form import read_point
from server.platform.audit import AuditEntry
from server.platform.clock import business_today
from server.platform.database import db, is_postgresql
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit
from tests.integration.territories.test_giving import count_all, last_in_feed, owners, tenures
from tests.support.databases import until_somebody_waits
from tests.support.forms import form_to, send, take_back

NEW = "/customers/new"


def found(app: Flask, code: str) -> list[Customer]:
    """Return the customers of a code that are not taken back."""
    with app.app_context():
        rows = select(Customer).where(Customer.code == code, Customer.deleted_at.is_(None))
        return list(db.session.scalars(rows))


def actions(app: Flask, customer_id: str) -> list[str]:
    with app.app_context():
        rows = select(AuditEntry.action).where(AuditEntry.subject == customer_id)
        return list(db.session.scalars(rows.order_by(AuditEntry.id)))


def test_a_customer_is_entered_for_a_rep_and_taken_back(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    send(client, "/custom-fields/new", label="Shelves", kind="whole")
    sign_in(client, "budi")
    typed = {
        "name": "Warung Melati",
        "customer_class": "A",
        "phone": "0812 3456 7890",
        "city": "Bogor",
        "code": "W-77",
        "point": "-6.59710, 106.80600",
        "radius_m": "80",
        "rep": company.joko,
        "custom.shelves": "3",
    }

    told = send(client, NEW, **typed)

    assert "Warung Melati is entered." in told.text, told.text
    [row] = found(app, "W-77")
    assert (row.name, row.customer_class, row.custom_fields) == (
        "Warung Melati",
        "A",
        {"shelves": 3},
    )
    assert (row.latitude, row.longitude, row.radius_m) == (-6.5971, 106.806, 80)
    assert (row.location_version, row.is_prospect, row.version) == (1, False, 1)
    assert owners(app, row.id) == [(company.joko, company.east)]
    with app.app_context():
        today = business_today()
    assert tenures(app, row.id) == [(company.joko, today, None)]
    assert last_in_feed(app, company.joko, "customer", row.id) == "put"
    count_all(app)

    undone = take_back(client, told.text)

    assert "taken back" in undone.text
    assert found(app, "W-77") == []
    assert tenures(app, row.id) == []
    assert last_in_feed(app, company.joko, "customer", row.id) == "del"
    assert actions(app, row.id) == ["customer.entered", "customer.entering_undone"]
    assert client.get(f"/customers/{row.id}").status_code == 404
    count_all(app)
    assert "is entered" in send(client, NEW, **typed).text  # its code is free again


def test_of_two_who_enter_one_code_in_the_same_moment_the_second_is_told(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    typed = {"name": "Warung Melati", "code": "W-77", "rep": company.joko}
    fields = form_to(client.get(NEW).text, NEW, typed) | typed
    now = utc_now()

    with ThreadPoolExecutor(1) as second, app.app_context():
        with transaction():
            db.session.add(
                Customer(id=new_id(), code="W-77", name="Kios", created_at=now, updated_at=now)
            )
            db.session.flush()
            answer = second.submit(client.post, NEW, data=fields)
            if is_postgresql():
                until_somebody_waits()
        refused = answer.result(60)

    assert (refused.status_code, "has this code" in refused.text) == (409, True), refused.text
    assert [row.name for row in found(app, "W-77")] == ["Kios"]


def test_what_is_like_it_is_told_before_and_can_be_overruled(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        for customer_id, phone in ((company.shop, "+62 812-555-0101"), (company.kiosk, "0812999")):
            customer = db.session.get_one(Customer, customer_id)
            customer.city, customer.phone = "Jakarta", phone
    sign_in(client, "budi")
    other = {"name": "Toko Lain", "rep": company.sari}
    like = [
        other | {"phone": "0812 5550101"},
        {"name": "tk. maju", "city": "JAKARTA", "rep": company.sari},
        {"name": "Warung Maju", "point": "-6.17800 106.82500", "rep": company.sari},
    ]
    for number, typed in enumerate(like):
        asked = send(client, NEW, code=f"L-{number}", **typed)
        assert (asked.status_code, found(app, f"L-{number}")) == (409, [])
        assert "like this one" in asked.text
        assert f"/customers/{company.shop}" in asked.text

        fields = form_to(asked.text, NEW)
        assert fields["name"] == typed["name"]
        assert "apart" not in fields  # nobody is ticked as another by leaving it alone
        entered = client.post(NEW, data=fields | {"apart": company.shop}, follow_redirects=True)
        assert "is entered" in entered.text
        with app.app_context(), transaction():  # so that the next one is like the first alone
            made = db.session.get_one(Customer, found(app, f"L-{number}")[0].id)
            made.name, made.phone, made.city = f"Other {number}", "", ""

    # Far away under the same name, a short number, and one of another manager's.
    for number, typed in enumerate(
        (
            {"name": "Toko Maju", "point": "-7.2, 112.7"},
            other | {"phone": "0812"},
            {"name": "Kios Rina", "city": "Jakarta"},
        )
    ):
        assert (
            "is entered"
            in send(client, NEW, **(typed | {"code": f"F-{number}", "rep": company.joko})).text
        )


def test_what_something_was_done_with_is_not_taken_back(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    visited = send(client, NEW, name="Visited", code="V-1", point="-6.2, 106.8", rep=company.sari)
    [shop] = found(app, "V-1")
    with app.app_context(), transaction():
        record_visit(rep_id=company.sari, customer_id=shop.id)
    edited = send(client, NEW, name="Edited", code="E-1", rep=company.sari)
    [other] = found(app, "E-1")
    send(client, f"/customers/{other.id}/edit", notes="Ring twice")

    for told in (visited, edited):
        assert "so it stays" in take_back(client, told.text).text
    assert len(found(app, "V-1") + found(app, "E-1")) == 2


def test_each_enters_customers_for_own_reps(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    def enter(**typed: str) -> TestResponse:
        return send(client, NEW, name="Kios Baru", code="K-1", **typed)

    sign_in(client, "budi")
    for rep in (company.rina, company.budi, ""):
        refused = enter(rep=rep)
        assert (refused.status_code, found(app, "K-1")) == (422, [])
        assert "Choose a rep who has it" in refused.text
    taken = send(client, NEW, name="Kios Baru", code="KIOS-RINA", rep=company.sari)
    assert (taken.status_code, "Another customer has this code." in taken.text) == (409, True)
    sign_in(client, "admin")
    told = enter()
    assert "is entered" in told.text
    [row] = found(app, "K-1")
    assert owners(app, row.id) == [(None, None)]
    sign_in(client, "dewi")
    undo = f"/customers/{row.id}/entering/undo"
    token = form_to(client.get("/account").text, "/account/password")["csrf_token"]
    done_at = form_to(told.text.partition(" notice")[2], undo)["done_at"]
    hidden = {"csrf_token": token, "done_at": done_at}
    assert client.post(undo, data=hidden).status_code == 404  # another one's deed
    sign_in(client, "sari")
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, data={"name": "X", "csrf_token": token}).status_code in {400, 403}
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Customer.name == "X")) == 0


@pytest.mark.parametrize("text", ["-6.1754, 106.8272", "-6.1754 106.8272", "-6.1754;106.8272"])
def test_a_point_is_read_as_maps_give_it(text: str) -> None:
    assert read_point(text) == (-6.1754, 106.8272)
    assert read_point("") == (None, None)


@pytest.mark.parametrize("text", ["0, 0", "91, 0", "-6, 181", "-6.1", "6,1754", "a, b", "1" * 60])
def test_what_is_no_point_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        read_point(text)
