"""Signing in and out by the page."""

from playwright.sync_api import Page, expect

from shared.i18n import Translator
from tests.ui.web.conftest import MARCH, Site


def test_whoever_is_not_signed_in_is_asked_to_and_then_brought_back(
    site: Site, page: Page, say: Translator
) -> None:
    site.choose_language(page, say.language)
    page.goto(f"{site.server.url}/visits?{MARCH}")
    page.get_by_label(say("User")).fill("budi")
    page.get_by_label(say("Password")).fill("correct horse")
    page.get_by_role("button", name=say("Sign in")).click()

    expect(page).to_have_url(f"{site.server.url}/visits?{MARCH}")


def test_a_wrong_password_is_refused_in_words_and_keeps_the_name(
    site: Site, page: Page, say: Translator
) -> None:
    site.choose_language(page, say.language)
    page.goto(f"{site.server.url}/sign-in")
    page.locator("#code").fill("dewi")
    page.locator("#password").fill("wrong")
    page.locator("main .button.main").click()

    expect(page.get_by_role("status")).to_have_text(say("User or password is wrong."))
    expect(page.locator("#code")).to_have_value("dewi")


def test_signing_out_ends_the_session(site: Site, page: Page, say: Translator) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(site.server.url)

    page.get_by_role("button", name=say("Sign out")).click()
    page.goto(f"{site.server.url}/visits")

    expect(page.locator("#password")).to_be_visible()


def test_a_form_from_another_site_is_refused(site: Site, page: Page, say: Translator) -> None:
    site.sign_in(page, "budi", say.language)

    answer = page.request.post(f"{site.server.url}/sign-out")

    assert answer.status == 400
    assert say("This form has expired") in answer.text()
