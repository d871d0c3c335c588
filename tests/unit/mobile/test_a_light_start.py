"""What the first screen does not need is not imported before it is drawn."""

import subprocess
import sys
from pathlib import Path

import mobile

_LATER = (
    "geopy",
    "keyring",
    "marshmallow",
    "mobile.screens.deal.view_model",
    "mobile.services.numbers",
    "mobile.sync.engine",
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
