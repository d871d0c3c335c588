"""The server's database is an older one again: nothing is lost, nothing doubled, all agree.

The copies are real ones, of the file or of the whole database; phones have got new tokens since.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from mobile.device.phone import PhoneDescription
from mobile.device.tokens import REFRESH_TOKEN
from mobile.services.diagnosis import DiagnosisService
from mobile.services.views import OrderLine
from mobile.storage.export_files import ExportFiles
from mobile.sync.answers import SignInNeededError
from server.customers import operations as customers
from server.deals.models import Deal
from server.expenses.models import Expense
from server.identity.commands import add_user
from server.identity.models import Device
from server.identity.operations import create_enrolment_code
from server.identity.queries import find_user_by_code
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.sync import changes, epochs
from server.sync.verification import broken_chains
from server.tasks.models import Task
from server.visits.models import CheckIn, Visit
from shared.time import utc_now
from shared.vocabulary import ExpenseState, TaskState
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import MAJU, PASSWORD, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.integration.sync.conftest import NewPhone
from tests.integration.sync.test_errands import parking
from tests.support.backups import Restore, backed_up

BackUp = Callable[[], Restore]


# Each is shown where nobody has told the server; two of them where somebody has, as well.
told_or_not = pytest.mark.parametrize("back_up", ["told", "untold"], indirect=True)


@pytest.fixture
def back_up(request: pytest.FixtureRequest, company: Company, tmp_path: Path) -> Iterator[BackUp]:
    """Give what makes a backup, and gives what brings it back; told: and begins a new epoch."""
    with ExitStack() as stack:

        def make() -> Restore:
            restore = stack.enter_context(backed_up(company.app, tmp_path))

            def bring_back() -> None:
                restore()
                if getattr(request, "param", "untold") == "told":
                    with company.app.app_context(), transaction():
                        epochs.begin_epoch(at=utc_now())

            return bring_back

        yield make


class Work:
    """A rep's work of a while: something of each kind, made, changed and taken back."""

    def __init__(self, phone: Handset, company: Company) -> None:
        visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
        self.visit = visit.id
        for quantity in (1, 2):  # the second time it is a patch
            line = OrderLine(
                product_id=company.soda, product_name="", quantity=quantity, price_minor=5_000_00
            )
            phone.visits.take_order(visit.id, [line])
        phone.visits.write_notes(visit.id, "first")
        self.task = phone.tasks.create(title="Price list", visit_id=visit.id)
        phone.visits.check_out(visit.id, fix=None)
        phone.tasks.set_state(self.task, TaskState.DONE)
        self.expense, taken_back = (phone.expenses.save(parking()) for _ in range(2))
        phone.expenses.set_state(self.expense, ExpenseState.DRAFT)
        phone.expenses.delete(taken_back)
        self.prospect = phone.customers.create_prospect(name="Warung", fix=phone.fix(MAJU))


def renew_tokens(phone: Handset, company: Company) -> None:
    """Let the phone's access run out, as it does each hour, and sync."""
    before = phone.secrets.read(REFRESH_TOKEN)
    with company.app.app_context(), transaction():
        db.session.execute(
            update(Device).where(Device.id == device_id(phone)).values(access_expires_at=utc_now())
        )
    phone.synchronize()
    assert phone.secrets.read(REFRESH_TOKEN) != before


def device_id(phone: Handset) -> str:
    identity = phone.enrolment.identity()
    assert identity is not None
    return identity.device_id


def rename(company: Company, name: str) -> None:
    """Change a customer, as the office."""
    with company.app.app_context(), transaction():
        customer = customers.lock_customer(company.jaya)
        customer.change({"name": name}, at=utc_now())
        record_changed("customer", customer.id)


