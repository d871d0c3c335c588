"""What a rep does on the pages, and how little of others they and other managers find there."""

from pathlib import Path

from playwright.sync_api import expect

from server.web.formats import money
from tests.factories.company import PASSWORD, Company, add_customer
from tests.factories.visits import record_visit, take_order
from tests.ui.web.conftest import MARCH
from tests.ui.web.desk import Desk, notice, row


def fill(company: Company) -> dict[str, str]:
    """Add orders of Sari's and of Joko's, who is of her team, and a visit in the west."""
    record_visit(rep_id=company.rina, customer_id=company.kiosk)
    stall = add_customer("Warung Joko", owner_id=company.joko, team_id=company.east)
    deals = {}
    for rep, rep_id, customer in (
        ("sari", company.sari, company.shop),
        ("joko", company.joko, stall),
    ):
        visit = record_visit(rep_id=rep_id, customer_id=customer)
        deals[rep] = take_order(
            rep_id=rep_id,
            customer_id=customer,
            product_id=company.tea,
            quantity=25,
            unit_price_minor=500_000,
            visit_id=visit,
        )
    return {"deal": deals["sari"]}


def test_a_rep_follows_an_own_number_to_its_rows_and_takes_them_along(desk: Desk) -> None:
    page = desk.sit_down("sari")
    page.goto(f"{desk.url}/?{MARCH}")
    # Reps do not choose among reps.
    expect(page.locator("form.filters").first).not_to_contain_text("Joko")

    page.locator("#tile-revenue .tile-value a").click()
    revenue = money(125_000_00, "IDR", language=desk.say.language)
    expect(page.locator(".number-card .big-number")).to_have_text(revenue)
    expect(page.locator("main")).not_to_contain_text("Warung Joko")
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()

    _, *lines = Path(taken.value.path()).read_text("utf-8-sig").splitlines()
    assert [("Toko Maju" in line, "Warung Joko" in line) for line in lines] == [(True, False)]
    row(page, "Toko Maju").get_by_role("link").first.click()
    expect(page).to_have_url(f"{desk.url}/deals/{desk.made['deal']}")


def test_a_rep_enters_a_deal_and_moves_it(desk: Desk) -> None:
    page = desk.sit_down("sari")
    say = desk.say
    page.goto(f"{desk.url}/customers")
    expect(row(page, "Warung Joko")).to_have_count(0)
    row(page, "Toko Maju").get_by_role("link").first.click()
    page.get_by_role("link", name=say("New deal")).click()
    page.get_by_label(say("Title")).fill("Etalase baru")
    page.get_by_label(say("Amount")).fill("2500000")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.locator("h1")).to_have_text("Etalase baru")

    page.get_by_label(say("Stage")).select_option("proposal")
    page.get_by_role("button", name=say("Move"), exact=True).click()
    expect(notice(page)).to_contain_text("Etalase baru")

    page.goto(f"{desk.url}/pipeline")
    expect(page.locator(".lane[data-stage=proposal]")).to_contain_text("Etalase baru")
    desk.sit_down("joko")
    page.goto(f"{desk.url}/pipeline")
    expect(page.locator("h1")).to_have_text(say("Pipeline"))
    expect(page.locator("main")).not_to_contain_text("Etalase baru")


def test_a_rep_chooses_another_password_and_signs_in_with_it(desk: Desk) -> None:
    # Rina's, with which no other test signs in.
    page = desk.sit_down("rina")
    say = desk.say
    page.goto(f"{desk.url}/activity")
    page.get_by_role("link", name="Rina").click()
    page.get_by_label(say("Present password"), exact=True).first.fill(PASSWORD)
    for label in (say("New password"), say("Once more")):
        page.get_by_label(label, exact=True).fill("kuda baterai pagi")
    page.get_by_role("button", name=say("Change the password")).click()
    expect(notice(page)).to_be_visible()

    page.get_by_role("button", name=say("Sign out")).click()
    page.get_by_label(say("User")).fill("rina")
    page.get_by_label(say("Password")).fill("kuda baterai pagi")
    page.get_by_role("button", name=say("Sign in")).click()

    expect(page.locator(".person")).to_contain_text("Rina")


def test_the_manager_of_another_team_finds_nothing_and_is_told_so(desk: Desk) -> None:
    page = desk.sit_down("dewi")
    say = desk.say
    page.goto(f"{desk.url}/?{MARCH}")
    expect(page.locator("main")).to_contain_text("Rina")
    expect(page.locator("main")).not_to_contain_text("Sari")

    page.keyboard.press("/")
    page.get_by_role("searchbox").fill("maju")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text(say("Nothing found"))

    for address, headline in (
        (f"/deals/{desk.made['deal']}", "Nothing to see here"),
        ("/users", "Not for your role"),
    ):
        page.goto(desk.url + address)
        expect(page.locator("h1")).to_have_text(say(headline))
        expect(page.locator("body")).not_to_contain_text("Toko Maju")
    page.get_by_role("link", name=say("To the overview")).click()
    expect(page).to_have_url(f"{desk.url}/")
    desk.forgive("status of 40")
