"""The numbers a phone counts by itself are the numbers the office counts of the same rep."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from mobile.services.numbers import SHOWN, NumbersService, OwnNumbers, Span
from mobile.services.views import OrderLine
from mobile.storage import device
from server.calendar.models import Holiday
from server.deals.models import Deal, DealLine
from server.metrics.jobs import refresh_rollups
from server.metrics.models import Target
from server.metrics.queries import Question, metric_values
from server.planning.models import JourneyStop
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.events import mark_days, record_changed
from server.platform.organisation import change_organisation
from server.platform.transaction import transaction
from server.visits.models import Visit
from shared.metrics.definition import MetricValue
from shared.sync.ids import new_id
from shared.time import Period, business_day, utc_now
from shared.vocabulary import NoSaleReason, StageKind, StopState, TimeTrust, Verdict, VisitState
from shared.working import USUAL_WEEK, Steps, VisitWeeks, WorkRules
from tests.fakes.company import JAYA, MAJU, ZONE, Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone

_OUTCOMES = (
    (Verdict.INSIDE, 3, None),
    (Verdict.OUTSIDE, 0, NoSaleReason.PRICE),
    (Verdict.UNCERTAIN, 1, None),
    (Verdict.INSIDE, 0, NoSaleReason.CLOSED),
)
"""Verdict, sodas ordered, and why none."""


@pytest.fixture
def past(company: Company) -> Company:
    """Give Sari forty days with visits, orders, stops, targets and a holiday."""
    today = business_day(utc_now(), ZONE)
    with company.app.app_context(), transaction():
        days = [today - dt.timedelta(days=number) for number in range(1, 41, 2)]
        for number, day in enumerate(days):
            _visit(company, day, number)
        for month in {today.replace(day=1), days[-1].replace(day=1)}:
            target = Target(id=new_id(), metric_key="revenue", month=month, rep_id=company.sari)
            target.team_id, target.amount = company.team, 1_000_000_00 + month.month
            db.session.add(target)
            db.session.flush()
            record_changed("target", target.id)
        holiday = today.replace(day=2)
        if db.session.get(Holiday, holiday) is None:
            db.session.add(Holiday(day=holiday, name="Day off"))
        record_changed("holiday", holiday.isoformat())
        mark_days(company.sari, days)
    return company


def _visit(company: Company, day: dt.date, number: int) -> None:
    verdict, sodas, reason = _OUTCOMES[number % 4]
    started = dt.datetime.combine(day, dt.time(2, number), dt.UTC)
    customer = company.maju if number % 3 else company.jaya
    visit = Visit(
        id=new_id(),
        rep_id=company.sari,
        team_id=company.team,
        customer_id=customer,
        day=day,
        time_zone=ZONE,
        state=VisitState.COMPLETED,
        started_at=started,
        ended_at=started + dt.timedelta(minutes=10 + number, milliseconds=700),
        started_clock_s=9 * 3600 + number * 60,
        ended_clock_s=9 * 3600 + (10 + 2 * number) * 60,
        duration_s=(10 + number) * 60,
        verdict=verdict,
        time_trust=TimeTrust.VERIFIED,
        auto_closed=number % 5 == 0,
        no_sale_reason=reason,
        created_at=started,
        updated_at=started,
    )
    stop = JourneyStop(
        id=new_id(),
        rep_id=company.sari,
        customer_id=customer if number % 2 else company.maju,
        day=day,
        sequence=1,
        state=StopState.CANCELLED if number % 7 == 0 else StopState.PLANNED,
        created_at=started,
        updated_at=started,
    )
    db.session.add_all([visit, stop])
    db.session.flush()
    record_changed("visit", visit.id)
    record_changed("stop", stop.id)
    if sodas:
        amount = sodas * 5_000_00
        # The office has converted some; the phone takes its word.
        dollars: dict[str, Any] = {"amount_minor": sodas * 31, "currency": "USD", "rate_on": day}
        dollars["minor_rate"] = Decimal(amount) / (sodas * 31)
        deal = Deal(
            id=new_id(),
            customer_id=customer,
            visit_id=visit.id,
            owner_id=company.sari,
            stage_key="won",
            kind=StageKind.WON,
            base_amount_minor=amount,
            **(dollars if number % 3 == 1 else {"amount_minor": amount, "currency": "IDR"}),
            closed_day=day,
            closed_at=started,
            closed_rep_id=company.sari,
            created_at=started,
            updated_at=started,
        )
        db.session.add(deal)
        db.session.flush()
        line = DealLine(deal_id=deal.id, position=1, product_id=company.soda, quantity=sodas)
        line.unit_price_minor, line.amount_minor = 5_000_00, amount
        db.session.add(line)
        record_changed("deal", deal.id)


@pytest.mark.parametrize("span", list(Span))
def test_the_phone_and_the_office_count_the_same(
    past: Company, new_phone: NewPhone, span: Span
) -> None:
    phone = new_phone(past.sari)
    phone.day.start_day()
    _work(phone, past)
    offline = NumbersService(recorder=phone.recorder).numbers(span)
    assert offline.waiting > 0

    phone.synchronize()
    phone.synchronize()
    refresh_with(past)

    office = _office(past, span)
    assert _differences(NumbersService(recorder=phone.recorder).numbers(span), office) == {}
    assert _differences(offline, office) == {}, "what waits to be sent is counted"
    assert offline.value(SHOWN[0]).value, "there is something to count"


def test_the_pace_of_the_phone_follows_the_working_week_of_the_office(
    past: Company, new_phone: NewPhone
) -> None:
    today = business_day(utc_now(), ZONE)
    phone = new_phone(past.sari)
    phone.synchronize()
    # Half of the month by three days a week, the rest as usual.
    rare = frozenset({today.isoweekday(), 1 + today.isoweekday() % 7, 7})
    rules = WorkRules(
        week=Steps(rare, ((today.replace(day=16), USUAL_WEEK.first),)),
        visits=Steps(VisitWeeks(2, 3, 5)),
    )
    with past.app.app_context(), transaction():
        change_organisation(fields=rules.to_wire(), at=utc_now(), by=past.sari)
        mark_days(past.sari, [today])
    refresh_with(past)
    phone.synchronize()
    phone.synchronize()

    with phone.recorder.database.read() as connection:
        assert device.get(connection).work_rules == rules
    for span in (Span.WEEK, Span.MONTH):
        numbers = NumbersService(recorder=phone.recorder).numbers(span)
        assert _differences(numbers, _office(past, span)) == {}


def _work(phone: Handset, company: Company) -> None:
    """Sell at one outlet, not at the other, and leave a third visit called off."""
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    lines = [
        OrderLine(product_id=product, product_name="", quantity=3, price_minor=price)
        for product, price in ((company.soda, 5_000_00), (company.soap, 12_500_00))
    ]
    phone.visits.take_order(visit.id, lines)
    phone.visits.check_out(visit.id, fix=phone.fix(MAJU))
    visit = phone.visits.check_in(customer_id=company.jaya, fix=phone.fix(MAJU))
    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.NO_MONEY)
    phone.visits.check_out(visit.id, fix=phone.fix(JAYA))
    visit = phone.visits.check_in(customer_id=company.jaya, fix=phone.fix(JAYA))
    phone.visits.cancel(visit.id, "by_mistake")


def refresh_with(company: Company) -> None:
    with company.app.app_context():
        refresh_rollups()


def _office(company: Company, span: Span) -> dict[str, tuple[MetricValue, MetricValue]]:
    today = business_day(utc_now(), ZONE)
    period: Period = span.period(today)
    with company.app.app_context():
        answer = metric_values(
            access=SYSTEM,
            question=Question(
                metrics=SHOWN, period=period, today=today, currency="IDR", rep_id=company.sari
            ),
        )
    return {
        key: (compared.value, compared.previous) for key, compared in answer.total.values.items()
    }


def _differences(
    phone: OwnNumbers, office: dict[str, tuple[MetricValue, MetricValue]]
) -> dict[str, tuple[object, object]]:
    found = {one.metric.key: (one.value, one.previous) for one in phone.numbers}
    assert list(found) == list(office)
    return {key: (found[key], office[key]) for key in found if found[key] != office[key]}
