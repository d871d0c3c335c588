"""Two phones of one rep, and two reps at one customer: both values are seen, and all agree."""

import pytest
from sqlalchemy import func, select

from mobile.services.views import OrderLine, RecordState
from server.customers.models import LocationProposal
from server.deals.models import Deal
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync import changes
from server.visits.models import Visit
from shared.sync.ids import new_id
from shared.time import business_day, utc_now
from shared.vocabulary import StopState
from tests.fakes.company import MAJU, ZONE, Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone


def line(company: Company, quantity: int) -> OrderLine:
    return OrderLine(
        product_id=company.soda, product_name="Soda", quantity=quantity, price_minor=5_000_00
    )


@pytest.fixture
def other(new_phone: NewPhone, company: Company) -> Handset:
    """Give Sari's second phone."""
    return new_phone(company.sari)


def settle(*phones: Handset) -> None:
    for _ in range(2):
        for phone in phones:
            phone.synchronize()


@pytest.mark.fault("concurrency", "two phones of one rep change one visit or deal")
def test_notes_of_both_phones_are_kept(phone: Handset, other: Handset, company: Company) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    settle(phone, other)
    phone.visits.write_notes(visit.id, "from the first")
    other.visits.write_notes(visit.id, "from the second")

    settle(phone, other)

    notes = {phone.visits.get(visit.id).notes, other.visits.get(visit.id).notes}
    assert notes == {"from the first\nfrom the second"}
    with company.app.app_context():
        assert db.session.get_one(Visit, visit.id).notes in notes
        assert changes.wrong_scopes() == []


@pytest.mark.fault("concurrency", "two phones of one rep change one visit or deal")
def test_an_order_changed_on_both_phones_asks_the_rep(
    phone: Handset, other: Handset, company: Company
) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    phone.visits.take_order(visit.id, [line(company, 1)])
    settle(phone, other)
    phone.visits.take_order(visit.id, [line(company, 7)])
    other.visits.take_order(visit.id, [line(company, 9)])

    settle(phone, other)

    [record] = [r for r in other.sync.records() if r.state is RecordState.NEEDS_YOU]
    assert record.mine is not None
    assert record.theirs is not None
    quantities = [side["lines"][0]["quantity"] for side in (record.mine, record.theirs)]
    assert quantities == [9, 7]
    assert amounts(company) == [35_000_00]  # not overwritten in silence
    other.sync.keep_mine(record.id)
    settle(other, phone)
    assert amounts(company) == [45_000_00]
    assert {p.visits.get(visit.id).lines for p in (phone, other)} == {(line(company, 9),)}


@pytest.mark.fault("concurrency", "two phones of one rep change one visit or deal")
def test_both_phones_begin_the_same_visit_and_both_are_kept(
    phone: Handset, other: Handset, company: Company
) -> None:
    for each in (phone, other):
        each.visits.check_in(customer_id=company.maju, fix=each.fix(MAJU))

    settle(phone, other)

    with company.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 2


def test_two_reps_at_one_customer_do_not_disturb_each_other(
    phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    with company.app.app_context(), transaction():
        stop = JourneyStop(
            id=new_id(),
            rep_id=company.budi,
            customer_id=company.maju,
            day=business_day(utc_now(), ZONE),
            sequence=1,
            state=StopState.PLANNED,
            created_at=utc_now(),
            updated_at=utc_now(),
        )
        db.session.add(stop)
        db.session.flush()
        record_changed("stop", stop.id)
    budi = new_phone(company.budi)
    for number, each in enumerate((phone, budi), start=1):
        visit = each.visits.check_in(customer_id=company.maju, fix=each.fix(MAJU))
        each.visits.take_order(visit.id, [line(company, number)])
        each.customers.propose_location(company.maju, each.fix((MAJU[0] + number / 1e4, MAJU[1])))

    settle(phone, budi)

    assert amounts(company) == [5_000_00, 10_000_00]
    with company.app.app_context():
        proposed = set(db.session.scalars(select(LocationProposal.latitude)))
        assert len(proposed) == 2  # a manager sees both
    first, second = (each.customers.get(company.maju).customer for each in (phone, budi))
    assert (first.name, first.latitude) == (second.name, second.latitude)
    for each in (phone, budi):
        assert each.sync.status().needs_you == 0


def amounts(company: Company) -> list[int]:
    with company.app.app_context():
        return sorted(db.session.scalars(select(Deal.amount_minor)))
