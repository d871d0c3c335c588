"""Windows on a site, each opened once for all tests of a file, and what is looked for in them."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, Page, Response, ViewportSize, expect

from tests.support.demo_site import MANAGER, REP
from tests.support.pages import ROLES
from tests.ui.web.looks import (
    CUT_OFF,
    OPEN_DETAILS,
    OPEN_OVER_THE_PAGE,
    SETTLED,
    against_the_rules,
    foreign,
    listen,
    misplaced,
    too_faint,
    unnamed,
    without_contrast,
)

LANGUAGES = ("en", "id")
# The narrowest window in which nothing may have to be scrolled sideways (WCAG 2.2, 1.4.10).
DESK, HAND = ViewportSize(width=1440, height=900), ViewportSize(width=320, height=812)
# A sheet of A4 between its margins, standing, and on its side for the widest tables.
SHEET, ON_ITS_SIDE = ViewportSize(width=718, height=1047), ViewportSize(width=1047, height=718)
WIDEST = ".report, .wide-sheet"
Look = tuple[Literal["light", "dark"], ViewportSize]
# Whoever sees a page in both languages has seen all pairs of language, colours and width.
LOOKS: dict[str, tuple[Look, Look]] = {
    "en": (("light", DESK), ("dark", HAND)),
    "id": (("dark", DESK), ("light", HAND)),
}
# The maps say in words that they need scripts. The board does not: its cards move by forms, too.
DRAWN = ("/live", "/customers/map")
# These sites have no Redis to push positions through; the one of test_live.py has.
NO_REDIS = "status of 503"
NOT_FOR_PAPER = (".menu", ".bar", ".page-actions", ".filters", ".pages")


@dataclass
class Window:
    """A page of a person who is signed in, and what the browser complained about."""

    page: Page
    language: str
    proven: set[int]
    """What texts had that axe-core found legible on one of the pages."""
    problems: list[str]
    look: int = 0
    seen_open: set[str] = field(default_factory=set)
    """What was opened on one of the pages of the same language: its build, or a dialog's id."""

    def turn(self, look: int) -> None:
        """Show one of the two looks of the language; an even number is the first."""
        if look % 2 == self.look:
            return
        self.look = look % 2
        colours, size = LOOKS[self.language][self.look]
        self.page.emulate_media(color_scheme=colours)
        self.page.set_viewport_size(size)

    def open(self, address: str, look: int) -> Response:
        """Open a page in a look that is its own, whatever was opened before."""
        self.turn(look)
        answer = self.page.goto(address)
        assert answer is not None
        return answer

    def wrong(self, *, in_both_looks: bool = True) -> list[str]:
        """
        Return what is wrong with the page in the looks of the window's language.

        :param in_both_looks: else in the one in which it was opened
        """
        page = self.page
        page.wait_for_function(SETTLED)
        found = unnamed(page) + foreign(page, self.language)
        for other in range(1 + in_both_looks):
            if other:
                self.turn(self.look + 1)
                page.wait_for_function(SETTLED)
            found += misplaced(page) + too_faint(page) + without_contrast(page, self.proven)
            found += against_the_rules(page, contrast=False)
        found += self._opened()
        found += self.problems
        self.problems.clear()
        return found

    def _opened(self) -> list[str]:
        """Open what the page keeps shut, and return what is wrong with it."""
        page, found = self.page, []
        if opened := page.evaluate(OPEN_DETAILS, list(self.seen_open)):
            self.seen_open.update(opened)
            found += [f"opened: {each}" for each in self._faults_of("details[open]")]
        while over := page.evaluate(OPEN_OVER_THE_PAGE, list(self.seen_open)):
            self.seen_open.add(over)
            found += [f"opened: {each}" for each in self._faults_of(f"#{over}")]
        return found

    def _faults_of(self, part: str) -> list[str]:
        page = self.page
        found = misplaced(page) + too_faint(page) + without_contrast(page, self.proven)
        return found + against_the_rules(page, contrast=False, only=part)

    def wrong_as_it_is(self, rule: str) -> list[str]:
        """Return what is wrong with a page that no script works on, on the screen and on paper."""
        page, main = self.page, self.page.locator("main")
        found = unnamed(page) + foreign(page, self.language) + misplaced(page)
        expect(page.locator("h1")).to_be_visible()
        if main.locator(".js-only").and_(page.locator(":visible")).count():
            found.append("something that needs scripts")
        if main.locator("form.filters").count():
            expect(main.locator("form.filters button").first).to_be_visible()
        if rule in DRAWN:
            expect(main.locator(".empty").first).to_be_visible()
        is_wide = page.locator(WIDEST).count() > 0
        if is_wide:
            page.set_viewport_size(ON_ITS_SIDE)
        page.emulate_media(media="print")
        found += page.evaluate(CUT_OFF, list(NOT_FOR_PAPER))
        page.emulate_media(media="screen")
        if is_wide:
            page.set_viewport_size(SHEET)
        return found


@dataclass(frozen=True)
class Windows:
    """The windows of a company's people."""

    url: str
    password: str
    browser: Browser
    people: tuple[str, ...] = ("admin", MANAGER, REP)
    """Who signs in, in the order of `ROLES`."""
    proven: set[int] = field(default_factory=set)
    seen_open: dict[str, set[str]] = field(
        default_factory=lambda: {language: set() for language in LANGUAGES}
    )
    stack: ExitStack = field(default_factory=ExitStack)
    open_ones: dict[tuple[str, str, bool], Window] = field(default_factory=dict)

    def of(self, role: str, language: str, *, with_scripts: bool = True) -> Window:
        """
        Return the window of a role in a language, as wide as a sheet where it has no scripts.

        :param role: empty: of somebody who is not signed in
        """
        key = role, language, with_scripts
        if key not in self.open_ones:
            colours, size = LOOKS[language][0]
            context = self.stack.enter_context(
                self.browser.new_context(
                    reduced_motion="reduce",
                    java_script_enabled=with_scripts,
                    color_scheme=colours if with_scripts else "light",
                    viewport=size if with_scripts else SHEET,
                )
            )
            context.add_cookies([{"name": "language", "value": language, "url": self.url}])
            if role:
                given = {"user": self.people[ROLES.index(role)], "password": self.password}
                assert context.request.post(f"{self.url}/api/v1/session", data=given).ok
            page = context.new_page()
            self.open_ones[key] = Window(
                page, language, self.proven, listen(page), seen_open=self.seen_open[language]
            )
        return self.open_ones[key]
