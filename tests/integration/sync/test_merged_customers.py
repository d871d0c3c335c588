"""The office merges a customer while a rep is there without signal: nothing is lost."""

from server.customers.models import Customer
from server.merges.operations import merge
from server.platform.access import Access
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import wrong_scopes
from server.visits.models import CheckIn, Visit
from shared.time import utc_now
from shared.vocabulary import NoSaleReason, Role, VisitState
from tests.fakes.company import JAYA, Company
from tests.fakes.handset import Handset


def test_what_was_recorded_at_the_old_id_is_the_survivors(phone: Handset, company: Company) -> None:
    visit = phone.visits.check_in(customer_id=company.jaya, fix=phone.fix(JAYA))
    phone.tasks.create(title="Bring the rack", customer_id=company.jaya)
    with company.app.app_context(), transaction():
        merge(
            access=Access(user_id=company.manager, role=Role.ADMIN),
            survivor_id=company.maju,
            loser_id=company.jaya,
            seen=("1", "1"),
            take=set(),
            at=utc_now(),
            day=business_today(),
        )

    phone.synchronize()
    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.STOCK_ENOUGH)
    phone.visits.check_out(visit.id, fix=phone.fix(JAYA))
    phone.synchronize()
    phone.synchronize()

    with company.app.app_context():
        found = db.session.get_one(Visit, visit.id)
        assert (found.customer_id, found.state) == (company.maju, VisitState.COMPLETED)
        evidence = db.session.query(CheckIn).filter_by(visit_id=visit.id).one()
        assert evidence.customer_id == company.maju
        assert db.session.get_one(Customer, company.jaya).deleted_at is not None
        assert wrong_scopes() == []
    assert [each.id for each in phone.customers.get(company.maju).visits] == [visit.id]
    assert [task.customer_id for task in phone.tasks.of_customer(company.maju)] == [company.maju]
    assert {customer.id for customer in phone.customers.search("")} == {company.maju}
