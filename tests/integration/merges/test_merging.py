"""Two customers become one with all that was done at both, and two again."""

import datetime as dt
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.customers.models import Customer, CustomerAssignment
from server.deals.models import Deal
from server.merges.operations import move_late_rows
from server.metrics.models import CustomerDayRollup, StaleDay
from server.metrics.operations.days import rebuild_next_stale_days
from server.planning.models import JourneyStop
from server.platform.audit import AuditEntry
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import index_everything, wrong_scopes
from server.visits.models import Visit
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import StopState
from tests.factories.company import FOUNDED_AT, Company, add_customer, sign_in
from tests.factories.visits import MONDAY_9, record_visit, take_order


@pytest.fixture
def double(app: Flask, company: Company) -> str:
    """Give the shop a second time, as a rep noted it: with an own visit, order and stops."""
    with app.app_context(), transaction():
        twin = add_customer(
            "UD. Maju", owner_id=company.joko, team_id=company.east, latitude=-6.17545
        )
        row = db.session.get_one(Customer, twin)
        row.phone, row.is_prospect = "+62 812-3456-789", True
        db.session.get_one(Customer, company.shop).phone = "0812 3456789"
        record_visit(rep_id=company.sari, customer_id=company.shop)
        at = MONDAY_9 + dt.timedelta(days=1)
        visit = record_visit(rep_id=company.joko, customer_id=twin, at=at)
        take_order(
            rep_id=company.joko,
            customer_id=twin,
            product_id=company.tea,
            quantity=2,
            unit_price_minor=5_000_00,
            visit_id=visit,
        )
        today = business_today()
        for number, customer_id in enumerate((company.shop, twin)):
            add_stop(company.sari, customer_id, today, number)
        add_stop(company.joko, twin, today, 0)
        index_everything()
    return twin


def add_stop(rep_id: str, customer_id: str, day: dt.date, number: int) -> None:
    db.session.add(
        JourneyStop(
            id=new_id(),
            rep_id=rep_id,
            customer_id=customer_id,
            day=day,
            sequence=number,
            state=StopState.PLANNED,
            created_at=FOUNDED_AT,
            updated_at=FOUNDED_AT,
        )
    )


def form_of(client: FlaskClient, path: str) -> dict[str, str]:
    page = client.get(path)
    assert page.status_code == 200
    return dict(
        re.findall(r'name="([^"]+)" value="([^"]*)"(?! aria-label)', page.get_data(as_text=True))
    )


def merge(client: FlaskClient, survivor: str, loser: str, **choices: str) -> TestResponse:
    path = f"/customers/{survivor}/merge"
    form = form_of(client, f"{path}?with={loser}")
    return client.post(path, data=form | {"with": loser} | choices)


def undo(client: FlaskClient) -> TestResponse:
    page = client.get("/customers/merges").get_data(as_text=True)
    action = re.findall(r'action="(/customers/merges/[^"]+)"', page)[-1]
    return client.post(action, data=form_of(client, "/customers/merges"))


def rows_of(customer_id: str) -> tuple[int, int, int]:
    """Count visits, deals and live stops."""
    counts = [
        db.session.scalar(select(func.count()).select_from(model).where(*where))
        for model, where in (
            (Visit, (Visit.customer_id == customer_id,)),
            (Deal, (Deal.customer_id == customer_id,)),
            (
                JourneyStop,
                (JourneyStop.customer_id == customer_id, JourneyStop.deleted_at.is_(None)),
            ),
        )
    ]
    return (counts[0] or 0, counts[1] or 0, counts[2] or 0)


def count_numbers() -> set[str]:
    """Count what is stale; return the customers of the numbers."""
    while db.session.scalar(select(func.count()).select_from(StaleDay)):
        with transaction():
            rebuild_next_stale_days()
    db.session.expire_all()
    calls = CustomerDayRollup.calls > 0
    return set(db.session.scalars(select(CustomerDayRollup.customer_id).where(calls)))


