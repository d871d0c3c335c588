"""Takes the phone's pictures: a rep of the demo works two visits, then one without a network.

A part of `tools/screenshots.py`. Everything is real, but the rep works and rides very fast.
"""

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tests.ui.phone.kivy_setup  # noqa: F401 - before anything of Kivy
from mobile.app import TapakApp
from mobile.container.adapters import Adapters
from mobile.container.container import Container
from mobile.device.clock import LinuxClock
from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.phone import PhoneDescription
from mobile.device.tokens import MAC_KEY
from mobile.settings import Look, PhoneSettings
from tests.fakes.phone import KEY, FakeClock, MemorySecrets
from tests.ui.phone.phone import Phone, on_ui_thread, start_app
from tests.ui.phone.territory import OUTLETS, fill
from tests.ui.phone.test_every_look import walk_through

LOOKS = (("en", "light"), ("id", "dark"))
"""English in the light, Indonesian in the dark."""
_LOOKS_OF_ALL = (("en", "light", 1.0), ("id", "dark", 1.0), ("id", "light", 1.6))
"""Language, colours and size of text; the tests go through all eight."""
_RIDE_KMH = 9000.0
_SYNC_TIMEOUT_S = 60.0


class MovedClock(LinuxClock):
    """This computer's clocks, which can be moved on."""

    def __init__(self) -> None:
        self._moved = dt.timedelta()
        self.time_zone = "Asia/Jakarta"

    def now(self) -> dt.datetime:
        """Return the wall clock with what it was moved."""
        return super().now() + self._moved

    def elapsed_ms(self) -> int:
        """Return the time since boot with what it was moved."""
        return super().elapsed_ms() + round(self._moved.total_seconds() * 1000)

    def pass_time(self, **duration: float) -> None:
        """Move on."""
        self._moved += dt.timedelta(**duration)


def take_pictures(server: str, code: str, folder: Path) -> list[Path]:
    """Work a piece of a day on a phone enrolled with the code; return the files written."""
    with tempfile.TemporaryDirectory() as data, _enrolled(server, code, Path(data)) as phone:
        return [path for name in _work(phone) for path in _in_each_look(phone, name, folder)]


def take_every_state(folder: Path) -> list[Path]:
    """Walk through every screen and state, as the tests do, in several looks; return the files."""
    taken: list[Path] = []
    for language, theme, text_scale in _LOOKS_OF_ALL:
        look = Look(language=language, theme=theme, text_scale=text_scale)
        with tempfile.TemporaryDirectory() as data, _filled(Path(data), look) as phone:
            for name in walk_through(phone):
                file = f"phone-{name.replace(' ', '-')}-{language}-{theme}-{text_scale}.png"
                taken.append(phone.shot(folder / file))
    return taken


@contextmanager
def _filled(data: Path, look: Look) -> Iterator[Phone]:
    clock = FakeClock()
    recorder, territory = fill(data / "phone", clock)
    recorder.database.close()
    with start_app(
        data / "phone",
        clock=clock,
        secrets=MemorySecrets(**{MAC_KEY: KEY.hex()}),
        place=territory.place(OUTLETS[0][0]),
        look=look,
    ) as phone:
        yield phone


def _in_each_look(phone: Phone, name: str, folder: Path) -> Iterator[Path]:
    settings = phone.app.container.view_models.settings
    # The app listens to a choice from when its screen is built.
    phone.app.show("settings")
    phone.app.back()
    for language, theme in LOOKS:
        settings.choose_language(language)
        settings.choose_theme(theme)
        phone.pass_time(1)
        phone.app.say("")  # a reminder, in the language of before
        yield phone.shot(folder / f"phone-{name}-{theme}.png")


def _work(phone: Phone) -> Iterator[str]:
    """Work, and stop where a picture is worth taking."""
    models = phone.app.container.view_models
    models.today.start_day()
    for number in range(2):
        _visit(phone)
        _take_order(phone, lines=2 + number)
        phone.pass_time(4)
        models.visit.check_out()
        phone.app.say("")
    _send_everything(phone)
    network = phone.app.container.connectivity
    assert isinstance(network, SwitchedConnectivity)
    network.switch(is_online=False)
    phone.app.tab("today")
    yield "today"
    _visit(phone)
    _take_order(phone, lines=3)
    phone.pass_time(38)
    yield "visit"
    phone.app.tab("customers")
    phone.wait(lambda: bool(models.customers.state.rows))
    yield "customers"
    phone.app.tab("sync")
    yield "sync"


@contextmanager
def _enrolled(server: str, code: str, data: Path) -> Iterator[Phone]:
    clock = MovedClock()
    container = Container(
        PhoneSettings(data=data, server=server, code=code, speed_kmh=_RIDE_KMH),
        adapters=Adapters(
            clock=clock,
            connectivity=SwitchedConnectivity(),
            secrets=MemorySecrets(),
            phone=PhoneDescription(model="Phone of the pictures", system="", app_version="0.1.0"),
        ),
        on_ui_thread=on_ui_thread,
    )
    with Phone(TapakApp(container, is_still=True), clock) as phone:
        phone.wait(lambda: phone.screen.name == "today", _SYNC_TIMEOUT_S)
        phone.wait(lambda: bool(container.view_models.today.state.rows), _SYNC_TIMEOUT_S)
        phone.pass_time(20)
        yield phone


def _visit(phone: Phone) -> None:
    """Check in at the next stop, once the rep is there."""
    models = phone.app.container.view_models
    call = models.today.state.next_call
    assert call is not None
    phone.app.check_in(call.customer_id, call.stop_id)
    for _ in range(30):
        if models.visit.state.phase == "open":
            return
        phone.pass_time(1)
    models.visit.check_in()


def _take_order(phone: Phone, *, lines: int) -> None:
    phone.app.order()
    order = phone.app.container.view_models.order
    for number, row in enumerate(order.state.rows[2 : 2 + lines]):
        order.step(row.key, 12 * (number + 1))
    phone.app.back()


def _send_everything(phone: Phone) -> None:
    sync = phone.app.container.view_models.sync
    sync.sync_now()

    def is_sent() -> bool:
        sync.refresh()
        return sync.state.waiting == "0" and not sync.state.is_running

    phone.wait(is_sent, _SYNC_TIMEOUT_S)
