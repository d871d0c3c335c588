"""The day, customers, sync, settings, enrolment and the way back, by touch."""

from collections.abc import Callable
from pathlib import Path

import pytest
from kivy.base import ExceptionManager

from mobile.device.connectivity import SwitchedConnectivity
from mobile.services.numbers import OwnNumbers
from mobile.services.visits import OutcomeMissingError
from mobile.storage import device, outbox
from mobile.storage.database import Database
from shared.sync.change import Result, Status
from tests.fakes.phone import FakeClock, MemorySecrets
from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone
from tests.ui.phone.territory import OUTLETS, Territory

FIRST, SECOND = OUTLETS[0][0], OUTLETS[1][0]


def test_the_day_starts_with_consent_and_ends_with_a_question(phone: Phone) -> None:
    phone.tap("Start day")
    assert phone.shows("nothing is recorded")
    phone.tap("Not now")
    assert phone.shows("8 stops planned today")
    phone.tap("Start day")
    phone.tap("I agree, start")
    assert phone.shows("Started at 08:00")
    phone.screen.finish()
    phone.frames(3)
    phone.tap(phone.find("End day", "FilledButton"))

    assert phone.shows("Day ended, 08:00 to 08:00")
    assert not phone.shows("Next stop")


def test_a_day_with_an_open_visit_does_not_end(phone: Phone) -> None:
    phone.pass_time(4)
    phone.tap("Start day")
    phone.tap("I agree, start")
    phone.tap("Check in")
    phone.pass_time(6)
    phone.back()
    phone.screen.finish()
    phone.frames(3)
    phone.tap(phone.find("End day", "FilledButton"))

    assert phone.shows(f"Check out at {FIRST} first.")
    assert phone.shows("Started at 08:00")


def test_stops_stand_in_planned_order_with_their_distance(phone: Phone) -> None:
    phone.pass_time(4)
    names = [row.title for row in phone.screen.state.rows]

    assert names == [name for name, *_ in OUTLETS]
    assert phone.find_row(SECOND, "Row").figure.endswith(" m")


def test_a_stop_is_skipped_with_a_reason_and_leaves_the_plan(phone: Phone) -> None:
    phone.tap("Start day")
    phone.tap("I agree, start")
    phone.tap(phone.find_row(SECOND, "Row"))
    phone.tap("Skip this stop today")
    phone.tap("Road blocked or flooded")

    assert phone.screen.name == "today"
    assert phone.find_row(SECOND, "Row").mark == "skipped"
    assert phone.shows("0/7")


@pytest.mark.parametrize("text", ["rejeki", "BKS-0003", "0812-9000-0003"])
def test_customers_are_found_by_name_code_and_phone(phone: Phone, text: str) -> None:
    phone.tap("Customers")
    phone.type(phone.screen.ids.search, text)
    phone.wait(lambda: len(phone.screen.state.rows) == 1)

    assert phone.find_row("Toko Sumber Rejeki", "CompactRow")


def test_customers_are_listed_nearest_first(start: StartPhone) -> None:
    phone = start(at=SECOND)
    phone.pass_time(4)
    phone.tap("Customers")
    phone.wait(lambda: phone.shows("nearest first"))

    assert phone.screen.state.rows[0].title == SECOND


def test_a_search_without_a_match_says_so(phone: Phone) -> None:
    phone.tap("Customers")
    phone.type(phone.screen.ids.search, "zzz")
    phone.wait(lambda: phone.shows("No customer found"))

    assert phone.shows("Nothing matches “zzz”.")


def test_what_was_recorded_is_listed_with_its_state(phone: Phone) -> None:
    phone.tap("Start day")
    phone.tap("I agree, start")
    phone.tap("Sync")
    assert phone.shows("2 waiting")
    assert phone.shows("No network. Everything is saved on this phone.")
    phone.tap(phone.find_row("Start of day", "Row"))

    assert phone.shows("It is sent by itself as soon as there is a network.")


