"""How a manager works through a day on the pages, in a real browser, in either language."""

import datetime as dt
import re

from playwright.sync_api import Page, expect

from server.alerts.models import Alert, AlertRule
from server.deals.operations import deals
from server.platform.database import db
from server.web.formats import money
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company, add_customer
from tests.factories.visits import MONDAY_9, record_visit, take_order
from tests.integration.tasks.test_tasks import add as add_task
from tests.ui.web.conftest import MARCH
from tests.ui.web.desk import Desk, notice, row


def fill(company: Company) -> dict[str, str]:
    """Add a day of two visits and an order, an alert, a task, and leads; return these by title."""
    second = add_customer("Warung Dua", owner_id=company.sari, team_id=company.east)
    visit = record_visit(rep_id=company.sari, customer_id=company.shop)
    record_visit(rep_id=company.sari, customer_id=second, at=MONDAY_9 + dt.timedelta(hours=1))
    take_order(
        rep_id=company.sari,
        customer_id=company.shop,
        product_id=company.tea,
        quantity=25,
        unit_price_minor=500_000,
        visit_id=visit,
    )
    add_task(company, "Bring the price list")
    alert = Alert(
        id=new_id(),
        key="late_start sari",
        rule=AlertRule.LATE_START,
        rep_id=company.sari,
        team_id=company.east,
        day=utc_now().date(),
        inputs={"planned": 4, "minutes": 540},
        raised_at=utc_now(),
    )
    db.session.add(alert)
    titles = ("Rak pajangan", "Kulkas", "Etalase")
    return {title: add_lead(company, title) for title in titles}


def add_lead(company: Company, title: str) -> str:
    lead, at = new_id(), utc_now() - dt.timedelta(days=3)
    deal = deals.NewDeal(
        deal_id=lead,
        owner_id=company.sari,
        customer_id=company.shop,
        stage_key="lead",
        currency="IDR",
        amount_minor=5_000_000_00,
        title=title,
    )
    deals.create_deal(deal=deal, at=at, day=at.date(), reporting_currency="IDR")
    return lead


def drag_to_end(page: Page, title: str, stage: str) -> None:
    """Drag a deal's card to a place that is there only while something is dragged."""
    card = page.locator(".deal-card", has_text=title)
    end = page.locator(f".lane-end[data-stage={stage}]")
    expect(end).to_be_hidden()
    box = card.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    end.hover()
    page.mouse.up()


def test_a_lead_is_dragged_to_lost_with_a_reason_and_back(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/pipeline")
    dialog = page.get_by_role("dialog", name=say("Why is it lost?"))

    drag_to_end(page, "Rak pajangan", "lost")
    dialog.get_by_role("button", name=say("Cancel")).click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".deal-card", has_text="Rak pajangan")).to_be_visible()
    drag_to_end(page, "Rak pajangan", "lost")
    dialog.get_by_label(say("Reason")).fill("Terlalu mahal")
    dialog.get_by_role("button", name=say("Move")).click()

    expect(notice(page).get_by_role("button", name=say("Undo"))).to_be_visible()
    expect(page.locator(".deal-card", has_text="Rak pajangan")).to_have_count(0)
    page.goto(f"{desk.url}/deals/{desk.made['Rak pajangan']}")
    expect(page.locator("dl.facts").first).to_contain_text("Terlalu mahal")
    page.get_by_role("button", name=say("Undo the last move")).click()
    expect(page.locator("dl.facts").first).not_to_contain_text("Terlalu mahal")
    page.goto(f"{desk.url}/pipeline")
    expect(page.locator(".lane[data-stage=lead]")).to_contain_text("Rak pajangan")


