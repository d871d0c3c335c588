"""Every screen in both languages, light and dark, at normal and at very large text."""

from collections.abc import Iterator

import pytest

from mobile.services.views import Way
from mobile.settings import Look
from mobile.storage import device, outbox
from shared.sync.protocol import Result, Status
from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.looks import english_texts, overflowing_texts, small_targets
from tests.ui.phone.phone import Phone

_LANGUAGES = ("en", "id")
_THEMES = ("light", "dark")
_TEXT_SCALES = (1.0, 1.6)


@pytest.mark.parametrize("text_scale", _TEXT_SCALES)
@pytest.mark.parametrize("theme", _THEMES)
@pytest.mark.parametrize("language", _LANGUAGES)
def test_each_screen_has_large_targets_text_in_its_place_and_one_language(
    start: StartPhone, language: str, theme: str, text_scale: float
) -> None:
    look = Look(language=language, theme=theme, text_scale=text_scale)
    phone = start(look=look)
    faults: dict[str, list[str]] = {}
    for name in walk_through(phone):
        phone.frames(3)
        found = small_targets(phone) + overflowing_texts(phone)
        if language == "id":
            found += english_texts(phone)
        if found:
            faults[name] = found
    assert not faults


def walk_through(phone: Phone) -> Iterator[str]:
    """Go through the day, stopping at each screen and sheet."""
    for part in (
        _morning,
        _at_the_outlet,
        _customers,
        _deals,
        _tasks,
        _expenses,
        _sync,
        _numbers,
        _settings,
    ):
        yield from part(phone)


def _morning(phone: Phone) -> Iterator[str]:
    phone.pass_time(2)
    yield "today before the day"
    phone.screen.begin()
    yield "consent"
    phone.sheet().choose("confirm")
    yield "today"


def _at_the_outlet(phone: Phone) -> Iterator[str]:
    models = phone.app.container.view_models
    assert models.today.state.next_call is not None
    phone.app.check_in(models.today.state.next_call.customer_id, None)
    yield "measuring"
    phone.pass_time(6)
    assert models.visit.state.phase == "open"
    yield "visit"
    phone.screen.take_photo()
    phone.wait(lambda: not models.visit.state.photos.is_busy)
    [tile] = models.visit.state.photos.tiles
    yield "visit with a photo"
    phone.screen.look_at_photo(tile.key)
    yield "photo"
    phone.sheet().choose("remove")
    yield "photo removed"
    models.visit.photos.undo()
    phone.screen.choose_no_sale()
    yield "reasons"
    phone.sheet().dismiss()
    phone.screen.cancel()
    yield "cancel"
    phone.sheet().dismiss()
    phone.app.questions()
    phone.frames(3)
    yield "visit form"
    yes, number, *_ = models.questions.state.cards
    phone.screen.choose(yes.rows[0].key)
    phone.screen.choose(number.key)
    yield "a question to write to"
    phone.sheet().ids.entry.text = "51"
    phone.sheet().choose("confirm")
    yield "an impossible answer"
    phone.sheet().dismiss()
    picture = models.questions.state.cards[-1].key
    phone.screen.choose(picture)
    phone.wait(lambda: bool(models.questions.state.cards[-1].tiles))
    phone.screen.ids.column.scroll_y = 0
    yield "a question answered by a photo"
    phone.screen.choose(picture)
    yield "the photo of an answer"
    phone.sheet().dismiss()
    phone.app.back()
    phone.app.order()
    yield "order"
    models.order.step(models.order.state.rows[0].key, 1200)
    yield "order with a product"
    phone.app.back()
    yield "visit with an order"
    models.visit.check_out()
    yield "after the visit"


def _customers(phone: Phone) -> Iterator[str]:
    models = phone.app.container.view_models
    phone.app.customer(models.today.state.rows[0].key)
    yield "customer"
    phone.screen.contact("propose")
    yield "proposing the place"
    phone.sheet().choose("confirm")
    phone.app.prospect()
    yield "new customer"
    models.prospect.save()
    yield "new customer without a name"
    phone.app.back()
    phone.app.show("map")
    phone.wait(lambda: len(models.map.state.pins) > 1)
    yield "map"
    models.map.choose(models.map.state.pins[0].key)
    yield "map with a customer chosen"
    phone.app.back()
    phone.app.tab("customers")
    phone.wait(lambda: len(models.customers.state.rows) > 1)
    yield "customers"
    models.customers.show_due()
    models.customers.show_class("A")
    yield "customers narrowed"
    models.customers.show_never_visited()
    models.customers.show_class("A")
    models.customers.search("zzz")
    phone.wait(lambda: models.customers.state.empty_title != "")
    yield "no customer"