def test_a_conflict_shows_both_values_and_the_rep_chooses(
    start: StartPhone, tmp_path: Path, territory: Territory
) -> None:
    phone = start()
    phone.tap("Start day")
    phone.tap("I agree, start")
    phone.pass_time(4)
    phone.tap("Check in")
    phone.pass_time(6)
    models = phone.app.container.view_models
    models.visit.set_notes("gate is blue")
    office = {"customer_id": territory.customer_ids[FIRST], "notes": "gate is green"}
    _answer(tmp_path / "phone" / "phone.db", Status.CONFLICT, office)
    phone.app.tab("sync")
    phone.frames(3)
    assert phone.shows("1 record needs you")
    phone.tap(phone.find_row(FIRST, "Row"))
    assert phone.shows("You: gate is blue")
    assert phone.shows("The office: gate is green")
    phone.tap("Mine is right: send it again")

    assert models.sync.state.needs_you == "0"
    assert models.sync.state.waiting == "1"


def test_a_refused_record_says_why_and_can_be_put_away(start: StartPhone, tmp_path: Path) -> None:
    phone = start()
    phone.tap("Start day")
    phone.tap("I agree, start")
    _answer(tmp_path / "phone" / "phone.db", Status.REJECTED, {}, code="not_allowed")
    phone.tap("Sync")
    phone.tap(phone.find_row("Start of day", "Row"))
    assert phone.shows("This customer is no longer yours.")
    phone.tap("I have read this: put it away")

    assert phone.screen.state.needs_you == "0"


def test_a_refused_expense_is_corrected_in_its_form(start: StartPhone, tmp_path: Path) -> None:
    phone = start()
    phone.app.expense("")
    phone.frames(3)
    phone.type(phone.screen.ids.amount, "75,000")
    phone.tap("Hand in")
    _answer(tmp_path / "phone" / "phone.db", Status.REJECTED, {}, code="expense.currency")
    phone.app.tab("sync")
    phone.frames(3)
    phone.tap(phone.find_row("Expense", "Row"))
    assert phone.shows("The office does not know this currency.")

    phone.tap("Correct and send again")

    assert phone.screen.name == "expense"
    assert phone.screen.ids.amount.text == "75,000"
    phone.tap("Hand in")
    assert phone.screen.name == "sync"
    assert (phone.screen.state.needs_you, phone.screen.state.waiting) == ("0", "1")


def test_a_phone_that_sends_no_more_leads_to_where_it_is_connected(phone: Phone) -> None:
    phone.tap("Start day")
    phone.tap("I agree, start")
    with phone.app.container._database.write() as connection:
        device.stop_sending(connection, "forked")
    phone.tap("Sync")
    assert phone.shows("Nothing is sent any more")
    assert phone.shows("Ask your administrator for a new code")

    phone.tap("Connect this phone again")

    assert phone.screen.name == "enrol"


def _answer(file: Path, status: Status, fields: dict[str, str], code: str = "") -> None:
    """Let the server answer: yes to everything but the newest change."""
    database = Database(file)
    with database.write() as connection:
        rows = connection.execute("SELECT sequence FROM outbox ORDER BY sequence")
        numbers = [row["sequence"] for row in rows]
        answers = [Result(number, Status.APPLIED, version=2) for number in numbers[:-1]]
        answers.append(Result(numbers[-1], status, code=code, fields=fields, version=3))
        outbox.settle(connection, answers, at_ms=1)
    database.close()


def test_signing_out_is_refused_while_something_waits(phone: Phone) -> None:
    phone.tap("Start day")
    phone.tap("I agree, start")
    phone.tap("More")
    phone.tap("Settings")
    phone.tap("Sign out")
    assert phone.shows("Not yet")
    phone.tap("Go to Sync")

    assert phone.screen.name == "sync"
    assert phone.app.container.is_enrolled()


def test_signing_out_forgets_the_rep(phone: Phone) -> None:
    phone.tap("More")
    phone.tap("Settings")
    phone.tap("Sign out")
    phone.tap(phone.find("Sign out", "FilledButton"))

    assert phone.screen.name == "enrol"
    assert not phone.app.container.is_enrolled()


def test_the_language_changes_at_once_and_stays(start: StartPhone) -> None:
    phone = start()
    phone.tap("More")
    phone.tap("Settings")
    phone.tap(phone.find_row("Language", "Row"))
    phone.tap(phone.find_row("Bahasa Indonesia", "Row"))
    assert phone.shows("Pengaturan")
    phone.back()
    assert phone.shows("Pelanggan")
    phone.tap("Hari ini")
    assert phone.shows("Senin, 23 November")

    assert start().shows("Hari ini")


