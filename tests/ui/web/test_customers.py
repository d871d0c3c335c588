"""What is done with customers, visits and deals on their pages, in a browser."""

import re

from playwright.sync_api import Page, expect

from server.customers.operations import propose_location
from server.photos.operations.files import PhotoFolder
from server.platform.settings import current_settings
from shared.i18n import Translator
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company, add_customer
from tests.factories.photos import a_picture, keep_photo
from tests.factories.visits import record_visit, take_order
from tests.ui.web.conftest import MARCH
from tests.ui.web.desk import ANY, Desk, like, notice, row
from tests.ui.web.test_daily_work import add_lead


def fill(company: Company) -> dict[str, str]:
    """Add a visit with a photo and an order, a lead, a proposed point, and two who look alike."""
    visit = record_visit(rep_id=company.sari, customer_id=company.shop)
    keep_photo(
        rep_id=company.sari,
        visit_id=visit,
        picture=a_picture(),
        folder=PhotoFolder(current_settings().data / "photos"),
    )
    take_order(
        rep_id=company.sari,
        customer_id=company.shop,
        product_id=company.tea,
        quantity=25,
        unit_price_minor=500_000,
        visit_id=visit,
    )
    joko = {"owner_id": company.joko, "team_id": company.east}
    near = add_customer("Warung Dekat", **joko, latitude=-6.2, longitude=106.9)
    for name in ("Toko Kembar", "Toko  Kembar"):
        add_customer(name, **joko, latitude=-6.3, longitude=106.7)
    propose_location(
        proposal_id=new_id(),
        customer_id=near,
        rep_id=company.joko,
        latitude=-6.201,
        longitude=106.901,
        accuracy_m=8,
        at=utc_now(),
    )
    shut = add_customer("Warung Tutup", **joko, latitude=-6.25, longitude=106.8)
    lead = add_lead(company, "Rak pajangan")
    return {"visit": visit, "near": near, "shut": shut, "lead": lead}


def test_a_customer_is_edited_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/customers/{desk.company.shop}")
    page.get_by_role("link", name=say("Edit"), exact=True).click()
    page.get_by_label(say("City")).fill("Bekasi")
    page.get_by_label(say("Class")).select_option("C")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.locator("main")).to_contain_text("Bekasi")

    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(notice(page)).to_contain_text(say("The customer is as before."))
    expect(page.locator(".page-head")).to_contain_text(say("Class %(name)s", name="A"))


def test_a_stale_form_keeps_what_was_typed_and_says_so(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    address = f"{desk.url}/customers/{desk.made['near']}/edit"
    page.goto(address)
    other = page.context.new_page()
    other.goto(address)
    save_city(other, "Depok", say)
    expect(other.locator("main .notice")).to_be_visible()

    # The browser itself notes the answer 409 as an error; nothing else may be wrong.
    page.get_by_label(say("Notes")).fill("Closed on Fridays")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.locator("main")).to_contain_text(
        say("What you typed is still below; saving again keeps it.")
    )
    expect(page.get_by_label(say("Notes"))).to_have_value("Closed on Fridays")
    page.get_by_role("button", name=say("Save")).click()

    expect(notice(page)).to_be_visible()
    page.goto(address)
    expect(page.get_by_label(say("Notes"))).to_have_value("Closed on Fridays")
    desk.forgive("status of 409")


def test_a_customer_is_entered_with_the_place_pressed_on_the_map_though_one_is_like_it(
    desk: Desk,
) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/customers")
    page.get_by_role("link", name=say("New customer")).click()
    scale = page.locator(".leaflet-control-scale-line")
    expect(scale).to_have_text(re.compile(r"^(\d+ m|\d km)$"))  # it opens where customers are
    point = page.get_by_label(say("Point"), exact=True)
    point.fill("-6.3 106.7")
    point.blur()
    place = page.locator("[data-map][data-drawn]")
    expect(place.locator("path.map-customer")).to_be_visible()
    page.get_by_label(say("Name")).fill("Toko Kembar")
    page.get_by_label(say("Rep")).select_option(label="Sari")
    place.click(position={"x": 150, "y": 120})
    expect(point).to_have_value(re.compile(r"^-6\.\d{5}, 106\.\d{5}$"))
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("heading", name=say("Is it one of these?"))).to_be_visible()

    page.get_by_label(say("No, it is another customer: enter it.")).check()
    page.get_by_role("button", name=say("Save")).click()
    expect(notice(page)).to_contain_text(say("%(name)s is entered.", name="Toko Kembar"))
    notice(page).get_by_role("button", name=say("Undo")).click()

    taken_back = say("The customer is taken back, and its code is free again.")
    expect(notice(page)).to_contain_text(taken_back)
    desk.forgive("status of 409")


