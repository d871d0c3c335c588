"""What a manager decides, enters and undoes on the pages, in a real browser, in either language."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from server.platform.database import db
from server.platform.transaction import transaction
from server.signals.models import Signal
from shared.signals import Rule
from shared.sync.ids import new_id
from tests.factories.company import Company, add_customer, found_company
from tests.factories.visits import MONDAY_9, record_visit
from tests.integration.expenses.test_expenses import record as record_expense
from tests.integration.tasks.test_tasks import add as add_task
from tests.support.application import serving
from tests.support.databases import SqliteTemplate
from tests.ui.web.desk import Desk, Office, notice, row


@pytest.fixture(scope="module")
def office(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with sqlite_template.app(tmp_path_factory.mktemp("office")) as app:
        with app.app_context(), transaction():
            company = found_company()
            signal = fill(company)
        with serving(app) as url:
            yield Office(url, company, {"signal": signal})


def fill(company: Company) -> str:
    """Add what waits for a decision; return the signal."""
    record_expense(company, "sari", 50_000_00)
    record_expense(company, "joko", 7_000_00)
    add_task(company, "Collect the payment")
    add_customer("UD. Maju", owner_id=company.joko, team_id=company.east, latitude=-6.17545)
    visit = record_visit(rep_id=company.sari, customer_id=company.shop)
    signal = Signal(
        id=new_id(),
        key=f"mock_location {visit}",
        rule=Rule.MOCK_LOCATION,
        rep_id=company.sari,
        team_id=company.east,
        day=MONDAY_9.date(),
        visit_id=visit,
        inputs={"mocked": 2, "of": 9},
        raised_at=MONDAY_9,
    )
    db.session.add(signal)
    return signal.id


def test_an_expense_is_refused_with_a_reason_and_that_is_undone(desk: Desk) -> None:
    page = desk.sit_down("budi", "id")
    page.goto(f"{desk.url}/expenses")
    row(page, "Sari").get_by_role("checkbox").check()

    page.locator("#reason").fill("Tanpa nota")
    page.get_by_role("button", name="Tolak").click()
    expect(row(page, "Sari")).to_contain_text("Tanpa nota")
    notice(page).get_by_role("button", name="Urungkan").click()

    expect(row(page, "Sari").get_by_role("checkbox")).not_to_be_checked()
    expect(row(page, "Sari")).not_to_contain_text("Tanpa nota")


def test_an_expense_is_approved_with_the_keyboard_alone(desk: Desk) -> None:
    page = desk.sit_down("budi", "en")
    page.goto(f"{desk.url}/expenses")
    row(page, "Joko").get_by_role("checkbox").focus()

    page.keyboard.press("Space")
    page.get_by_role("button", name="Approve").focus()
    page.keyboard.press("Enter")

    expect(notice(page)).to_contain_text("1 expense is decided")
    expect(row(page, "Joko").get_by_role("button", name="Take back")).to_be_visible()


def test_a_signal_is_decided_from_the_queue_with_the_keyboard_and_reopened(desk: Desk) -> None:
    page = desk.sit_down("budi", "id")
    page.goto(f"{desk.url}/signals")
    row(page, "Sari").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{desk.url}/signals/{desk.made['signal']}")

    page.locator("#reason").focus()
    page.keyboard.type("Sudah dijelaskan lewat telepon")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("Sudah diputuskan")
    expect(page.locator("main")).to_contain_text("Sudah dijelaskan lewat telepon")
    notice(page).get_by_role("button", name="Urungkan").click()

    expect(page.locator("#reason")).to_be_visible()


def test_all_signals_of_a_page_are_chosen_at_once(desk: Desk) -> None:
    page = desk.sit_down("budi", "en")
    page.goto(f"{desk.url}/signals?state=all")
    page.get_by_label("Choose all on this page").check()
    expect(row(page, "Sari").get_by_role("checkbox")).to_be_checked()

    page.locator("#reason").fill("Seen together")
    page.get_by_role("button", name="Explained").click()
    expect(notice(page)).to_contain_text("Decided")
    expect(row(page, "Sari").get_by_role("checkbox")).to_have_count(0)
    notice(page).get_by_role("button", name="Undo").click()

    expect(row(page, "Sari").get_by_role("checkbox")).to_have_count(1)


def test_targets_are_typed_into_the_grid_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("budi", "en")
    page.goto(f"{desk.url}/targets?month=2026-03-01")
    cells = [page.get_by_role("textbox", name=f"{name}, March 2026") for name in ("Sari", "Joko")]
    for cell in cells:
        cell.fill("1500000")

    page.get_by_role("button", name="Save").click()
    expect(notice(page)).to_contain_text("2 targets are set")
    for cell in cells:
        expect(cell).to_have_value("1,500,000")
    notice(page).get_by_role("button", name="Undo").click()
    expect(notice(page)).to_contain_text("as they were before")
    for cell in cells:
        expect(cell).to_have_value("")
    notice(page).get_by_role("button", name="Undo").click()

    for cell in cells:
        expect(cell).to_have_value("1,500,000")


def test_a_cost_is_entered_corrected_deleted_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("budi", "id")
    page.goto(f"{desk.url}/costs/new")
    page.get_by_label("Tanggal").fill("2026-03-02")
    page.get_by_label("Nilai").fill("750000")
    page.get_by_label("Catatan").fill("Spanduk")
    page.get_by_role("button", name="Simpan").click()
    page.goto(f"{desk.url}/costs?month=2026-03")
    expect(row(page, "Spanduk")).to_contain_text("Rp 750.000")

    row(page, "Spanduk").get_by_role("link").click()
    page.get_by_label("Nilai").fill("800000")
    page.get_by_role("button", name="Simpan").click()
    page.goto(f"{desk.url}/costs?month=2026-03")
    expect(row(page, "Spanduk")).to_contain_text("Rp 800.000")
    row(page, "Spanduk").get_by_role("button").click()
    expect(row(page, "Spanduk")).to_have_count(0)
    notice(page).get_by_role("button", name="Urungkan").click()

    page.goto(f"{desk.url}/costs?month=2026-03")
    expect(row(page, "Spanduk")).to_contain_text("Rp 800.000")


def test_a_task_is_given_finished_and_opened_again(desk: Desk) -> None:
    page = desk.sit_down("budi", "en")
    page.goto(f"{desk.url}/tasks")
    page.get_by_text("New task").click()
    page.get_by_label("What is to be done?").fill("Bring the price list")
    page.get_by_label("Rep", exact=True).last.select_option("Joko")
    page.get_by_role("button", name="Give the task").click()
    expect(row(page, "Bring the price list")).to_contain_text("Joko")

    row(page, "Collect the payment").get_by_role("button", name="Done").click()
    expect(notice(page)).to_contain_text("The task is changed")
    expect(row(page, "Collect the payment")).to_have_count(0)
    notice(page).get_by_role("button", name="Undo").click()

    expect(row(page, "Collect the payment")).to_have_count(1)


def test_two_customers_become_one_and_two_again(desk: Desk) -> None:
    page = desk.sit_down("budi", "id")
    page.goto(f"{desk.url}/customers/{desk.company.shop}/merge")
    page.get_by_label("Nama, kode").fill("maju")
    page.get_by_role("button", name="Cari").last.click()
    row(page, "UD. Maju").get_by_role("link").click()
    page.get_by_label("UD. Maju").check()
    page.get_by_role("button", name="Gabungkan").click()
    expect(page.locator("h1")).to_have_text("UD. Maju")

    page.goto(f"{desk.url}/customers?q=maju")
    expect(page.locator("main tbody tr")).to_have_count(1)
    page.goto(f"{desk.url}/customers/merges")
    row(page, "UD. Maju").get_by_role("button").click()

    page.goto(f"{desk.url}/customers?q=maju")
    expect(page.locator("main tbody tr")).to_have_count(2)
    expect(row(page, "Toko Maju")).to_have_count(1)


def test_a_rep_answers_a_signal_and_the_manager_reads_it(desk: Desk) -> None:
    page = desk.sit_down("sari", "id")
    page.goto(f"{desk.url}/signals?state=all")
    row(page, "Sari").get_by_role("link").click()
    page.get_by_label("Apa yang terjadi?").fill("Ponsel sedang diperbaiki")

    page.get_by_role("button", name="Kirim jawaban").click()

    expect(page.locator("main")).to_contain_text("Ponsel sedang diperbaiki")
    expect(page.get_by_role("button", name="Kirim jawaban")).to_have_count(0)
    desk.sit_down("budi", "en")
    page.goto(f"{desk.url}/signals/{desk.made['signal']}")
    expect(page.locator("main")).to_contain_text("Ponsel sedang diperbaiki")
