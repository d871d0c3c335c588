"""The overview shows the API's numbers, and its address says what it shows."""

import re
from decimal import Decimal

from playwright.sync_api import ConsoleMessage, Page, expect

from server.web.formats import short_money
from shared.i18n import Translator
from tests.ui.web.conftest import MARCH, Site

API_MARCH = "from=2026-03-01&to=2026-04-01"


def test_every_tile_shows_the_number_of_the_api(site: Site, page: Page, language: str) -> None:
    site.sign_in(page, "budi", language)
    page.goto(f"{site.server.url}/?{MARCH}")

    answer = page.request.get(f"{site.server.url}/api/v1/metrics/values?{API_MARCH}").json()

    known = {value["key"]: value["value"] for value in answer["values"]}
    tiles = page.locator("[data-metric]").all()
    shown = {tile.get_attribute("data-metric"): tile.get_attribute("data-value") for tile in tiles}
    assert len(shown) >= 12
    assert {key: Decimal(value) if value else None for key, value in shown.items()} == {
        key: Decimal(known[key]) if known[key] else None for key in shown if key
    }
    expect(page.locator("#tile-revenue .tile-value")).to_contain_text(
        short_money(125_000_00, "IDR", language=language)
    )


def test_a_rep_chosen_in_the_filter_narrows_the_numbers_and_the_address(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "admin", say.language)
    page.goto(f"{site.server.url}/activity?{MARCH}")
    expect(page.locator("#tile-calls .tile-value")).to_have_text("3")

    page.locator("form.filters").get_by_label(say("Rep")).select_option(label="Sari")

    expect(page.locator("#tile-calls .tile-value")).to_have_text("2")
    expect(page).to_have_url(re.compile(f"rep={site.company.sari}"))
    page.reload()
    expect(page.locator("#tile-calls .tile-value")).to_have_text("2")
    page.go_back()
    expect(page.locator("#tile-calls .tile-value")).to_have_text("3")


def test_a_missing_number_is_a_dash_with_its_reason(site: Site, page: Page, language: str) -> None:
    site.sign_in(page, "budi", language)

    page.goto(f"{site.server.url}/?period=custom&from=2020-01-01&to=2020-01-31")

    tile = page.locator("#tile-average_purchase_value")
    expect(tile.locator(".tile-value")).to_have_text("–")
    expect(tile.locator(".tile-missing")).not_to_be_empty()


def test_a_number_explains_itself_to_the_keyboard(site: Site, page: Page, language: str) -> None:
    site.sign_in(page, "budi", language)
    page.goto(f"{site.server.url}/activity?{MARCH}")
    summary = page.locator("#tile-strike_rate summary")

    summary.focus()
    page.keyboard.press("Enter")

    card = page.locator("#tile-strike_rate .explain-card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("÷")
    expect(card).to_contain_text("strike_rate v1")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_heading_sorts_the_reps_and_the_address_keeps_the_order(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "admin", say.language)
    page.goto(f"{site.server.url}/?{MARCH}&sort=name")
    names = page.locator("tbody th[scope=row] a.row-link")
    expect(names.first).to_have_text("Rina")

    page.get_by_role("columnheader", name=say("Revenue")).get_by_role("link").click()

    expect(names.first).to_have_text("Sari")
    expect(page).to_have_url(re.compile("sort=-revenue"))


def test_the_chart_is_drawn_from_the_api_without_complaints(
    site: Site, page: Page, language: str
) -> None:
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    site.sign_in(page, "budi", language)

    page.goto(f"{site.server.url}/?{MARCH}")

    expect(page.locator("[data-chart] svg")).to_be_visible()
    assert problems == []


def test_two_days_by_hand_make_a_period_with_a_short_address(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "admin", say.language)
    page.goto(f"{site.server.url}/activity")

    page.get_by_label(say("Period"), exact=True).select_option("custom")
    page.get_by_label(say("From"), exact=True).fill("2026-03-02")
    page.get_by_label(say("To"), exact=True).fill("2026-03-02")
    page.get_by_label(say("To"), exact=True).blur()

    expect(page.locator("#tile-calls .tile-value")).to_have_text("2")
    expect(page).to_have_url(
        f"{site.server.url}/activity?period=custom&from=2026-03-02&to=2026-03-02&compare=previous"
    )


def test_days_that_are_typed_count_when_the_typing_ends(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "admin", say.language)
    page.goto(f"{site.server.url}/activity?period=custom&from=2026-03-02&to=2026-03-31")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    for label in ("From", "To"):
        page.get_by_label(say(label), exact=True).focus()
        page.keyboard.type("03032026")  # month and day alike, so in either order
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("period=custom&from=2026-03-03&to=2026-03-03"))
    assert len([url for url in asked if "/activity?" in url]) == 1


