"""Every page as each role: in both languages, light and dark, wide and narrow, on paper too."""

from collections.abc import Iterator
from itertools import islice

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from shared.i18n import Translator
from tests.support.databases import SqliteTemplate
from tests.support.demo_site import MANAGER, running_demo_site
from tests.support.pages import (
    BEFORE_SIGN_IN,
    EXPORTS,
    PAGES,
    ROLES,
    Listed,
    routes_of_exports,
    routes_of_pages,
)
from tests.support.signs import all_addresses, signs_of
from tests.ui.web.conftest import MARCH, Site
from tests.ui.web.windows import LANGUAGES, NO_REDIS, Windows


@pytest.fixture(scope="module")
def app(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    with sqlite_template.app(tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.fixture(scope="module")
def ids() -> dict[str, str]:
    """Return an id of each kind of thing; filled once the site runs."""
    return {}


@pytest.fixture(scope="module")
def windows(app: Flask, browser: Browser, ids: dict[str, str]) -> Iterator[Windows]:
    with running_demo_site(app) as site:
        ids.update(site.company.ids)
        windows = Windows(site.url, site.company.password, browser)
        with windows.stack:
            yield windows


def with_scripts(listed: Listed, role: str) -> tuple[str, ...]:
    """
    Return the languages in which the role sees the page with scripts; the other it reads without.

    All who may open it see the page in both languages together, so in every pair of colours,
    width and language; to show everybody everything would take twice as long.
    """
    if len(listed.opens_for) == 1:
        return LANGUAGES
    turn = (PAGES.index(listed) + ROLES.index(role)) % len(LANGUAGES)
    return (LANGUAGES[turn],)


def without_scripts(listed: Listed, role: str) -> str:
    """Return the language in which the role reads the page without scripts."""
    return LANGUAGES[(PAGES.index(listed) + ROLES.index(role) + 1) % len(LANGUAGES)]


def test_every_page_is_in_the_list(app: Flask) -> None:
    assert routes_of_pages(app) == {listed.rule for listed in PAGES} | set(BEFORE_SIGN_IN)
    assert len(routes_of_exports(app)) == len(EXPORTS)


@pytest.mark.parametrize("listed", PAGES, ids=[listed.path for listed in PAGES])
def test_a_page_is_legible_named_in_one_language_and_in_place(
    windows: Windows, ids: dict[str, str], listed: Listed
) -> None:
    address = windows.url + listed.path.format(**ids)
    found: dict[str, list[str]] = {}
    for role in ROLES:
        for language in with_scripts(listed, role):
            window = windows.of(role, language)
            if role not in listed.opens_for:
                assert window.page.request.get(address).status == 403
                break
            answer = window.open(address, PAGES.index(listed) // len(LANGUAGES))
            assert (role, answer.status) == (role, 200)
            found[f"{role} {language}"] = [
                each for each in window.wrong() if not (listed.rule == "/live" and NO_REDIS in each)
            ]

    assert {look: wrong for look, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("listed", PAGES, ids=[listed.path for listed in PAGES])
def test_a_page_can_be_read_without_scripts_and_on_paper(
    windows: Windows, ids: dict[str, str], listed: Listed
) -> None:
    found: dict[str, list[str]] = {}
    for role in ROLES:
        if role in listed.opens_for:
            window = windows.of(role, without_scripts(listed, role), with_scripts=False)
            window.page.goto(windows.url + listed.path.format(**ids))
            found[f"{role} {window.language}"] = window.wrong_as_it_is(listed.rule)

    assert {look: wrong for look, wrong in found.items() if wrong} == {}


def test_nothing_of_a_rep_reaches_a_manager_or_a_rep_of_another_team(
    app: Flask, windows: Windows, ids: dict[str, str]
) -> None:
    with app.app_context():
        signs = signs_of(ids["rep"])
    found: dict[str, dict[str, set[str]]] = {}
    # The rep's own manager shows that the signs would be seen; the pages are enough for that.
    for who, most in ((MANAGER, len(PAGES)), ("bambang", None), ("rina", None)):
        client = app.test_client()
        client.post("/api/v1/session", json={"user": who, "password": windows.password})
        for address in islice(all_addresses(app, ids), most):
            answer = client.get(address)
            assert answer.status_code < 500, address
            text = answer.get_data(as_text=True)
            # A page that is refused still knows under which address it was asked for.
            shown = {sign for sign in signs if sign in text and sign not in address}
            if shown:
                found.setdefault(who, {})[address] = shown

    assert len(found.pop(MANAGER)) > len(PAGES) // 3
    assert found == {}


def test_dark_stays_dark_once_it_was_chosen(site: Site, page: Page, say: Translator) -> None:
    page.emulate_media(color_scheme="light")
    site.sign_in(page, "budi", say.language)
    page.goto(site.server.url)
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    page.get_by_role("button", name=say("Light or dark")).click()
    page.goto(f"{site.server.url}/visits")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != light


def test_the_language_chosen_in_the_menu_is_kept(site: Site, page: Page) -> None:
    site.sign_in(page, "budi", "en")
    page.goto(f"{site.server.url}/visits?{MARCH}")

    page.get_by_role("button", name="Bahasa Indonesia").click()

    expect(page.locator("h1")).to_have_text("Kunjungan")
    expect(page).to_have_url(f"{site.server.url}/visits?{MARCH}")
    page.goto(f"{site.server.url}/activity")
    expect(page.locator("h1")).to_have_text("Aktivitas lapangan")


def test_on_a_phone_the_menu_opens_from_the_bar(site: Site, page: Page, say: Translator) -> None:
    page.set_viewport_size({"width": 375, "height": 812})
    site.sign_in(page, "admin", say.language)
    page.goto(f"{site.server.url}/tasks")
    link = page.get_by_role("link", name=say("Visits"), exact=True)
    expect(link).to_be_hidden()

    page.get_by_role("button", name=say("Menu")).click()
    link.click()

    expect(page.locator("h1")).to_have_text(say("Visits"))
