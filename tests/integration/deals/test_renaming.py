"""A lead source or a reason gets another name: in the list, in all deals, in the numbers by it."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from server.deals.models import Deal, LeadSource
from server.metrics.jobs import refresh_rollups
from server.metrics.models import DealFact
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, take_order

PATH = "/pipeline/setup/sources"


def send(client: FlaskClient, path: str, **fields: str) -> tuple[int, str]:
    page = client.get("/pipeline/setup").get_data(as_text=True)
    [token, *_] = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    bases = re.findall(r'name="base" value="([^"]*)"', page)
    data = {"csrf_token": token, "base": bases[-1], **fields}
    answer = client.post(path, data=data, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def a_deal(company: Company, source: str) -> str:
    with transaction():
        deal = take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=1,
            unit_price_minor=5_000_00,
        )
        db.session.execute(update(Deal).where(Deal.id == deal).values(source=source))
        db.session.expire_all()
    return deal


def sources() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Deal.source).order_by(Deal.source)))


def test_deals_and_numbers_follow_and_phones_are_told(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    send(client, PATH, sources="Whatsapp\nKoran")
    with app.app_context():
        deal = a_deal(company, "Whatsapp")
        refresh_rollups()
        with transaction():
            changes.index_everything()
        version = db.session.get_one(Deal, deal).version

        status, page = send(client, f"{PATH}/name", old="Whatsapp", new="WhatsApp <b>toko</b>")

        assert (status, "also in 1 deal." in page) == (200, True)
        assert "WhatsApp &lt;b&gt;toko" in page
        assert sources() == ["WhatsApp <b>toko</b>"]
        names = list(db.session.scalars(select(LeadSource.name).order_by(LeadSource.position)))
        assert names == ["WhatsApp <b>toko</b>", "Koran"]
        assert db.session.get_one(Deal, deal).version == version + 1
        refresh_rollups()
        facts = select(DealFact.source).where(DealFact.day == MONDAY_9.date())
        assert list(db.session.scalars(facts)) == ["WhatsApp <b>toko</b>"]
        assert changes.wrong_scopes() == []
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "deal.lead_source_renamed")
        ).one()
        assert (entry.details["before"], entry.details["deals"]) == ("Whatsapp", 1)

        send(client, f"{PATH}/name", old="WhatsApp <b>toko</b>", new="Whatsapp")
        assert sources() == ["Whatsapp"]


def test_two_words_become_one_only_when_that_is_meant(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    with app.app_context():
        send(client, PATH, sources="Koran\nExpo")
        a_deal(company, "Koran")
        a_deal(company, "Expo")
        both = {"old": "Expo", "new": "Koran"}

        status, page = send(client, f"{PATH}/name", **both)

        assert (status, "cannot be undone" in page, 'value="Koran"' in page) == (409, True, True)
        assert sources() == ["Expo", "Koran"]
        assert send(client, f"{PATH}/name", **both, joins="yes")[0] == 200
        assert sources() == ["Koran", "Koran"]
        assert list(db.session.scalars(select(LeadSource.name))) == ["Koran"]


def test_what_makes_no_name_is_said(client: FlaskClient, company: Company) -> None:
    sign_in(client, "admin")
    send(client, PATH, sources="Koran")
    for fields in ({"new": " "}, {"new": "x" * 61}, {"new": "Koran"}):
        status, page = send(client, f"{PATH}/name", old="Koran", **fields)
        assert (status, "write another name" in page) == (422, True)
    status, page = send(client, f"{PATH}/name", old="Radio", new="TV")
    assert (status, "in the meantime" in page, 'value="TV"' in page) == (409, True, True)
    sign_in(client, "budi")
    assert client.post(f"{PATH}/name").status_code in {400, 403}
