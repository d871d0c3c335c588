"""Judging past check-ins again, in a browser: legible in both looks, on a phone, by keyboard."""

import datetime as dt

from playwright.sync_api import Page, expect

from server.customers.models import Customer
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from shared.i18n import Translator
from shared.time import utc_now
from tests.factories.company import add_customer
from tests.factories.visits import MONDAY_9, record_visit
from tests.support.application import running_app
from tests.ui.web.conftest import Site
from tests.ui.web.looks import violations


def test_a_manager_looks_and_judges_again(site: Site, page: Page, say: Translator) -> None:
    company = site.company
    with (
        running_app(Settings(data=site.server.data)) as app,
        app.app_context(),
        transaction(),
    ):
        shop = add_customer("Toko Pindah", owner_id=company.joko, team_id=company.east)
        # Not in March: other tests count its visits.
        april_1 = MONDAY_9 + dt.timedelta(days=30)
        record_visit(rep_id=company.joko, customer_id=shop, at=april_1, metres_away=480)
        db.session.get_one(Customer, shop).change(
            {"latitude": -6.1754 + 480 / 110_600, "location_version": 2}, at=utc_now()
        )
    site.sign_in(page, "budi", say.language)
    page.goto(f"{site.server.url}/customers/{shop}")
    page.get_by_role("link", name=say("Judge again")).click()
    page.goto(f"{page.url}?period=custom&from=2026-04-01&to=2026-04-30")

    expect(
        page.get_by_text(
            say.plural(
                "%(num)s check-in, of which %(changing)s would change",
                "%(num)s check-ins, of which %(changing)s would change",
                1,
                num=1,
                changing=1,
            )
        )
    ).to_be_visible()
    for look in ("light", "dark"):
        page.emulate_media(color_scheme=look)
        assert violations(page) == []
    page.set_viewport_size({"width": 375, "height": 812})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_label(say("Why")).fill("The point was the market's entrance")
    change = say.plural("Change %(num)s verdict", "Change %(num)s verdicts", 1, num=1)
    page.get_by_role("button", name=change).click()

    changed = say.plural(
        "%(num)s check-in has another verdict now.",
        "%(num)s check-ins have another verdict now.",
        1,
        num=1,
    )
    expect(page.get_by_text(changed)).to_be_visible()
    assert violations(page) == []
