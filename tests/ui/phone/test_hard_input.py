"""What reps paste and phones do: the app says what happened and what to do, and goes on."""

import sqlite3

import pytest

from shared.schemas.limits import InvalidRecordError
from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone
from tests.ui.phone.test_photos import begin_visit

LONG = ("Rak penuh \U0001f44d\U0001f3fd مرحبا שלום नमस्ते " * 400)[:10_000]


def notes_of(phone: Phone) -> str:
    visit = phone.app.container.view_models.visit._visits.open_visit()
    assert visit is not None
    return visit.notes


def write(phone: Phone, text: str) -> None:
    phone.screen.ids.notes.text = text
    phone.frames(3)
    phone.screen.save()
    phone.frames(3)


def test_ten_thousand_characters_emoji_and_right_to_left(start: StartPhone) -> None:
    phone = start()
    begin_visit(phone)
    write(phone, LONG)
    assert notes_of(phone) == LONG

    phone = start()

    assert phone.screen.ids.notes.text == LONG


def test_more_than_can_be_saved_is_said_and_stays_in_the_field(phone: Phone) -> None:
    begin_visit(phone)
    write(phone, "short")
    excuses = phone.app._excuses
    typed = LONG + "!"
    phone.screen.ids.notes.text = typed
    with pytest.raises(InvalidRecordError) as refusal:
        phone.screen.save()
    assert excuses.handle_exception(refusal.value)  # as Kivy hands it over
    phone.frames(3)

    assert phone.shows("This is too long. Shorten it.")
    assert phone.screen.ids.notes.text == typed
    assert notes_of(phone) == "short"
    write(phone, LONG)
    assert notes_of(phone) == LONG


def test_a_full_disk_is_said_wherever_it_shows(phone: Phone) -> None:
    begin_visit(phone)
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    assert phone.app._excuses.handle_exception(full)
    phone.frames(3)

    assert phone.shows("The phone's storage is full, so this was not saved.")
    assert not phone.app._excuses.handle_exception(ZeroDivisionError())


def test_a_server_gone_for_a_month_is_told_by_its_age_and_work_goes_on(phone: Phone) -> None:
    begin_visit(phone)
    phone.clock.pass_time(days=31)
    phone.app.tab("sync")
    phone.frames(3)

    state = phone.screen.state
    assert state.tone == "bad"
    assert "31 days" in state.title
    assert "Everything is saved on this phone." in state.detail
    phone.app.visit()
    phone.frames(3)
    write(phone, "still working")
    assert notes_of(phone) == "still working"


def test_a_name_that_is_too_long_is_cut_at_its_end_and_its_emoji_are_one_sign(
    phone: Phone,
) -> None:
    name = "Toko 👨‍👩‍👧‍👦 Makmur Jaya Abadi Sentosa Sejahtera Bersama" * 3
    line = phone.find("Route", "TextLine")

    line.text = name
    phone.frames(3)

    shown = "".join(word.text for row in line._label._cached_lines for word in row.words)
    assert shown.startswith("Toko ◊ Makmur Jaya")
    assert shown.endswith("...")
    assert line.text == name


def test_an_emoji_that_is_typed_is_one_sign_and_stays_what_it_is(phone: Phone) -> None:
    phone.app.prospect()
    phone.frames(3)
    entry = phone.find("Name of the outlet").parent.ids.entry
    entry.text = "\u25ca\u25ca"
    two_signs = entry.cursor_offset()

    entry.text = ""
    phone.type(entry.parent.parent, "\U0001f44d\U0001f3fd\U0001f642")

    assert entry.cursor_offset() == pytest.approx(two_signs)
    phone.screen.save()
    assert phone.screen.state.name == "\U0001f44d\U0001f3fd\U0001f642"


def test_a_field_that_is_left_shows_where_its_text_begins(phone: Phone) -> None:
    phone.app.prospect()
    phone.frames(3)
    entry = phone.find("Name of the outlet").parent.ids.entry
    phone.type(entry.parent.parent, "Minimarket Berkah Abadi Sentosa Sejahtera Bersama")
    phone.wait(lambda: entry.scroll_x > 0)

    entry.focus = False

    phone.wait(lambda: entry.scroll_x == 0)


def test_a_database_damaged_while_the_app_runs_is_told(phone: Phone) -> None:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT

    assert phone.app._excuses.handle_exception(error)

    assert phone.shows("Close the app and open it again")
