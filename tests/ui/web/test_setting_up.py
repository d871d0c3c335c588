"""How an administrator sets up what is measured, asked and allowed, in a browser."""

from playwright.sync_api import Page, expect

from server.web.formats import percent
from shared.time import utc_now
from tests.factories.company import Company
from tests.factories.phones import enrol_phone
from tests.factories.visits import record_visit
from tests.ui.web.conftest import MARCH
from tests.ui.web.desk import Desk, notice, row


def fill(company: Company) -> dict[str, str]:
    """Add two phones and a visit."""
    for name in ("sari", "joko"):
        enrol_phone(getattr(company, name), at=utc_now(), name=f"Pixel of {name}")
    record_visit(rep_id=company.sari, customer_id=company.shop)
    return {}


def test_a_phone_is_to_be_wiped_then_not_and_then_at_once(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/devices")
    phone = row(page, "Pixel of sari")

    phone.locator("summary", has_text=say("Wipe")).click()
    phone.get_by_role("button", name=say("Wipe when all is sent")).click()
    expect(phone).to_contain_text(say("will be wiped when all is sent"))
    notice(page).get_by_role("button", name=say("Undo")).click()
    expect(phone).not_to_contain_text(say("will be wiped when all is sent"))
    phone.locator("summary", has_text=say("Wipe")).click()
    phone.get_by_role("button", name=say("Wipe at once")).click()

    expect(notice(page)).to_contain_text(say("The phone deletes its data when it next syncs."))
    page.goto(f"{desk.url}/devices?state=all")
    expect(phone).to_contain_text(say("will be wiped when it next syncs"))
    expect(phone.locator("summary", has_text=say("Wipe"))).to_have_count(0)


def test_a_person_who_leaves_is_out_at_once_and_may_come_back(desk: Desk) -> None:
    page = desk.sit_down("rina")
    say = desk.say
    page.goto(f"{desk.url}/visits")
    rinas = page.context.cookies()
    desk.sit_down("admin")
    address = f"{desk.url}/users/{desk.company.rina}"
    page.goto(address)

    page.get_by_role("button", name=say("Deactivate")).click()
    expect(page.locator("h1")).to_contain_text(say("Deactivated"))
    admins = page.context.cookies()
    page.context.clear_cookies()
    page.context.add_cookies(rinas)  # type: ignore[arg-type]
    page.goto(f"{desk.url}/visits")
    expect(page.get_by_label(say("Password"))).to_be_visible()
    page.context.add_cookies(admins)  # type: ignore[arg-type]
    page.goto(address)
    page.get_by_role("button", name=say("Reactivate")).click()

    desk.sit_down("rina")
    page.goto(f"{desk.url}/visits")
    expect(page.locator("h1")).to_have_text(say("Visits"))


def test_stages_reasons_and_sources_are_saved_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/pipeline/setup")
    name = page.get_by_label(f"{say('Proposal')}: {say('Name')}")
    name.fill("Offer")
    page.get_by_role("button", name=say("Save stages")).click()
    expect(page.get_by_label(f"Offer: {say('Name')}")).to_have_value("Offer")
    notice(page).get_by_role("button", name=say("Undo")).click()
    expect(name).to_have_value(say("Proposal"))

    for label, button in (
        ("Reasons for losing a deal, one a line, in this order", "Save reasons"),
        ("Where leads come from, one a line, in this order", "Save sources"),
    ):
        words = page.get_by_label(say(label))
        before = words.input_value()
        words.fill("Too far away\nNo room")
        page.get_by_role("button", name=say(button)).click()
        expect(words).to_have_value("Too far away\nNo room")
        notice(page).get_by_role("button", name=say("Undo")).click()
        expect(words).to_have_value(before)


def test_a_question_is_asked_earlier_changed_and_asked_no_more(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    for text in ("Ada di rak?", "Berapa baris?"):
        page.goto(f"{desk.url}/visit-form/new")
        page.get_by_label(say("Question"), exact=True).fill(text)
        page.get_by_role("button", name=say("Save")).click()
    questions = page.locator("main tbody").first.get_by_role("rowheader").get_by_role("link")
    expect(questions).to_have_text(["Ada di rak?", "Berapa baris?"])

    page.get_by_role(
        "button", name=say("Ask earlier: %(question)s", question="Berapa baris?")
    ).click()
    expect(questions).to_have_text(["Berapa baris?", "Ada di rak?"])
    questions.first.click()
    page.get_by_label(say("Answer"), exact=True).select_option("number")
    page.get_by_label(say("Smallest")).fill("1")
    page.get_by_role("button", name=say("Save")).click()
    expect(row(page, "Berapa baris?")).to_contain_text("2")
    page.get_by_role(
        "button", name=say("Ask no more: %(question)s", question="Ada di rak?")
    ).click()
    expect(questions).to_have_text(["Berapa baris?"])
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(questions).to_have_text(["Berapa baris?", "Ada di rak?"])


def test_the_fence_of_a_class_asks_for_a_code_and_a_manager_makes_one(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/fences")
    rule = page.get_by_label(say("Class %(name)s", name="A"))
    rule.select_option(label=say("Only with a code"))
    page.get_by_role("button", name=say("Save")).click()
    expect(rule).to_have_value("block")
    notice(page).get_by_role("button", name=say("Undo")).click()
    expect(rule).to_have_value("")

    desk.sit_down("budi")
    page.goto(f"{desk.url}/fences/codes")
    page.get_by_label(say("Rep"), exact=True).select_option(label="Sari")
    page.get_by_label(say("Customer")).select_option(label="Toko Maju (TOKO-MAJU)")
    page.get_by_label(say("Why")).fill("The market moved")
    page.get_by_role("button", name=say("Make the code")).click()

    expect(page.locator("#code .secret")).not_to_be_empty()
    expect(row(page, "The market moved")).to_contain_text(say("Not used"))
    page.reload()
    expect(page.locator("#code")).to_have_count(0)


def test_an_own_kpi_is_previewed_as_it_is_typed_and_then_seen_by_all(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/definitions/new")
    page.get_by_label(say("Name"), exact=True).fill("Visits by two")
    page.get_by_label(say("Name in Indonesian, where it is another")).fill("Kunjungan dibagi dua")
    name = {"en": "Visits by two", "id": "Kunjungan dibagi dua"}[say.language]
    preview = page.locator("#preview")
    page.get_by_label(say("Formula")).fill("callz / 2")
    expect(preview).to_contain_text("callz")
    page.get_by_label(say("Formula")).fill("calls / 2")
    expect(preview).to_contain_text(name)

    page.get_by_role("button", name=say("Save")).click()
    expect(row(page, name)).to_contain_text("calls / 2")

    desk.sit_down("budi")
    page.goto(f"{desk.url}/?{MARCH}")
    tile = page.locator("[data-metric]", has_text=name)
    expect(tile.locator(".tile-value")).to_have_text(percent(0.5, language=say.language))


def test_a_holiday_is_entered_worked_on_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/holidays?year=2026")
    page.get_by_label(say("Day"), exact=True).fill("2026-07-07")
    page.get_by_label(say("Name"), exact=True).fill("The founder's birthday")
    page.get_by_role("button", name=say("Add holiday")).click()
    ours = row(page, "The founder's birthday")
    expect(ours).to_contain_text(say("Our own"))

    page.get_by_role("button", name=say("%(name)s: a working day", name="birthday")).click()
    expect(
        page.get_by_role("button", name=say("%(name)s: a holiday again", name="birthday"))
    ).to_be_visible()
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(
        page.get_by_role("button", name=say("%(name)s: a working day", name="birthday"))
    ).to_be_visible()


def test_working_time_and_the_ramp_of_new_reps_are_set_and_taken_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/users/{desk.company.joko}")
    times = page.locator("#working-time")
    set_working_time(page, "2026-02-01", "50")
    expect(times).to_contain_text(say("joined on %(day)s", day="1 Feb 2026"))
    notice(page).get_by_role("button", name=say("Undo")).click()
    expect(times).not_to_contain_text("1 Feb 2026")

    page.goto(f"{desk.url}/targets")
    ramp = page.locator("#ramp")
    ramp.get_by_label(say("For those who join from")).fill("2026-03-01")
    ramp.get_by_label(say("Percent by month")).fill("25, 50, 75")
    ramp.get_by_role("button").click()
    expect(page.locator("#ramp dl")).to_contain_text("50%")
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(page.locator("#ramp dl")).to_have_count(0)


def set_working_time(page: Page, day: str, percent: str) -> None:
    times = page.locator("#working-time")
    times.locator("#working-start").fill(day)
    times.locator("#working-percent").fill(percent)
    times.get_by_role("button").last.click()