def test_a_filter_that_reaches_no_server_says_so(site: Site, page: Page, say: Translator) -> None:
    site.sign_in(page, "admin", say.language)
    page.goto(f"{site.server.url}/activity?{MARCH}")
    banner, team = page.locator("#unreachable"), page.get_by_label(say("Team"), exact=True)
    expect(banner).to_be_hidden()

    page.context.set_offline(True)
    team.select_option(index=1)
    expect(banner).to_be_visible()

    page.context.set_offline(False)
    team.select_option(index=0)
    expect(banner).to_be_hidden()


def test_a_filter_changed_by_keyboard_keeps_the_focus(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "admin", say.language)
    page.goto(f"{site.server.url}/activity?{MARCH}")
    team = page.get_by_label(say("Team"), exact=True)

    team.focus()
    page.keyboard.press("ArrowDown")

    expect(page.locator("#tile-calls .tile-value")).to_have_text("2")
    expect(team).to_be_focused()


def test_the_documentation_of_the_api_needs_no_internet(site: Site, page: Page) -> None:
    asked: list[str] = []
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(message.text)

    page.on("request", lambda request: asked.append(request.url))
    page.on("console", note)

    page.goto(f"{site.server.url}/api/docs")

    expect(page.get_by_text("/api/v1/metrics/values", exact=True)).to_be_visible()
    assert [url for url in asked if not url.startswith((site.server.url, "data:"))] == []
    assert problems == []


def test_a_dashboard_is_dragged_into_order_and_shared(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(f"{site.server.url}/dashboards/new")
    page.get_by_label(say("Name"), exact=True).fill("Pagi")
    page.get_by_label(say("Shared with")).select_option(label="East")
    rows = page.locator("[data-reorder] > li")
    revenue, growth, visits = (
        page.locator("li[data-of]").filter(has=page.locator(f'[value="{key}"]'))
        for key in ("revenue", "sales_growth", "calls")
    )
    page.locator("summary", has_text=say("Sales")).first.click()
    # A row that is chosen goes up into the list; who goes on by keyboard is still in the topic.
    revenue.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    expect(rows).to_have_count(1)
    assert page.evaluate("document.activeElement.closest('[data-topic]') !== null")
    growth.get_by_role("checkbox").check()
    growth.locator("select").select_option(index=1)
    page.get_by_label(say("Find a number")).fill(say("Visits").upper())
    visits.get_by_role("checkbox").check()
    expect(revenue).to_be_visible()

    growth.drag_to(rows.first, target_position={"x": 40, "y": 2})
    visits.locator("[data-move='-1']").press("Enter")
    visits.get_by_role("checkbox").uncheck()
    page.get_by_role("button", name=say("Keep")).click()

    tiles = page.locator("[data-metric]")
    expect(tiles).to_have_count(2)
    assert [tile.get_attribute("data-metric") for tile in tiles.all()] == [
        "sales_growth",
        "revenue",
    ]
    address = page.url
    site.sign_in(page, "sari", say.language)
    page.goto(address)
    expect(tiles).to_have_count(2)
