"""The list of visits and the page of one, as a manager uses them."""

import datetime as dt
import re

from playwright.sync_api import ConsoleMessage, Page, Request, expect

from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.web.formats import money
from shared.i18n import Translator
from tests.factories.company import add_customer
from tests.factories.visits import MONDAY_9, record_visit
from tests.support.application import running_app
from tests.ui.web.conftest import MARCH, Site
from tests.ui.web.desk import ANY, like


def test_a_filter_changes_the_list_and_the_address(site: Site, page: Page, say: Translator) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(f"{site.server.url}/visits?{MARCH}")
    expect(page.locator("tbody tr")).to_have_count(2)

    page.get_by_label(say("Verdict")).focus()
    page.get_by_label(say("Verdict")).select_option("outside")

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(say("Out of store"))
    expect(page).to_have_url(re.compile(r"[?&]verdict=outside"))
    expect(page.locator("#said")).to_have_text(re.compile(r" · 1 (visit|kunjungan)$"))
    expect(page.get_by_label(say("Verdict"))).to_be_focused()
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_visit_shows_its_map_its_verdict_and_its_order(
    site: Site, page: Page, say: Translator
) -> None:
    problems: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(message.text)

    def note_request(request: Request) -> None:
        asked.append(request.url)

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", note_request)
    site.sign_in(page, "budi", say.language)

    page.goto(f"{site.server.url}/visits/{site.visit_inside}")

    expect(page.locator("[data-map][data-drawn] path.map-fence")).to_have_count(1)
    expect(page.locator("[data-map] path.map-accuracy")).to_have_count(2)
    page.locator("[data-map] path.map-point").first.click(force=True)
    close = page.locator("[data-map] .leaflet-popup-close-button")
    expect(close).to_have_attribute("aria-label", say("Close"))
    expect(page.locator("#check_in")).to_contain_text("18 m ± 10 m")
    inside = "Even at the edge of its 95%% accuracy (%(reach)s) the position lies inside the fence."
    expect(page.locator("#check_in")).to_contain_text(like(say(inside, reach=ANY)))
    expect(page.locator("tfoot")).to_contain_text(money(125_000_00, "IDR", language=say.language))
    assert problems == []
    assert [url for url in asked if not url.startswith((site.server.url, "data:"))] == []


def test_a_visit_far_away_is_said_to_be_outside_and_by_how_much(
    site: Site, page: Page, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)

    page.goto(f"{site.server.url}/visits/{site.visit_outside}")

    expect(page.locator("#check_in")).to_contain_text(say("Out of store"))
    outside = (
        "Even at the edge of its 95%% accuracy (%(reach)s) the position lies outside the fence, "
        "by at least %(beyond)s."
    )
    expect(page.locator("#check_in")).to_contain_text(like(say(outside, reach=ANY, beyond=ANY)))
    expect(page.locator("html")).to_have_attribute("lang", say.language)


def test_the_export_holds_what_the_list_shows(site: Site, page: Page, say: Translator) -> None:
    site.sign_in(page, "budi", say.language)

    answer = page.request.get(f"{site.server.url}/visits.csv?{MARCH}&verdict=outside")

    lines = answer.text().splitlines()
    assert len(lines) == 2
    assert f"TOKO-MAJU,Toko Maju,{say('no')},{say('Out of store')},480" in lines[1]


def test_a_name_on_the_map_is_text_whatever_it_holds(site: Site, page: Page, language: str) -> None:
    name = "<i id=evil>Toko</i>"
    company = site.company
    with running_app(Settings(data=site.server.data)) as app, app.app_context(), transaction():
        shop = add_customer(name, owner_id=company.joko, team_id=company.east)
        # Not in March: other tests count its visits.
        april_2 = MONDAY_9 + dt.timedelta(days=31)
        visit = record_visit(rep_id=company.joko, customer_id=shop, at=april_2, metres_away=60)
    site.sign_in(page, "budi", language)
    page.goto(f"{site.server.url}/visits/{visit}")

    page.locator("[data-map][data-drawn] path.map-customer").hover()

    expect(page.locator(".leaflet-tooltip")).to_have_text(name)
