"""A monkey on the glass: random touches all over the app, and it goes on working."""

import os
import random
from collections import deque

import pytest
from kivy.base import ExceptionManager
from kivy.core.window import Window
from kivy.tests.common import UnitTestTouch

from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone

_TOUCHES = int(os.environ.get("TAPAK_MONKEY_TOUCHES", "150"))
_SEED = int(os.environ.get("TAPAK_MONKEY_SEED", "20261123"))
_TABS = ("today", "customers", "sync", "more")
_STAY = 30  # touches before it is carried to the next tab, lest it lingers in one corner
_LETTERS = "aA1 -+,.'\"%_\N{GRINNING FACE}\N{ARABIC LETTER SEEN}\N{COMBINING ACUTE ACCENT}\u200f"


@pytest.mark.timeout(0)
def test_random_touches_crash_nothing(start: StartPhone) -> None:
    phone = start()
    # With work that was not sent, the monkey cannot sign the rep out and end its own walk.
    phone.app.container.view_models.today.start_day()
    rng, last, seen = random.Random(_SEED), deque[str](maxlen=12), set[str]()
    for number in range(_TOUCHES):
        if number % _STAY == 0:
            phone.app.tab(_TABS[number // _STAY % len(_TABS)])
            seen.add(phone.screen.name)
        try:
            last.append(f"{number} {phone.screen.name}: {_play(phone, rng)}")
        except Exception as fault:  # noqa: BLE001 - as Kivy's own loop does
            if ExceptionManager.handle_exception(fault) == ExceptionManager.RAISE:
                pytest.fail(f"seed {_SEED}, after {list(last)}: {fault!r}", pytrace=True)
        seen.add(phone.screen.name)
    assert seen > set(_TABS), f"the monkey got no further than {seen}"
    # It still works: the day is there, and a tap leads where it should.
    while phone.back():
        pass
    phone.app.tab("today")
    phone.frames(3)
    # By then the app may speak the other language.
    assert phone.screen.name == "today"
    assert phone.app.container.view_models.today.state.rows


def _play(phone: Phone, rng: random.Random) -> str:
    x, y = rng.uniform(0, Window.width), rng.uniform(0, Window.height)
    chance = rng.random()
    if chance < 0.05:
        if phone.screen.name != "today":
            phone.back()
        return "back"
    if chance < 0.10:
        letter = rng.choice(_LETTERS)
        Window.dispatch("on_textinput", letter)
        phone.frames()
        return f"typed {letter!r}"
    if chance < 0.13:
        phone.pass_time(rng.randint(1, 3))
        return "waited"
    touch = UnitTestTouch(x, y)
    touch.touch_down()
    if chance < 0.25:
        phone.frames()
        touch.touch_move(x + rng.uniform(-200, 200), y + rng.uniform(-400, 400))
    phone.frames()
    touch.touch_up()
    phone.frames()
    return f"touched {x:.0f}, {y:.0f}"