def test_a_past_plan_has_the_customer_once_as_well_and_twice_again_after_the_undo(
    app: Flask, client: FlaskClient, company: Company, double: str
) -> None:
    day = MONDAY_9.date() + dt.timedelta(days=1)
    with app.app_context(), transaction():
        for number, customer_id in enumerate((company.shop, double)):
            add_stop(company.sari, customer_id, day, number)  # neither was visited
            add_stop(company.joko, customer_id, day, number)  # the second one was
        db.session.flush()
        visited = select(JourneyStop.id).where(
            JourneyStop.rep_id == company.joko,
            JourneyStop.customer_id == double,
            JourneyStop.day == day,
        )
        of_joko = select(Visit).where(Visit.rep_id == company.joko)
        db.session.scalars(of_joko).one().stop_id = db.session.scalars(visited).one()

    def planned() -> list[tuple[str, str]]:
        with app.app_context():
            stops = select(JourneyStop).where(
                JourneyStop.day == day, JourneyStop.deleted_at.is_(None)
            )
            names = {company.shop: "shop", double: "double"}
            return sorted(
                (names[stop.customer_id], "visited" if stop.id in been else "")
                for stop in db.session.scalars(stops)
            )

    with app.app_context():
        been = set(db.session.scalars(select(Visit.stop_id).where(Visit.stop_id.is_not(None))))
    before = planned()
    sign_in(client, "budi")

    assert merge(client, company.shop, double).status_code == 302
    assert planned() == [("shop", ""), ("shop", "visited")]
    undo(client)

    assert planned() == before
    assert before == [("double", ""), ("double", "visited"), ("shop", ""), ("shop", "")]


def test_what_was_done_at_both_is_the_survivors_and_can_be_taken_back(
    app: Flask, client: FlaskClient, company: Company, double: str
) -> None:
    sign_in(client, "budi")
    answer = merge(client, company.shop, double, phone="loser", owner="loser", point="loser")

    assert answer.status_code == 302, answer.get_data(as_text=True)
    with app.app_context():
        shop = db.session.get_one(Customer, company.shop)
        assert (shop.phone, shop.owner_id) == ("+62 812-3456-789", company.joko)
        assert (shop.latitude, shop.location_version) == (-6.17545, 2)
        assert not shop.is_prospect
        assert rows_of(company.shop) == (2, 1, 2)  # Sari's second stop of the day is no more
        assert rows_of(double) == (0, 0, 0)
        assert count_numbers() == {company.shop}
        assert wrong_scopes() == []
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "customers.merged")
        ).one()
        assert entry.details["phone"] == ["0812 3456789", "+62 812-3456-789"]

    assert client.get(f"/customers/{double}").location == f"/customers/{company.shop}"
    assert client.get(f"/api/v1/customers/{double}").get_json()["id"] == company.shop
    assert undo(client).location == f"/customers/{double}"

    with app.app_context():
        shop = db.session.get_one(Customer, company.shop)
        assert (shop.phone, shop.owner_id) == ("0812 3456789", company.sari)
        assert rows_of(company.shop) == (1, 0, 1)
        assert rows_of(double) == (1, 1, 2)
        assert count_numbers() == {company.shop, double}
        assert wrong_scopes() == []
        tenures = db.session.execute(
            select(CustomerAssignment.customer_id, CustomerAssignment.rep_id).where(
                CustomerAssignment.end_on.is_(None)
            )
        )
        assert {(company.shop, company.sari), (double, company.joko)} <= {
            tuple(row) for row in tenures
        }
    page = client.get(f"/customers/{company.shop}").get_data(as_text=True)
    assert "+62 812-3456-789 → 0812 3456789" not in page
    assert "UD.-MAJU → TOKO-MAJU" in page


def test_undoing_leaves_what_came_after_with_the_survivor(
    app: Flask, client: FlaskClient, company: Company, double: str
) -> None:
    sign_in(client, "admin")
    merge(client, company.shop, double, phone="loser")
    with app.app_context(), transaction():
        record_visit(
            rep_id=company.sari,
            customer_id=company.shop,
            at=MONDAY_9 + dt.timedelta(days=2),
        )
        shop = db.session.get_one(Customer, company.shop)
        shop.change({"phone": "0811 1"}, at=utc_now())

    undo(client)

    with app.app_context():
        assert db.session.get_one(Customer, company.shop).phone == "0811 1"
        assert rows_of(company.shop)[0] == 2
        assert rows_of(double)[0] == 1
    again = client.get("/customers/merges").get_data(as_text=True)
    assert "/undo" not in again


