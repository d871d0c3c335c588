"""The phone's app measuring itself, for `bench_phone`: `python -m tests.bench.phone_app WHAT …`.

A process of its own, so that start and memory are those of the app alone. Prints JSON.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_WORDS = (
    "toko makmur jaya",
    "warung depok",
    "toko warung",
    "kios zz",
    "0812345",
    "c-0123",
    "ud haji",
)
_FRAMES = 400
_ROWS_A_SECOND = 20
_CHECK_INS = 200
_SETTLES_S = 2.0
"""After the walk, before its memory is looked at: what a screen left behind is given back."""


def main() -> None:
    """Do what the first argument says."""
    what, *rest = sys.argv[1:]
    globals()[what](*rest)


def hello(settings: str) -> None:
    """Show one label, and say when: the least that Kivy can do, with its own settings or ours."""
    from mobile.main import prepare_window

    prepare_window((412, 915))
    if settings == "kivy":
        from kivy.config import Config

        Config.set("graphics", "multisamples", "2")
    from kivy.app import App
    from kivy.uix.label import Label

    app = App()
    app.build = lambda: Label(text="hello")
    _tell_first_frame(app, lambda: True)
    app.run()


def start(folder: str) -> None:
    """Start the app as a rep does, and say when today's stops were on the screen."""
    app = _app(folder)
    today = app.container.view_models.today
    _tell_first_frame(app, lambda: bool(today.state.rows))
    app.run()


def use(folder: str) -> None:
    """Search, scroll, walk through the screens; say how long it took and how much memory."""
    from kivy.clock import Clock

    app = _app(folder)
    steps = _steps(app)

    def step(_dt: float) -> None:
        if next(steps, None) is None:
            app.stop()

    # Once a frame, before it is drawn, as a touch would come.
    Clock.schedule_interval(step, 0)
    app.run()


def check_in(folder: str) -> None:
    """Check in and out again and again, each durable when it is answered."""
    from mobile.device.clock import LinuxClock
    from mobile.device.secrets import FileSecrets
    from mobile.services.customers import CustomerService
    from mobile.services.recorder import Recorder
    from mobile.services.visits import VisitService
    from mobile.storage.database import Database
    from shared.checkin.evidence import Fix
    from shared.vocabulary import NoSaleReason

    database, clock = Database(Path(folder) / "phone.db"), LinuxClock()
    secrets = FileSecrets(Path(folder) / "secrets.json")
    recorder = Recorder(database=database, clock=clock, secrets=secrets)
    visits = VisitService(recorder=recorder)
    outlets = CustomerService(recorder=recorder).search("", limit=_CHECK_INS)
    took = []
    for outlet in outlets:
        assert outlet.latitude is not None
        assert outlet.longitude is not None
        fix = Fix(
            latitude=outlet.latitude,
            longitude=outlet.longitude,
            accuracy_m=8.0,
            fix_at=clock.now(),
        )
        began = time.perf_counter()
        visit = visits.check_in(customer_id=outlet.id, fix=fix)
        took.append(time.perf_counter() - began)
        visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
        visits.check_out(visit.id, fix=fix)
    database.close()
    _print({"check_in_s": took})


def _app(folder: str) -> Any:
    sys.argv[1:] = ["--data", folder, "--server", "http://127.0.0.1:9", "--offline"]
    from mobile.main import make_app, read_arguments

    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    return make_app(*read_arguments())


def _tell_first_frame(app: Any, is_usable: Callable[[], bool]) -> None:
    """Print when the first frame that can be used has been shown, and end."""
    from kivy.core.window import Window

    def flip(*_: object) -> bool:
        Window.flip()
        if is_usable() and app.root is not None:
            _print({"shown_at": time.monotonic(), "cpu_s": time.thread_time(), "memory": _memory()})
            Window.unbind(on_flip=flip)
            app.stop()
        return True  # instead of Kivy's own flip

    Window.bind(on_flip=flip)


def _steps(app: Any) -> Iterator[bool]:
    """One step a frame."""
    for _ in range(30):
        yield True
    app.tab("customers")
    customers = app.container.view_models.customers
    while not customers.state.rows:
        yield True
    at_rest = _memory()
    answered: list[float] = []
    shown: list[float] = []
    for words in _WORDS:
        for length in range(1, len(words) + 1):
            yield from _search(app, words[:length], answered, shown)
    yield from _search(app, "", [], [])
    scrolled: list[float] = []
    yield from _scroll(app, scrolled)
    for tab in ("sync", "settings", "today"):
        app.tab(tab)
        for _ in range(30):
            yield True
    app.customer(customers.state.rows[0].key)
    settled = time.monotonic() + _SETTLES_S
    while time.monotonic() < settled:
        yield True
    _print(
        {
            "search_s": answered,
            "search_shown_s": shown,
            "scroll_s": scrolled,
            "memory_at_rest": at_rest,
            "memory": _memory(),
        }
    )


def _search(app: Any, text: str, answered: list[float], shown: list[float]) -> Iterator[bool]:
    """Type, and wait for the rows.

    The first time is from the letter to the rows, without the wait for the frame that is being
    drawn meanwhile: here it is painted by the processor. The second is to the frame drawn.
    """
    customers = app.container.view_models.customers
    searching, found, service = customers._customers.search, customers._found, customers._customers
    moments: list[float] = []

    def search(*arguments: Any, **options: Any) -> Any:
        answer = searching(*arguments, **options)
        moments.append(time.perf_counter())
        return answer

    def show(*arguments: Any) -> None:
        moments.append(time.perf_counter())
        found(*arguments)
        moments.append(time.perf_counter())

    service.search, customers._found = search, show
    began = time.perf_counter()
    app.root.ids.manager.current_screen.ids.search.ids.entry.text = text
    while len(moments) < 3:
        yield True
    answered.append(moments[0] - began + moments[2] - moments[1])
    yield True  # drawn
    shown.append(time.perf_counter() - began)
    del service.search
    customers._found = found


def _scroll(app: Any, took: list[float]) -> Iterator[bool]:
    """Scroll like a thumb, and note the main thread's CPU time between two frames."""
    rows = app.root.ids.manager.current_screen.ids.list
    per_frame = rows.row_height * _ROWS_A_SECOND / 60
    before, scrollable, direction = time.thread_time(), 0.0, -1
    for _ in range(_FRAMES):
        scrollable = rows.children[0].height - rows.height
        rows.scroll_y += direction * per_frame / scrollable
        if not 0 < rows.scroll_y < 1:
            direction = -direction
        yield True
        now = time.thread_time()
        took.append(now - before)
        before = now


def _memory() -> dict[str, int]:
    """Return the bytes this process holds, shared ones by its share (PSS) and in full (RSS)."""
    text = Path("/proc/self/smaps_rollup").read_text()
    return {
        name: int(size) * 1024
        for name, size in re.findall(r"^(Pss|Rss):\s+(\d+) kB", text, re.MULTILINE)
    }


def _print(found: dict[str, Any]) -> None:
    # Kivy has taken over sys.stdout's siblings, not the file itself.
    sys.__stdout__.write(json.dumps(found) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


if __name__ == "__main__":
    main()
