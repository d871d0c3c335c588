"""What a kill leaves of the phone's file: while a scope is fetched anew, while it is migrated."""

import itertools
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from mobile.storage import database as database_module
from mobile.storage import replica
from mobile.storage.customers import search_text
from mobile.storage.database import Database, _statements, is_sound
from server.platform.database import db
from server.visits.models import Visit
from shared import failpoints
from tests.fakes.company import MAJU, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network, PhoneKilledError

_ALL = "TAPAK_FAULT_EXAMPLES" in os.environ
_SCRIPTS = sorted((Path(database_module.__file__).parent / "schema").glob("*.sql"))


def killed(phone: Handset) -> None:
    """Start the app on exactly the bytes that a kill at this moment leaves."""
    files = [phone.path, phone.path.with_name(phone.path.name + "-wal")]
    left = [file.read_bytes() for file in files]
    phone.switch_off()
    phone.path.with_name(phone.path.name + "-shm").unlink(missing_ok=True)
    for file, content in zip(files, left, strict=True):
        file.write_bytes(content)
    assert is_sound(phone.path)
    phone.switch_on()


def dies_at(place: int) -> Callable[[str], None]:
    """Return what kills the app at this page's step, counted from 1."""
    reached = itertools.count(1)

    def reach(name: str) -> None:
        if name.startswith("phone: page") and next(reached) == place:
            raise PhoneKilledError

    return reach


def forget_everything_fetched(phone: Handset) -> None:
    with phone.database.write() as connection:
        for scope in replica.positions(connection):
            replica.forget_position(connection, scope)


@pytest.mark.fault("phone killed (SIGKILL)", "while a scope is fetched anew")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_at_each_step_of_fetching_anew(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = found_company(app)
    phone = Handset(tmp_path / "phone.db", Network(app), page_rows=4)
    phone.enrol(company.enrolment_code(company.sari))
    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.synchronize()
    everybody = [customer.name for customer in phone.customers.search("")]
    for place in itertools.count(1):
        forget_everything_fetched(phone)
        notes = f"before step {place}"
        phone.visits.write_notes(visit.id, notes)
        with monkeypatch.context() as patch:
            patch.setattr(failpoints, "reach", dies_at(place))
            try:
                phone.synchronize()
            except PhoneKilledError:
                killed(phone)
            else:
                break
        assert phone.visits.get(visit.id).notes == notes
        notes = f"after step {place}"
        phone.visits.write_notes(visit.id, notes)

        report = phone.synchronize()

        assert (report.fetched_anew, report.needs_you) == ([], 0)
        assert phone.sync.status().waiting == 0
        assert phone.visits.get(visit.id).notes == notes
        assert [customer.name for customer in phone.customers.search("")] == everybody
        with app.app_context():
            assert db.session.get_one(Visit, visit.id).notes == notes
    assert place > 6  # three steps each of several pages
    phone.switch_off()


_DIES = """
import os, signal, sys, itertools, shutil
from pathlib import Path
from mobile.storage import database

every = database._statements

def die_at(place):
    reached = itertools.count(1)
    def statements(script):
        for statement in every(script):
            yield statement
            if next(reached) == place:
                os.kill(os.getpid(), signal.SIGKILL)
    database._statements = statements

folder, old, *places = sys.argv[1:]
for place in map(int, places):
    path = Path(folder) / f"{place}.db"
    shutil.copy(old, path)
    child = os.fork()
    if not child:
        die_at(place)
        database.Database(path)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, (place, status)
"""
_COPIES = re.compile(r"INSERT INTO \w+ .*\bSELECT\b", re.DOTALL)
_USED = {"customer", "device", "outbox", "preference", "product", "row_scope", "stage", "visit"}
"""Tables of the first version in which a phone always has something."""


@pytest.mark.fault("phone killed (SIGKILL)", "while its database is brought up to date")
@pytest.mark.fault("phone killed (SIGKILL)", "between two tables that an update copies")
def test_killed_while_its_database_is_brought_up_to_date(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """From each version to the next, after each statement: all is there as without a kill."""
    times = 0
    for number, script in enumerate(_SCRIPTS[1:], start=1):
        length = len(list(_statements(script.read_text())))
        copies = _COPIES.search(script.read_text()) is not None
        if not _ALL and not copies:
            continue
        old, usual = tmp_path / "old.db", tmp_path / "usual.db"
        make_old(old, _SCRIPTS[:number])
        shutil.copy(old, usual)
        Database(usual).close()
        expected = content(usual)
        assert expected.keys() >= _USED | ({"photo", "photo_file"} if number > 2 else set())
        places = range(length, 0, -1 if _ALL else -2)  # the last one: nothing is committed yet

        subprocess.run(
            [sys.executable, "-c", _DIES, str(tmp_path), str(old), *map(str, places)], check=True
        )

        for place in places:
            path = tmp_path / f"{place}.db"
            assert is_sound(path)
            Database(path).close()
            assert content(path) == expected, (script.name, place)
            path.unlink()
        times += len(places)
        old.unlink()
    record_property("times", times)


def make_old(path: Path, scripts: Sequence[Path]) -> None:
    """Make a database as an earlier version of the app left it, with a row in each table."""
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("search_text", 5, search_text, deterministic=True)
        for script in scripts:
            connection.executescript(script.read_text())
        for [table] in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        ).fetchall():
            columns = connection.execute(f"PRAGMA table_info ({table})").fetchall()
            values = [_VALUES["JSON" if name == "base" else kind] for _, name, kind, *_ in columns]
            connection.execute(
                f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(values))})",  # noqa: S608
                values,
            )
        connection.execute("UPDATE outbox SET state = 'settled'")
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
        connection.commit()


_VALUES: dict[str, object] = {
    "TEXT": "pending",
    "INTEGER": 1,
    "REAL": 1.5,
    "BLOB": b"\x01",
    "JSON": "{}",
}
"""Of each kind one that all columns take: outboxes know few states."""


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of each table that has any, and under "" what the tables are."""
    with closing(sqlite3.connect(path)) as connection:
        schema = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
        found: dict[str, list[tuple[object, ...]]] = {"": schema.fetchall()}
        found[""] += connection.execute("PRAGMA user_version").fetchall()
        for _, name, _ in [row for row in found[""] if row[0] == "table"]:
            rows = connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608
            found |= {str(name): sorted(rows, key=str)} if rows else {}
    return found
