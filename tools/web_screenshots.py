"""Pictures of every page of the manager site, whole, and of states that no address leads to."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Error, Page, ViewportSize

from tests.support import pages
from tests.support.demo_site import MANAGER, REP
from tests.support.empty_site import ADMINISTRATOR
from tests.ui.web.looks import SETTLED

SIZES = {"wide": ViewportSize(width=1440, height=900), "phone": ViewportSize(width=375, height=812)}
Look = tuple[str, Literal["light", "dark"], str]
LOOKS: tuple[Look, ...] = (("en", "light", "wide"), ("id", "dark", "phone"))
"""Language, colours and width: each value once; what the pairs show is tested."""
# What a browser draws itself, such as the fields of dates, is in its own language.
_LOCALES = {"en": "en-GB", "id": "id-ID"}
_LAZY_IMAGES = """
() => Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().catch(() => {});
}))
"""
_MAPS = "() => !document.querySelector('[data-coverage]:not([data-shown])')"
# What roles see otherwise than an administrator.
_OWN_VIEWS = {
    MANAGER: ("/", "/tasks", "/plans", "/signals?state=all"),
    REP: ("/", "/activity", "/live", "/tasks", "/plans", "/signals/{signal}"),
}


@dataclass(frozen=True)
class Site:
    """A running site, and the password of all its people."""

    url: str
    password: str


@dataclass(frozen=True)
class Shot:
    """A page to picture."""

    name: str
    path: str
    who: str = "admin"
    """Empty: nobody."""
    status: int = 200
    looks: tuple[Look, ...] = LOOKS


@dataclass
class Camera:
    """Takes the pictures, with a window for each person and look."""

    browser: Browser
    folder: Path
    missed: list[str] = field(default_factory=list)
    """Addresses that could not be pictured, and why."""
    only: str = ""
    """What names of pictures must hold."""
    stack: ExitStack = field(default_factory=ExitStack)
    windows: dict[tuple[str, str, Look], Page] = field(default_factory=dict)

    def take(self, site: Site, shots: Sequence[Shot]) -> Iterator[Path]:
        """Picture each in every look; note in `missed` what does not answer as it should."""
        for shot in shots:
            for look in shot.looks if self.only in shot.name else ():
                page = self._window(site, shot.who, look)
                try:
                    answer = page.goto(site.url + shot.path)
                    status = answer.status if answer else 0
                    if status != shot.status:
                        self.missed.append(f"{shot.name}: {shot.path} answers {status}")
                        break
                    yield self._picture(page, shot.name, look)
                except Error as error:
                    self.missed.append(f"{shot.name}: {shot.path}: {str(error).splitlines()[0]}")

    def conflict_of_plans(self, site: Site, ids: Mapping[str, str]) -> Iterator[Path]:
        """Picture a week that two people change at once."""
        for number, look in enumerate(LOOKS if self.only in "plans-conflict" else ()):
            page = self._window(site, "admin", look)
            monday = dt.date.fromisoformat(ids["monday"]) + dt.timedelta(weeks=6 + number)
            page.goto(f"{site.url}/plans?rep={ids['rep']}&week={monday}")
            other = page.context.new_page()
            other.goto(page.url)
            for window, index in ((other, 1), (page, 2)):
                window.locator("#add-customer").select_option(index=index)
                window.locator("form:has(#add-day) button").click()
                window.wait_for_load_state()
            other.close()
            yield self._picture(page, "plans-conflict", look)

    def _picture(self, page: Page, name: str, look: Look) -> Path:
        page.wait_for_function(SETTLED)
        page.wait_for_function(_MAPS)
        page.evaluate(_LAZY_IMAGES)
        language, colours, width = look
        path = self.folder / f"web-{name}-{language}-{colours}-{width}.png"
        page.screenshot(path=path, full_page=True)
        return path

    def _window(self, site: Site, who: str, look: Look) -> Page:
        key = site.url, who, look
        if key not in self.windows:
            language, colours, width = look
            context = self.stack.enter_context(
                self.browser.new_context(
                    viewport=SIZES[width],
                    color_scheme=colours,
                    reduced_motion="reduce",
                    locale=_LOCALES[language],
                )
            )
            context.add_cookies([{"name": "language", "value": language, "url": site.url}])
            if who:
                given = {"user": who, "password": site.password}
                answer = context.request.post(f"{site.url}/api/v1/session", data=given)
                assert answer.ok, answer.text()
            self.windows[key] = context.new_page()
        return self.windows[key]


def pictures_of_readme(browser: Browser, site: Site, folder: Path) -> Iterator[Path]:
    """Picture the overview, and a visit inside the fence that led to an order."""
    with browser.new_context(viewport=SIZES["wide"], reduced_motion="reduce") as context:
        context.add_cookies([{"name": "language", "value": "en", "url": site.url}])
        given = {"user": "admin", "password": site.password}
        assert context.request.post(f"{site.url}/api/v1/session", data=given).ok
        page = context.new_page()
        page.goto(f"{site.url}/visits?period=last_month&verdict=inside")
        ordered = page.locator("tbody tr", has=page.locator("td .strong")).first
        visit = ordered.locator("a").first.get_attribute("href")
        for name, path in (("overview", "/?period=last_month"), ("visit", visit)):
            page.goto(f"{site.url}{path}")
            page.wait_for_function(SETTLED)
            picture = folder / f"web-{name}-light.png"
            page.screenshot(path=picture)
            yield picture


def shots_of(ids: Mapping[str, str]) -> list[Shot]:
    """
    Return every page of the demo company, and the states of them that an address leads to.

    :param ids: an id of each kind of thing, by the names in the addresses of `PAGES`
    """
    every = [Shot(_name(listed.path), listed.path) for listed in pages.PAGES]
    own = [
        Shot(f"{_name(path)}-as-{who}", path, who)
        for who, paths in _OWN_VIEWS.items()
        for path in paths
    ]
    states = [
        Shot("live-chosen", "/live?rep={rep}"),
        Shot("tasks-new", "/tasks?customer={customer}"),
        Shot("visits-none", "/visits?q=zzzz"),
        Shot("invitation", "/invitation/{invitation}", ""),
        Shot("sign-in", "/sign-in", ""),
        Shot("error-404", "/nowhere", status=404),
        Shot("error-role", "/users", REP, status=403),
    ]
    return [replace(shot, path=shot.path.format_map(ids)) for shot in every + own + states]


def shots_of_nothing(failing: Sequence[str]) -> list[Shot]:
    """Return the pages of a company that has nothing yet, and those of errors."""
    rules = sorted({listed.rule for listed in pages.PAGES if "<" not in listed.rule})
    empty = [
        Shot(f"empty-{_name(rule)}", rule, ADMINISTRATOR, looks=(LOOKS[number % 2],))
        for number, rule in enumerate(rules)
    ]
    statuses = {"503": 503, "504": 503}
    return empty + [
        Shot(f"error-{(end := path.rpartition('/')[2])}", path, "", statuses.get(end, int(end)))
        for path in failing
    ]


def _name(path: str) -> str:
    """Return a file's name for an address: `/visits/{visit}` is `visits-visit`."""
    plain = re.sub(r"period=[^&]*|\{days\}|&$", "", path)
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "overview"
