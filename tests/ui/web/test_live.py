"""The live map follows a phone without a reload, and goes on asking when nothing is pushed."""

import re
import time
from collections.abc import Iterator

import pytest
import urllib3
from playwright.sync_api import Page, Route, expect

from server.platform.broadcast import GATHER_S
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.i18n import Translator
from shared.sync.protocol import LIVE_PATH
from shared.time import Period, business_day, utc_now
from tests.factories.company import ZONE, add_customer
from tests.factories.phones import enrol_phone
from tests.factories.tracks import start_work
from tests.support.application import running_app
from tests.support.tapak import running_tapak
from tests.ui.web.conftest import Served, Site, fill
from tests.ui.web.looks import listen

HERE = {"latitude": -6.1754, "longitude": 106.8272, "accuracy_m": 9.0, "age_s": 0.0}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a whole server: positions are pushed through its Redis."""
    data = tmp_path_factory.mktemp("live")
    with running_tapak(data) as server, running_app(Settings(data=data)) as app:
        with app.app_context(), transaction():
            site = fill(Served(server.url, data))
        yield site


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    """Let Joko work; return the access token of his phone."""
    return let_work(site, site.company.joko)


def let_work(site: Site, rep_id: str) -> str:
    now = utc_now()
    with running_app(Settings(data=site.server.data)) as app, app.app_context(), transaction():
        start_work(rep_id, at=now)
        return enrol_phone(rep_id, at=now).tokens.access


def send(site: Site, token: str, **changes: object) -> None:
    answer = urllib3.request(
        "POST",
        site.server.url + LIVE_PATH,
        json={**HERE, **changes},
        headers={"Authorization": f"Device {token}"},
    )
    assert answer.status == 200, answer.data


def test_a_position_appears_without_a_reload(
    site: Site, page: Page, token: str, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)
    page.goto(f"{site.server.url}/live")
    expect(page.get_by_text(say("Follows by itself"))).to_be_visible()
    row = page.locator(f"[data-rep='{site.company.joko}']")
    expect(row).to_contain_text(say("On the way"))

    send(site, token, battery_percent=64, accuracy_m=31.0)

    expect(row).to_contain_text("± 31")
    expect(row).to_contain_text(say("battery %(percent)s%%", percent=64))
    expect(page.locator("path.map-person").first).to_be_attached()


def test_what_came_before_the_page_could_hear_is_asked(
    site: Site, page: Page, token: str, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)

    def move_first(route: Route) -> None:
        send(site, token, accuracy_m=27.0)
        time.sleep(2 * GATHER_S)  # whoever heard it has handed it on
        route.continue_()

    page.route("**/live/stream", move_first)
    page.goto(f"{site.server.url}/live")
    expect(page.get_by_text(say("Follows by itself"))).to_be_visible()

    expect(page.locator(f"[data-rep='{site.company.joko}']")).to_contain_text("± 27")


def test_where_nothing_can_be_pushed_the_page_asks(
    site: Site, page: Page, token: str, say: Translator
) -> None:
    site.sign_in(page, "budi", say.language)
    page.route("**/live/stream", lambda route: route.fulfill(status=503))
    page.clock.install()
    page.goto(f"{site.server.url}/live")
    expect(page.get_by_text(say("Asks every 15 seconds"))).to_be_visible()

    send(site, token, accuracy_m=23.0)
    page.clock.run_for(16_000)

    expect(page.locator(f"[data-rep='{site.company.joko}']")).to_contain_text("± 23")


def test_without_scripts_the_list_says_it_in_words(
    site: Site, page: Page, token: str, language: str
) -> None:
    send(site, token)
    site.sign_in(page, "budi", language)
    html = page.request.get(f"{site.server.url}/live").text()

    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in html
    assert "± 9" in html


def test_reps_at_one_place_are_one_point_with_their_number(
    site: Site, page: Page, token: str, language: str
) -> None:
    other = let_work(site, site.company.sari)
    send(site, token, latitude=-6.3)
    send(site, other, latitude=-6.30002)
    site.sign_in(page, "budi", language)
    page.goto(f"{site.server.url}/live")
    crowd = page.locator(".leaflet-marker-icon.map-crowd")
    expect(crowd).to_have_text("2")
    expect(page.locator("[data-map] path.map-person")).to_have_count(0)
    # By keyboard, too, one comes closer, and where one has come to is in the address.
    crowd.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]at=-6\.[\d.]+%2C106\.[\d.]+%2C\d+"))

    send(site, token, latitude=-6.28)
    place = page.url
    page.reload()

    expect(crowd).to_have_count(0)
    expect(page.locator(f"[data-rep='{site.company.joko}']")).to_be_visible()
    expect(page.locator("[data-map] path.map-person")).to_have_count(2)
    assert page.url == place
    page.get_by_role("link", name=re.compile("^Joko · ")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#live-list h2").first).to_have_text("Joko")


def test_a_chosen_rep_is_shown_with_the_way_that_is_planned(
    site: Site, page: Page, token: str, say: Translator
) -> None:
    problems = listen(page)
    site.sign_in(page, "budi", say.language)
    send(site, token)
    plan_today(site, page, ["Toko Satu", "Toko Dua"])
    page.goto(f"{site.server.url}/live")

    page.locator(f"[data-rep='{site.company.joko}']").get_by_role("link").click()

    expect(page.locator("#live-list h2").first).to_have_text("Joko")
    planned = page.locator("#live-list section", has_text=say("Planned route"))
    expect(planned.get_by_role("listitem")).to_have_text(["1. Toko Satu", "2. Toko Dua"])
    expect(page.locator("[data-map] path.map-route")).to_be_attached()
    page.get_by_role("link", name=say("Show everybody")).click()
    expect(page.locator(f"[data-rep='{site.company.sari}']")).to_be_visible()
    assert problems == []


def plan_today(site: Site, page: Page, names: list[str]) -> None:
    """Give Joko new customers, and let whoever is signed in send him to them today."""
    joko, day = site.company.joko, business_day(utc_now(), ZONE)
    with running_app(Settings(data=site.server.data)) as app, app.app_context(), transaction():
        customers = [
            add_customer(
                name, owner_id=joko, team_id=site.company.east, longitude=106.8 + number / 100
            )
            for number, name in enumerate(names)
        ]
    week = f"{site.server.url}/api/v1/plans/{joko}/{Period.week(day).start}"
    version = page.request.get(week).json()["version"]
    days = [{"day": day.isoformat(), "customers": customers}]
    answer = page.request.put(week, data={"base": version, "days": days})
    assert answer.ok, answer.text()