def test_dark_and_large_text_are_chosen_in_settings(phone: Phone) -> None:
    phone.tap("More")
    phone.tap("Settings")
    phone.tap(phone.find_row("Light or dark", "Row"))
    phone.tap(phone.find_row("Dark", "Row"))
    assert phone.app.theme.is_dark
    phone.tap(phone.find_row("Text size", "Row"))
    phone.tap(phone.find_row("Very large", "Row"))

    assert phone.app.theme.text_scale == 1.6


def test_the_back_button_leaves_what_is_open_and_then_the_app(phone: Phone) -> None:
    phone.tap(phone.find_row(SECOND, "Row"))
    assert phone.screen.name == "customer"
    assert phone.back()
    assert phone.screen.name == "today"
    phone.tap("Customers")
    assert phone.back()
    assert phone.screen.name == "today"

    assert not phone.back()


def test_the_back_button_closes_a_sheet_first(phone: Phone) -> None:
    phone.tap(phone.find_row(SECOND, "Row"))
    phone.screen.ask(lambda _key: None, title="A question", cancel="Close")
    phone.frames(3)
    phone.back()

    assert not phone.shows("A question")
    assert phone.screen.name == "customer"


def test_the_bar_shows_gps_and_what_waits_on_every_tab(phone: Phone) -> None:
    phone.pass_time(20)
    phone.tap("Start day")
    phone.tap("I agree, start")
    phone.pass_time(1)
    for tab in ("Today", "Customers", "Sync", "More"):
        phone.tap(phone.find(tab, "TabItem"))
        assert any(text.startswith("±") for text in phone.texts())
        assert phone.app.bar.sync_text == "2"


def test_what_cannot_be_done_now_is_said_and_the_app_goes_on(phone: Phone) -> None:
    assert ExceptionManager.handle_exception(OutcomeMissingError()) == ExceptionManager.PASS
    phone.frames(2)

    assert phone.shows("Take an order or say why there is none.")
    assert ExceptionManager.handle_exception(ValueError()) == ExceptionManager.RAISE


def test_quick_steps_between_screens_never_leave_an_empty_one(start: StartPhone) -> None:
    phone = start(is_still=False)
    for _ in range(3):
        phone.app.customer(phone.app.container.view_models.today.state.rows[0].key)
        phone.frames()
        phone.app.back()
        phone.frames()
    phone.app.tab("sync")
    phone.wait(lambda: phone.shows("What you recorded"))
    phone.app.tab("today")
    phone.wait(lambda: phone.shows("Route"))


@pytest.fixture
def new_phone(tmp_path: Path, clock: FakeClock, start: StartPhone) -> Phone:
    """Return a phone nobody has enrolled."""
    secrets = MemorySecrets()
    return start(folder=tmp_path / "new", secrets=secrets)


def test_enrolling_without_a_network_is_refused_in_words(new_phone: Phone) -> None:
    new_phone.type(new_phone.screen.ids.server, "https://sales.example.com")
    new_phone.type(new_phone.screen.ids.code, "ABCD-1234")
    new_phone.tap("Connect this phone")

    assert new_phone.shows("There is no network.")


def test_enrolling_needs_an_address_and_a_code(new_phone: Phone) -> None:
    new_phone.type(new_phone.screen.ids.server, "not an address")
    new_phone.tap("Connect this phone")

    assert new_phone.shows("This is no address.")
    assert new_phone.shows("Type the code from your administrator.")


def test_a_server_that_does_not_answer_is_named(new_phone: Phone) -> None:
    network = new_phone.app.container.connectivity
    assert isinstance(network, SwitchedConnectivity)
    network.switch(is_online=True)
    new_phone.type(new_phone.screen.ids.server, "http://127.0.0.1:1")
    new_phone.type(new_phone.screen.ids.code, "ABCD-1234")
    new_phone.tap("Connect this phone")
    new_phone.wait(lambda: new_phone.shows("The server does not answer."))

    assert not new_phone.app.container.is_enrolled()


def test_a_number_that_is_still_counted_cannot_be_asked_about(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    view_model = phone.app.container.view_models.numbers
    waiting: list[tuple[Callable[[], OwnNumbers], Callable[[OwnNumbers], None]]] = []
    monkeypatch.setattr(view_model, "_background", lambda *asked: waiting.append(asked))
    phone.app.show("numbers")
    phone.frames(3)
    phone.tap("How is this counted?")
    assert phone.screen.name == "numbers"
    assert not phone.shows("Formula")

    count, show = waiting[-1]
    show(count())
    phone.frames(3)
    phone.tap("How is this counted?")

    assert phone.shows("Formula")
