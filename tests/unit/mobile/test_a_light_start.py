"""What the first screen does not need is not imported before it is drawn."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import mobile
from mobile.container.adapters import Adapters
from mobile.container.container import Container
from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.phone import describe_desktop
from mobile.settings import PhoneSettings
from tests.fakes.phone import FakeClock, MemorySecrets

_LATER = (
    "geopy",
    "keyring",
    "marshmallow",
    "mobile.screens.deal.view_model",
    "mobile.services.customer_views",
    "mobile.services.deal_views",
    "mobile.services.enrolment",
    "mobile.services.numbers",
    "mobile.storage.outbox",
    "mobile.sync.engine",
    "shared.sync.exchange",
    "urllib3",
    "uuid6",
)


def test_the_phone_is_put_together_without_what_comes_later() -> None:
    wanted = "import sys, mobile.container.container, mobile.screens.today.view_model"
    told = subprocess.run(
        [sys.executable, "-c", f"{wanted}\nprint(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(told.stdout.split())
    assert "mobile.services.day" in imported
    assert not imported.intersection(_LATER)


def test_no_rule_holds_a_widget_by_its_ids() -> None:
    """Kivy keeps what a rule reads through `ids` alive for ever, with the screen it stands on."""
    rules = Path(mobile.__file__).parent.rglob("*.kv")
    assert [str(file) for file in rules if ".ids." in file.read_text()] == []


def test_every_widget_that_rules_may_name_is_where_the_registry_says() -> None:
    """Looked for in the source: importing widgets opens a window."""
    folder = Path(mobile.__file__).parent / "widgets"
    table = (folder / "registry.py").read_text()
    wanted = ast.literal_eval(table.partition("WIDGETS = ")[2].partition("\n\n")[0])
    for module, names in wanted.items():
        tree = ast.parse((folder / f"{module}.py").read_text())
        classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        assert set(names) <= classes


def test_a_sound_phone_starts_without_its_keyring(tmp_path: Path) -> None:
    class Slow(MemorySecrets):
        def read(self, name: str) -> str | None:
            raise AssertionError(name)

    settings = PhoneSettings(data=tmp_path / "phone")
    adapters = Adapters(
        clock=FakeClock(),
        connectivity=SwitchedConnectivity(is_online=False),
        secrets=Slow(),
        phone=describe_desktop(app_version="0"),
    )
    container = Container(settings, adapters=adapters, on_ui_thread=lambda call: call())
    container.view_models.bar.refresh()
    assert not container.is_enrolled()
    container.close()


def test_what_typing_waits_for_is_there_at_once_and_what_takes_long_later(tmp_path: Path) -> None:
    settings = PhoneSettings(data=tmp_path / "phone")
    adapters = Adapters(
        clock=FakeClock(),
        connectivity=SwitchedConnectivity(is_online=False),
        secrets=MemorySecrets(),
        phone=describe_desktop(app_version="0"),
    )
    later: list[Callable[[], None]] = []
    container = Container(settings, adapters=adapters, on_ui_thread=later.append)
    released, came = Event(), Event()
    told: list[str] = []

    def slow() -> str:
        released.wait()
        return "late"

    def keep(call: Callable[[], None]) -> None:
        later.append(call)
        came.set()

    container._on_ui_thread = keep
    container._in_background(lambda: "soon", told.append, patience_s=60)
    assert told == ["soon"]
    container._in_background(slow, told.append, patience_s=0.001)
    assert told == ["soon"]
    released.set()
    came.wait()
    for call in later:
        call()
    assert told == ["soon", "late"]
    container.close()
