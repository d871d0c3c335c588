"""The shipped app in a real window: a rep's finger and keys from outside, a manager's page after.

Nothing here reaches into the app: xdotool taps and types, the app writes down what it shows.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from sqlalchemy import select

from server.deals.models import Deal
from server.photos.models import Photo
from server.platform.database import db
from tests.e2e.test_a_day_without_signal import Manager, company
from tests.fakes.company import MAJU, Company
from tests.support.databases import mostly_on
from tests.support.tapak import RunningTapak, wait_until
from tests.support.xvfb import running_xvfb

__all__ = ["company"]  # a fixture

_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 60.0
_RESTED_S = 0.5


class Screen:
    """The app's window, seen and touched from outside."""

    def __init__(self, display: str, file: Path, pid: int) -> None:
        self._environment = {**os.environ, "DISPLAY": display}
        self._file = file
        self._pid = pid
        self._window = ""
        self._resting: tuple[tuple[float, float] | None, float] = (None, 0.0)

    def shows(self, text: str) -> bool:
        """Return whether a text on the screen contains this."""
        return any(text in shown for shown, *_ in self._look()["texts"])

    def wait_for(self, text: str) -> None:
        """Wait until a text on the screen contains this."""
        self._wait(lambda: self.shows(text), text)

    def wait_for_screen(self, name: str) -> None:
        """Wait until a screen is there."""
        self._wait(lambda: name in self._look()["screens"], name)

    def tap(self, text: str, *, below: int = 0, at_x: int | None = None) -> None:
        """Tap the topmost text once it is there and can be tapped, or so far below or aside."""
        self._wait(lambda: self._rests(text), text)
        found = self._find(text)
        assert found is not None
        self._touch(found[0] if at_x is None else at_x, found[1] + below)

    def scroll_down(self) -> None:
        """Turn the wheel over the middle of the window."""
        self._move(206, 400)
        for _ in range(12):
            self._xdotool("click", "5")

    def type(self, text: str) -> None:
        """Type on the keyboard, each letter once the one before is there."""
        self._wait(lambda: self._look()["types"], "a field with the keyboard")
        for length, letter in enumerate(text, start=1):
            self._xdotool("type", letter)
            self.wait_for(text[:length])

    def _rests(self, text: str) -> bool:
        """Return whether a text is there and has not moved for a while: sheets slide in."""
        place, now = self._find(text), time.monotonic()
        if place is None or place != self._resting[0]:
            self._resting = place, now
        return place is not None and now - self._resting[1] > _RESTED_S

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        try:
            wait_until(condition, timeout_s=_PATIENCE_S)
        except AssertionError:
            pytest.fail(f"{what!r} did not come; on the screen: {self._look()}")

    def _touch(self, x: float, y: float) -> None:
        self._move(x, y)
        self._xdotool("mousedown", "1")
        self._xdotool("mouseup", "1")

    def _move(self, x: float, y: float) -> None:
        if not self._window:
            own = ("--onlyvisible", "--pid", str(self._pid))
            self._window = self._xdotool("search", *own).split()[0]
        self._xdotool("mousemove", "--window", self._window, str(round(x)), str(round(y)))

    def _find(self, text: str) -> tuple[float, float] | None:
        texts = self._look()["texts"]
        places = [(x, y) for shown, x, y, can_tap in texts if shown == text and can_tap]
        return places[-1] if places else None

    def _look(self) -> Any:
        return json.loads(self._file.read_text()) if self._file.exists() else _NOTHING

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return done.stdout.strip()


_NOTHING: dict[str, Any] = {"screens": [], "texts": [], "types": False}


@contextmanager
def running_app_on_a_screen(folder: Path, url: str) -> Iterator[Screen]:
    """Start what `./run phone` starts, at the first outlet, not connected with anybody yet."""
    watched = folder / "screen.json"
    folder.mkdir()
    with running_xvfb() as display:
        environment = {
            **os.environ,
            "DISPLAY": display,
            "SDL_VIDEODRIVER": "x11",
            "KIVY_HOME": str(folder / "kivy"),
            "KIVY_METRICS_DENSITY": "1",
            "LC_ALL": "C",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "TAPAK_PHONE_WATCH": str(watched),
        }
        place = f"{MAJU[0]},{MAJU[1]}"
        arguments = ["--data", str(folder / "data"), "--server", url, f"--at={place}"]
        with (folder / "log").open("w") as log:
            app = subprocess.Popen(
                [sys.executable, "-m", "mobile.main", *arguments],
                cwd=_ROOT,
                env=environment,
                stderr=log,
            )
        try:
            yield Screen(display, watched, app.pid)
            assert app.poll() is None, (folder / "log").read_text()
        finally:
            app.kill()
            app.wait()


@pytest.mark.timeout(420)
@mostly_on("sqlite")
def test_a_rep_works_a_visit_in_flight_mode_and_the_manager_sees_it(
    tapak: RunningTapak, company: Company, tmp_path: Path
) -> None:
    with running_app_on_a_screen(tmp_path / "phone", tapak.url) as screen:
        screen.wait_for("Welcome to Tapak")
        screen.tap("Enrolment code", below=44)
        _enrol(screen, company)
        _switch_flight_mode(screen)
        screen.tap("Today")
        screen.tap("Start day")
        screen.tap("I agree, start")
        screen.tap("Check in")
        screen.wait_for("at the outlet")
        screen.tap("Take an order")
        screen.wait_for_screen("order")
        _order_sodas(screen, 3)
        screen.scroll_down()
        screen.tap("Take a photo")
        screen.wait_for("\U000f0b7e")  # the cloud on a photo that waits to be sent
        screen.tap("Check out")
        screen.wait_for("1/1")
        assert "Toko Maju" not in _visits_page(tapak, company), "flight mode was on"

        _switch_flight_mode(screen)
        screen.tap("Sync now")
        wait_until(lambda: "Toko Maju" in _visits_page(tapak, company), timeout_s=_PATIENCE_S)

    assert "Sari Dewi" in _visits_page(tapak, company)
    with company.app.app_context():
        [deal] = db.session.scalars(select(Deal).where(Deal.owner_id == company.sari))
        assert deal.amount_minor == 15_000_00
        assert db.session.scalars(select(Photo.visit_id)).all() == [deal.visit_id]


def _enrol(screen: Screen, company: Company) -> None:
    screen.type(company.enrolment_code(company.sari))
    screen.tap("Connect this phone")
    screen.wait_for("0/1")


def _switch_flight_mode(screen: Screen) -> None:
    screen.tap("Sync")
    screen.wait_for_screen("sync")
    screen.tap("Play flight mode")


def _order_sodas(screen: Screen, count: int) -> None:
    screen.wait_for("Soda")
    for number in range(count):
        screen.tap("Soda", at_x=372)  # the plus at the right of its row
        screen.wait_for(f"Rp {5 * (number + 1)},000")
    screen.tap("Done")
    screen.wait_for_screen("visit")


def _visits_page(tapak: RunningTapak, company: Company) -> str:
    manager = Manager(tapak.url, company)
    answer = urllib3.request("GET", f"{tapak.url}/visits", headers={"Cookie": manager._cookie})
    assert answer.status == 200
    return answer.data.decode()
