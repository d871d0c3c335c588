"""How an administrator sets a company up on the pages, in a real browser, in either language."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import expect

from server.imports.jobs import run_waiting_imports, take_back_imports
from server.platform.transaction import transaction
from server.web.formats import money, number
from shared.time import utc_now
from tests.factories.company import found_company
from tests.factories.phones import enrol_phone
from tests.support.application import serving
from tests.support.databases import SqliteTemplate
from tests.ui.web.desk import Desk, Office, notice, row

CUSTOMERS = """\
code,name,class,contact_name,phone,email,address,city,notes,latitude,longitude,owner
W-1,Warung Baru,B,,,,,,,-6.2,106.8,sari
W-2,Warung Jauh,Z,,,,,,,-6.2,106.8,sari
"""


@pytest.fixture(scope="module")
def running(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    with sqlite_template.app(tmp_path_factory.mktemp("office")) as app:
        yield app


@pytest.fixture(scope="module")
def office(running: Flask) -> Iterator[Office]:
    with running.app_context(), transaction():
        company = found_company()
        enrol_phone(company.sari, at=utc_now(), name="Pixel")
    with serving(running) as url:
        yield Office(url, company)


def test_a_new_person_chooses_a_password_and_signs_in(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/users")
    page.get_by_role("link", name=say("New person")).click()
    page.get_by_label(say("Name"), exact=True).fill("Wati")
    page.get_by_label(say("Code"), exact=True).fill("wati")
    page.get_by_label(say("Team"), exact=True).select_option(label="East")
    page.get_by_role("button", name=say("Save")).click()
    page.get_by_role("button", name=say("Link to choose a password")).click()
    link = page.locator("#new-invitation code").inner_text()

    page.get_by_role("button", name=say("Sign out")).click()
    page.goto(link)
    expect(page.locator("h1")).to_have_text(say("Welcome, %(name)s", name="Wati"))
    for label in (say("Password"), say("Once more")):
        page.get_by_label(label, exact=True).fill("kuda baterai pagi")
    page.get_by_role("button", name=say("Set password")).click()
    expect(page.get_by_label(say("User"))).to_have_value("wati")
    page.get_by_label(say("Password")).fill("kuda baterai pagi")
    page.get_by_role("button", name=say("Sign in")).click()

    expect(page.locator(".person")).to_contain_text("Wati")


def test_a_team_is_made_archived_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/teams")
    page.get_by_role("link", name=say("New team")).click()
    page.get_by_label(say("Name"), exact=True).fill("South")
    page.get_by_label(say("Code"), exact=True).fill("south")
    page.get_by_label("Budi").check()
    page.get_by_role("button", name=say("Save")).click()
    page.goto(f"{desk.url}/teams")
    expect(row(page, "South")).to_contain_text("Budi")

    page.get_by_role("button", name=say("Archive %(name)s", name="South")).click()
    expect(row(page, "South")).to_contain_text(say("Archived"))
    page.get_by_role("button", name=say("Bring back %(name)s", name="South")).click()

    expect(row(page, "South")).not_to_contain_text(say("Archived"))


def test_the_access_of_a_phone_is_ended_and_given_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/devices")

    row(page, "Sari").locator("summary", has_text=say("End access")).click()
    page.get_by_role("button", name=say("Yes, end access")).click()
    # It is no longer among those in use, and the page does not say that there never was one.
    expect(page.locator(".empty")).to_contain_text(say("No phone matches"))
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(row(page, "Sari")).not_to_contain_text(say("access ended"))
    expect(row(page, "Sari").locator("summary", has_text=say("End access"))).to_be_visible()


def test_customers_are_checked_then_imported_and_taken_back(desk: Desk, running: Flask) -> None:
    page = desk.sit_down("admin")
    say = desk.say

    send_customers(desk, running)
    expect(page.locator("h1")).to_contain_text(say("Done"))
    expect(page.get_by_text(say("only checked, nothing was written"))).to_be_visible()
    expect(row(page, "customers.csv").get_by_role("cell")).to_have_text(["1", "0", "0", "1"])
    expect(row(page, "customers.csv:3")).to_contain_text("class")
    assert customers_named(desk, "Warung Baru") == 0

    send_customers(desk, running, is_only_checked=False)
    expect(page.get_by_text(say("only checked, nothing was written"))).to_have_count(0)
    report = page.url
    assert customers_named(desk, "Warung Baru") == 1

    page.goto(report)
    page.get_by_role("button", name=say("Undo this import")).click()
    expect(page.locator("h1")).to_contain_text(say("Being taken back"))
    with running.app_context():
        take_back_imports()
    expect(page.locator("h1")).to_contain_text(say("Taken back"))
    assert customers_named(desk, "Warung Baru") == 0


def send_customers(desk: Desk, running: Flask, *, is_only_checked: bool = True) -> None:
    """Send the file as an administrator does, and show its report once a worker has read it."""
    page, say = desk.page, desk.say
    page.goto(f"{desk.url}/imports")
    page.locator("#mapping").select_option("customers")
    page.get_by_label(say("CSV files")).set_input_files(
        {"name": "customers.csv", "mimeType": "text/csv", "buffer": CUSTOMERS.encode()}
    )
    page.get_by_label(say("Only check, write nothing")).set_checked(is_only_checked)
    page.get_by_role("button", name=say("Start")).click()
    expect(page.locator("h1")).to_contain_text(say("Waiting"))
    with running.app_context():
        run_waiting_imports()
    page.goto(page.url)


def customers_named(desk: Desk, name: str) -> int:
    desk.page.goto(f"{desk.url}/customers?q={name}")
    return desk.page.locator("main tbody tr").count()


def test_settings_are_saved_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/settings")
    radius = page.get_by_label(say("Fence radius (m)"))
    before = radius.input_value()

    radius.fill("175")
    page.get_by_role("button", name=say("Save")).click()
    expect(notice(page)).to_contain_text(say("The settings are saved."))
    expect(radius).to_have_value("175")
    notice(page).get_by_role("button", name=say("Undo")).click()

    expect(radius).to_have_value(before)


def test_an_exchange_rate_is_added_corrected_deleted_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/exchange-rates")
    page.get_by_label(say("Day"), exact=True).fill("2026-03-02")
    page.locator("#rate-currency").select_option("USD")
    page.get_by_label(say("%(currency)s for one unit", currency="IDR")).fill("16250")
    page.get_by_role("button", name=say("Add rate")).click()
    page.goto(f"{desk.url}/exchange-rates?month=2026-03")
    expect(row(page, "USD")).to_contain_text(number(16_250, language=say.language))

    row(page, "USD").get_by_role("link", name=say("Correct")).click()
    page.get_by_label(say("%(currency)s for one unit", currency="IDR")).fill("16300")
    page.get_by_role("button", name=say("Save")).click()
    page.goto(f"{desk.url}/exchange-rates?month=2026-03")
    expect(row(page, "USD")).to_contain_text(number(16_300, language=say.language))
    row(page, "USD").get_by_role("button", name=say("Delete")).click()
    notice(page).get_by_role("button", name=say("Undo")).click()

    page.goto(f"{desk.url}/exchange-rates?month=2026-03")
    expect(row(page, "USD")).to_contain_text(number(16_300, language=say.language))


def test_the_price_of_a_product_is_changed_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("admin")
    say = desk.say
    page.goto(f"{desk.url}/products")

    change_price(desk, "6500")
    page.goto(f"{desk.url}/products")
    expect(row(page, "Tea")).to_contain_text(money(6_500_00, "IDR", language=say.language))
    change_price(desk, "7000")
    notice(page).get_by_role("button", name=say("Undo")).click()

    page.goto(f"{desk.url}/products")
    expect(row(page, "Tea")).to_contain_text(money(6_500_00, "IDR", language=say.language))


def change_price(desk: Desk, price: str) -> None:
    page, say = desk.page, desk.say
    row(page, "Tea").get_by_role("link").click()
    page.get_by_label(say("Price (%(currency)s)", currency="IDR")).fill(price)
    page.get_by_role("button", name=say("Save")).click()
    expect(notice(page)).to_contain_text("Tea")
