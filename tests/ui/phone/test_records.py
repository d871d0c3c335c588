"""What is recorded about the rep, by touch."""

import json
from pathlib import Path

from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.test_tasks_and_expenses import open_from_menu


def test_a_rep_reads_what_is_recorded_and_saves_a_copy(start: StartPhone, tmp_path: Path) -> None:
    phone = start()
    phone.pass_time(2)
    phone.screen.begin()
    phone.sheet().choose("confirm")
    phone.pass_time(3)
    open_from_menu(phone, "What is recorded about me")
    phone.wait(lambda: bool(phone.screen.state.about))
    phone.frames(10)
    assert phone.shows("Your route is being recorded")
    assert phone.find_row("Starts of a day", "Row").figure == "1"

    phone.tap("Save a copy of all")
    phone.wait(lambda: not phone.screen.state.is_saving)
    phone.sheet()

    [file] = (tmp_path / "phone" / "copies").iterdir()
    assert phone.shows(f"File: {file.name}")
    assert phone.shows("The office was not reached")
    assert json.loads(file.read_text())["on_this_phone"]["consents"][0]["given"] == 1


def test_a_rep_switches_the_route_off(start: StartPhone) -> None:
    phone = start()
    phone.pass_time(2)
    phone.screen.begin()
    phone.sheet().choose("confirm")
    open_from_menu(phone, "What is recorded about me")
    phone.wait(lambda: phone.screen.state.consents)
    phone.frames(10)

    phone.tap("Record my route")
    phone.sheet().choose("confirm")

    phone.wait(lambda: not phone.screen.state.consents)
    phone.frames(10)
    assert phone.shows("Your route is not recorded now")