def check(company: Company, phone: Handset, works: list[Work]) -> None:
    """Check that all of it is there, once, and that server and phone say the same."""
    status = phone.sync.status()
    assert (status.waiting, status.needs_you, status.problem) == (0, 0, "")
    with company.app.app_context():
        for model, ids in (
            (Visit, {work.visit for work in works}),
            (Task, {work.task for work in works}),
        ):
            assert sorted(db.session.scalars(select(model.id))) == sorted(ids)
        live = select(Expense.id).where(Expense.deleted_at.is_(None))
        assert set(db.session.scalars(live)) == {work.expense for work in works}
        assert db.session.scalar(select(func.count()).select_from(CheckIn)) == len(works)
        assert set(db.session.scalars(select(Task.state))) <= {TaskState.DONE}
        assert db.session.scalars(select(Deal.amount_minor)).all() == [10_000_00] * len(works)
        assert set(db.session.scalars(select(Visit.notes))) <= {"first"}
        assert changes.wrong_scopes() == []
        assert broken_chains() == []
        check_equal_to_the_server(phone, company.sari)
    assert {phone.visits.get(work.visit).notes for work in works} <= {"first"}


@told_or_not
@pytest.mark.fault("history", "server restored from an older backup")
def test_phones_that_got_new_tokens_since_send_again_what_it_lacks(
    phone: Handset, new_phone: NewPhone, company: Company, back_up: BackUp
) -> None:
    budi = new_phone(company.budi)
    works = [Work(phone, company)]
    phone.synchronize()
    restore = back_up()
    works.append(Work(phone, company))
    rename(company, "Toko Jaya Abadi")  # of this the phone hears, and the backup does not
    for _ in range(2):
        for each in (phone, budi):
            renew_tokens(each, company)
    restore()
    works.append(Work(phone, company))

    phone.synchronize()
    budi.synchronize()

    check(company, phone, works)
    assert phone.customers.get(company.jaya).customer.name == "Toko Jaya"
    with company.app.app_context():
        assert epochs.current_epoch() != epochs.FIRST_EPOCH  # also where nobody has said so
        check_equal_to_the_server(budi, company.budi)
    assert (phone.synchronize().fetched_anew, phone.synchronize().received) == ([], 0)


@pytest.mark.fault("history", "server restored from an older backup")
def test_a_backup_of_the_same_hour_is_noticed_by_what_phones_remember(
    phone: Handset, company: Company, back_up: BackUp
) -> None:
    works = [Work(phone, company)]
    phone.synchronize()
    restore = back_up()
    works.append(Work(phone, company))
    phone.synchronize()
    restore()

    phone.synchronize()

    check(company, phone, works)


def test_it_is_noticed_by_a_phone_that_has_nothing_to_send_and_a_feed_that_went_on(
    phone: Handset, company: Company, back_up: BackUp
) -> None:
    restore = back_up()
    works = [Work(phone, company)]
    phone.synchronize()
    restore()
    for number in range(30):  # until no position tells of the old life
        rename(company, f"Toko {number}")

    phone.synchronize()

    check(company, phone, works)


@told_or_not
@pytest.mark.fault("history", "server restored from an older backup")
def test_the_office_goes_on_with_the_old_one_before_phones_come(
    phone: Handset, company: Company, back_up: BackUp
) -> None:
    """So that versions and positions are the same again, and say something else."""
    phone.synchronize()
    restore = back_up()
    rename(company, "Toko Jaya Abadi")
    renew_tokens(phone, company)
    restore()
    rename(company, "Toko Jaya Makmur")

    phone.synchronize()

    check(company, phone, [])
    assert phone.customers.get(company.jaya).customer.name == "Toko Jaya Makmur"


@pytest.mark.fault("history", "server restored from an older backup")
def test_a_phone_it_does_not_know_is_enrolled_again_and_sends_all(
    company: Company, new_phone: NewPhone, back_up: BackUp
) -> None:
    restore = back_up()
    phone = new_phone(company.sari)
    works = [Work(phone, company)]
    phone.synchronize()
    works.append(Work(phone, company))
    phone.synchronize()
    restore()
    works.append(Work(phone, company))
    with pytest.raises(SignInNeededError) as refusal:
        phone.synchronize()
    assert refusal.value.code == "token_unknown"

    phone.enrol(company.enrolment_code(company.sari))

    check(company, phone, works)