def _deals(phone: Phone) -> Iterator[str]:
    models = phone.app.container.view_models
    phone.app.show("deals")
    phone.wait(lambda: bool(models.deals.state.sections))
    yield "deals with an order only"
    phone.app.deal("")
    yield "new deal"
    models.deal.save()
    yield "new deal without a customer"
    phone.screen.choose_source()
    yield "sources"
    phone.sheet().choose("Referral")
    phone.screen.add_product()
    phone.wait(lambda: bool(models.pick.state.rows))
    yield "products"
    models.pick.search("zzz")
    phone.wait(lambda: models.pick.state.is_empty)
    yield "no product"
    models.pick.search("")
    phone.wait(lambda: bool(models.pick.state.rows))
    phone.screen.choose(models.pick.state.rows[0].key)
    models.line.type(quantity="120", discount="9,999,999,999")
    models.line.save()
    yield "impossible line"
    models.line.type(discount="")
    phone.screen.finish()
    models.deal.choose_customer(models.today.state.rows[0].key)
    models.deal.type(title="Kulkas minuman dua pintu untuk cabang baru", note="Minta cicilan")
    yield "deal"
    models.deal.save()
    phone.app.show("deals")
    phone.wait(lambda: len(models.deals.state.sections) > 1)
    yield "deals"
    phone.screen.choose(models.deals.state.sections[0].rows[0].key)
    yield "what to do with a deal"
    phone.sheet().choose("move:lost")
    yield "why it is lost"
    phone.sheet().choose("Price too high")
    yield "a lost deal"


def _tasks(phone: Phone) -> Iterator[str]:
    models = phone.app.container.view_models
    phone.app.show("tasks")
    yield "no task"
    phone.app.task("", customer_id=models.today.state.rows[0].key)
    yield "new task"
    models.task.save()
    yield "new task without a title"
    models.task.type(title="Antar daftar harga " * 5, note="🙂")
    models.task.save()
    phone.app.show("tasks")
    yield "tasks"
    phone.screen.choose(models.tasks.state.sections[0].rows[0].key)
    yield "task"
    phone.sheet().choose("done")
    yield "task done"


def _expenses(phone: Phone) -> Iterator[str]:
    models = phone.app.container.view_models
    phone.app.show("expenses")
    yield "no expense"
    phone.app.expense("")
    yield "new expense"
    phone.screen.choose_kind()
    yield "kinds of expenses"
    phone.sheet().dismiss()
    models.expense.save(hand_in=True)
    yield "new expense without an amount"
    phone.screen.take_photo()
    phone.wait(lambda: not models.expense.state.photos.is_busy)
    phone.screen.ids.column.scroll_y = 0
    yield "new expense with a receipt"
    models.expense.type(amount="125", mileage="12", note="Parkir pasar")
    phone.frames(3)
    phone.screen.ids.column.scroll_y = 0
    yield "new expense to discard"
    models.expense.save(hand_in=True)
    phone.app.show("expenses")
    yield "expenses"
    phone.screen.choose(models.expenses.state.sections[0].rows[0].key)
    yield "expense"
    phone.sheet().choose("delete")
    yield "delete an expense"
    phone.sheet().dismiss()


def _sync(phone: Phone) -> Iterator[str]:
    phone.app.tab("sync")
    yield "sync"
    phone.screen.explain(phone.screen.state.records[0].key)
    yield "record"
    phone.sheet().dismiss()
    newest = phone.screen.state.records[0].key
    with phone.app.container._database.write() as connection:
        refused = Result(int(newest), Status.REJECTED, code="not_allowed")
        outbox.settle(connection, [refused], at_ms=1)
    phone.screen.view_model.refresh()
    yield "sync with a refused record"
    phone.screen.view_model.solve(newest, Way.THEIRS)
    yield "sync with a record put away"
    phone.screen.explain(newest)
    yield "a record put away"
    phone.sheet().dismiss()
    phone.screen.save_report()
    phone.wait(lambda: not phone.screen.state.is_saving)
    yield "report saved"
    phone.sheet().dismiss()
    with phone.app.container._database.write() as connection:
        device.stop_sending(connection, "tampered")
    phone.screen.view_model.refresh()
    yield "sync that has stopped"


def _numbers(phone: Phone) -> Iterator[str]:
    numbers = phone.app.container.view_models.numbers
    phone.app.show("numbers")
    phone.wait(lambda: bool(numbers.state.rows))
    yield "my numbers"
    phone.screen.explain("strike_rate")
    yield "a number explained"
    phone.sheet().dismiss()
    phone.app.back()


def _settings(phone: Phone) -> Iterator[str]:
    phone.app.tab("more")
    yield "more"
    phone.app.show("settings")
    yield "settings"
    phone.app.show("records")
    records = phone.app.container.view_models.records
    phone.wait(lambda: bool(records.state.route))
    yield "what is recorded"
    phone.screen.explain()
    yield "what is recorded, explained"
    phone.sheet().dismiss()
    phone.screen.choose_day()
    yield "days of a route"
    phone.sheet().dismiss()
    phone.screen.save_copy()
    phone.wait(lambda: not records.state.is_saving)
    yield "a copy of what is recorded"
    phone.sheet().dismiss()
    phone.app.back()
    phone.screen.sign_out()
    yield "sign-out refused"
    phone.sheet().dismiss()
    phone.app.signed_out()
    phone.app.container.view_models.enrol.enrol("", "")
    yield "enrolment"
