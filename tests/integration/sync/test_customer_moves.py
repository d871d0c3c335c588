"""A customer becomes another rep's: what is to be done there goes along, and nothing is lost."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from mobile.services.deals import DealService
from server.customers.models import Customer
from server.deals.models import Deal
from server.identity.models import User
from server.imports.commands import command
from server.platform.access import Access
from server.platform.clock import business_today
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.changes import wrong_scopes
from server.territories.operations.closing import close_customers, undo_closing
from server.territories.operations.entering import enter_customer, undo_entering
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import CustomerClass, Role, TaskState
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_deals_from_phones import COOLER

MAPPING = """
currency = "IDR"
[[step]]
entity = "customer"
file = "outlets.csv"
[step.fields]
code = "code"
name = "name"
owner = "owner"
"""


def give_to(company: Company, customer_id: str, rep_id: str, folder: Path) -> None:
    """Import a file that says whose the customer is."""
    with company.app.app_context():
        customer = db.session.get_one(Customer, customer_id)
        owner = db.session.get_one(User, rep_id)
        row = f"{customer.code},{customer.name},{owner.code}"
        (folder / "outlets.csv").write_text(f"code,name,owner\n{row}\n", "utf-8")
        (folder / "company.toml").write_text(MAPPING, "utf-8")
        mapping = ["--mapping", str(folder / "company.toml"), "--data", str(folder)]
        done = CliRunner().invoke(command, mapping)
        db.session.remove()
    assert done.exit_code == 0, done.output


@pytest.mark.fault("concurrency", "a customer moves to another rep meanwhile")
def test_open_deals_and_tasks_go_along_and_a_late_change_says_so(
    phone: Handset, new_phone: NewPhone, company: Company, tmp_path: Path
) -> None:
    budi = new_phone(company.budi)
    mine, theirs = DealService(recorder=phone.recorder), DealService(recorder=budi.recorder)
    deal = mine.create(company.jaya, COOLER)
    ordered = mine.create(company.jaya, COOLER)
    mine.move(ordered, "won")
    task = phone.tasks.create(title="Measure the shelf", customer_id=company.jaya)
    elsewhere = phone.tasks.create(title="Call", customer_id=company.maju)
    phone.synchronize()

    give_to(company, company.jaya, company.budi, tmp_path)
    mine.move(deal, "proposal")  # before the phone has heard
    phone.tasks.set_state(task, TaskState.DONE)
    visit = phone.visits.check_in(customer_id=company.jaya, fix=None)
    phone.synchronize()
    budi.synchronize()

    refused = [(r.entity, r.reason) for r in phone.sync.records() if r.reason]
    assert sorted(refused) == [("deal", "moved"), ("task", "moved")]
    assert phone.visits.get(visit.id).customer.id == company.jaya  # what happened is taken
    assert theirs.get(deal).stage_key != "proposal"
    assert budi.tasks.get(task).title == "Measure the shelf"
    assert phone.tasks.get(elsewhere).title == "Call"
    with company.app.app_context():
        owners = {row.id: row.owner_id for row in db.session.scalars(select(Deal))}
        assert owners == {deal: company.budi, ordered: company.sari}
        assert wrong_scopes() == []
    theirs.move(deal, "proposal")
    budi.synchronize()
    assert phone.synchronize().fetched_anew == []
    assert budi.sync.status().waiting == 0


def test_a_customer_that_the_office_enters_comes_and_goes_when_it_is_taken_back(
    phone: Handset, new_phone: NewPhone, company: Company
) -> None:
    budi, entered_id, at = new_phone(company.budi), new_id(), utc_now()
    access = Access(user_id=company.manager, role=Role.ADMIN)
    typed = {"name": "Kios Baru", "customer_class": CustomerClass.A, "phone": "0812", "city": ""}
    with company.app.app_context(), transaction():
        enter_customer(
            access=access,
            customer_id=entered_id,
            code="K-1",
            fields=typed,
            point=(-6.2, 106.8),
            rep_id=company.sari,
            apart=(),
            at=at,
            day=business_today(),
        )
    phone.synchronize()
    budi.synchronize()

    assert phone.customers.get(entered_id).customer.name == "Kios Baru"
    assert budi.customers.search("Kios Baru") == ()
    with company.app.app_context(), transaction():
        undo_entering(access=access, customer_id=entered_id, done_at=at, at=utc_now())
    phone.synchronize()
    assert phone.customers.search("Kios Baru") == ()
    with company.app.app_context():
        assert wrong_scopes() == []


def test_a_closed_customer_leaves_the_phone_and_a_late_visit_there_is_taken(
    phone: Handset, company: Company, tmp_path: Path
) -> None:
    at, access = utc_now(), Access(user_id=company.manager, role=Role.ADMIN)
    with company.app.app_context():
        owners = {company.jaya: db.session.get_one(Customer, company.jaya).owner_id}
        today = business_today()
    assert phone.customers.get(company.jaya).customer.id == company.jaya

    with company.app.app_context(), transaction():
        close_customers(access=access, seen=owners, at=at, day=today)
    visit = phone.visits.check_in(customer_id=company.jaya, fix=None)  # before it has heard
    phone.synchronize()

    assert [r.reason for r in phone.sync.records() if r.reason] == []
    assert phone.visits.get(visit.id).id == visit.id
    assert company.jaya not in {each.id for each in phone.customers.search()}
    give_to(company, company.jaya, company.budi, tmp_path)
    with company.app.app_context():
        assert db.session.get_one(Customer, company.jaya).owner_id is None
    with company.app.app_context(), transaction():
        undo_closing(access=access, done_at=at, at=utc_now(), day=today)
    phone.synchronize()
    assert company.jaya in {each.id for each in phone.customers.search()}
    with company.app.app_context():
        assert wrong_scopes() == []
