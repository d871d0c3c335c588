"""The phone's disk is full, or its database damaged: said aloud, nothing half saved."""

import sqlite3
from pathlib import Path

import pytest
from flask import Flask

from mobile.services.recorder import DiskFullError
from mobile.storage.database import Database, DatabaseDamagedError
from tests.fakes.company import MAJU, Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

_FULL = (sqlite3.OperationalError, DiskFullError)


@pytest.fixture
def company(app: Flask) -> Company:
    return found_company(app)


@pytest.fixture
def phone(company: Company, tmp_path: Path) -> Handset:
    handset = Handset(tmp_path / "phone.db", Network(company.app))
    handset.enrol(company.enrolment_code(company.sari))
    return handset


def fill_the_disk(phone: Handset) -> None:
    with phone.database.write() as connection:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")


def free_the_disk(phone: Handset) -> None:
    with phone.database.write() as connection:
        connection.execute("PRAGMA max_page_count = 1000000000")


def everything(phone: Handset) -> list[tuple[object, ...]]:
    tables = ("outbox", "visit", "presence", "deal", "device", "cursor", "row_scope")
    with phone.database.read() as connection:
        return [
            tuple(row)
            for table in tables
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608
        ]


@pytest.mark.fault("storage", "phone's disk full while an action is saved")
def test_an_action_is_saved_wholly_or_fails_aloud(phone: Handset, company: Company) -> None:
    fill_the_disk(phone)
    before: list[tuple[object, ...]] = []

    def work() -> None:
        nonlocal before
        for _ in range(200):
            before = everything(phone)
            visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
            before = everything(phone)
            phone.visits.cancel(visit.id, "x" * 900)

    with pytest.raises(_FULL):
        work()
    assert everything(phone) == before
    free_the_disk(phone)
    open_visit = phone.visits.open_visit()
    if open_visit is not None:
        phone.visits.cancel(open_visit.id, "Wrong outlet")
    phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    assert phone.synchronize().needs_you == 0
    assert phone.sync.status().waiting == 0


@pytest.mark.fault("storage", "phone's disk full while answers and pages are kept")
def test_what_cannot_be_kept_is_asked_for_again(phone: Handset, company: Company) -> None:
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.visits.write_notes(visit.id, "x" * 3000)
    fill_the_disk(phone)

    def work() -> None:
        for _ in range(50):
            phone.visits.write_notes(visit.id, "y" * 3000)
            phone.synchronize()

    with pytest.raises(_FULL):
        work()
    free_the_disk(phone)

    phone.synchronize()

    assert phone.sync.status().waiting == 0
    assert phone.visits.get(visit.id).notes[0] in "xy"


@pytest.mark.fault("storage", "phone's database damaged")
def test_a_damaged_database_is_found_at_the_start(phone: Handset) -> None:
    for _ in range(40):
        phone.customers.create_prospect(name="Warung " + "x" * 150)
    with phone.database.write() as connection:
        [size] = connection.execute("PRAGMA page_size").fetchone()
    phone.switch_off()
    bytes_of = bytearray(phone.path.read_bytes())
    for page in range(4, len(bytes_of) // size):
        bytes_of[page * size : page * size + 64] = b"\xff" * 64
    phone.path.write_bytes(bytes_of)

    with pytest.raises(DatabaseDamagedError):
        Database(phone.path)
