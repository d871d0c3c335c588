"""Every page as each role: in both languages, light and dark, wide and narrow, without scripts."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.support.databases import SqliteTemplate
from tests.support.demo_site import MANAGER, REP, DemoSite, running_demo_site
from tests.support.pages import (
    BEFORE_SIGN_IN,
    EXPORTS,
    PAGES,
    ROLES,
    Listed,
    routes_of_exports,
    routes_of_pages,
)
from tests.ui.web.conftest import MARCH, Site
from tests.ui.web.looks import (
    SETTLED,
    against_the_rules,
    foreign,
    listen,
    misplaced,
    too_faint,
    unnamed,
    violations,
    without_contrast,
)

LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DESK, HAND = {"width": 1440, "height": 900}, {"width": 375, "height": 812}
# Maps say in words that they need scripts. The board does not: its cards move by forms, too.
DRAWN = ("/live", "/customers/map")
# There is no Redis to push positions through; test_live.py has one.
NO_REDIS = "status of 503"
PEOPLE = dict(zip(ROLES, ("admin", MANAGER, REP), strict=True))


@dataclass(frozen=True)
class Window:
    """A page of a person who is signed in, and what the browser complained about."""

    page: Page
    problems: list[str]


@dataclass(frozen=True)
class Windows:
    """The windows on the demo company, each opened once for all tests."""

    site: DemoSite
    browser: Browser
    open_ones: dict[tuple[str, str], Window] = field(default_factory=dict)
    proven: set[int] = field(default_factory=set)
    """What texts had that axe-core found legible on one of the pages."""
    stack: ExitStack = field(default_factory=ExitStack)

    def of(self, role: str, language: str) -> Window:
        """Return the window of a role in a language; without a language it has no scripts."""
        key = role, language
        if key not in self.open_ones:
            context = self.stack.enter_context(
                self.browser.new_context(
                    reduced_motion="reduce", java_script_enabled=bool(language)
                )
            )
            cookie = {"name": "language", "value": language or "en", "url": self.site.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
            given = {"user": PEOPLE[role], "password": self.site.company.password}
            assert context.request.post(f"{self.site.url}/api/v1/session", data=given).ok
            page = context.new_page()
            self.open_ones[key] = Window(page, listen(page))
        return self.open_ones[key]


@pytest.fixture(scope="module")
def app(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    with sqlite_template.app(tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.fixture(scope="module")
def windows(app: Flask, browser: Browser) -> Iterator[Windows]:
    with running_demo_site(app) as site:
        windows = Windows(site, browser)
        with windows.stack:
            yield windows


def test_every_page_is_in_the_list(app: Flask) -> None:
    assert routes_of_pages(app) == {listed.rule for listed in PAGES} | set(BEFORE_SIGN_IN)
    assert len(routes_of_exports(app)) == len(EXPORTS)


@pytest.mark.parametrize("listed", PAGES, ids=[listed.path for listed in PAGES])
def test_a_page_is_legible_named_in_one_language_and_in_place(
    windows: Windows, listed: Listed
) -> None:
    address = windows.site.url + listed.path.format(**windows.site.company.ids)
    found: dict[str, list[str]] = {}
    for role in ROLES:
        for language, narrow in (("en", False), ("id", True)):
            window = windows.of(role, language)
            page = window.page
            page.set_viewport_size(HAND if narrow else DESK)  # type: ignore[arg-type]
            answer = page.goto(address)
            assert answer is not None
            if role not in listed.opens_for:
                assert (role, answer.status) == (role, 403)
                window.problems.clear()
                break
            assert (role, answer.status) == (role, 200)
            page.wait_for_function(SETTLED)
            wrong = unnamed(page) + foreign(page, language) + misplaced(page)
            wrong += against_the_rules(page, contrast=False)
            for look in LOOKS:
                page.emulate_media(color_scheme=look)
                wrong += too_faint(page) + without_contrast(page, windows.proven)
            page.set_viewport_size(DESK if narrow else HAND)  # type: ignore[arg-type]
            wrong += misplaced(page) + window.problems
            found[f"{role} {language}"] = [
                each for each in wrong if not (listed.rule == "/live" and NO_REDIS in each)
            ]
            window.problems.clear()

    assert {look: wrong for look, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("listed", PAGES, ids=[listed.path for listed in PAGES])
def test_a_page_can_be_read_without_scripts(windows: Windows, listed: Listed) -> None:
    page = windows.of("admin", "").page
    page.goto(windows.site.url + listed.path.format(**windows.site.company.ids))

    main = page.locator("main")
    expect(page.locator("h1")).to_be_visible()
    assert main.locator(".js-only").and_(page.locator(":visible")).count() == 0
    if main.locator("form.filters").count():
        expect(main.locator("form.filters button").first).to_be_visible()
    if listed.rule in DRAWN:
        expect(main.locator("noscript .empty").first).to_be_visible()


def test_what_lies_before_the_sign_in_is_legible(windows: Windows, page: Page) -> None:
    problems = listen(page)
    for path, language in (("/sign-in", "en"), ("/invitation/{invitation}", "id")):
        cookie = {"name": "language", "value": language, "url": windows.site.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.goto(windows.site.url + path.format(**windows.site.company.ids))
        for look in ("light", "dark"):
            page.emulate_media(color_scheme=look)
            assert violations(page) + unnamed(page) + foreign(page, language) == []
        page.set_viewport_size(HAND)  # type: ignore[arg-type]
        assert misplaced(page) == []
    assert problems == []


def test_dark_stays_dark_once_it_was_chosen(site: Site, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    site.sign_in(page, "budi")
    page.goto(site.server.url)
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    page.get_by_role("button", name="Light or dark").click()
    page.goto(f"{site.server.url}/visits")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != light


def test_the_language_chosen_in_the_menu_is_kept(site: Site, page: Page) -> None:
    site.sign_in(page, "budi")
    page.goto(f"{site.server.url}/visits?{MARCH}")

    page.get_by_role("button", name="Bahasa Indonesia").click()

    expect(page.locator("h1")).to_have_text("Kunjungan")
    expect(page).to_have_url(f"{site.server.url}/visits?{MARCH}")
    page.goto(f"{site.server.url}/activity")
    expect(page.locator("h1")).to_have_text("Aktivitas lapangan")


def test_on_a_phone_the_menu_opens_from_the_bar(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 812})
    site.sign_in(page, "admin")
    page.goto(f"{site.server.url}/tasks")
    link = page.get_by_role("link", name="Visits")
    expect(link).to_be_hidden()

    page.get_by_role("button", name="Menu").click()
    link.click()

    expect(page.locator("h1")).to_have_text("Visits")
