"""The numbers a phone counts by itself are the numbers the office counts of the same rep."""

import pytest

from mobile.services.numbers import NumbersService, OwnNumbers, Span
from mobile.services.views import OrderLine
from mobile.storage import device
from server.metrics.jobs import refresh_rollups
from server.metrics.queries import Question, metric_values
from server.platform.access import SYSTEM
from server.platform.events import mark_days
from server.platform.organisation import change_organisation
from server.platform.transaction import transaction
from shared.metrics.definition import MetricValue
from shared.metrics.own import OWN_NUMBERS
from shared.time import Period, business_day, utc_now
from shared.vocabulary import NoSaleReason
from shared.working import USUAL_WEEK, Steps, VisitWeeks, WorkRules
from tests.fakes.company import JAYA, MAJU, ZONE, Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone


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
    assert offline.value(OWN_NUMBERS[0]).value, "there is something to count"


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
                metrics=OWN_NUMBERS, period=period, today=today, currency="IDR", rep_id=company.sari
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
