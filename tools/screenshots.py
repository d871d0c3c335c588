"""Takes the pictures of docs/screenshots from a demo company: `./run screenshots`.

Starts a demo of its own, unless `--url`, `--user` and `--password` name a running one. A part is
a function that takes a `Demo` and a folder and returns the files it wrote; add yours to `PARTS`.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support import pages
from tests.support.browser import running_browser
from tests.support.tapak import running_tapak

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
LARGEST_BYTES = 200_000
WIDTHS = {"wide": (1440, 900), "phone": (375, 812)}
PAGES = {
    "overview": "/?period=last_month",
    "activity": "/activity?period=last_month&heat=1",
    "daily": "/reports/daily?period=yesterday",
    "leaderboard": "/leaderboard?period=last_month",
    "targets": "/targets",
    "rows": "/numbers/revenue?period=last_month",
    "quality": "/quality",
    "live": "/live",
    "visits": "/visits?period=last_month",
    "visit": "",
    "plans": "/plans",
    "signals": "/signals?state=all",
    "pipeline": "/pipeline?period=year",
    "customers": "/customers",
    "coverage": "/customers/map",
    "duplicates": "/customers/duplicates",
    "lifetime": "/lifetime",
    "tasks": "/tasks",
    "expenses": "/expenses",
    "own-kpi": "/definitions/new",
    "fences": "/fences",
    "people": "/users",
    "audit": "/audit",
    "search": "/search?q=maju",
    "sign-in": "/sign-in",
}
NEVER_SILENT = {"live"}
"""Pages that keep a stream of events open."""


@dataclass(frozen=True)
class Demo:
    """A running demo company, and an administrator's way in."""

    url: str
    user: str
    password: str
    phone_code: str = ""
    """Enrols one phone; empty where the demo was not started here."""


def web(demo: Demo, folder: Path, *, everything: bool = False) -> list[Path]:
    """Picture the overview and a visit; with `everything` each page, language, look and width."""
    wanted = [("overview", "en", "light", "wide"), ("visit", "en", "light", "wide")]
    with running_browser() as browser:
        cookies = _sign_in(browser, demo)
        addresses = PAGES
        if everything:
            addresses = _every_address(browser, demo, cookies)
            wanted = [
                (page, language, look, width)
                for page in addresses
                for language in ("en", "id")
                for look in ("light", "dark")
                for width in WIDTHS
            ]
        return [
            _picture(browser, demo, folder, cookies, addresses[name], name, *looks)
            for name, *looks in wanted
        ]


def _every_address(
    browser: Browser, demo: Demo, cookies: list[dict[str, object]]
) -> dict[str, str]:
    """Return an address of every page; of one thing the first that another page leads to."""
    taken = {address.partition("?")[0] for address in PAGES.values()}
    found = dict(PAGES)
    waiting = {}
    for rule in {listed.rule for listed in pages.PAGES} - taken:
        name = re.sub(r"<[^>]+>", "one", rule).strip("/").replace("/", "-")
        if "<" in rule:
            waiting[name] = re.compile(re.sub(r"<[^>]+>", "[0-9a-z_-]*[0-9_][0-9a-z_-]*", rule))
        else:
            found[name] = rule
    seen: set[str] = set()
    with browser.new_context() as context:
        _prepare(context, demo, cookies, "en")
        page = context.new_page()
        while new := [address for address in found.values() if address and address not in seen]:
            for address in new:
                seen.add(address)
                page.goto(demo.url + address)
                links = page.locator("main a[href]").evaluate_all(
                    "links => links.map((link) => link.getAttribute('href'))"
                )
                for name, pattern in list(waiting.items()):
                    fitting = [link for link in links if pattern.fullmatch(link.partition("?")[0])]
                    if fitting:
                        found[name] = fitting[0]
                        del waiting[name]
    return found


def phone(demo: Demo, folder: Path, *, everything: bool = False) -> list[Path]:
    """Picture the rep's day and more; with `everything` each screen and state in every look."""
    # It opens a window of Kivy, which pictures of the web alone should not need.
    from tools.phone_screenshots import take_every_state, take_pictures  # noqa: PLC0415

    if everything:
        return take_every_state(folder)
    return take_pictures(demo.url, demo.phone_code, folder)


PARTS: dict[str, Callable[..., list[Path]]] = {"web": web, "phone": phone}


def main() -> None:
    """Take the pictures and say what was written."""
    parser = argparse.ArgumentParser(prog="./run screenshots", description=__doc__)
    parser.add_argument("--url", help="a running demo; without it one is started")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="tapak-demo")
    parser.add_argument("--phone-code", default="", help="enrols the phone of a running demo")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part")
    parser.add_argument(
        "--all",
        action="store_true",
        help="every page, and every screen and state of the phone, in every look",
    )
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with _demo(options) as demo:
        for name in options.part or PARTS:
            for path in PARTS[name](demo, options.folder, everything=options.all):
                if path.stat().st_size > LARGEST_BYTES:
                    # 256 colours are enough for a page.
                    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)
                print(f"{path.stat().st_size / 1000:6.0f} kB  {path}")


@contextmanager
def _demo(options: argparse.Namespace) -> Iterator[Demo]:
    if options.url:
        yield Demo(options.url.rstrip("/"), options.user, options.password, options.phone_code)
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        running_tapak(Path(folder), command=("demo",)) as running,
    ):
        told = json.loads((running.data / "phone-enrolment.json").read_text())
        yield Demo(running.url, options.user, options.password, told["code"])


def _sign_in(browser: Browser, demo: Demo) -> list[dict[str, object]]:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{demo.url}/sign-in")
        page.locator("#code").fill(demo.user)
        page.locator("#password").fill(demo.password)
        page.locator("main .button.main").click()
        page.wait_for_url(f"{demo.url}/")
        return [dict(cookie) for cookie in context.cookies()]


def _picture(  # noqa: PLR0917 - one for each part of the file's name
    browser: Browser,
    demo: Demo,
    folder: Path,
    cookies: list[dict[str, object]],
    address: str,
    name: str,
    language: str,
    look: str,
    width: str,
) -> Path:
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    with browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        color_scheme=look,  # type: ignore[arg-type]
        reduced_motion="reduce",
    ) as context:
        _prepare(context, demo, [] if name == "sign-in" else cookies, language)
        page = context.new_page()
        page.goto(demo.url + (address or _address_of_a_visit(page, demo)))
        page.wait_for_load_state("load" if name in NEVER_SILENT else "networkidle")
        usual = (language, width) == ("en", "wide")
        path = folder / f"web-{name}-{look}{'' if usual else f'-{language}-{width}'}.png"
        page.screenshot(path=path)
        return path


def _prepare(
    context: BrowserContext, demo: Demo, cookies: list[dict[str, object]], language: str
) -> None:
    chosen = {"name": "language", "value": language, "url": demo.url}
    context.add_cookies([*cookies, chosen])  # type: ignore[list-item]


def _address_of_a_visit(page: Page, demo: Demo) -> str:
    """Return a visit inside the fence that led to an order."""
    page.goto(f"{demo.url}/visits?period=last_month&verdict=inside")
    row = page.locator("tbody tr", has=page.locator("td .strong")).first
    return row.locator("a").first.get_attribute("href") or "/visits"


if __name__ == "__main__":
    main()
