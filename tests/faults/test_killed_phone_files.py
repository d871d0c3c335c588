"""What a kill leaves of the phone's file: while a scope is fetched anew, while it is migrated."""

import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from mobile.storage import database as database_module
from mobile.storage import replica
from mobile.storage.database import Database, _statements, is_sound
from server.platform.database import db
from server.visits.models import Visit
from shared import failpoints
from tests.fakes.company import MAJU, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network, PhoneKilledError

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
import os, signal, sys
from pathlib import Path
from mobile.storage import database

every = database._statements
left = int(sys.argv[2])

def statements(script):
    global left
    for statement in every(script):
        yield statement
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

database._statements = statements
database.Database(Path(sys.argv[1])).close()
"""


@pytest.mark.fault("phone killed (SIGKILL)", "while its database is brought up to date")
def test_killed_while_its_database_is_brought_up_to_date(tmp_path: Path) -> None:
    first, *later = _SCRIPTS
    old = tmp_path / "old.db"
    make_old(old, first)
    lengths = [len(list(_statements(script.read_text()))) for script in later]
    ends = list(itertools.accumulate(lengths))
    # In the middle of each script, and when all its statements are made but nothing is committed.
    places = sorted(
        {end - length // 2 for end, length in zip(ends, lengths, strict=True)} | {*ends}
    )
    for place in places[:: 1 if "TAPAK_FAULT_EXAMPLES" in os.environ else 4]:
        path = tmp_path / "phone.db"
        shutil.copy(old, path)

        child = subprocess.run([sys.executable, "-c", _DIES, str(path), str(place)], check=False)

        assert child.returncode == -signal.SIGKILL
        assert is_sound(path)
        Database(path).close()
        with closing(sqlite3.connect(path)) as connection:
            [version] = connection.execute("PRAGMA user_version").fetchone()
            assert version == int(_SCRIPTS[-1].name.partition("_")[0])
            assert connection.execute("SELECT value FROM preference").fetchall() == [("kept",)]
        path.unlink()


def make_old(path: Path, script: Path) -> None:
    """Make a database as the first version of the app left it, with something in it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script.read_text())
        connection.execute("INSERT INTO preference VALUES ('language', 'kept')")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
