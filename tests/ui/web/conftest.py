"""The site of a small company with its week, and a browser that is signed in."""

import datetime as dt
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from server.metrics.jobs import refresh_rollups
from server.platform.transaction import transaction
from server.web.languages import SERVER_LOCALE
from shared.i18n import LANGUAGES, Translator, translator
from tests.factories.company import PASSWORD, Company, found_company
from tests.factories.visits import MONDAY_9, record_visit, take_order
from tests.support.application import serving
from tests.support.databases import SqliteTemplate
from tests.ui.web.desk import Desk, Office
from tests.ui.web.looks import listen

MARCH = "period=custom&from=2026-03-01&to=2026-03-31"


@dataclass(frozen=True)
class Served:
    """Where the site answers, and where its data are."""

    url: str
    data: Path


@dataclass(frozen=True)
class Site:
    """The running site, and what is in it."""

    server: Served
    company: Company
    visit_inside: str
    visit_outside: str

    def choose_language(self, page: Page, language: str) -> None:
        """Read the pages in a language, as who is not signed in does."""
        page.context.add_cookies([{"name": "language", "value": language, "url": self.server.url}])

    def sign_in(self, page: Page, name: str, language: str) -> None:
        """Sign a person of the company in, without a page; test_signing_in.py does it on one."""
        self.choose_language(page, language)
        answer = page.context.request.post(
            f"{self.server.url}/api/v1/session", data={"user": name, "password": PASSWORD}
        )
        assert answer.ok, answer.text()


@pytest.fixture
def language(request: pytest.FixtureRequest) -> str:
    """Return the language in which a person reads the pages: `en` or `id`.

    Half of the tests run in each, always the same ones; `./run test-languages` runs all in both.
    """
    asked = os.environ.get("TAPAK_TEST_LANGUAGE")
    return asked or LANGUAGES[zlib.crc32(request.node.nodeid.encode()) % 2]


@pytest.fixture
def say(language: str) -> Translator:
    """Return what says a text of the server in that language, as its pages do."""
    return translator(language, SERVER_LOCALE)


@pytest.fixture(scope="session")
def site(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Give a site in which March 2026 is known and counted; test_live.py has a whole server."""
    data = tmp_path_factory.mktemp("site")
    with sqlite_template.app(data) as app, serving(app) as url:
        with app.app_context():
            with transaction():
                site = fill(Served(url, data))
            refresh_rollups()
        yield site


def fill(server: Served) -> Site:
    """Add the company and its week; the caller commits and counts."""
    company = found_company()
    inside = record_visit(rep_id=company.sari, customer_id=company.shop, metres_away=18)
    outside = record_visit(
        rep_id=company.sari,
        customer_id=company.shop,
        at=MONDAY_9 + dt.timedelta(days=1),
        metres_away=480,
    )
    record_visit(rep_id=company.rina, customer_id=company.kiosk)
    take_order(
        rep_id=company.sari,
        customer_id=company.shop,
        product_id=company.tea,
        quantity=25,
        unit_price_minor=500_000,
        visit_id=inside,
    )
    return Site(server, company, inside, outside)


@pytest.fixture(scope="module")
def office(
    request: pytest.FixtureRequest,
    sqlite_template: SqliteTemplate,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    """Give the site of a company to which the module's `fill` has added what its tests need."""
    with sqlite_template.app(tmp_path_factory.mktemp("office")) as app:
        with app.app_context():
            with transaction():
                company = found_company()
                made = request.module.fill(company)
            refresh_rollups()
        with serving(app) as url:
            yield Office(url, company, made)


@pytest.fixture
def desk(office: Office, browser: Browser, say: Translator) -> Iterator[Desk]:
    """Give a page on the office that a module makes; it must not complain."""
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        problems = listen(page)
        desk = Desk(page, office.url, office.company, office.made, say)
        yield desk
        assert [
            each for each in problems if not any(words in each for words in desk.forgiven)
        ] == []
