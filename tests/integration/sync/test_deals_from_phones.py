"""Deals between phone and office: milestones, conflicts with both values, slips taken back."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from mobile.device.connectivity import SwitchedConnectivity
from mobile.services.deal_views import DealFields, DealLine
from mobile.services.deals import DealService
from mobile.services.views import RecordState
from server.conflicts.queries import ConflictFilter, list_conflicts
from server.currencies.operations import rates
from server.currencies.operations.rates import RateEntry
from server.deals.models import Deal
from server.deals.operations import deals as operations
from server.identity.models import User
from server.metrics.jobs import refresh_rollups
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.models import ChangeLog
from shared.i18n import set_language
from shared.time import business_day, utc_now
from tests.fakes.company import PASSWORD, ZONE, Company
from tests.fakes.handset import Handset
from tests.fakes.passing_time import PassingTime
from tests.integration.sync.test_a_month_without_server import shown

COOLER = DealFields(
    title="Cooler",
    source="Referral",
    amount_minor=5_000_000_00,
    lines=(),
    expected_close_on=None,
    note="",
)


def move(company: Company, deal_id: str, stage_key: str) -> None:
    """Move a deal in the office."""
    with company.app.app_context(), transaction():
        operations.change_deal(
            deal_id=deal_id,
            fields={"stage_key": stage_key},
            at=utc_now(),
            day=business_day(utc_now(), ZONE),
        )


def live_in(company: Company, zone: str) -> None:
    """Move Sari into another zone."""
    with company.app.app_context(), transaction():
        db.session.get_one(User, company.sari).time_zone = zone


def stored(company: Company, deal_id: str) -> Deal:
    with company.app.app_context():
        deal = db.session.get_one(Deal, deal_id)
        db.session.expunge(deal)
        return deal


def test_a_lead_lost_on_the_phone_was_never_an_opportunity(
    phone: Handset, company: Company
) -> None:
    deals = DealService(recorder=phone.recorder)
    assert "Price too high" in deals.lost_reasons()
    deal_id = deals.create(company.maju, COOLER)
    deals.move(deal_id, "lost", reason="Price too high")

    assert phone.synchronize().needs_you == 0

    deal = stored(company, deal_id)
    assert (deal.kind, deal.lost_reason, deal.source) == ("lost", "Price too high", "Referral")
    assert deal.lead_day == deal.closed_day
    assert deal.opportunity_day is None


def test_a_deal_in_another_currency_waits_for_its_rate(phone: Handset, company: Company) -> None:
    deals = DealService(recorder=phone.recorder)
    abroad = replace(COOLER, amount_minor=1_200_50, currency="SGD")
    deal_id = deals.create(company.maju, abroad)
    deals.create(company.maju, replace(COOLER, currency="XQQ"))

    assert phone.synchronize().needs_you == 1, "nobody has ever paid in XQQ"

    deal = stored(company, deal_id)
    assert (deal.amount_minor, deal.currency, deal.waits_for_rate) == (1_200_50, "SGD", True)
    with company.app.app_context(), transaction():
        rates.enter_rate(
            entry=RateEntry(
                currency="SGD", day=business_day(utc_now(), ZONE), rate=Decimal(12_000)
            ),
            reporting_currency="IDR",
            at=utc_now(),
            today=business_day(utc_now(), ZONE),
            by=company.manager,
        )
    phone.synchronize()
    assert deals.get(deal_id).worth_minor == 14_406_000_00
    assert "SGD" in deals.currencies()


def test_a_close_taken_back_the_same_day_is_open_again(phone: Handset, company: Company) -> None:
    deals = DealService(recorder=phone.recorder)
    deal_id = deals.create(company.maju, COOLER)
    deals.move(deal_id, "opportunity")
    deals.move(deal_id, "won")
    phone.synchronize()
    deals.move(deal_id, "opportunity")

    assert phone.synchronize().needs_you == 0

    deal = stored(company, deal_id)
    assert (deal.stage_key, deal.closed_day) == ("opportunity", None)


def test_a_deal_the_office_closed_meanwhile_shows_both_values(
    phone: Handset, company: Company
) -> None:
    deals = DealService(recorder=phone.recorder)
    deal_id = deals.create(company.maju, COOLER)
    phone.synchronize()
    move(company, deal_id, "lost")
    deals.move(deal_id, "proposal")

    assert phone.synchronize().needs_you == 1

    assert deals.get(deal_id).needs_you
    [record] = [one for one in phone.sync.records() if one.reason == "conflict"]
    assert (record.mine or {})["stage_key"] == "proposal"
    assert (record.theirs or {})["stage_key"] == "lost"
    phone.sync.take_theirs(record.id)
    assert (deals.get(deal_id).stage_key, deals.get(deal_id).needs_you) == ("lost", False)
    [record] = [one for one in phone.sync.records() if one.id == record.id]
    assert record.state is RecordState.PUT_AWAY
    set_language("en")
    _, screen = shown(phone, SwitchedConnectivity())
    screen.refresh()
    [row] = [row for row in screen.state.records if row.key == record.id]
    assert row.mark == "not taken, put away"
    assert "you have put it away" in screen.explain(record.id)[1]

    phone.synchronize()

    with company.app.app_context():
        found = list_conflicts(access=SYSTEM, where=ConflictFilter()).rows
        assert [(one.is_open, one.is_changed_since) for one in found] == [(False, False)]
        assert found[0].solver_name == "Sari Dewi"
    assert phone.sync.status().needs_you == 0


def test_lines_are_an_amount_and_do_not_overwrite_the_offices(
    phone: Handset, company: Company
) -> None:
    deal_id = phone.deals.create(company.maju, COOLER)
    phone.synchronize()
    at = utc_now()
    with company.app.app_context(), transaction():
        operations.change_deal(
            deal_id=deal_id, fields={"amount_minor": 700}, at=at, day=business_day(at, ZONE)
        )
    line = DealLine(product_id=company.soda, product_name="Soda", quantity=1, price_minor=900)
    phone.deals.change(deal_id, replace(COOLER, lines=(line,)))

    assert phone.synchronize().needs_you == 1
    assert stored(company, deal_id).amount_minor == 700
    [record] = [one for one in phone.sync.records() if one.state is RecordState.NEEDS_YOU]
    phone.sync.keep_mine(record.id)
    assert phone.synchronize().needs_you == 0
    assert stored(company, deal_id).amount_minor == 900


def test_a_conflict_that_the_rep_left_alone_says_nothing_of_another_of_the_same_record(
    phone: Handset, company: Company
) -> None:
    deals = DealService(recorder=phone.recorder)
    deal_id = deals.create(company.maju, COOLER)
    phone.synchronize()
    move(company, deal_id, "lost")
    for stage in ("proposal", "opportunity"):
        deals.move(deal_id, stage)
    phone.synchronize()
    first, second = sorted(int(one.id) for one in phone.sync.records() if one.reason == "conflict")

    for _ in range(2):  # of one that is gone, or decided, nothing is said
        phone.sync.take_theirs(str(second))
        phone.synchronize()

    with company.app.app_context():
        found = list_conflicts(access=SYSTEM, where=ConflictFilter()).rows
        assert {one.sequence: one.is_open for one in found} == {first: True, second: False}
        log = db.session.scalars(select(ChangeLog).where(ChangeLog.entity == "answer.accept"))
        assert [entry.status for entry in log] == ["ok"]


def test_a_deal_won_before_it_was_opened_is_listed_and_in_no_cycle(
    phone: Handset, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    deals, time = DealService(recorder=phone.recorder), PassingTime(monkeypatch, phone)
    half_past_three = dt.datetime.combine(phone.clock.now(), dt.time(15, 30), dt.UTC)
    time.pass_time(seconds=(half_past_three - phone.clock.now()).total_seconds() % 86_400)
    # Half an hour into the next day in the east, where the rep is until the office is told.
    live_in(company, "Asia/Jayapura")
    deal_id = deals.create(company.maju, COOLER)
    deals.move(deal_id, "opportunity")
    phone.synchronize()
    live_in(company, "Asia/Jakarta")
    time.pass_time(minutes=30)
    deals.move(deal_id, "won")

    assert phone.synchronize().needs_you == 0

    deal = stored(company, deal_id)
    assert deal.opportunity_day is not None
    assert deal.closed_day == deal.opportunity_day - dt.timedelta(days=1)
    with company.app.app_context():
        refresh_rollups()
    office = company.app.test_client()
    manager = {"user": f"manager{company.tag}", "password": PASSWORD}
    assert office.post("/api/v1/session", json=manager).status_code == 200
    after = deal.opportunity_day + dt.timedelta(days=1)
    days = {"from": str(deal.closed_day), "to": str(after)}
    listed = office.get("/api/v1/quality/closed_before_opportunity", query_string=days).get_json()
    assert [row["id"] for row in listed["rows"]] == [deal_id]
    keys = "revenue,sales_cycle_errors,sales_cycle_length"
    answer = office.get("/api/v1/metrics/values", query_string=days | {"metrics": keys}).get_json()
    assert [each["value"] or each["reason"] for each in answer["values"]] == [
        *("5000000.00", "1", "no_won_deals"),
    ]
