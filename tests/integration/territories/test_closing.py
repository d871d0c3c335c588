"""A customer that is closed leaves phones, plans and lists, never the past; it can come back."""

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.customers.models import Customer
from server.metrics.models import StaleDay
from server.planning.models import JourneyStop
from server.platform.audit import AuditEntry
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.events import mark_days, record_changed
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import FOUNDED_ON, Company, add_customer, sign_in
from tests.factories.visits import record_visit, take_order
from tests.integration.territories.test_giving import (
    count_all,
    counted_before,
    last_in_feed,
    owners,
    tenures,
)
from tests.support.forms import form_to, send, take_back

DAY = dt.timedelta(days=1)
CLOSED = "/customers?state=closed"


def plan(company: Company, customer_id: str, *days: dt.date) -> list[str]:
    """Plan visits of Sari's; return the ids of the stops."""
    now, ids = utc_now(), [new_id() for _ in days]
    db.session.add_all(
        JourneyStop(
            id=stop_id,
            rep_id=company.sari,
            customer_id=customer_id,
            day=day,
            sequence=1,
            created_at=now,
            updated_at=now,
        )
        for stop_id, day in zip(ids, days, strict=True)
    )
    db.session.flush()
    mark_days(company.sari, days)
    record_changed("stop", *ids)
    return ids


def planned(app: Flask) -> set[str]:
    with app.app_context():
        rows = select(JourneyStop.id).where(JourneyStop.deleted_at.is_(None))
        return set(db.session.scalars(rows))


def closed_on(app: Flask, customer_id: str) -> dt.date | None:
    with app.app_context():
        return db.session.get_one(Customer, customer_id).closed_on


def test_a_closed_customer_leaves_what_is_to_come_and_nothing_of_the_past(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        today = business_today()
        visit = record_visit(rep_id=company.sari, customer_id=company.shop)
        take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=25,
            unit_price_minor=500_000,
            visit_id=visit,
        )
        # The database's day is a day earlier for some hours, and the one of a rep without a phone.
        past, *coming = plan(company, company.shop, today - 2 * DAY, today, today + DAY)
        record_changed("customer", company.shop)
    count_all(app)
    before = counted_before(app, today)
    sign_in(client, "budi")
    page = f"/customers/{company.shop}"

    told = send(client, page, "/customers/closing")

    assert "1 customer is closed from today on." in told.text
    assert closed_on(app, company.shop) == today
    assert owners(app, company.shop) == [(None, company.east)]
    assert tenures(app, company.shop) == [(company.sari, FOUNDED_ON, today)]
    assert planned(app) == {past}
    for entity, record_id in (("customer", company.shop), ("stop", coming[1])):
        assert last_in_feed(app, company.sari, entity, record_id) in {"leave", "del"}
    with app.app_context():
        stale = {tuple(row) for row in db.session.execute(select(StaleDay.rep_id, StaleDay.day))}
    assert (company.sari, today) in stale
    count_all(app)
    assert counted_before(app, today) == before
    for path in ("/customers", "/customers.csv", "/customers?state=no_owner"):
        assert "Toko Maju" not in client.get(path).text
    assert "Toko Maju" in client.get(CLOSED).text
    assert "Toko Maju" in client.get("/customers?state=all").text
    listed = client.get("/api/v1/customers?closed=true").get_json()["rows"]
    assert [(row["name"], row["closed_on"]) for row in listed] == [("Toko Maju", today.isoformat())]
    assert client.get("/api/v1/customers").get_json()["rows"] == []
    assert "Closed since" in client.get(page).text
    assert f"/visits/{visit}" in client.get(page).text  # its history stays
    assert "/deals/new" not in client.get(page).text  # it would be nobody's
    assert "Toko Maju" in client.get(f"/visits/{visit}").text

    undone = take_back(client, told.text)

    assert "as before" in undone.text
    assert (closed_on(app, company.shop), planned(app)) == (None, {past, *coming})
    assert owners(app, company.shop) == [(company.sari, company.east)]
    assert tenures(app, company.shop) == [(company.sari, FOUNDED_ON, None)]
    assert last_in_feed(app, company.sari, "customer", company.shop) == "put"
    count_all(app)
    assert counted_before(app, today) == before
    assert "done once" in take_back(client, told.text).text


def test_many_are_closed_from_the_list_and_come_back_to_whom_they_had(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        kiosk = add_customer("Kios", owner_id=company.joko, team_id=company.east)
        today = business_today()
    sign_in(client, "budi")
    fields = form_to(client.get("/customers").text, "/customers/owners")

    told = client.post("/customers/closing", data=fields | {"which": "all"}, follow_redirects=True)

    assert "2 customers are closed" in told.text
    assert closed_on(app, company.kiosk) is None  # another manager's
    both = (company.shop, kiosk)
    assert owners(app, *both) == [(None, company.east)] * 2
    given = client.post(
        "/customers/owners",
        data=fields | {"customer": f"{kiosk}.", "rep": company.sari},
        follow_redirects=True,
    )
    assert "open it again first" in given.text

    fields = form_to(client.get(CLOSED).text, "/customers/reopening")
    back = client.post(
        "/customers/reopening?state=closed", data=fields | {"which": "all"}, follow_redirects=True
    )

    assert "2 customers are open again" in back.text, back.text
    assert owners(app, *both) == [(company.sari, company.east), (company.joko, company.east)]
    assert tenures(app, kiosk) == [(company.joko, FOUNDED_ON, None)]
    count_all(app)
    assert "as before" in take_back(client, back.text).text
    assert {closed_on(app, each) for each in both} == {today}
    one = send(client, f"/customers/{kiosk}", "/customers/reopening", rep=company.sari)
    assert "1 customer is open again" in one.text
    assert owners(app, *both) == [(None, company.east), (company.sari, company.east)]
    count_all(app)
    with app.app_context():
        rows = select(AuditEntry.action).where(AuditEntry.subject == kiosk)
        actions = list(db.session.scalars(rows.order_by(AuditEntry.id)))
    assert actions == [f"customer.{word}" for word in ("closed", "reopened") * 2]


def test_nobody_closes_what_is_not_seen_or_was_changed_meanwhile(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    for chosen, words in (
        (f"{company.kiosk}.{company.rina}", "does not exist"),
        (f"{company.shop}.{company.joko}", "in the meantime"),
        ("", "Choose at least one customer"),
    ):
        for action in ("/customers/closing", "/customers/reopening"):
            fields = form_to(client.get("/customers").text, "/customers/owners")
            data = fields | {"customer": chosen}
            assert words in client.post(action, data=data, follow_redirects=True).text
    assert closed_on(app, company.shop) is closed_on(app, company.kiosk) is None
    sign_in(client, "sari")
    for action in ("closing", "reopening", "closing/undo", "reopening/undo"):
        data = {"csrf_token": fields["csrf_token"], "customer": f"{company.shop}.{company.sari}"}
        assert client.post(f"/customers/{action}", data=data).status_code in {400, 403}
    assert closed_on(app, company.shop) is None
