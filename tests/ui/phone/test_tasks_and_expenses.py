"""Tasks and expenses by touch, with the app killed on the way."""

import pytest

from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone


def open_from_menu(phone: Phone, name: str) -> None:
    phone.tap(phone.find("More", "TabItem"))
    phone.tap(phone.find_row(name, "Row"))


def test_a_task_survives_a_kill_is_done_and_undone(start: StartPhone) -> None:
    phone = start()
    open_from_menu(phone, "Tasks")
    phone.tap("New task")
    phone.type(phone.find("What is to be done?").parent, "Bring the display")
    phone.screen.save()
    phone = start()
    open_from_menu(phone, "Tasks")
    phone.tap("New task")
    phone.tap("Save")
    assert phone.screen.name == "tasks"

    phone.tap(phone.find_row("Bring the display", "Row"))
    phone.sheet()
    phone.tap(phone.find_row("Done", "Row"))
    assert phone.shows("Finished")
    phone.tap("Undo")

    assert phone.shows("Later")
    assert not phone.shows("Finished")
    phone = start()
    open_from_menu(phone, "Tasks")
    assert phone.shows("Bring the display")


def test_a_new_task_is_empty_after_the_last_one_was_saved(phone: Phone) -> None:
    open_from_menu(phone, "Tasks")
    phone.tap("New task")
    phone.type(phone.find("What is to be done?").parent, "One")
    phone.tap("Save")
    phone.tap("New task")

    assert phone.screen.ids.title.text == ""


def test_an_expense_without_an_amount_says_so_and_is_handed_in_with_one(phone: Phone) -> None:
    open_from_menu(phone, "Expenses")
    assert phone.shows("No expenses yet")
    phone.tap("New expense")
    phone.tap("Hand in")
    assert phone.shows("Write an amount above 0")
    phone.type(phone.screen.ids.amount, "75,000")
    phone.tap(phone.find_row("Kind", "Row"))
    phone.sheet()
    phone.tap(phone.find_row("Parking", "Row"))
    phone.tap("Hand in")

    assert phone.screen.name == "expenses"
    assert phone.shows("November 2026")
    assert phone.shows("handed in")
    assert phone.find_row("Parking", "Row").figure == "Rp 75k"


def test_what_was_typed_into_an_expense_is_there_after_a_kill(start: StartPhone) -> None:
    phone = start()
    phone.app.expense("")
    phone.frames(3)
    phone.type(phone.screen.ids.amount, "12,500")
    phone.screen.save()
    phone = start()

    phone.app.expense("")
    phone.frames(2)

    assert phone.screen.ids.amount.text == "12,500"


def test_an_expense_that_was_never_saved_is_discarded_with_its_receipt_and_brought_back(
    start: StartPhone,
) -> None:
    phone = start()
    phone.app.expense("")
    phone.frames(3)
    assert not phone.screen.state.can_discard
    phone.type(phone.screen.ids.amount, "12,500")
    phone.screen.take_photo()
    phone.wait(lambda: bool(phone.screen.state.photos.tiles))
    phone.screen.ids.column.scroll_y = 0
    phone.frames(3)

    phone.tap("Discard")
    assert phone.screen.name != "expense"
    phone.app.expense("")
    phone.frames(3)
    assert (phone.screen.ids.amount.text, phone.screen.state.photos.tiles) == ("", ())
    assert not phone.screen.state.can_discard
    phone.app.back()
    phone.frames(5)  # the message moves where there is room

    phone.tap("Undo")

    assert phone.screen.name == "expense"
    assert phone.screen.ids.amount.text == "12,500"
    assert len(phone.screen.state.photos.tiles) == 1
    phone = start()
    phone.app.expense("")
    phone.frames(3)
    assert phone.screen.ids.amount.text == "12,500"


def test_changes_to_a_task_are_discarded_and_the_task_stays_as_it_was(phone: Phone) -> None:
    phone.app.task("")
    phone.frames(3)
    phone.screen.typed(title="Bring the price list")
    phone.screen.finish()
    phone.app.show("tasks")
    phone.frames(3)
    task_id = phone.screen.state.sections[0].rows[0].key
    phone.app.task(task_id)
    phone.frames(3)
    phone.type(phone.screen.ids.title, " and more")
    phone.screen.save()

    phone.tap("Discard")
    phone.app.task(task_id)
    phone.frames(3)

    assert phone.screen.ids.title.text == "Bring the price list"
    assert not phone.screen.state.can_discard


@pytest.mark.parametrize(
    ("form", "typed"), [("deal", {"title": "Chiller"}), ("prospect", {"name": "Toko Baru"})]
)
def test_every_form_can_be_discarded(phone: Phone, form: str, typed: dict[str, str]) -> None:
    open_form = getattr(phone.app, form)
    arguments = ("",) if form == "deal" else ()
    open_form(*arguments)
    phone.frames(3)
    phone.screen.typed(**typed)

    phone.screen.discard()
    open_form(*arguments)

    assert {name: getattr(phone.screen.state, name) for name in typed} == dict.fromkeys(typed, "")


def test_a_task_promised_in_a_visit_knows_its_customer(phone: Phone) -> None:
    phone.pass_time(2)
    phone.tap("Start day")
    phone.tap("I agree, start")
    models = phone.app.container.view_models
    call = models.today.state.next_call
    assert call is not None
    phone.app.check_in(call.customer_id, None)
    phone.pass_time(6)
    phone.screen.add_task()
    phone.frames(3)
    phone.type(phone.screen.ids.title, "Price list")
    phone.tap("Save")

    assert phone.screen.name == "visit"
    phone.app.show("tasks")
    phone.frames(3)
    assert call.name in phone.find_row("Price list", "Row").detail


def test_a_receipt_is_there_after_a_kill_and_goes_with_the_expense(start: StartPhone) -> None:
    phone = start()
    phone.app.expense("")
    phone.frames(3)
    phone.type(phone.screen.ids.amount, "12,500")
    phone.screen.take_photo()
    phone.wait(lambda: len(phone.screen.state.photos.tiles) == 1)
    phone = start()
    phone.app.expense("")
    phone.frames(2)
    assert len(phone.screen.state.photos.tiles) == 1
    phone.tap("Hand in")
    phone.app.show("expenses")
    phone.frames(3)

    assert phone.find_row("Fuel", "Row").detail.endswith("1 receipt")
    phone.tap("New expense")
    assert phone.screen.state.photos.tiles == ()
