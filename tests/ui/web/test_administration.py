"""How an administrator sets a company up on the pages, in a real browser, in either language."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from server.imports.jobs import run_waiting_imports
from server.platform.transaction import transaction
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
    page = desk.sit_down("admin", "id")
    page.goto(f"{desk.url}/users")
    page.get_by_role("link", name="Orang baru").click()
    page.get_by_label("Nama", exact=True).fill("Wati")
    page.get_by_label("Kode", exact=True).fill("wati")
    page.get_by_label("Tim", exact=True).select_option(label="East")
    page.get_by_role("button", name="Simpan").click()
    page.get_by_role("button", name="Tautan memilih kata sandi").click()
    link = page.locator("#new-invitation code").inner_text()

    page.get_by_role("button", name="Keluar").click()
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Selamat datang, Wati")
    for label in ("Kata sandi", "Sekali lagi"):
        page.get_by_label(label, exact=True).fill("kuda baterai pagi")
    page.get_by_role("button", name="Simpan kata sandi").click()
    expect(page.get_by_label("Pengguna")).to_have_value("wati")
    page.get_by_label("Kata sandi").fill("kuda baterai pagi")
    page.get_by_role("button", name="Masuk").click()

    expect(page.locator(".person")).to_contain_text("Wati")


def test_a_team_is_made_archived_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("admin", "en")
    page.goto(f"{desk.url}/teams")
    page.get_by_role("link", name="New team").click()
    page.get_by_label("Name", exact=True).fill("South")
    page.get_by_label("Code", exact=True).fill("south")
    page.get_by_label("Budi").check()
    page.get_by_role("button", name="Save").click()
    page.goto(f"{desk.url}/teams")
    expect(row(page, "South")).to_contain_text("Budi")

    page.get_by_role("button", name="Archive South").click()
    expect(row(page, "South")).to_contain_text("Archived")
    page.get_by_role("button", name="Bring back South").click()

    expect(row(page, "South")).not_to_contain_text("Archived")


def test_the_access_of_a_phone_is_ended_and_given_back(desk: Desk) -> None:
    page = desk.sit_down("admin", "id")
    page.goto(f"{desk.url}/devices")

    row(page, "Sari").locator("summary", has_text="Cabut akses").click()
    page.get_by_role("button", name="Ya, cabut akses").click()
    # It is no longer among those in use, and the page does not say that there never was one.
    expect(page.locator(".empty")).to_contain_text("Tidak ada ponsel yang cocok")
    notice(page).get_by_role("button", name="Urungkan").click()

    expect(row(page, "Sari")).not_to_contain_text("akses dicabut")
    expect(row(page, "Sari").locator("summary", has_text="Cabut akses")).to_be_visible()


def test_customers_are_checked_and_then_imported(desk: Desk, running: Flask) -> None:
    page = desk.sit_down("admin", "en")

    send_customers(desk, running)
    expect(page.locator("h1")).to_contain_text("Done")
    expect(page.get_by_text("only checked, nothing was written")).to_be_visible()
    expect(row(page, "customers.csv").get_by_role("cell")).to_have_text(["1", "0", "0", "1"])
    expect(row(page, "customers.csv:3")).to_contain_text("class")
    assert customers_named(desk, "Warung Baru") == 0

    send_customers(desk, running, is_only_checked=False)
    expect(page.get_by_text("only checked, nothing was written")).to_have_count(0)
    assert customers_named(desk, "Warung Baru") == 1


def send_customers(desk: Desk, running: Flask, *, is_only_checked: bool = True) -> None:
    """Send the file as an administrator does, and show its report once a worker has read it."""
    page = desk.page
    page.goto(f"{desk.url}/imports")
    page.locator("#mapping").select_option("customers")
    page.get_by_label("CSV files").set_input_files(
        {"name": "customers.csv", "mimeType": "text/csv", "buffer": CUSTOMERS.encode()}
    )
    page.get_by_label("Only check, write nothing").set_checked(is_only_checked)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("h1")).to_contain_text("Waiting")
    with running.app_context():
        run_waiting_imports()
    page.goto(page.url)


def customers_named(desk: Desk, name: str) -> int:
    desk.page.goto(f"{desk.url}/customers?q={name}")
    return desk.page.locator("main tbody tr").count()


def test_settings_are_saved_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("admin", "id")
    page.goto(f"{desk.url}/settings")
    radius = page.get_by_label("Radius toko (m)")
    before = radius.input_value()

    radius.fill("175")
    page.get_by_role("button", name="Simpan").click()
    expect(notice(page)).to_contain_text("Pengaturan sudah disimpan.")
    expect(radius).to_have_value("175")
    notice(page).get_by_role("button", name="Urungkan").click()

    expect(radius).to_have_value(before)


def test_an_exchange_rate_is_added_corrected_deleted_and_brought_back(desk: Desk) -> None:
    page = desk.sit_down("admin", "en")
    page.goto(f"{desk.url}/exchange-rates")
    page.get_by_label("Day", exact=True).fill("2026-03-02")
    page.locator("#rate-currency").select_option("USD")
    page.get_by_label("IDR for one unit").fill("16250")
    page.get_by_role("button", name="Add rate").click()
    page.goto(f"{desk.url}/exchange-rates?month=2026-03")
    expect(row(page, "USD")).to_contain_text("16,250")

    row(page, "USD").get_by_role("link", name="Correct").click()
    page.get_by_label("IDR for one unit").fill("16300")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{desk.url}/exchange-rates?month=2026-03")
    expect(row(page, "USD")).to_contain_text("16,300")
    row(page, "USD").get_by_role("button", name="Delete").click()
    notice(page).get_by_role("button", name="Undo").click()

    page.goto(f"{desk.url}/exchange-rates?month=2026-03")
    expect(row(page, "USD")).to_contain_text("16,300")


def test_the_price_of_a_product_is_changed_and_set_back(desk: Desk) -> None:
    page = desk.sit_down("admin", "id")
    page.goto(f"{desk.url}/products")

    change_price(page, "6500")
    page.goto(f"{desk.url}/products")
    expect(row(page, "Tea")).to_contain_text("Rp 6.500")
    change_price(page, "7000")
    notice(page).get_by_role("button", name="Urungkan").click()

    page.goto(f"{desk.url}/products")
    expect(row(page, "Tea")).to_contain_text("Rp 6.500")


def change_price(page: Page, price: str) -> None:
    row(page, "Tea").get_by_role("link").click()
    page.get_by_label("Harga (IDR)").fill(price)
    page.get_by_role("button", name="Simpan").click()
    expect(notice(page)).to_contain_text("Tea")