def test_of_three_that_were_one_each_comes_back_with_its_own(
    app: Flask, client: FlaskClient, company: Company, double: str
) -> None:
    with app.app_context(), transaction():
        third = add_customer("Toko Maju 3", owner_id=company.sari, team_id=company.east)
    sign_in(client, "admin")
    merge(client, company.shop, double)
    merge(client, third, company.shop)

    assert client.get(f"/customers/{double}").location == f"/customers/{third}"
    page = client.get("/customers/merges").get_data(as_text=True)
    later, earlier = dict.fromkeys(re.findall(r'action="(/customers/merges/[^"]+)"', page))
    data = form_of(client, "/customers/merges")
    client.post(earlier, data=data)
    client.post(later, data=data)

    with app.app_context():
        assert [rows_of(each)[0] for each in (third, company.shop, double)] == [0, 1, 1]
        assert client.post(later, data=data).status_code == 302  # sent twice, done once
        data = form_of(client, "/customers/merges")
        assert client.post(later, data=data).status_code == 409


def test_a_visit_written_during_the_merge_follows(
    app: Flask, client: FlaskClient, company: Company, double: str
) -> None:
    sign_in(client, "admin")
    merge(client, company.shop, double)
    with app.app_context():
        with transaction():
            at = MONDAY_9 + dt.timedelta(days=3)
            record_visit(rep_id=company.joko, customer_id=double, at=at)
        with transaction():
            assert move_late_rows(at=utc_now()) == 1
        with transaction():
            assert move_late_rows(at=utc_now()) == 0
        assert rows_of(company.shop)[0] == 3
        assert wrong_scopes() == []


def test_a_stale_form_and_strangers_change_nothing(
    app: Flask, client: FlaskClient, company: Company, double: str
) -> None:
    path = f"/customers/{company.shop}/merge"
    assert client.get(path).status_code == 302
    sign_in(client, "budi")
    form = form_of(client, f"{path}?with={double}") | {"phone": "loser"}
    with app.app_context(), transaction():
        db.session.get_one(Customer, double).change({"city": "Bogor"}, at=utc_now())

    stale = client.post(path, data=form)

    assert stale.status_code == 409
    assert "Bogor" in stale.get_data(as_text=True)
    same = client.post(path, data=form | {"with": company.shop})
    assert same.status_code == 422
    assert client.post(path, data=form | {"with": company.kiosk}).status_code == 404
    assert client.get(f"{path}?with={company.kiosk}").status_code == 404
    sign_in(client, "dewi")
    token = form_of(client, "/customers/duplicates")["csrf_token"]
    assert client.post(path, data=form | {"csrf_token": token}).status_code == 404
    sign_in(client, "sari")
    for each in (path, "/customers/duplicates", "/customers/merges"):
        assert client.get(each).status_code == 403
    with app.app_context():
        assert rows_of(double)[0] == 1


def test_those_that_look_alike_are_found_until_somebody_says_they_differ(
    app: Flask, client: FlaskClient, company: Company, double: str
) -> None:
    sign_in(client, "budi")
    for like in ("phone", "name", "place"):
        page = client.get(f"/customers/duplicates?like={like}").get_data(as_text=True)
        assert f"/customers/{company.shop}/merge?with={double}" in page
    sign_in(client, "dewi")
    assert double not in client.get("/customers/duplicates").get_data(as_text=True)

    sign_in(client, "admin")
    page = client.get("/customers/duplicates").get_data(as_text=True)
    fields = form_of(client, "/customers/duplicates")
    assert fields["key"] == "08123456789"
    client.post("/customers/duplicates/different", data=fields)
    undo = form_of(client, "/customers/duplicates")
    assert (undo["key"], undo["different"]) == (fields["key"], "")
    client.post("/customers/duplicates/different", data=undo)
    assert double in client.get("/customers/duplicates").get_data(as_text=True)
    client.post("/customers/duplicates/different", data=fields | {"once": "2"})
    assert double not in client.get("/customers/duplicates").get_data(as_text=True)
    with app.app_context(), transaction():
        third = add_customer("Third", owner_id=company.rina, team_id=company.west)
        db.session.get_one(Customer, third).phone = "(0812) 345.6789"
    assert third in client.get("/customers/duplicates").get_data(as_text=True)
    with app.app_context(), transaction():
        db.session.get_one(Customer, third).closed_on = business_today()
    assert third not in client.get("/customers/duplicates").get_data(as_text=True)
    nonsense = fields | {"key": "%_\0"}
    assert client.post("/customers/duplicates/different", data=nonsense).status_code == 404
    assert client.get("/customers/duplicates?like=x&after=%00%ff").status_code == 200
    assert page
