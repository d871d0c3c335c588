"""The site as each role has it, in both languages, on a phone's width; and without scripts."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, ConsoleMessage, Page

import server
import shared
from tests.factories.company import PASSWORD
from tests.ui.web.conftest import Site
from tests.ui.web.test_every_page import PAGES

# Maps say in words that they need scripts. The board does not: its cards move by forms, too.
DRAWN = ("/live", "/customers/map")
TEXTS = """
() => {
  const texts = new Set();
  const add = (text) => texts.add(text.replace(/\\s+/g, " ").trim());
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.closest("script, style, noscript, [lang]:not(html), code")) {
      add(node.textContent);
    }
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
    if (element.closest("[lang]:not(html)")) continue;
    for (const name of ["aria-label", "title", "placeholder"]) {
      add(element.getAttribute(name) ?? "");
    }
  }
  return [...texts];
}
"""


def foreign_texts() -> dict[str, set[str]]:
    """Return by language the texts of the other one that are no texts of its own.

    Two letters are left out: they may be the code of a country or a currency.
    """
    pairs: list[tuple[str, str]] = []
    for package in (server, shared):
        file = Path(package.__path__[0]) / "locale/id/LC_MESSAGES/messages.po"
        with file.open("rb") as lines:
            catalogue = read_po(lines, locale="id")
        pairs += [
            (str(message.id), str(message.string))
            for message in catalogue
            if isinstance(message.id, str)
            and message.id
            and "%" not in message.id
            and min(len(message.id), len(str(message.string))) > 2
        ]
    english, indonesian = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    return {"id": english - indonesian, "en": indonesian - english}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", ["admin", "budi", "sari"])
def test_the_menu_of_a_role_leads_to_whole_pages_in_its_language(
    site: Site, page: Page, name: str, language: str
) -> None:
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(f"{page.url}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.set_viewport_size({"width": 375, "height": 812})
    site.sign_in(page, name, language=language)
    page.goto(site.server.url)
    foreign = foreign_texts()[language]
    addresses = page.eval_on_selector_all(
        ".menu-entries a", "links => links.map((link) => link.href)"
    )
    assert len(addresses) >= 10

    for address in addresses:
        answer = page.goto(address, wait_until="load")
        assert answer is not None
        if answer.status != 200:
            problems.append(f"{address}: {answer.status}")
        if page.evaluate("document.documentElement.scrollWidth") > 375:
            problems.append(f"{address}: wider than the screen")
        problems += [f"{address}: {text}" for text in foreign.intersection(page.evaluate(TEXTS))]

    assert problems == []


def test_every_page_can_be_read_without_scripts(site: Site, browser: Browser) -> None:
    problems: list[str] = []
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site.server.url}/sign-in")
        page.locator("#code").fill("admin")
        page.locator("#password").fill(PASSWORD)
        page.locator("main .button.main").click()
        assert page.url == f"{site.server.url}/"
        for path in PAGES:
            answer = page.goto(site.server.url + path, wait_until="load")
            assert answer is not None
            main = page.locator("main")
            if answer.status != 200 or not page.locator("h1").is_visible():
                problems.append(f"{path}: {answer.status}")
            if main.locator("form.filters").count() and not (
                main.locator("form.filters button").first.is_visible()
            ):
                problems.append(f"{path}: its filters cannot be sent")
            says_so = main.locator("noscript .empty").and_(page.locator(":visible")).count()
            if path.startswith(DRAWN) and not says_so:
                problems.append(f"{path}: does not say that it needs scripts")
            if main.locator(".js-only").and_(page.locator(":visible")).count():
                problems.append(f"{path}: shows what only scripts can do")

    assert problems == []
