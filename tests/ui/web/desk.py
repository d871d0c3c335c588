"""A person at a browser: what tests of a day's work on the pages share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from shared.i18n import Translator
from tests.factories.company import PASSWORD, Company


@dataclass(frozen=True)
class Office:
    """The site that all tests of a module share: each works on records of its own."""

    url: str
    company: Company
    made: Mapping[str, str] = field(default_factory=dict)
    """Ids of what else the module has made, by a name it gave."""


@dataclass(frozen=True)
class Desk:
    """A browser's page on the office's site; a test has its own."""

    page: Page
    url: str
    company: Company
    made: Mapping[str, str]
    say: Translator
    """What says a text of the server in the language of whoever sits here."""
    forgiven: list[str] = field(default_factory=list)

    def forgive(self, words: str) -> None:
        """Expect the browser to complain so: it does of every answer that refuses a form."""
        self.forgiven.append(words)

    def sit_down(self, name: str) -> Page:
        """Sign a person in."""
        context = self.page.context
        language = self.say.language
        context.add_cookies([{"name": "language", "value": language, "url": self.url}])
        given = {"user": name, "password": PASSWORD}
        assert context.request.post(f"{self.url}/api/v1/session", data=given).ok
        return self.page


ANY = "…"
"""Stands in a text for what a test does not know."""


def like(text: str) -> re.Pattern[str]:
    """Return what is found where the text stands, with anything in the place of `ANY`."""
    return re.compile(re.escape(text).replace(ANY, ".+"))


def row(page: Page, text: str) -> Locator:
    """Return the first row with these words; below the list of some pages are sums of it."""
    return page.locator("main tbody tr").filter(has_text=text).first


def notice(page: Page) -> Locator:
    """Return what the page says was done just now."""
    return page.locator("main .notice")
