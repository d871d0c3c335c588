"""What the first screen does not need is not imported before it is drawn."""

import subprocess
import sys

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
