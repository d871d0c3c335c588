"""The Chromium that page tests drive."""

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Locator, expect, sync_playwright

# The first has no windows, and opens a page with half of the work.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
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
# What a person does to a part of a page.
_ACTIONS = (
    *("blur", "check", "clear", "click", "dblclick", "drag_to", "fill", "focus", "hover", "press"),
    *("press_sequentially", "scroll_into_view_if_needed", "select_option", "set_checked"),
    *("set_input_files", "uncheck"),
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


def _act_after_the_scripts() -> None:
    """Let no test be quicker than the scripts of a page that a link or a form has led to.

    A part of it can be pressed before the scripts have run, and nothing would come of that: a
    person is too slow for it, and so is a test on a machine that does nothing else.
    """
    for name in _ACTIONS:
        setattr(Locator, name, _after_the_scripts(getattr(Locator, name)))


def _after_the_scripts(act: Callable[..., Any]) -> Callable[..., Any]:
    if hasattr(act, "__wrapped__"):
        return act

    @functools.wraps(act)
    def wait_and_act(part: Locator, *arguments: Any, **named: Any) -> Any:
        part.page.wait_for_load_state("domcontentloaded")
        return act(part, *arguments, **named)

    return wait_and_act


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Give a headless browser.

    :raises NoBrowserError: if there is none, neither installed nor by `playwright install`
    """
    # A machine that does much else is slow, not wrong.
    expect.set_options(timeout=60_000)
    _act_after_the_scripts()
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
