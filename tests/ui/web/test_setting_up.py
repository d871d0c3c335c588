"""How an administrator sets up what is measured, asked and allowed, in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from server.metrics.jobs import refresh_rollups
from server.platform.transaction import transaction
from shared.time import utc_now
from tests.factories.company import found_company
from tests.factories.phones import enrol_phone
from tests.factories.visits import record_visit
from tests.support.application import serving
from tests.support.databases import SqliteTemplate
from tests.ui.web.conftest import MARCH
from tests.ui.web.desk import Desk, Office, notice, row


@pytest.fixture(scope="module")
def office(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with sqlite_template.app(tmp_path_factory.mktemp("office")) as app:
        with app.app_context():
            with transaction():
                company = found_company()
                for name in ("sari", "joko"):
                    enrol_phone(getattr(company, name), at=utc_now(), name=f"Pixel of {name}")
                record_visit(rep_id=company.sari, customer_id=company.shop)
            refresh_rollups()
        with serving(app) as url:
            yield Office(url, company)


def test_a_phone_is_to_be_wiped_then_not_and_then_at_once(desk: Desk) -> None:
    page = desk.sit_down("admin", "en")
    page.goto(f"{desk.url}/devices")
    phone = row(page, "Pixel of sari")

    phone.locator("summary", has_text="Wipe").click()
    phone.get_by_role("button", name="Wipe when all is sent").click()
    expect(phone).to_contain_text("will be wiped when all is sent")
    notice(page).get_by_role("button", name="Undo").click()
    expect(phone).not_to_contain_text("will be wiped")
    phone.locator("summary", has_text="Wipe").click()
    phone.get_by_role("button", name="Wipe at once").click()

    expect(notice(page)).to_contain_text("deletes its data when it next syncs")
    page.goto(f"{desk.url}/devices?state=all")
    expect(phone).to_contain_text("will be wiped when it next syncs")
    expect(phone.locator("summary", has_text="Wipe")).to_have_count(0)


def test_a_person_who_leaves_is_out_at_once_and_may_come_back(desk: Desk) -> None:
    page = desk.sit_down("rina", "id")
    page.goto(f"{desk.url}/visits")
    rinas = page.context.cookies()
    desk.sit_down("admin", "id")
    address = f"{desk.url}/users/{desk.company.rina}"
    page.goto(address)

    page.get_by_role("button", name="Nonaktifkan").click()
    expect(page.locator("h1")).to_contain_text("Nonaktif")
    admins = page.context.cookies()
    page.context.clear_cookies()
    page.context.add_cookies(rinas)  # type: ignore[arg-type]
    page.goto(f"{desk.url}/visits")
    expect(page.get_by_label("Kata sandi")).to_be_visible()
    page.context.add_cookies(admins)  # type: ignore[arg-type]
    page.goto(address)
    page.get_by_role("button", name="Aktifkan lagi").click()

    desk.sit_down("rina", "id")
    page.goto(f"{desk.url}/visits")
    expect(page.locator("h1")).to_have_text("Kunjungan")


def test_stages_reasons_and_sources_are_saved_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("admin", "en")
    page.goto(f"{desk.url}/pipeline/setup")
    name = page.get_by_label("Proposal: Name")
    name.fill("Offer")
    page.get_by_role("button", name="Save stages").click()
    expect(page.get_by_label("Offer: Name")).to_have_value("Offer")
    notice(page).get_by_role("button", name="Undo").click()
    expect(name).to_have_value("Proposal")

    for label, button in (("Reasons for losing", "Save reasons"), ("Where leads", "Save sources")):
        words = page.get_by_label(label)
        before = words.input_value()
        words.fill("Too far away\nNo room")
        page.get_by_role("button", name=button).click()
        expect(words).to_have_value("Too far away\nNo room")
        notice(page).get_by_role("button", name="Undo").click()
        expect(words).to_have_value(before)


def test_a_question_is_asked_earlier_changed_and_asked_no_more(desk: Desk) -> None:
    page = desk.sit_down("admin", "id")
    for text in ("Ada di rak?", "Berapa baris?"):
        page.goto(f"{desk.url}/visit-form/new")
        page.get_by_label("Pertanyaan", exact=True).fill(text)
        page.get_by_role("button", name="Simpan").click()
    questions = page.locator("main tbody").first.get_by_role("rowheader").get_by_role("link")
    expect(questions).to_have_text(["Ada di rak?", "Berapa baris?"])

    page.get_by_role("button", name="Tanyakan lebih awal: Berapa baris?").click()
    expect(questions).to_have_text(["Berapa baris?", "Ada di rak?"])
    questions.first.click()
    page.get_by_label("Jawaban", exact=True).select_option("number")
    page.get_by_label("Terkecil").fill("1")
    page.get_by_role("button", name="Simpan").click()
    expect(row(page, "Berapa baris?")).to_contain_text("2")
    page.get_by_role("button", name="Berhenti tanyakan: Ada di rak?").click()
    expect(questions).to_have_text(["Berapa baris?"])
    notice(page).get_by_role("button", name="Urungkan").click()

    expect(questions).to_have_text(["Berapa baris?", "Ada di rak?"])


def test_the_fence_of_a_class_asks_for_a_code_and_a_manager_makes_one(desk: Desk) -> None:
    page = desk.sit_down("admin", "en")
    page.goto(f"{desk.url}/fences")
    rule = page.get_by_label("Class A")
    rule.select_option(label="Only with a code")
    page.get_by_role("button", name="Save").click()
    expect(rule).to_have_value("block")
    notice(page).get_by_role("button", name="Undo").click()
    expect(rule).to_have_value("")

    desk.sit_down("budi", "en")
    page.goto(f"{desk.url}/fences/codes")
    page.get_by_label("Rep", exact=True).select_option(label="Sari")
    page.get_by_label("Customer").select_option(label="Toko Maju (TOKO-MAJU)")
    page.get_by_label("Why").fill("The market moved")
    page.get_by_role("button", name="Make the code").click()

    expect(page.locator("#code .secret")).not_to_be_empty()
    expect(row(page, "The market moved")).to_contain_text("Not used")
    page.reload()
    expect(page.locator("#code")).to_have_count(0)


def test_an_own_kpi_is_previewed_as_it_is_typed_and_then_seen_by_all(desk: Desk) -> None:
    page = desk.sit_down("admin", "id")
    page.goto(f"{desk.url}/definitions/new")
    page.get_by_label("Nama", exact=True).fill("Visits by two")
    page.get_by_label("Nama dalam bahasa Indonesia").fill("Kunjungan dibagi dua")
    preview = page.locator("#preview")
    page.get_by_label("Rumus").fill("callz / 2")
    expect(preview).to_contain_text("callz")
    page.get_by_label("Rumus").fill("calls / 2")
    expect(preview).to_contain_text("Kunjungan dibagi dua")

    page.get_by_role("button", name="Simpan").click()
    expect(row(page, "Kunjungan dibagi dua")).to_contain_text("calls / 2")

    desk.sit_down("budi", "id")
    page.goto(f"{desk.url}/?{MARCH}")
    tile = page.locator("[data-metric]", has_text="Kunjungan dibagi dua")
    expect(tile.locator(".tile-value")).to_have_text("50,0 %")


def test_a_holiday_is_entered_worked_on_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("admin", "en")
    page.goto(f"{desk.url}/holidays?year=2026")
    page.get_by_label("Day", exact=True).fill("2026-07-07")
    page.get_by_label("Name", exact=True).fill("The founder's birthday")
    page.get_by_role("button", name="Add holiday").click()
    ours = row(page, "The founder's birthday")
    expect(ours).to_contain_text("Our own")

    page.get_by_role("button", name="The founder's birthday: a working day").click()
    expect(page.get_by_role("button", name="birthday: a holiday again")).to_be_visible()
    notice(page).get_by_role("button", name="Undo").click()

    expect(page.get_by_role("button", name="birthday: a working day")).to_be_visible()


def test_working_time_and_the_ramp_of_new_reps_are_set_and_taken_back(desk: Desk) -> None:
    page = desk.sit_down("admin", "id")
    page.goto(f"{desk.url}/users/{desk.company.joko}")
    times = page.locator("#working-time")
    set_working_time(page, "2026-02-01", "50")
    expect(times).to_contain_text("bergabung 1 Feb 2026")
    notice(page).get_by_role("button", name="Urungkan").click()
    expect(times).not_to_contain_text("1 Feb 2026")

    page.goto(f"{desk.url}/targets")
    ramp = page.locator("#ramp")
    ramp.get_by_label("Untuk yang bergabung").fill("2026-03-01")
    ramp.get_by_label("Persen per bulan").fill("25, 50, 75")
    ramp.get_by_role("button").click()
    expect(page.locator("#ramp dl")).to_contain_text("50 %")
    notice(page).get_by_role("button", name="Urungkan").click()

    expect(page.locator("#ramp dl")).to_have_count(0)


def set_working_time(page: Page, day: str, percent: str) -> None:
    times = page.locator("#working-time")
    times.locator("#working-start").fill(day)
    times.locator("#working-percent").fill(percent)
    times.get_by_role("button").last.click()
