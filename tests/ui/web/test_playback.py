"""A day is played back by keys and by itself, without any picture of the ground."""

import datetime as dt
import re

from playwright.sync_api import Page, expect

from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.web.formats import clock
from shared.i18n import Translator
from tests.factories.company import ZONE
from tests.factories.tracks import record_track, start_work
from tests.factories.visits import MONDAY_9
from tests.support.application import running_app
from tests.ui.web.conftest import Site


def test_a_day_is_played_back_by_keys_and_by_itself(
    site: Site, page: Page, say: Translator
) -> None:
    settings = Settings(data=site.server.data)
    with running_app(settings) as app, app.app_context(), transaction():
        start_work(site.company.joko)
        still = [(minute, 10.0 * (minute % 2)) for minute in range(0, 21, 5)]
        record_track(site.company.joko, [*still, (25, 1500), (27, 1700)])
    site.sign_in(page, "budi", say.language)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site.server.url}/tracks/{site.company.joko}/2026-03-02")

    def at(minute: int, where: str) -> str:
        moment = MONDAY_9 + dt.timedelta(minutes=minute)
        return f"{clock(moment, ZONE, language=say.language)} · {where}"

    way = say("On the way")
    said, slider = page.locator("[data-playback] output"), page.get_by_label(say("Time of the day"))
    expect(said).to_have_text(at(0, say("Stop %(number)s", number=1)))
    expect(page.locator("path.map-person")).to_be_visible()

    slider.focus()
    page.keyboard.press("End")
    expect(said).to_have_text(at(27, way))
    expect(slider).to_have_attribute("aria-valuetext", at(27, way))
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text(at(26, way))
    page.reload()
    expect(said).to_have_text(at(26, way))
    slider.focus()
    page.keyboard.press("Home")

    page.get_by_role("button", name=say("Play")).click()
    expect(page.get_by_role("button", name=say("Pause"))).to_be_visible()
    expect(said).to_have_text(at(27, way))
    expect(page.get_by_role("button", name=say("Play"))).to_be_visible()
    expect(page.locator(".map path.map-gone")).to_have_attribute("d", re.compile("L"))
