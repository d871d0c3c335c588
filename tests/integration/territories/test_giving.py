"""Customers are given to a rep, chosen ones or a whole list; the past stays, and it is undone."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.customers.models import Customer, CustomerAssignment
from server.deals.models import Deal
from server.deals.operations import deals
from server.metrics.jobs import refresh_rollups
from server.metrics.models import CustomerDayRollup, DailyRollup, StaleDay
from server.metrics.rollups.rebuild import differing_rows
from server.platform.audit import AuditEntry
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync.models import SyncIndex
from server.teams.queries import team_of_rep
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import FOUNDED_ON, Company, add_customer, sign_in
from tests.factories.visits import record_visit
from tests.support.forms import send, take_back


def owners(app: Flask, *customer_ids: str) -> list[tuple[str | None, str | None]]:
    with app.app_context():
        found = {
            each.id: (each.owner_id, each.team_id) for each in db.session.scalars(select(Customer))
        }
    return [found[each] for each in customer_ids]


def tenures(app: Flask, customer_id: str) -> list[tuple[Any, ...]]:
    row = CustomerAssignment
    columns = select(row.rep_id, row.start_on, row.end_on).where(row.customer_id == customer_id)
    with app.app_context():
        return [tuple(each) for each in db.session.execute(columns.order_by(row.start_on))]


def last_in_feed(app: Flask, rep_id: str, entity: str, record_id: str) -> str | None:
    key = {"scope": f"rep:{rep_id}", "entity": entity, "record_id": record_id}
    with app.app_context():
        entry = db.session.get(SyncIndex, key)
        return None if entry is None else entry.event


def count_all(app: Flask) -> None:
    with app.app_context():
        refresh_rollups()
        assert not any(differing_rows().values())


def counted_before(app: Flask, today: dt.date) -> list[Any]:
    """Return what was counted of the days until now, by customer and by rep."""
    with app.app_context():
        return [
            sorted(map(repr, db.session.execute(select(table).where(table.c.day < today))))
            for table in (CustomerDayRollup.__table__, DailyRollup.__table__)
        ]


def test_chosen_customers_go_to_another_rep_with_what_is_open_there_and_back(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    lead = new_id()
    with app.app_context(), transaction():
        corner = add_customer("Corner", owner_id=company.sari, team_id=company.east)
        record_visit(rep_id=company.sari, customer_id=company.shop)
        record_changed("customer", company.shop)
        today = business_today()
        deals.create_deal(
            deal=deals.NewDeal(
                deal_id=lead,
                owner_id=company.sari,
                customer_id=company.shop,
                stage_key="lead",
                currency="IDR",
            ),
            at=utc_now(),
            day=today,
            reporting_currency="IDR",
        )
    count_all(app)
    before = counted_before(app, today)
    assert before
    sign_in(client, "budi")
    chosen = f"{company.shop}.{company.sari}"

    told = send(client, "/customers", "/customers/owners", rep=company.joko, customer=chosen)

    assert "1 customer is Joko&#39;s from today on" in told.text
    assert owners(app, company.shop, corner) == [
        (company.joko, company.east),
        (company.sari, company.east),
    ]
    assert tenures(app, company.shop) == [
        (company.sari, FOUNDED_ON, today),
        (company.joko, today, None),
    ]
    for entity, record_id in (("customer", company.shop), ("deal", lead)):
        assert last_in_feed(app, company.sari, entity, record_id) == "leave"
        assert last_in_feed(app, company.joko, entity, record_id) == "put"
    with app.app_context():
        assert db.session.get_one(Deal, lead).owner_id == company.joko
        stale = {tuple(row) for row in db.session.execute(select(StaleDay.rep_id, StaleDay.day))}
        actions = list(db.session.scalars(select(AuditEntry.action)))
    assert {(company.sari, today), (company.joko, today)} <= stale
    assert actions.count("customer.given") == 1
    count_all(app)
    assert counted_before(app, today) == before

    undone = take_back(client, told.text)

    assert "as before" in undone.text
    assert owners(app, company.shop) == [(company.sari, company.east)]
    assert tenures(app, company.shop) == [(company.sari, FOUNDED_ON, None)]
    with app.app_context():
        assert db.session.get_one(Deal, lead).owner_id == company.sari
    count_all(app)


def test_all_of_a_list_go_to_a_rep_of_another_team_and_customers_of_nobody_too(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        corner = add_customer("Corner", owner_id=company.sari, team_id=company.east)
        lost = db.session.get_one(Customer, company.kiosk)
        lost.owner_id = lost.team_id = None
        [tenure] = db.session.scalars(
            select(CustomerAssignment).where(CustomerAssignment.customer_id == lost.id)
        )
        tenure.end_on = FOUNDED_ON + dt.timedelta(days=9)
        team = team_of_rep(company.rina, business_today())
    sign_in(client, "admin")
    everywhere = (company.shop, corner, company.kiosk)
    action = "/customers/owners"

    told = send(client, "/customers", action, rep=company.rina, which="all")

    assert owners(app, *everywhere) == [(company.rina, team)] * 3
    take_back(client, told.text)
    assert owners(app, *everywhere) == [(company.sari, company.east)] * 2 + [(None, None)]
    assert tenures(app, company.kiosk)[-1][2] is not None
    narrowed = f"rep={company.sari}&q=cor"
    page = client.get(f"/customers?{narrowed}").text
    fields = {"csrf_token": page.partition('name="csrf_token" value="')[2].partition('"')[0]}
    fields |= {"rep": company.rina, "which": "all"}
    stale = client.post(f"{action}?{narrowed}", data=fields | {"count": "9"}, follow_redirects=True)
    assert "in the meantime" in stale.text
    client.post(f"{action}?{narrowed}", data=fields | {"count": "1"})
    assert owners(app, *everywhere)[:2] == [(company.sari, company.east), (company.rina, team)]


@pytest.mark.parametrize(
    ("who", "rep", "told"),
    [
        ("budi", "rina", "Choose a rep"),
        ("dewi", "rina", "This customer does not exist"),
        ("sari", "joko", "403"),
    ],
)
def test_a_manager_gives_own_customers_to_own_reps_only(
    app: Flask, client: FlaskClient, company: Company, who: str, rep: str, told: str
) -> None:
    sign_in(client, who)
    page = client.get("/customers").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    given = {"rep": getattr(company, rep), "customer": f"{company.shop}.{company.sari}"}

    answer = client.post(
        "/customers/owners", data=given | {"csrf_token": token}, follow_redirects=True
    )

    assert told in answer.text or str(answer.status_code) == told
    assert owners(app, company.shop) == [(company.sari, company.east)]
