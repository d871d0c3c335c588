"""Keys that work everywhere, and the board of deals by mouse and by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from server.deals.operations import deals
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.i18n import Translator
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.support.application import running_app
from tests.ui.web.conftest import Site


@pytest.fixture
def lead(site: Site) -> str:
    """Return a lead of Sari's, made just now."""
    deal_id, at = new_id(), utc_now()
    with running_app(Settings(data=site.server.data)) as app, app.app_context(), transaction():
        deals.create_deal(
            deal=deals.NewDeal(
                deal_id=deal_id,
                owner_id=site.company.sari,
                customer_id=site.company.shop,
                stage_key="lead",
                currency="IDR",
                amount_minor=1_000_000_00,
                title=f"Lead {deal_id[-6:]}",
            ),
            at=at,
            day=at.date(),
            reporting_currency="IDR",
        )
    return deal_id


def test_a_slash_searches_and_a_question_mark_lists_the_keys(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(site.server.url)
    page.keyboard.press("/")
    expect(page.locator("#menu-search")).to_be_focused()
    page.keyboard.type("maju?")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.locator("#found").get_by_role("link", name="Toko Maju").first).to_be_visible()

    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.locator("h1")).to_have_text(say("Customers"))


def test_keys_without_ctrl_are_switched_off_and_on(site: Site, page: Page, say: Translator) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(site.server.url)
    keys, switch = page.locator("#keys"), page.locator("#keys [data-keys]")

    page.get_by_role("button", name=say("Keyboard shortcuts")).click()
    switch.uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("#menu-search")).not_to_be_focused()

    page.get_by_role("button", name=say("Keyboard shortcuts")).click()
    expect(switch).not_to_be_checked()
    switch.check()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(keys).to_be_visible()


def test_a_deal_is_dragged_to_another_stage_and_put_back(
    site: Site, page: Page, lead: str, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(f"{site.server.url}/pipeline")

    page.locator(f'[data-deal="{lead}"]').drag_to(page.locator('.lane[data-stage="proposal"]'))

    expect(page.locator(f'.lane[data-stage="proposal"] [data-deal="{lead}"]')).to_be_visible()
    page.get_by_role("button", name=say("Undo")).click()
    expect(page.locator(f'.lane[data-stage="lead"] [data-deal="{lead}"]')).to_be_visible()


def test_a_deal_moves_by_keyboard(site: Site, page: Page, lead: str, language: str) -> None:
    site.sign_in(page, "budi", language)
    page.goto(f"{site.server.url}/pipeline")

    page.locator(f'[data-deal="{lead}"] a').first.focus()
    page.keyboard.press("Alt+ArrowRight")

    expect(page.locator(f'.lane[data-stage="opportunity"] [data-deal="{lead}"]')).to_be_visible()
