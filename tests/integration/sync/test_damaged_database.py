"""A damaged file on the phone: found at the start, kept aside, and nothing readable is lost."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from mobile.device.phone import PhoneDescription
from mobile.device.tokens import MAC_KEY
from mobile.services.account import AccountService
from mobile.services.recorder import is_broken
from mobile.storage.database import Database, is_sound
from mobile.storage.opening import open_or_recover
from server.customers.models import Customer
from server.platform.database import db
from server.visits.models import Visit
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.integration.sync.conftest import NewPhone

PAGE = 4096


def pages_of(path: Path, table: str) -> list[int]:
    """Return the pages that hold a table's rows, numbered from 0."""
    connection = sqlite3.connect(path)
    try:
        found = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = ? ORDER BY pageno", (table,)
        ).fetchall()
    except sqlite3.OperationalError:
        pytest.skip("this SQLite cannot tell which page belongs to what")
    finally:
        connection.close()
    return [page - 1 for (page,) in found]


def damage(path: Path, *pages: int) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)


def put_away(phone: Handset) -> tuple[Path, bytes]:
    """Close the phone; return a folder with its file as the app names it, and its key."""
    phone.switch_off()
    folder = phone.path.parent / "folder"
    folder.mkdir()
    phone.path.rename(folder / "phone.db")
    return folder, bytes.fromhex(phone.secrets.read(MAC_KEY) or "")


def lines(database: Database) -> list[bytes]:
    with database.read() as connection:
        rows = connection.execute("SELECT line FROM outbox ORDER BY sequence").fetchall()
    return [row["line"] for row in rows]


def many_prospects(phone: Handset, count: int = 60) -> None:
    for number in range(count):
        phone.customers.create_prospect(name=f"Toko {number}", notes="x" * 300)


def test_damage_to_what_the_server_has_costs_nothing(
    app: Flask, phone: Handset, company: Company
) -> None:
    many_prospects(phone)
    phone.synchronize()
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    before = lines(phone.database)
    folder, key = put_away(phone)
    damage(folder / "phone.db", *pages_of(folder / "phone.db", "customer")[1:])

    database, recovery = open_or_recover(folder, read_key=lambda: key)

    assert recovery is not None
    assert (recovery.is_whole, recovery.unsent) == (True, 2)
    assert lines(database) == before
    assert (recovery.kept_in / "phone.db").exists()
    database.close()
    (folder / "phone.db").rename(phone.path)
    phone.switch_on()
    assert phone.visits.open_visit() is not None
    phone.synchronize()
    assert phone.sync.status().waiting == 0
    assert len(phone.customers.search("toko")) >= 20
    with app.app_context():
        assert db.session.get(Visit, visit.id) is not None


def test_a_hole_in_the_outbox_costs_its_lines_and_the_rest_is_sent_after_enrolment(
    app: Flask, phone: Handset, company: Company, new_phone: NewPhone
) -> None:
    many_prospects(phone)
    folder, key = put_away(phone)
    broken = pages_of(folder / "phone.db", "outbox")
    damage(folder / "phone.db", broken[len(broken) // 2])

    database, recovery = open_or_recover(folder, read_key=lambda: key)
    database.close()

    assert recovery is not None
    assert not recovery.is_whole
    assert 30 <= recovery.unsent < 60
    (folder / "phone.db").rename(phone.path)
    phone.switch_on()
    assert not phone.enrolment.is_enrolled
    phone.enrol(company.enrolment_code(company.sari))
    assert phone.sync.status().needs_you == 0
    with app.app_context():
        names = set(db.session.scalars(select(Customer.name).where(Customer.is_prospect)))
    assert len(names) == recovery.unsent


def test_another_rep_does_not_send_what_was_salvaged(phone: Handset, company: Company) -> None:
    many_prospects(phone, 5)
    folder, _ = put_away(phone)
    with sqlite3.connect(folder / "phone.db") as connection:
        connection.execute("DELETE FROM outbox WHERE sequence = 2")
    damage(folder / "phone.db", *pages_of(folder / "phone.db", "customer"))
    database, recovery = open_or_recover(folder, read_key=lambda: bytes(32))
    database.close()
    assert recovery is not None
    assert recovery.unsent == 4
    (folder / "phone.db").rename(phone.path)
    phone.switch_on()

    phone.enrol(company.enrolment_code(company.budi))

    assert phone.sync.status().sent == 0
    with phone.database.read() as connection:
        assert connection.execute("SELECT count(*) FROM salvaged").fetchone()[0] == 4


def test_whatever_is_damaged_the_phone_starts(phone: Handset) -> None:
    many_prospects(phone, 20)
    folder, key = put_away(phone)
    sound = (folder / "phone.db").read_bytes()
    rng = random.Random(7)
    for number in range(12):
        place = folder / str(number)
        place.mkdir()
        (place / "phone.db").write_bytes(sound)
        damage(place / "phone.db", *rng.sample(range(len(sound) // PAGE), rng.randint(1, 6)))
        database, recovery = open_or_recover(place, read_key=lambda: key)
        if recovery is not None:
            assert recovery.unsent <= 20
        database.close()
        assert is_sound(place / "phone.db")
        shutil.rmtree(place)


@pytest.mark.parametrize("content", [b"", b"no database at all", bytes(8192)])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "phone.db").write_bytes(content)

    database, recovery = open_or_recover(tmp_path, read_key=lambda: None)

    assert (recovery is None) == (content == b"")
    database.close()


def test_signing_out_of_a_damaged_phone_forgets_nothing_until_it_is_recovered(
    phone: Handset,
) -> None:
    many_prospects(phone)
    phone.synchronize()
    phone.restart()
    deleted: list[str] = []
    damage(phone.path, *pages_of(phone.path, "customer")[1:])
    phone.database._writer.execute("PRAGMA shrink_memory")

    with pytest.raises(sqlite3.DatabaseError) as told:
        account_of(phone, deleted).sign_out()

    assert is_broken(told.value)
    assert not deleted
    key = bytes.fromhex(phone.secrets.read(MAC_KEY) or "")
    folder, _ = put_away(phone)
    database, recovery = open_or_recover(folder, read_key=lambda: key)
    assert recovery is not None
    database.close()
    (folder / "phone.db").rename(phone.path)
    phone.switch_on()
    account_of(phone, deleted).sign_out()
    assert deleted == ["all"]
    assert not phone.enrolment.is_enrolled
    assert phone.secrets.read(MAC_KEY) is None


def account_of(phone: Handset, deleted: list[str]) -> AccountService:
    return AccountService(
        database=phone.database,
        secrets=phone.secrets,
        enrolment=phone.enrolment,
        phone=PhoneDescription(model="Test", system="Test", app_version="0.1.0"),
        delete_files=lambda: deleted.append("all"),
    )
