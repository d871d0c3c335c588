"""The office enters deals and corrects them: amounts, lines, money; with an undo and an audit."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.currencies.operations.rates import RateEntry, enter_rate
from server.deals.models import Deal, DealLine
from server.deals.operations.deals import change_deal
from server.metrics.jobs import refresh_rollups
from server.metrics.models import StaleDay
from server.metrics.rollups.rebuild import differing_rows
from server.platform.audit import AuditEntry
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.models import SyncIndex
from shared.time import utc_now
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, take_order
from tests.support.forms import send, take_back

AT_THE_SHOP = "/deals/new?customer={}"


def deal_of(app: Flask, title: str) -> Deal:
    with app.app_context():
        deal = db.session.scalars(select(Deal).where(Deal.title == title)).one()
        db.session.expunge(deal)
        return deal


def lines_of(app: Flask, deal_id: str) -> list[tuple[Any, ...]]:
    columns = (DealLine.quantity, DealLine.unit_price_minor, DealLine.discount_minor)
    with app.app_context():
        rows = select(*columns).where(DealLine.deal_id == deal_id).order_by(DealLine.position)
        return [tuple(row) for row in db.session.execute(rows)]


def count_all(app: Flask) -> None:
    with app.app_context():
        refresh_rollups()
        assert not any(differing_rows().values())


def test_a_deal_is_entered_for_the_rep_who_has_the_customer(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")

    answer = send(
        client,
        AT_THE_SHOP.format(company.shop),
        "",
        title="Shelf",
        stage="proposal",
        expected="2026-12-31",
        source="Referral",
        **{"product-0": "tea", "quantity-0": "3", "product-2": "RICE", "price-2": "60.000"},
        **{"discount-2": "500"},
    )

    assert answer.status_code == 200, answer.text
    deal = deal_of(app, "Shelf")
    assert (deal.owner_id, deal.team_id, deal.customer_id) == (
        company.sari,
        company.east,
        company.shop,
    )
    assert (deal.stage_key, deal.source, deal.expected_close_on) == (
        "proposal",
        "Referral",
        dt.date(2026, 12, 31),
    )
    assert lines_of(app, deal.id) == [(3, 5_000_00, 0), (1, 60_000_00, 500_00)]
    assert deal.amount_minor == deal.base_amount_minor == 74_500_00
    with app.app_context():
        assert db.session.scalars(select(StaleDay.rep_id)).first() == company.sari
    take_back(client, answer.text)
    assert deal_of(app, "Shelf").voided_at is not None


def test_what_is_corrected_moves_the_numbers_of_its_days_and_is_undone(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        sale = take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=10,
            unit_price_minor=5_000_00,
        )
    count_all(app)
    sign_in(client, "admin")
    page = f"/deals/{sale}/edit"

    with app.app_context():
        version = db.session.get_one(Deal, sale).version
    unchanged = send(client, page)
    assert "Undo" not in unchanged.text.partition(" notice")[2][:600]
    answer = send(client, page, title="Tea for the fair", **{"quantity-0": "4"})

    deal = deal_of(app, "Tea for the fair")
    assert (deal.amount_minor, deal.base_amount_minor) == (20_000_00, 20_000_00)
    with app.app_context():
        days = {tuple(row) for row in db.session.execute(select(StaleDay.rep_id, StaleDay.day))}
        [entry] = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "deal.changed")
        ).all()
        assert db.session.scalars(
            select(SyncIndex.record_id).where(SyncIndex.record_id == sale)
        ).first()
    assert deal.version > version
    assert (company.sari, deal.closed_day) in days
    assert entry.details["amount_minor"] == [50_000_00, 20_000_00]
    assert {*entry.details} == {"title", "lines", "amount_minor"}
    count_all(app)

    told = take_back(client, answer.text)
    assert "as before" in told.text
    assert deal_of(app, "").amount_minor == 50_000_00
    assert lines_of(app, sale) == [(10, 5_000_00, 0)]
    count_all(app)
    take_back(client, told.text)
    assert deal_of(app, "Tea for the fair").amount_minor == 20_000_00


def test_without_its_lines_a_deal_is_worth_what_is_typed(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "sari")
    page = AT_THE_SHOP.format(company.shop)
    send(client, page, title="Lead", stage="lead", **{"product-0": "TEA", "quantity-0": "2"})
    lead = deal_of(app, "Lead").id
    emptied = {"product-0": "", "quantity-0": "", "price-0": ""}

    send(client, f"/deals/{lead}/edit", amount="7.500", **emptied)

    assert (deal_of(app, "Lead").amount_minor, lines_of(app, lead)) == (7_500_00, [])
    with app.app_context(), transaction():
        # As a phone sends it that keeps the sum.
        change_deal(deal_id=lead, fields={"lines": []}, at=utc_now(), day=utc_now().date())
    assert deal_of(app, "Lead").amount_minor == 7_500_00


def test_other_money_is_converted_at_the_rate_of_the_deals_day(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        sale = take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=1,
            unit_price_minor=1_000_00,
        )
        for currency, rate in (("USD", "16000"), ("SGD", "12000")):
            enter_rate(
                entry=RateEntry(currency=currency, day=MONDAY_9.date(), rate=Decimal(rate)),
                reporting_currency="IDR",
                today=business_today(),
                at=utc_now(),
                by=company.admin,
            )
    sign_in(client, "budi")
    page = f"/deals/{sale}/edit"
    worth = []
    for currency in ("USD", "SGD", "EUR", "IDR"):
        assert send(client, page, title="Sale", currency=currency).status_code == 200
        deal = deal_of(app, "Sale")
        worth.append((deal.base_amount_minor, deal.waits_for_rate))
    assert worth == [(16_000_000_00, False), (12_000_000_00, False), (0, True), (1_000_00, False)]


def test_each_field_says_what_is_wrong_with_it(client: FlaskClient, company: Company) -> None:
    sign_in(client, "budi")
    answer = send(
        client,
        "/deals/new",
        "",
        customer_code="KIOS-RINA",
        stage="lost",
        amount="much",
        expected="soon",
        **{"product-0": "NONE", "product-1": "TEA", "quantity-1": "0", "product-2": "TEA"},
        **{"discount-2": "9000", "product-3": "TEA"},
    )
    assert answer.status_code == 422
    for name in ("customer_code", "stage", "amount", "expected", "product-0", "quantity-1"):
        assert f'id="about-{name}"' in answer.text, name
    assert 'id="about-discount-2"' in answer.text
    refused = send(
        client, "/deals/new", "", customer_code="toko-maju", amount="5", **{"product-0": "TEA"}
    )
    assert refused.status_code == 422
    assert "leave this empty" in refused.text


@pytest.mark.parametrize(
    ("who", "is_open", "is_closed"), [("sari", 200, 409), ("joko", 404, 404), ("dewi", 404, 404)]
)
def test_a_rep_corrects_own_open_deals_and_no_stranger_any(
    app: Flask, client: FlaskClient, company: Company, who: str, is_open: int, is_closed: int
) -> None:
    with app.app_context(), transaction():
        sale = take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=1,
            unit_price_minor=1_000_00,
        )
    sign_in(client, "budi")
    page = AT_THE_SHOP.format(company.shop)
    text = send(client, page, title="Open", stage="lead").text
    sign_in(client, who)

    for deal_id, status in ((deal_of(app, "Open").id, is_open), (sale, is_closed)):
        assert client.get(f"/deals/{deal_id}/edit").status_code == status
        answer = client.post(f"/deals/{deal_id}/edit", data={"title": "Mine", "currency": "IDR"})
        assert answer.status_code in {status, 400, 409}
    assert client.get(page).status_code == (200 if who == "sari" else 404)
    assert text
