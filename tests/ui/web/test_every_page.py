"""What holds for every page: legible in both looks, names for all controls, no complaints."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, expect

from shared.look import TEXT_CONTRAST
from tests.ui.web.conftest import MARCH, Site

PAGES = (
    "/?" + MARCH,
    "/activity?heat=1&" + MARCH,
    "/reports/daily?" + MARCH,
    "/visits?" + MARCH,
    "/live",
    "/customers/proposals",
    "/numbers/strike_rate?" + MARCH,
    "/numbers/active_outlets?" + MARCH,
    "/pipeline",
    "/deals",
    "/search?q=toko",
    "/dashboards/new",
    "/targets?month=2026-03-01",
    "/holidays?year=2026",
    "/leaderboard?" + MARCH,
    "/customers",
    "/customers/map?" + MARCH,
    "/customers/duplicates?like=place",
    "/customers/merges",
    "/fences",
    "/fences/codes",
    "/visit-form",
    "/visit-form/new",
    "/plans?week=2026-03-02",
    "/plans?propose=1",
    "/lifetime",
    "/definitions",
    "/definitions/new",
    "/tasks",
    "/expenses",
    "/costs",
    "/costs/new",
    "/exchange-rates",
    "/quality?" + MARCH,
    "/quality/visits_without_outcome?" + MARCH,
    "/audit?period=all",
    "/pipeline/setup",
    "/products",
    "/products/new",
    "/alerts",
    "/settings",
    "/health",
    "/first-steps",
    "/alerts/rules",
    "/users",
    "/users/new",
    "/teams",
    "/teams/new",
    "/devices",
    "/imports",
)
# Everything one can press or fill in, that nothing names.
WITHOUT_A_NAME = """
() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
  .filter((element) => !(
    element.textContent?.trim() || element.ariaLabel || element.title || element.labels?.length
  ))
  .map((element) => element.outerHTML)
"""

# Cells of a row shown as a card whose words do not stay in them.
OVER_ITS_NEIGHBOUR = """
() => [...document.querySelectorAll(".as-cards tbody :is(th, td)")]
  .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
  .map((cell) => cell.outerHTML.slice(0, 200))
"""

# Texts that cannot be read well enough on what they stand on. Colours may be color-mix(), which
# only a canvas turns into red, green and blue.
TOO_FAINT = """
(least) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]) =>
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] > 200) return colour;
    }
    return [255, 255, 255];
  };
  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll("body *")]
    .filter((element) => hasText(element) && element.checkVisibility())
    .filter((element) => {
      const text = luminance(rgba(getComputedStyle(element).color));
      const behind = luminance(ground(element));
      return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05) < least;
    })
    .map((element) => element.outerHTML.slice(0, 200));
}
"""


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_legible_named_and_without_complaints_of_the_browser(
    site: Site, page: Page, path: str
) -> None:
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.emulate_media(color_scheme="light")
    site.sign_in(page, "admin")

    page.goto(site.server.url + path)
    page.wait_for_load_state("networkidle")

    assert page.evaluate(WITHOUT_A_NAME) == []
    assert page.locator("h1").count() == 1
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    page.set_viewport_size({"width": 375, "height": 812})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.evaluate(OVER_ITS_NEIGHBOUR) == []
    assert problems == []


def test_pages_of_one_thing_are_legible_and_named(site: Site, page: Page) -> None:
    company = site.company
    page.emulate_media(color_scheme="light")
    site.sign_in(page, "admin")

    for path in (
        f"/users/{company.sari}",
        f"/teams/{company.east}",
        f"/products/{company.tea}",
        f"/customers/{company.shop}/edit",
        f"/customers/{company.shop}/merge?with={company.kiosk}",
    ):
        page.goto(site.server.url + path)
        assert (path, page.locator("h1").count()) == (path, 1)
        assert (path, page.evaluate(WITHOUT_A_NAME)) == (path, [])
        assert (path, violations(page)) == (path, [])


def test_an_invitation_is_legible_to_somebody_without_an_account(site: Site, page: Page) -> None:
    site.sign_in(page, "admin")
    page.goto(f"{site.server.url}/users/{site.company.rina}")
    page.get_by_role("button", name="Link for a new password").click()
    link = page.locator(".secret-link").inner_text()
    page.context.clear_cookies()

    page.goto(link)

    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """Return what is too faint, and what axe-core finds against WCAG 2.2 AA."""
    faint: list[str] = page.evaluate(TOO_FAINT, TEXT_CONTRAST)
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return faint + [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def test_dark_stays_dark_once_it_was_chosen(site: Site, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    site.sign_in(page, "budi")
    page.goto(site.server.url)
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    page.get_by_role("button", name="Light or dark").click()
    page.goto(f"{site.server.url}/visits")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != light


def test_the_language_chosen_in_the_menu_is_kept(site: Site, page: Page) -> None:
    site.sign_in(page, "budi")
    page.goto(f"{site.server.url}/visits?{MARCH}")

    page.get_by_role("button", name="Bahasa Indonesia").click()

    expect(page.locator("h1")).to_have_text("Kunjungan")
    expect(page).to_have_url(f"{site.server.url}/visits?{MARCH}")
    page.goto(f"{site.server.url}/activity")
    expect(page.locator("h1")).to_have_text("Aktivitas lapangan")


def test_on_a_phone_the_menu_opens_from_the_bar(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 812})
    site.sign_in(page, "admin")
    page.goto(f"{site.server.url}/tasks")
    link = page.get_by_role("link", name="Visits")
    expect(link).to_be_hidden()

    page.get_by_role("button", name="Menu").click()
    link.click()

    expect(page.locator("h1")).to_have_text("Visits")
