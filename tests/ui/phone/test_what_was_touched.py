"""Lists change while a finger is on the glass: what counts is what it saw when it came down."""

from dataclasses import fields, replace
from importlib import import_module
from typing import Any

import pytest
from kivy.tests.common import UnitTestTouch

from mobile.app import TapakApp
from mobile.screens.view_model import RowState, SectionState
from mobile.widgets.press import Choosable
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


def record_two_of_each(phone: Phone) -> None:
    models = phone.app.container.view_models
    customer_id = models.today.state.rows[0].key
    for number in ("1", "2"):
        models.task.begin()
        models.task.type(title=f"Task {number}")
        models.task.save()
        models.expense.begin()
        models.expense.type(amount=number)
        models.expense.save(hand_in=False)
        models.deal.begin(customer_id=customer_id)
        models.deal.type(title=f"Deal {number}", amount=number)
        models.deal.save()


def turned_around(state: Any) -> Any:
    """Return a state with the rows of each of its lists the other way around."""
    turned = {}
    for field in fields(state):
        value = getattr(state, field.name)
        if isinstance(value, tuple) and value and isinstance(value[0], RowState):
            turned[field.name] = value[::-1]
        elif isinstance(value, tuple) and value and isinstance(value[0], SectionState):
            turned[field.name] = tuple(replace(one, rows=one.rows[::-1]) for one in value)
    return replace(state, **turned)


@pytest.mark.parametrize(
    ("screen", "chooses"),
    [
        ("deals", "choose"),
        ("expenses", "choose"),
        ("more", "show"),
        ("numbers", "explain"),
        ("pick", "choose"),
        ("sync", "explain"),
        ("tasks", "choose"),
    ],
)
def test_a_tap_in_any_list_is_about_what_the_finger_saw(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, screen: str, chooses: str
) -> None:
    record_two_of_each(phone)
    chosen: list[str] = []
    if screen == "pick":
        phone.app.pick("product", chosen.append)
    else:
        module = import_module(f"mobile.screens.{screen}.screen")
        owner = TapakApp if screen == "more" else getattr(module, f"{screen.capitalize()}Screen")
        (phone.app.tab if screen in ("more", "sync") else phone.app.show)(screen)
        monkeypatch.setattr(owner, chooses, lambda _self, key: chosen.append(key))
        phone.screen.property("state").dispatch(phone.screen)  # rows call what stands there now
    model = phone.screen.view_model
    phone.wait(lambda: turned_around(model.state) != model.state)
    phone.frames(8)
    rows = [one for one in phone.walk() if isinstance(one, Choosable) and phone.in_sight(one)]
    row = max((one for one in rows if one.key), key=lambda one: one.to_window(0, one.y)[1])
    key = row.key
    touch = UnitTestTouch(*row.to_window(*row.center))

    touch.touch_down()
    model._show(turned_around(model.state))
    phone.frames(2)
    touch.touch_up()

    phone.wait(lambda: bool(chosen))
    assert chosen == [key]


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
