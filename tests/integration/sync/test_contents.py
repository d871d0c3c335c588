"""What was altered by hand under the version it had, here or there, is found and mended."""

import datetime as dt
from dataclasses import replace

import pytest

from mobile.services.expense_views import NewExpense
from mobile.storage import contents
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes
from shared.vocabulary import ExpenseKind, ExpenseState, NoSaleReason, TaskState
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset

_HARMS = (
    ("UPDATE visit SET base = replace(base, 'as said', 'altered')", "visit"),
    ("UPDATE visit SET notes = 'altered'", "visit"),
    ("""UPDATE product SET base = replace(base, '"Soda', '"Salt'), name = 'Salt'""", "product"),
)


@pytest.fixture
def working(phone: Handset, company: Company) -> Handset:
    """Give a phone with a row of most kinds, all of it sent and fetched."""
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.visits.write_notes(visit.id, "as said")
    phone.take_photo(visit.id)
    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
    phone.visits.check_out(visit.id, fix=None)
    phone.tasks.create(title="Fridge", customer_id=company.maju)
    phone.synchronize()
    phone.sender.send()
    phone.synchronize()
    return phone


def compared(phone: Handset) -> dict[str, object]:
    """Compare, and return what the phone noted of it."""
    with phone.database.write() as connection:
        contents.ask(connection)
    phone.synchronize()
    with phone.database.read() as connection:
        return contents.state(connection)


@pytest.mark.fault("storage", "a row altered by hand under the version it had, here or there")
def test_altered_on_the_phone(working: Handset, company: Company) -> None:
    assert compared(working)["found"] == []
    for harm, entity in _HARMS:
        with working.database.write() as connection:
            connection.execute(harm)
        assert working.synchronize().fetched_anew == []  # versions alone do not tell

        state = compared(working)

        assert (state["found"], state["still"]) == ([entity], [])
        with working.database.read() as connection:
            [(notes,)] = connection.execute("SELECT notes FROM visit").fetchall()
            names = {row["name"] for row in connection.execute("SELECT name FROM product")}
        assert notes == "as said"
        assert "Salt" not in names
        with company.app.app_context():
            check_equal_to_the_server(working, company.sari)


@pytest.mark.fault("storage", "a row altered by hand under the version it had, here or there")
def test_altered_on_the_server(
    working: Handset, company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    with company.app.app_context(), transaction():
        db.session.execute(db.text("UPDATE customer SET city = 'Elsewhere'"))
        db.session.execute(db.text("UPDATE task SET title = 'Altered'"))
    with company.app.app_context():
        assert changes.wrong_scopes() == []  # its own books do not tell

    state = compared(working)

    assert (state["found"], state["still"]) == (["customer", "task"], [])
    assert [task.title for task in working.tasks.lists().upcoming] == ["Altered"]
    [told] = [record.getMessage() for record in caplog.records if "contents" in record.message]
    assert told.endswith("under the same versions: customer, task; it fetches them")


def test_what_waits_to_be_sent_differs_from_nothing(working: Handset) -> None:
    expense = working.expenses.save(
        NewExpense(
            day=working.expenses.today(),
            kind=ExpenseKind.PARKING,
            amount_minor=5_000_00,
            mileage_m=None,
            note="",
            state=ExpenseState.DRAFT,
        )
    )
    working.synchronize()
    [task] = working.tasks.lists().upcoming
    working.tasks.set_state(task.id, TaskState.DONE)
    working.expenses.delete(expense)
    phone, working.phone = working.phone, replace(working.phone, batches_before_pull=0)

    assert compared(working)["found"] == []
    working.phone = phone
    assert compared(working)["found"] == []


def test_contents_are_compared_once_a_week(working: Handset) -> None:
    def asked() -> bool:
        with working.database.read() as connection:
            before = contents.state(connection)["at_ms"]
        working.synchronize()
        with working.database.read() as connection:
            return bool(contents.state(connection)["at_ms"] != before)

    assert not asked()
    working.clock.reboot()
    working.clock.off = dt.timedelta(days=8)
    assert asked()
    assert not asked()


def test_a_table_that_the_feed_does_not_know_is_left_to_the_servers_own_check(
    working: Handset, company: Company
) -> None:
    with company.app.app_context(), transaction():
        db.session.execute(db.text("UPDATE customer SET name = 'X', version = version + 1"))

    assert compared(working)["found"] == []
    with company.app.app_context():
        assert changes.wrong_scopes() == [f"rep:{company.sari}"]
