"""The Chromium that page tests drive."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# Everything that would talk to the world, or needs a kernel feature that containers lack.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-dev-shm-usage",
)


class NoBrowserError(RuntimeError):
    """No Chromium on this machine."""


def find_chromium() -> Path | None:
    """Return the browser named by CHROMIUM, or an installed one."""
    if named := os.environ.get("CHROMIUM"):
        return Path(named)
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _MAC if _MAC.exists() else None


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Give a headless browser.

    :raises NoBrowserError: if there is none, neither installed nor by `playwright install`
    """
    # A machine that does much else is slow, not wrong.
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=[*CHROMIUM_ARGUMENTS]
            )
        except Error as error:
            raise NoBrowserError(
                "There is no Chromium. Run:  sudo apt-get install -y chromium"
            ) from error
        with browser:
            yield browser