def test_a_lead_is_dragged_to_won_and_its_page_knows(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/pipeline")

    drag_to_end(page, "Kulkas", "won")

    expect(notice(page)).to_contain_text("Kulkas")
    expect(page.locator(".deal-card", has_text="Kulkas")).to_have_count(0)
    page.goto(f"{desk.url}/deals/{desk.made['Kulkas']}")
    expect(page.locator(".page-actions")).to_contain_text(say("Won"))
    expect(page.locator(".timeline li").first).to_contain_text(say("Won"))


def test_a_deal_is_voided_and_restored(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/deals/{desk.made['Etalase']}")

    page.get_by_role("button", name=say("Void")).click()
    expect(page.locator(".page-actions")).to_contain_text(say("Voided"))
    notice(page).get_by_role("button", name=say("Undo")).click()
    expect(page.locator(".page-actions")).not_to_contain_text(say("Voided"))
    page.get_by_role("button", name=say("Void")).click()
    page.get_by_role("button", name=say("Restore")).click()

    expect(page.locator(".page-actions")).not_to_contain_text(say("Voided"))
    expect(page.get_by_role("button", name=say("Void"))).to_be_visible()


def test_a_deal_is_entered_at_its_customer_corrected_and_as_before(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/customers/{desk.company.shop}")
    page.get_by_role("link", name=say("New deal")).click()
    page.get_by_label(say("Title")).fill("Teh pameran")
    product = page.locator("[name=product-0]")
    product.press_sequentially("te")
    expect(page.locator("#deal-products option")).to_have_attribute("value", "TEA")
    product.fill("TEA")
    page.locator("[name=quantity-0]").fill("4")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.locator("h1")).to_have_text("Teh pameran")
    amount = page.locator(".big-number")
    expect(amount).to_have_text(money(20_000_00, "IDR", language=say.language))

    page.get_by_role("link", name=say("Edit")).click()
    page.locator("[name=price-0]").fill("6.000")
    page.get_by_label(say("Expected to close")).fill("2026-12-31")
    page.get_by_role("button", name=say("Save")).click()
    expect(amount).to_have_text(money(24_000_00, "IDR", language=say.language))
    expect(page.locator("dl.facts").first).to_contain_text(say("Expected to close"))
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(amount).to_have_text(money(20_000_00, "IDR", language=say.language))


def test_a_number_leads_to_its_deals_and_one_of_them(desk: Desk) -> None:
    page = desk.sit_down("budi")
    page.goto(f"{desk.url}/?{MARCH}")
    revenue = money(125_000_00, "IDR", language=desk.say.language)

    page.locator("#tile-revenue .tile-value a").click()
    expect(page.locator(".number-card .big-number")).to_have_text(revenue)
    row(page, "Toko Maju").get_by_role("link").first.click()

    expect(page.locator(".big-number")).to_have_text(revenue)
    expect(row(page, "Tea")).to_contain_text("25")


def test_a_number_leads_to_its_visits_and_from_one_to_the_next(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/activity?{MARCH}")

    page.locator("#tile-calls .tile-value a").click()
    expect(
        page.get_by_role("heading", name=say.plural("%(num)s row", "%(num)s rows", 2, num=2))
    ).to_be_visible()
    row(page, "Toko Maju").get_by_role("link").first.click()
    expect(page.locator("h1")).to_have_text("Toko Maju")
    page.get_by_role("link", name=say("Next visit: %(name)s", name="Warung Dua")).click()
    expect(page.locator("h1")).to_have_text("Warung Dua")
    expect(page.locator(".day-steps")).to_contain_text(
        say("Visit %(number)s of %(total)s that day", number=2, total=2)
    )
    page.get_by_role("link", name=say("Previous visit: %(name)s", name="Toko Maju")).click()

    expect(page.locator("h1")).to_have_text("Toko Maju")


def test_filters_are_kept_opened_deleted_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/visits?rep={desk.company.sari}&{MARCH}")
    saved = page.locator(".saved")
    saved.locator("summary").click()
    saved.get_by_label(say("Keep these filters as")).fill("Maret Sari")
    saved.get_by_role("button", name=say("Keep")).click()
    expect(notice(page)).to_contain_text("Maret Sari")

    page.goto(f"{desk.url}/visits")
    saved.locator("summary").click()
    saved.get_by_role("link", name="Maret Sari").click()
    expect(page).to_have_url(re.compile(f"rep={desk.company.sari}"))
    expect(row(page, "Warung Dua")).to_be_visible()
    saved.locator("summary").click()
    saved.get_by_role("button", name=say("Delete %(name)s", name="Maret Sari")).click()
    expect(saved.get_by_role("link", name="Maret Sari")).to_have_count(0)
    notice(page).get_by_role("button", name=say("Undo")).click()

    saved.locator("summary").click()
    expect(saved.get_by_role("link", name="Maret Sari")).to_be_visible()


def test_a_dashboard_is_changed_deleted_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/dashboards/new")
    page.get_by_label(say("Name"), exact=True).fill("Morning")
    page.locator("summary", has_text=say("Sales")).first.click()
    page.locator("[name=tile][value=revenue]").check()
    page.get_by_role("button", name=say("Keep")).click()
    expect(page.locator("[data-metric]")).to_have_count(1)
    address = page.url

    page.get_by_role("link", name=say("Edit")).click()
    page.get_by_label(say("Find a number")).fill(
        "growth" if say.language == "en" else "pertumbuhan"
    )
    page.locator("[name=tile][value=sales_growth]").check()
    page.get_by_role("button", name=say("Keep")).click()
    expect(page.locator("[data-metric]")).to_have_count(2)
    page.get_by_role("link", name=say("Edit")).click()
    page.get_by_role("button", name=say("Delete")).click()
    expect(page.locator(".dashboards")).not_to_contain_text("Morning")
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(page).to_have_url(address)
    expect(page.locator("[data-metric]")).to_have_count(2)


def test_the_bell_leads_to_an_alert_that_is_acknowledged_and_given_up(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/tasks")
    bell = page.get_by_role(
        "link", name=say.plural("%(num)s alert waits", "%(num)s alerts wait", 1, num=1)
    )
    bell.click()
    expect(row(page, say("Late start"))).to_contain_text("Sari")

    acknowledge = say("Acknowledge: %(name)s, %(rule)s", name="Sari", rule=say("Late start"))
    page.get_by_role("button", name=acknowledge).click()
    expect(page.locator(".bell-count")).to_have_count(0)
    expect(row(page, say("Late start"))).to_have_count(0)
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(bell).to_be_visible()
    expect(row(page, say("Late start"))).to_be_visible()


def test_a_task_is_given_to_another_rep_who_finds_it(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/tasks")

    row(page, "Bring the price list").get_by_label(say("Give to")).select_option(label="Joko")
    row(page, "Bring the price list").get_by_role("button", name=say("Give"), exact=True).click()
    expect(row(page, "Bring the price list").get_by_role("cell").first).to_contain_text("Joko")
    desk.sit_down("joko")
    page.goto(f"{desk.url}/tasks")

    expect(row(page, "Bring the price list")).to_be_visible()
