"""Lists change while a finger is on the glass: what counts is what it saw when it came down."""

from dataclasses import replace
from typing import Any

import pytest
from kivy.tests.common import UnitTestTouch

from tests.ui.phone.phone import Phone

KINDS = [("today", "Row"), ("customers", "CompactRow")]


def a_list(phone: Phone, tab: str, kind: str) -> tuple[Any, Any]:
    """Return the first row of a list, and what turns the list around."""
    phone.app.tab(tab)
    phone.wait(lambda: len(phone.screen.state.rows) > 1)
    phone.frames(8)
    model = phone.screen.view_model
    first, last = model.state.rows[0], model.state.rows[-1]
    assert first.title != last.title

    def turn_around() -> None:
        model._show(replace(model.state, rows=tuple(reversed(model.state.rows))))

    return phone.find_row(first.title, kind), turn_around


@pytest.mark.parametrize(("tab", "kind"), KINDS)
def test_a_row_that_is_pressed_while_its_list_changes_opens_what_was_pressed(
    phone: Phone, tab: str, kind: str
) -> None:
    row, turn_around = a_list(phone, tab, kind)
    title = row.title

    with phone.pressed(row):
        turn_around()
        phone.frames(4)

    assert phone.screen.name in (tab, "customer")  # it may have moved away, and nothing opens
    if phone.screen.name == "customer":
        assert phone.screen.state.name == title


@pytest.mark.parametrize(("tab", "kind"), KINDS)
def test_a_quick_tap_opens_what_stood_there_when_the_finger_came_down(
    phone: Phone, tab: str, kind: str
) -> None:
    row, turn_around = a_list(phone, tab, kind)
    title = row.title
    touch = UnitTestTouch(*row.to_window(*row.center))

    touch.touch_down()
    turn_around()
    phone.frames(2)
    touch.touch_up()

    phone.wait(lambda: bool(phone.screen.name == "customer"))
    assert phone.screen.state.name == title
    phone.back()
    phone.wait(lambda: bool(phone.screen.name == tab))


@pytest.mark.parametrize(("tab", "kind"), [("today", "Column"), ("customers", "RowList")])
def test_what_is_pulled_beyond_its_end_stays_in_its_place(
    phone: Phone, tab: str, kind: str
) -> None:
    phone.app.tab(tab)
    phone.frames(8)
    scrolled = next(widget for widget in phone.walk() if type(widget).__name__ == kind)
    content = scrolled.children[0]
    at_rest = content.to_window(content.x, content.top)

    x, y = scrolled.to_window(*scrolled.center)
    touch = UnitTestTouch(x, y)
    touch.touch_down()
    places = []
    for step in range(1, 8):
        touch.touch_move(x, y - 40 * step)
        phone.frames()
        places.append(content.to_window(content.x, content.top))
    touch.touch_up()

    assert set(places) == {at_rest}
