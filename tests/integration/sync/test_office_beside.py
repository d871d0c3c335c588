"""A rep sees on the phone what the office counts, and why it is another number."""

import pytest
from sqlalchemy import select

from mobile.services.numbers import NumbersService, Span
from mobile.services.office import Cause
from mobile.storage.mirrors import MIRRORS
from server.deals.models import Deal
from server.deals.operations.deals import void_deal
from server.platform.database import db
from server.platform.transaction import transaction
from shared.metrics.own import OWN_NUMBERS
from shared.time import utc_now
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_own_figures import tell
from tests.integration.sync.test_push_and_pull import visit_with_order


def causes(phone: Handset, span: Span = Span.MONTH) -> dict[str, Cause | None]:
    """Return why the office has other numbers, by key; only of those of which it told any."""
    found = NumbersService(recorder=phone.recorder).numbers(span)
    return {each.metric.key: each.office.cause for each in found.numbers if each.office}


def told_and_fetched(phone: Handset, company: Company) -> None:
    phone.synchronize()
    assert tell(company) == []
    assert phone.synchronize().fetched_anew == []


def test_both_numbers_are_there_and_the_reason_where_they_differ(
    past: Company, new_phone: NewPhone
) -> None:
    phone = new_phone(past.sari)
    assert causes(phone) == {}
    told_and_fetched(phone, past)
    with past.app.app_context():
        check_equal_to_the_server(phone, past.sari)
    equal = dict.fromkeys(metric.key for metric in OWN_NUMBERS)
    for span in (Span.MONTH, Span.LAST_MONTH):
        assert causes(phone, span) == equal
    for span in (Span.TODAY, Span.WEEK):
        assert causes(phone, span) == {}

    visit_with_order(phone, past)
    assert (causes(phone)["calls"], causes(phone)["revenue"]) == (Cause.WAITING, Cause.WAITING)
    phone.synchronize()
    assert causes(phone)["calls"] is Cause.SENT_SINCE
    told_and_fetched(phone, past)
    assert causes(phone) == equal

    with past.app.app_context(), transaction():
        newest = db.session.scalars(
            select(Deal.id).where(Deal.owner_id == past.sari).order_by(Deal.created_at.desc())
        ).first()
        assert newest is not None
        void_deal(deal_id=newest, at=utc_now())
    phone.synchronize()
    assert causes(phone)["revenue"] is Cause.ELSEWHERE
    assert causes(phone)["calls"] is None
    told_and_fetched(phone, past)
    assert causes(phone) == equal


def test_an_app_that_does_not_know_of_it_goes_on(
    past: Company, new_phone: NewPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = new_phone(past.sari)
    with monkeypatch.context() as older:
        older.delitem(MIRRORS, "own_figure")
        told_and_fetched(phone, past)
        visit_with_order(phone, past)
        told_and_fetched(phone, past)
        assert phone.sync.status().waiting == 0
    assert causes(phone) == {}
    with phone.database.read() as connection:
        [held] = connection.execute(
            "SELECT count(*) FROM row_scope WHERE entity = 'own_figure'"
        ).fetchone()
    assert held == 2
