"""Takes pictures of every page and screen from a demo company: `./run screenshots`.

What it cannot reach it names, and then it fails. `--readme` takes the pictures of docs/screenshots
alone, with a phone that works a piece of a day on the running demo.
"""

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.signals.models import Signal
from shared.time import business_day, utc_now
from tests.factories.company import PASSWORD, ZONE
from tests.support.application import running_app, serving
from tests.support.browser import running_browser
from tests.support.databases import SqliteTemplate
from tests.support.demo_site import add_what_is_made_by_hand
from tests.support.empty_site import FAILING, running_empty_app
from tests.support.tapak import running_tapak, wait_until
from tools.contact_sheets import make_sheets
from tools.web_screenshots import Camera, Site, pictures_of_readme, shots_of, shots_of_nothing

_ROOT = Path(__file__).resolve().parents[1]
README_FOLDER = _ROOT / "docs" / "screenshots"
FOLDER = _ROOT / "build" / "screenshots"
LARGEST_BYTES = 200_000
"""Of a picture of the README."""
_DEMO_PASSWORD = "tapak-demo"  # noqa: S105 - of a company that is nobody's
PARTS = ("web", "phone")
_PATIENCE_S = 120.0
"""For what a worker finds in the demo company's days."""


@dataclass(frozen=True)
class Demo:
    """A running demo company."""

    site: Site
    data: Path
    phone_code: str
    """Enrols one phone."""


def main() -> None:
    """Take the pictures, say what was written, and fail for what was not."""
    parser = argparse.ArgumentParser(prog="./run screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, help="instead of build/screenshots")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--only", default="", help="pages with this in their picture's name")
    parser.add_argument("--readme", action="store_true", help="the pictures of docs/screenshots")
    options = parser.parse_args()
    # The server in this process would say every request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    folder = options.folder or (README_FOLDER if options.readme else FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    parts = options.part or PARTS
    missed: list[str] = []
    if options.readme:
        taken = [*_readme(folder, parts)]
    else:
        taken = [*_web(folder, missed, only=options.only)] if "web" in parts else []
        if "phone" in parts:
            taken += _phone(folder)
    for path in taken:
        print(f"{path.stat().st_size / 1000:6.0f} kB  {path}")
    if missed:
        # Not to stderr, which Kivy keeps for itself once its window was open.
        print("Not reached:", *missed, sep="\n")
        sys.exit(1)


def _web(folder: Path, missed: list[str], *, only: str) -> Iterator[Path]:
    """Picture every page and state, and all of them on a few sheets."""
    taken: list[Path] = []
    with running_browser() as browser:
        camera = Camera(browser, folder, missed, only)
        with _demo() as demo, camera.stack:
            ids = _make_by_hand(demo)
            taken += camera.take(demo.site, shots_of(ids))
            taken += camera.conflict_of_plans(demo.site, ids)
        with _nothing() as site, camera.stack:
            taken += camera.take(site, shots_of_nothing(FAILING))
    yield from taken
    yield from make_sheets(taken, folder, "web")


def _phone(folder: Path) -> list[Path]:
    # It opens a window of Kivy, which pictures of the web alone should not need.
    from tools.phone_screenshots import take_every_state  # noqa: PLC0415

    taken = take_every_state(folder)
    return taken + make_sheets(taken, folder, "phone")


def _readme(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    with _demo() as demo:
        taken: list[Path] = []
        if "web" in parts:
            with running_browser() as browser:
                taken += pictures_of_readme(browser, demo.site, folder)
        if "phone" in parts:
            from tools.phone_screenshots import take_pictures  # noqa: PLC0415

            taken += take_pictures(demo.site.url, demo.phone_code, folder)
    for path in taken:
        if path.stat().st_size > LARGEST_BYTES:
            # 256 colours are enough for a page.
            Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)
        yield path


@contextmanager
def _demo() -> Iterator[Demo]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_tapak(Path(folder), command=("demo",)) as running,
    ):
        told = json.loads((running.data / "phone-enrolment.json").read_text())
        yield Demo(Site(running.url, _DEMO_PASSWORD), running.data, told["code"])


def _make_by_hand(demo: Demo) -> dict[str, str]:
    """Add what the demo company has not of itself; return an id of each kind of thing."""
    now = utc_now()
    with running_app(Settings(data=demo.data)) as app, app.app_context():
        with transaction():
            ids = add_what_is_made_by_hand(business_day(now, ZONE), now)
        # The worker takes back a signal that nothing recorded speaks for.
        signals = select(Signal.id).where(Signal.rep_id == ids["rep"], Signal.id != ids["signal"])
        raised: list[str] = []

        def is_raised() -> bool:
            db.session.rollback()  # to see what the worker has written since
            raised[:] = db.session.scalars(signals.limit(1))
            return bool(raised)

        wait_until(is_raised, timeout_s=_PATIENCE_S, what=lambda: "a signal of the rep")
    return ids | {"signal": raised[0]}


@contextmanager
def _nothing() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            SqliteTemplate(folder).copy(folder) as url,
            running_empty_app(folder, url) as app,
            serving(app) as address,
        ):
            yield Site(address, PASSWORD)


if __name__ == "__main__":
    main()
