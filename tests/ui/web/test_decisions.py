"""What a manager decides, enters and undoes on the pages, in a real browser, in either language."""

import datetime as dt

from playwright.sync_api import expect

from server.platform.database import db
from server.signals.models import Signal
from server.web.formats import money, month, number
from shared.signals import Rule
from shared.sync.ids import new_id
from tests.factories.company import Company, add_customer
from tests.factories.visits import MONDAY_9, record_visit
from tests.integration.expenses.test_expenses import record as record_expense
from tests.integration.tasks.test_tasks import add as add_task
from tests.ui.web.desk import Desk, notice, row


def fill(company: Company) -> dict[str, str]:
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
    return {"signal": signal.id}


def test_an_expense_is_refused_with_a_reason_and_that_is_undone(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/expenses")
    row(page, "Sari").get_by_role("checkbox").check()

    page.locator("#reason").fill("Tanpa nota")
    page.get_by_role("button", name=say("Reject")).click()
    expect(row(page, "Sari")).to_contain_text("Tanpa nota")
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(row(page, "Sari").get_by_role("checkbox")).not_to_be_checked()
    expect(row(page, "Sari")).not_to_contain_text("Tanpa nota")


def test_an_expense_is_approved_with_the_keyboard_alone(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/expenses")
    row(page, "Joko").get_by_role("checkbox").focus()

    page.keyboard.press("Space")
    page.get_by_role("button", name=say("Approve")).focus()
    page.keyboard.press("Enter")

    expect(notice(page)).to_contain_text(
        say.plural("%(num)s expense is decided.", "%(num)s expenses are decided.", 1, num=1)
    )
    expect(row(page, "Joko").get_by_role("button", name=say("Take back"))).to_be_visible()


def test_a_signal_is_decided_from_the_queue_with_the_keyboard_and_reopened(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/signals")
    row(page, "Sari").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{desk.url}/signals/{desk.made['signal']}")

    page.locator("#reason").focus()
    page.keyboard.type("Sudah dijelaskan lewat telepon")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text(say("Decided"))
    expect(page.locator("main")).to_contain_text("Sudah dijelaskan lewat telepon")
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(page.locator("#reason")).to_be_visible()


def test_all_signals_of_a_page_are_chosen_at_once(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/signals?state=all")
    page.get_by_label(say("Choose all on this page")).check()
    expect(row(page, "Sari").get_by_role("checkbox")).to_be_checked()

    page.locator("#reason").fill("Seen together")
    page.get_by_role("button", name=say("Explained")).click()
    expect(notice(page)).to_contain_text(say("Decided"))
    expect(row(page, "Sari").get_by_role("checkbox")).to_have_count(0)
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(row(page, "Sari").get_by_role("checkbox")).to_have_count(1)


def test_targets_are_typed_into_the_grid_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/targets?month=2026-03-01")
    march = month(dt.date(2026, 3, 1), language=say.language)
    amount = number(1_500_000, language=say.language)
    cells = [page.get_by_role("textbox", name=f"{name}, {march}") for name in ("Sari", "Joko")]
    for cell in cells:
        cell.fill("1500000")

    page.get_by_role("button", name=say("Save")).click()
    expect(notice(page)).to_contain_text(
        say.plural("%(num)s target is set.", "%(num)s targets are set.", 2, num=2)
    )
    for cell in cells:
        expect(cell).to_have_value(amount)
    notice(page).get_by_role("button", name=say("Undo")).click()
    expect(notice(page)).to_contain_text(say("The targets are as they were before."))
    for cell in cells:
        expect(cell).to_have_value("")
    notice(page).get_by_role("button", name=say("Undo")).click()

    for cell in cells:
        expect(cell).to_have_value(amount)


def test_a_cost_is_entered_corrected_deleted_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/costs/new")
    page.get_by_label(say("Day")).fill("2026-03-02")
    page.get_by_label(say("Amount")).fill("750000")
    page.get_by_label(say("Notes")).fill("Spanduk")
    page.get_by_role("button", name=say("Save")).click()
    page.goto(f"{desk.url}/costs?month=2026-03")
    expect(row(page, "Spanduk")).to_contain_text(money(750_000_00, "IDR", language=say.language))

    row(page, "Spanduk").get_by_role("link").click()
    corrected = money(800_000_00, "IDR", language=say.language)
    page.get_by_label(say("Amount")).fill("800000")
    page.get_by_role("button", name=say("Save")).click()
    page.goto(f"{desk.url}/costs?month=2026-03")
    expect(row(page, "Spanduk")).to_contain_text(corrected)
    row(page, "Spanduk").get_by_role("button").click()
    expect(row(page, "Spanduk")).to_have_count(0)
    notice(page).get_by_role("button", name=say("Undo")).click()

    page.goto(f"{desk.url}/costs?month=2026-03")
    expect(row(page, "Spanduk")).to_contain_text(corrected)


def test_a_task_is_given_finished_and_opened_again(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/tasks")
    page.get_by_text(say("New task")).click()
    page.get_by_label(say("What is to be done?")).fill("Bring the price list")
    page.get_by_label(say("Rep"), exact=True).last.select_option("Joko")
    page.get_by_role("button", name=say("Give the task")).click()
    expect(row(page, "Bring the price list")).to_contain_text("Joko")

    row(page, "Collect the payment").get_by_role("button", name=say("Done")).click()
    expect(notice(page)).to_contain_text(say("The task is changed."))
    expect(row(page, "Collect the payment")).to_have_count(0)
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(row(page, "Collect the payment")).to_have_count(1)


def test_two_customers_become_one_and_two_again(desk: Desk) -> None:
    page = desk.sit_down("budi")
    say = desk.say
    page.goto(f"{desk.url}/customers/{desk.company.shop}/merge")
    page.get_by_label(say("Name, code or phone")).fill("maju")
    page.get_by_role("button", name=say("Search")).last.click()
    row(page, "UD. Maju").get_by_role("link").click()
    page.get_by_label("UD. Maju").check()
    page.get_by_role("button", name=say("Merge")).click()
    expect(page.locator("h1")).to_have_text("UD. Maju")

    page.goto(f"{desk.url}/customers?q=maju")
    expect(page.locator("main tbody tr")).to_have_count(1)
    page.goto(f"{desk.url}/customers/merges")
    row(page, "UD. Maju").get_by_role("button").click()

    page.goto(f"{desk.url}/customers?q=maju")
    expect(page.locator("main tbody tr")).to_have_count(2)
    expect(row(page, "Toko Maju")).to_have_count(1)


def test_a_rep_answers_a_signal_and_the_manager_reads_it(desk: Desk) -> None:
    page = desk.sit_down("sari")
    say = desk.say
    page.goto(f"{desk.url}/signals?state=all")
    row(page, "Sari").get_by_role("link").click()
    page.get_by_label(say("What happened? You can answer once.")).fill("Ponsel sedang diperbaiki")

    page.get_by_role("button", name=say("Send answer")).click()

    expect(page.locator("main")).to_contain_text("Ponsel sedang diperbaiki")
    expect(page.get_by_role("button", name=say("Send answer"))).to_have_count(0)
    desk.sit_down("budi")
    page.goto(f"{desk.url}/signals/{desk.made['signal']}")
    expect(page.locator("main")).to_contain_text("Ponsel sedang diperbaiki")
