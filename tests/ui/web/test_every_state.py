"""Pages of a company that has nothing yet, and what errors look like."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.factories.company import PASSWORD
from tests.support.application import serving
from tests.support.databases import SqliteTemplate
from tests.support.empty_site import ADMINISTRATOR, FAILING, running_empty_app
from tests.support.pages import PAGES
from tests.ui.web.windows import LANGUAGES, NO_REDIS, Windows

# Of whatever an address names by an id there is nothing to open.
OF_A_NEW_COMPANY = (
    *sorted({listed.rule for listed in PAGES if "<" not in listed.rule}),
    "/numbers/revenue",
    "/quality/visits_without_outcome",
)
NOTHING_MATCHES = "q=zzzz&state=all&period=custom&from=2020-01-01&to=2020-01-31"
# The errors, and pages that are seen without having signed in.
BEFORE_SIGN_IN = (
    *FAILING,
    "/nowhere",
    "/invitation/gone",
    "/invitation/{invitation}",
    "/sign-in",
)


@pytest.fixture(scope="module")
def app(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    data = tmp_path_factory.mktemp("nothing")
    with sqlite_template.copy(data) as url, running_empty_app(data, url) as app:
        yield app


@pytest.fixture(scope="module")
def windows(app: Flask, browser: Browser) -> Iterator[Windows]:
    with serving(app) as url:
        windows = Windows(url, PASSWORD, browser, people=(ADMINISTRATOR,))
        with windows.stack:
            yield windows


@pytest.mark.parametrize("rule", OF_A_NEW_COMPANY)
def test_a_page_says_what_would_be_there(windows: Windows, rule: str) -> None:
    turn = OF_A_NEW_COMPANY.index(rule)
    window = windows.of("admin", LANGUAGES[turn % 2])
    answer = window.open(windows.url + rule, turn // 2)
    assert answer.status == 200
    found = [each for each in window.wrong(in_both_looks=False) if NO_REDIS not in each]

    plain = windows.of("admin", LANGUAGES[(turn + 1) % 2], with_scripts=False)
    plain.page.goto(f"{windows.url}{rule}?{NOTHING_MATCHES}")

    assert found + plain.wrong_as_it_is(rule) == []


@pytest.mark.parametrize("path", BEFORE_SIGN_IN)
def test_what_a_stranger_sees_is_as_legible_as_any_page(
    app: Flask, windows: Windows, path: str
) -> None:
    turn = BEFORE_SIGN_IN.index(path)
    window = windows.of("", LANGUAGES[turn % 2])
    window.open(windows.url + path.format(**app.extensions), turn // 2)

    assert [
        each for each in window.wrong(in_both_looks=False) if "the server responded" not in each
    ] == []


def test_a_newcomer_is_led_from_an_empty_company_to_the_first_step(windows: Windows) -> None:
    page = windows.of("admin", "id").page
    page.goto(windows.url)
    expect(page.locator("main")).to_contain_text("0 dari 8")
