"""The app is killed after each step of a visit, and comes back with all of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone


def _start_day(phone: Phone) -> None:
    phone.app.container.view_models.today.start_day()


def _check_in(phone: Phone) -> None:
    phone.tap("Check in")
    phone.pass_time(6)


def _order(phone: Phone) -> None:
    phone.tap("Take an order")
    row = phone.find_row("Gula Pasir 1 kg", "ProductLine")
    phone.tap(phone.within(row, "plus"))


def _leave_order(phone: Phone) -> None:
    phone.back()


def _notes(phone: Phone) -> None:
    phone.screen.ids.notes.text = "shop moves in January"
    visits = phone.app.container.view_models.visit._visits
    phone.wait(lambda: bool((visit := visits.open_visit()) and visit.notes))


def _check_out(phone: Phone) -> None:
    phone.app.container.view_models.visit.check_out()
    phone.frames(3)


def _is_at_the_day(phone: Phone) -> None:
    assert phone.screen.name == "today"
    assert phone.shows("0/8")
    assert phone.shows("Check in")


def _is_in_the_visit(phone: Phone) -> None:
    assert phone.screen.name == "visit"
    assert phone.shows("at the outlet")


def _has_the_order(phone: Phone) -> None:
    _is_in_the_visit(phone)
    assert phone.shows("1 × Rp 17,250")


def _has_the_notes(phone: Phone) -> None:
    _has_the_order(phone)
    assert phone.screen.ids.notes.text == "shop moves in January"


def _is_done(phone: Phone) -> None:
    assert phone.screen.name == "today"
    assert phone.shows("1/8")
    assert phone.app.container.view_models.visit._visits.open_visit() is None


STEPS: tuple[tuple[Callable[[Phone], None], Callable[[Phone], None]], ...] = (
    (_start_day, _is_at_the_day),
    (_check_in, _is_in_the_visit),
    (_order, _has_the_order),
    (_leave_order, _has_the_order),
    (_notes, _has_the_notes),
    (_check_out, _is_done),
)


@pytest.mark.timeout(600)
def test_a_kill_after_any_step_loses_nothing(start: StartPhone, tmp_path: Path) -> None:
    folder = tmp_path / "phone"
    phone = start(folder=folder)
    for number, (step, holds) in enumerate(STEPS):
        step(phone)
        # What a kill leaves behind: the files as they are at this moment, the journal unfinished.
        killed = tmp_path / f"killed-{number}"
        shutil.copytree(folder, killed)
        folder = killed
        phone = start(folder=folder)
        holds(phone)