@pytest.mark.fault("history", "person added after the backup that was restored")
def test_a_person_it_does_not_know_is_added_under_their_id_and_sends_all(
    company: Company, new_phone: NewPhone, back_up: BackUp, tmp_path: Path
) -> None:
    def add(*options: str) -> None:
        words = ["wati", "Wati", "--role", "rep", "--password", PASSWORD, *options]
        with company.app.app_context():
            done = CliRunner().invoke(add_user, words)
        assert done.exit_code == 0, done.output

    def code() -> str:
        with company.app.app_context(), transaction():
            wati = find_user_by_code("wati")
            assert wati is not None
            return create_enrolment_code(user_id=wati.id, at=utc_now(), by=None)

    restore = back_up()
    add()
    path = tmp_path / "wati.db"
    phone = Handset(path, Network(company.app))
    phone.enrol(code())
    phone.tasks.create(title="Sent before")
    phone.synchronize()
    phone.tasks.create(title="Never sent")
    restore()
    with pytest.raises(SignInNeededError):
        phone.synchronize()
    report = DiagnosisService(
        recorder=phone.recorder,
        files=ExportFiles(tmp_path / "reports"),
        phone=PhoneDescription(model="Test", system="Test", app_version="0.1.0"),
    )
    saved = json.loads(report.save().read_text())

    add("--id", saved["phone"]["rep_id"])
    phone.enrol(code())

    with company.app.app_context():
        assert set(db.session.scalars(select(Task.title))) == {"Sent before", "Never sent"}
        assert db.session.scalar(select(func.count()).select_from(Task)) == 2
        assert (
            CliRunner().invoke(add_user, ["x", "X", "--id", "7", "--password", PASSWORD]).exit_code
        )
    assert (phone.sync.status().waiting, phone.sync.status().needs_you) == (0, 0)
    phone.switch_off()


@pytest.mark.fault("history", "server restored from an older backup")
def test_a_phone_enrolled_again_since_the_backup_doubles_nothing(
    phone: Handset, company: Company, back_up: BackUp
) -> None:
    """It was a device the backup knows up to a point, then one that it does not know at all."""
    works = [Work(phone, company)]
    phone.synchronize()
    restore = back_up()
    works.append(Work(phone, company))
    phone.synchronize()
    works.append(Work(phone, company))
    phone.enrol(company.enrolment_code(company.sari))
    works.append(Work(phone, company))
    phone.synchronize()
    restore()
    works.append(Work(phone, company))
    with pytest.raises(SignInNeededError):
        phone.synchronize()

    phone.enrol(company.enrolment_code(company.sari))

    check(company, phone, works)
    works.append(Work(phone, company))
    phone.synchronize()
    check(company, phone, works)


@pytest.mark.fault("history", "server restored from an older backup")
def test_a_phone_it_knows_is_enrolled_again_where_its_tokens_tell_nothing(
    phone: Handset, company: Company, back_up: BackUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key that signs was not restored with the database."""
    works = [Work(phone, company)]
    phone.synchronize()
    restore = back_up()
    works.append(Work(phone, company))
    renew_tokens(phone, company)
    restore()
    monkeypatch.setitem(company.app.config, "SECRET_KEY", "another")
    works.append(Work(phone, company))
    with pytest.raises(SignInNeededError):
        phone.synchronize()

    phone.enrol(company.enrolment_code(company.sari))

    check(company, phone, works)


@pytest.mark.fault("history", "server restored from an older backup")
def test_what_the_old_one_refuses_stays_on_the_phone(
    phone: Handset, company: Company, back_up: BackUp
) -> None:
    """A visit at a customer that the office entered after the backup."""
    restore = back_up()
    with company.app.app_context(), transaction():
        new = customers.create_prospect(
            customer_id=(customer_id := "01990000-0000-7000-8000-0000000000c9"),
            rep_id=company.sari,
            team_id=company.team,
            day=utc_now().date(),
            fields={"name": "Toko Baru"},
            at=utc_now(),
        )
        record_changed("customer", new.id)
    renew_tokens(phone, company)
    visit = phone.visits.check_in(customer_id=customer_id, fix=None)
    phone.visits.write_notes(visit.id, "at a new customer's")
    phone.synchronize()
    restore()

    phone.synchronize()

    status = phone.sync.status()
    assert status.waiting == 0
    assert status.needs_you > 0
    assert phone.visits.get(visit.id).notes == "at a new customer's"
    assert phone.synchronize().fetched_anew == []
