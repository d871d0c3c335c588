"""Pages of a company that has nothing yet, forms that are refused, and what errors look like."""

from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask, abort
from playwright.sync_api import Browser, expect
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import select

from server.identity.models import User
from server.identity.operations import create_user
from server.platform.database import db
from server.platform.errors import ForbiddenError
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.platform.web_errors import DatabaseDownError, UnfitValueError
from server.teams.operations import invitations
from shared.time import utc_now
from shared.vocabulary import Role
from tests.factories.company import PASSWORD, ZONE
from tests.support.application import running_app, serving
from tests.support.databases import SqliteTemplate
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
    *(f"/fails/{status}" for status in (400, 403, 405, 422, 500, 503, 504)),
    "/nowhere",
    "/invitation/gone",
    "/invitation/{invitation}",
    "/sign-in",
)
FORMS = ("/users/new", "/teams/new", "/products/new", "/definitions/new", "/costs/new")
ERRORS: dict[int, type[Exception]] = {
    403: ForbiddenError,
    422: UnfitValueError,
    500: ZeroDivisionError,
    503: DatabaseDownError,
    # Of a queue that is down there is another page.
    504: RedisConnectionError,
}


@pytest.fixture(scope="module")
def app(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Give an application with an administrator alone, and with addresses at which it fails."""
    data = tmp_path_factory.mktemp("nothing")
    with (
        sqlite_template.copy(data) as url,
        running_app(Settings(data=data, database_url=url, secret_key="tests"), own=True) as app,
    ):
        for status, error in ERRORS.items():
            app.add_url_rule(f"/fails/{status}", f"fails_{status}", partial(fail, error))
        for status in (400, 405):
            app.add_url_rule(f"/fails/{status}", f"fails_{status}", partial(abort, status))
        with app.app_context(), transaction():
            create_user(
                code="boss",
                name="The Boss",
                role=Role.ADMIN,
                time_zone=ZONE,
                at=utc_now(),
                password=PASSWORD,
            )
        yield app


def fail(error: type[Exception]) -> str:
    raise error


@pytest.fixture(scope="module")
def windows(app: Flask, browser: Browser) -> Iterator[Windows]:
    with serving(app) as url:
        windows = Windows(url, PASSWORD, browser, people=("boss",))
        with windows.stack:
            yield windows


@pytest.fixture(scope="module")
def invitation(app: Flask) -> str:
    """Return the end of a link with which the administrator chooses another password."""
    with app.app_context(), transaction():
        boss = db.session.scalars(select(User.id)).one()
        return invitations.invite(user_id=boss, at=utc_now(), by=boss)


@pytest.mark.parametrize("rule", OF_A_NEW_COMPANY)
def test_a_page_says_what_would_be_there(windows: Windows, rule: str) -> None:
    turn = OF_A_NEW_COMPANY.index(rule)
    window = windows.of("admin", LANGUAGES[turn % 2])
    answer = window.page.goto(windows.url + rule)
    assert answer is not None
    assert answer.status == 200
    found = [each for each in window.wrong(in_both_looks=False) if NO_REDIS not in each]

    plain = windows.of("admin", LANGUAGES[(turn + 1) % 2], with_scripts=False)
    plain.page.goto(f"{windows.url}{rule}?{NOTHING_MATCHES}")

    assert found + plain.wrong_as_it_is(rule) == []


@pytest.mark.parametrize("path", FORMS)
def test_a_refused_form_says_what_is_wrong_with_it(windows: Windows, path: str) -> None:
    window = windows.of("admin", LANGUAGES[FORMS.index(path) % 2])
    page = window.page
    page.goto(windows.url + path)
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.locator("main form .button.main").last.click()
    expect(page.locator("main [aria-invalid=true], main [role=status]").first).to_be_visible()

    assert [each for each in window.wrong() if "status of 422" not in each] == []


@pytest.mark.parametrize("path", BEFORE_SIGN_IN)
def test_what_a_stranger_sees_is_as_legible_as_any_page(
    windows: Windows, invitation: str, path: str
) -> None:
    window = windows.of("", LANGUAGES[BEFORE_SIGN_IN.index(path) % 2])
    window.page.goto(windows.url + path.format(invitation=invitation))

    assert [each for each in window.wrong() if "the server responded" not in each] == []


def test_a_newcomer_is_led_from_an_empty_company_to_the_first_step(windows: Windows) -> None:
    page = windows.of("admin", "id").page
    page.goto(windows.url)
    expect(page.locator("main")).to_contain_text("0 dari 8")