def test_a_customer_is_closed_on_its_page_and_that_is_taken_back(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/customers/{desk.made['shut']}")
    page.get_by_role("button", name=say("Close"), exact=True).click()
    expect(page.locator(".page-head .chip", has_text=say("Closed"))).to_be_visible()
    expect(page.get_by_role("link", name=say("New deal"))).to_have_count(0)

    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(notice(page)).to_contain_text(say("The customers are as before."))
    page.goto(f"{desk.url}/customers/{desk.made['shut']}")
    expect(page.get_by_role("button", name=say("Close"), exact=True)).to_be_visible()


def save_city(page: Page, city: str, say: Translator) -> None:
    page.get_by_label(say("City")).fill(city)
    page.get_by_role("button", name=say("Save")).click()


def test_a_proposed_point_is_approved_and_waits_again(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/customers/proposals")
    proposal = page.locator("section", has_text="Warung Dekat").last
    expect(page.locator("[data-map][data-drawn]")).to_be_visible()

    page.get_by_role("button", name=say("Refuse")).click()
    expect(page.locator("main .banner:not([hidden])").first).to_be_focused()
    page.get_by_role("button", name=say("Approve")).click()
    expect(page.get_by_role("button", name=say("Approve"))).to_have_count(0)
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(proposal.get_by_role("button", name=say("Approve"))).to_be_visible()
    desk.forgive("status of 422")


def test_two_that_look_alike_are_said_to_be_different(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/customers/duplicates?like=place")
    group = page.locator("section", has_text="Toko Kembar")

    group.get_by_role("button", name=say("These are different customers")).click()
    expect(group).to_have_count(0)
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(group).to_have_count(1)


def test_the_coverage_map_comes_closer_and_follows_the_filter(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/customers/map?{MARCH}")
    drawn = page.locator("[data-coverage]")
    expect(drawn).to_have_attribute("data-shown", re.compile(r"[1-9]"))
    share = "%(visited)s of %(customers)s customers on the map were visited in %(days)s"
    expect(page.locator("main")).to_contain_text(like(say(share, visited=1, customers=5, days=ANY)))

    page.get_by_role("button", name=say("Zoom in")).click()
    expect(drawn).to_have_attribute("data-shown", re.compile(r"\d"))
    # Where one has gone to is in the address, and shown again from it.
    expect(page).to_have_url(re.compile(r"[?&]at=-?[\d.]+%2C[\d.]+%2C\d+"))
    closer = page.url
    page.reload()
    expect(drawn).to_have_attribute("data-shown", re.compile(r"\d"))
    assert page.url == closer
    page.get_by_label(say("Rep"), exact=True).select_option(label="Sari")
    expect(page.locator("main")).to_contain_text(like(say(share, visited=1, customers=1, days=ANY)))
    # What a filter brings is drawn, too.
    expect(page.locator("[data-coverage][data-shown='1']")).to_be_visible()
    page.locator("path.coverage-point").focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{desk.url}/customers/{desk.company.shop}")


def test_a_photo_opens_in_full_size(desk: Desk) -> None:
    page = desk.sit_down("budi")
    page.goto(f"{desk.url}/visits/{desk.made['visit']}")
    thumbnail = page.locator("#photos img")
    thumbnail.scroll_into_view_if_needed()
    expect(thumbnail).to_have_js_property("complete", value=True)
    assert thumbnail.evaluate("image => image.naturalWidth") > 0

    with page.expect_response("**/photos/*") as answer:
        in_full = desk.say("Photo taken at %(clock)s, open in full size", clock=ANY)
        page.get_by_role("link", name=like(in_full)).click()

    assert answer.value.headers["content-type"] == "image/jpeg"
    assert answer.value.status == 200


def test_a_deal_moves_by_the_forms_of_its_card_and_of_its_page(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/pipeline")
    card = page.locator(f"[data-deal='{desk.made['lead']}']")
    card.locator("summary").click()
    card.get_by_label(say("Stage")).select_option("proposal")
    card.get_by_role("button", name=say("Move")).click()
    expect(page.locator(".lane[data-stage=proposal]")).to_contain_text("Rak pajangan")

    page.goto(f"{desk.url}/deals/{desk.made['lead']}")
    page.get_by_label(say("Stage")).select_option("lost")
    page.get_by_role("button", name=say("Move"), exact=True).click()
    expect(page.locator("main .banner:not([hidden])")).to_be_visible()
    page.get_by_label(say("Reason, if lost")).fill("Terlalu mahal")
    page.get_by_role("button", name=say("Move"), exact=True).click()

    expect(page.locator("dl.facts").first).to_contain_text("Terlalu mahal")
    desk.forgive("status of 422")


def test_a_form_sent_twice_at_once_makes_one_task(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/tasks")
    page.get_by_text(say("New task")).click()
    page.get_by_label(say("What is to be done?")).fill("Only once")
    page.get_by_label(say("Rep"), exact=True).last.select_option("Joko")

    page.get_by_role("button", name=say("Give the task")).dblclick()
    expect(notice(page)).to_be_visible()
    page.goto(f"{desk.url}/tasks")

    expect(page.locator("main tbody tr").filter(has_text="Only once")).to_have_count(1)


def test_a_leaderboard_is_ranked_by_what_is_chosen(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/leaderboard?{MARCH}")

    page.locator("form.filters").get_by_label(say("Number")).select_option("calls")

    expect(page).to_have_url(re.compile("calls"))
    expect(page.locator("main tbody tr").first).to_contain_text("Sari")
    page.go_back()
    expect(page).not_to_have_url(re.compile("calls"))


def test_forms_do_their_work_without_scripts(desk: Desk) -> None:
    browser = desk.page.context.browser
    assert browser is not None
    with browser.new_context(java_script_enabled=False) as context:
        plain = Desk(context.new_page(), desk.url, desk.company, desk.made, desk.say)
        page, say = plain.sit_down("sari"), desk.say
        page.goto(f"{desk.url}/tasks")
        page.locator("#new-task summary").click()
        page.get_by_label(say("What is to be done?")).fill("Bawa katalog")
        page.get_by_role("button", name=say("Give the task")).click()
        expect(row(page, "Bawa katalog")).to_be_visible()
        row(page, "Bawa katalog").get_by_role("button", name=say("Done")).click()
        expect(row(page, "Bawa katalog")).to_have_count(0)

        plain.sit_down("budi")
        page.goto(f"{desk.url}/customers")
        filters = page.locator("form.filters")
        filters.get_by_label(say("Rep"), exact=True).select_option(label="Joko")
        page.get_by_role("button", name=say("Show")).click()
        expect(row(page, "Toko Maju")).to_have_count(0)
        row(page, "Warung Dekat").get_by_role("link").first.click()
        page.get_by_role("link", name=say("Edit"), exact=True).click()
        page.get_by_label(say("City")).fill("Bogor")
        page.locator("[name=radius_m]").fill("1")
        page.get_by_role("button", name=say("Save")).click()
        expect(page.locator("[name=radius_m]")).to_be_focused()
        page.keyboard.press("Delete")
        page.keyboard.press("Backspace")
        page.get_by_role("button", name=say("Save")).click()
        expect(page.locator("main")).to_contain_text("Bogor")


def test_a_ticked_customer_is_given_to_another_rep_and_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/customers")
    kiosk = row(page, "Kios Rina")
    page.get_by_text(say("Give customers to a rep, or close them")).click()
    kiosk.get_by_label(say("Choose %(name)s", name="Kios Rina")).check()
    page.locator("#give-rep").select_option(label="Joko")
    page.get_by_role("button", name=say("Give")).click()
    expect(kiosk).to_contain_text("Joko")

    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(notice(page)).to_contain_text(say("The customers are as before."))
    expect(kiosk).to_contain_text("Rina")
    expect(kiosk).not_to_contain_text("Joko")
