"""Enrolling a phone by a code, and ending its access."""

from playwright.sync_api import Page, expect

from shared.i18n import Translator
from tests.ui.web.conftest import Site


def test_a_new_code_is_shown_once_with_the_servers_address(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "admin", say.language)
    page.goto(f"{site.server.url}/users")

    page.get_by_role("row", name="Sari").get_by_role(
        "button", name=say("New code for %(name)s", name="Sari")
    ).click()

    expect(page.locator("#new-code h2")).to_have_text(say("Code for %(name)s", name="Sari"))
    expect(page.locator("#new-code")).to_contain_text(site.server.url)
    assert len(page.locator(".secret").inner_text()) == len("7KQM4-XPA2D")
    page.reload()
    expect(page.locator("#new-code")).to_have_count(0)
