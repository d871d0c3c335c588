"""The page of plans in a browser: proposed, published, dragged, changed by keyboard."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.i18n import Translator
from shared.time import Period, business_day, utc_now
from tests.factories.company import ZONE, add_customer
from tests.support.application import running_app
from tests.ui.web.conftest import Site
from tests.ui.web.looks import listen

WEEKS = iter(range(2, 50))
PUBLISHED = "The phone shows it after its next sync."


@pytest.fixture(scope="module")
def outlets(site: Site) -> list[str]:
    """Give Joko four outlets in a row from west to east."""
    names = ["Warung Satu", "Warung Dua", "Warung Tiga", "Warung Empat"]
    settings = Settings(data=site.server.data)
    with running_app(settings) as app, app.app_context(), transaction():
        for number, name in enumerate(names):
            add_customer(
                name,
                owner_id=site.company.joko,
                team_id=site.company.east,
                longitude=106.8 + number / 100,
            )
    return names


@pytest.fixture
def address(site: Site, outlets: list[str]) -> str:
    """Return the page of a week nobody has planned yet."""
    monday = Period.week(business_day(utc_now(), ZONE)).start + dt.timedelta(weeks=next(WEEKS))
    return f"{site.server.url}/plans?rep={site.company.joko}&week={monday}"


def propose_and_publish(page: Page, say: Translator) -> None:
    page.get_by_role("link", name=say("Propose a week")).click()
    page.get_by_role("button", name=say("Publish to the phone")).click()
    expect(page.get_by_text(say(PUBLISHED))).to_be_visible()


def add(page: Page, outlet: str, day: int, say: Translator) -> None:
    page.get_by_label(say("Customer")).select_option(label=f"{outlet} (A)")
    page.locator("#add-day").select_option(index=day)
    page.get_by_role("button", name=say("Add"), exact=True).click()
    expect(page.get_by_text(say(PUBLISHED))).to_be_visible()


def order(page: Page, day: int) -> list[str]:
    return page.locator(".plan-day").nth(day).locator(".plan-outlet strong").all_inner_texts()


def test_a_proposed_week_is_published_and_undone(
    site: Site, page: Page, address: str, outlets: list[str], say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(address)
    expect(page.get_by_text(say("No plan in this week"))).to_be_visible()

    propose_and_publish(page, say)
    # Other tests give Joko customers, too.
    assert set(outlets) <= set(page.locator(".plan-outlet strong").all_inner_texts())

    page.get_by_role("button", name=say("Undo"), exact=True).click()
    expect(page.get_by_text(say("No plan in this week"))).to_be_visible()


def test_a_stop_is_dragged_to_another_day(
    site: Site, page: Page, address: str, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(address)
    for outlet, day in (("Warung Satu", 0), ("Warung Dua", 1), ("Warung Tiga", 1)):
        add(page, outlet, day, say)

    page.locator(".plan-stop", has_text="Warung Satu").drag_to(
        page.locator(".plan-stop", has_text="Warung Tiga"), target_position={"x": 20, "y": 4}
    )

    expect(page.locator(".plan-day").nth(0).locator(".plan-stop")).to_have_count(0)
    assert order(page, 1) == ["Warung Dua", "Warung Satu", "Warung Tiga"]


def test_a_stop_is_moved_with_the_keyboard_alone(
    site: Site, page: Page, address: str, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(address)
    for outlet in ("Warung Satu", "Warung Dua"):
        add(page, outlet, 0, say)

    stop = page.locator(".plan-stop", has_text="Warung Dua")
    stop.locator("summary").press("Enter")
    stop.get_by_label(say("Place in the order")).fill("1")
    stop.get_by_label(say("Place in the order")).press("Enter")

    expect(page.locator(".plan-outlet strong").first).to_have_text("Warung Dua")
    assert order(page, 0) == ["Warung Dua", "Warung Satu"]


def test_two_managers_lose_nothing(site: Site, page: Page, address: str, say: Translator) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(address)
    other = page.context.new_page()
    other.goto(address)
    add(other, "Warung Satu", 0, say)

    page.get_by_label(say("Customer")).select_option(label="Warung Dua (A)")
    page.get_by_role("button", name=say("Add"), exact=True).click()
    expect(page.get_by_text(say("Somebody changed this plan in the meantime."))).to_be_visible()
    page.get_by_role("button", name=say("Publish to the phone")).click()

    expect(page.get_by_text(say(PUBLISHED))).to_be_visible()
    assert order(page, 0) == ["Warung Satu", "Warung Dua"]


def test_a_week_is_copied_and_a_stop_taken_out_and_back(
    site: Site, page: Page, address: str, say: Translator
) -> None:
    problems = listen(page)
    site.sign_in(page, "budi", say.language)
    page.goto(address)
    page.get_by_label(say("Customer")).select_option(label="Warung Satu (A)")
    page.get_by_role("button", name=say("Add"), exact=True).click()
    next(WEEKS)

    page.get_by_role("link", name=say("Week after")).click()
    empty = page.locator(".empty")
    empty.get_by_role("button", name=say("Copy the week before")).click()
    stop = page.locator(".plan-stop", has_text="Warung Satu")
    expect(stop).to_have_count(1)
    stop.locator("summary").click()
    stop.get_by_role("button", name=say("Take out")).click()
    expect(stop).to_have_count(0)
    page.get_by_role("button", name=say("Undo"), exact=True).click()

    expect(stop).to_have_count(1)
    assert problems == []


def test_a_rep_reads_the_own_plan_only(
    site: Site, page: Page, address: str, say: Translator
) -> None:
    site.sign_in(page, "joko", say.language)

    page.goto(address)

    expect(page.locator("h1")).to_have_text(say("Plans"))
    expect(page.get_by_role("link", name=say("Propose a week"))).to_have_count(0)
    assert page.goto(address.replace(site.company.joko, site.company.sari)).status == 404  # type: ignore[union-attr]
