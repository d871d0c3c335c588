"""The server's disk is full, or somebody holds what a push needs: nothing is half written."""

import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from mobile.sync.answers import BusyError
from server.customers.models import Customer
from server.platform import connections
from server.platform.database import db
from server.sync import changes
from server.sync.models import ChangeLog, Quarantine, Scope
from server.visits.models import CheckIn, Visit
from shared.sync.protocol import rep_scope
from tests.fakes.company import Company
from tests.fakes.handset import Handset
from tests.support.postgres import Postgres

_VISITS = 40
_ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def work(phone: Handset, company: Company, visits: int = _VISITS) -> None:
    for _ in range(visits):
        visit = phone.visits.check_in(customer_id=company.maju, fix=None)
        phone.visits.write_notes(visit.id, "x" * 2_000)
        phone.visits.cancel(visit.id, "Wrong outlet")


def rows(company: Company) -> list[int]:
    tables = (Visit, CheckIn, ChangeLog, Quarantine)
    with company.app.app_context():
        return [db.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables]


def send_until_refused(phone: Handset, company: Company) -> None:
    """Sync until the server cannot any more, and check that what it answered is whole."""
    with pytest.raises(BusyError) as refusal:
        phone.synchronize()
    assert refusal.value.retry_after_s == 5
    settled = 4 * _VISITS - phone.sync.status().waiting
    taken = rows(company)
    assert taken[2] == settled
    assert taken[3] == 0, "that the disk is full is nobody's fault"
    assert taken[0] == taken[1] >= settled // 4


def send_the_rest(phone: Handset, company: Company, visits: int = _VISITS) -> None:
    assert phone.synchronize().needs_you == 0
    assert phone.sync.status().waiting == 0
    assert rows(company) == [visits, visits, 4 * visits, 0]
    with company.app.app_context():
        assert changes.wrong_scopes() == []


@contextmanager
def most_pages(company: Company, more: int) -> Iterator[None]:
    """Let SQLite's file grow by so many pages and then be as full as a full disk."""

    def limit(connection: Any, *_: object) -> None:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        first.setdefault("pages", pages)
        connection.execute(f"PRAGMA max_page_count = {first['pages'] + more}")

    def lift(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1000000000")

    first: dict[str, int] = {}
    with company.app.app_context():
        engine = db.engine
    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)
        event.listen(engine, "checkout", lift)


@pytest.mark.fault("storage", "server's disk full: SQLITE_FULL, PostgreSQL's 53100")
@_ONLY_SQLITE
@pytest.mark.parametrize("more", [1, 40])
def test_sqlite_has_no_room(phone: Handset, company: Company, more: int) -> None:
    work(phone, company)
    with most_pages(company, more):
        send_until_refused(phone, company)
        send_until_refused(phone, company)

    send_the_rest(phone, company)


@contextmanager
def small_disk(folder: Path, *, owner: int) -> Iterator[bool]:
    """Mount a file system of 6 MB; give whether that is allowed here."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size=6m,uid={owner}", "tapak", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True) if os.geteuid() == 0 else None
    if done is None or done.returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.fault("storage", "server's disk full: SQLITE_FULL, PostgreSQL's 53100")
@_ONLY_POSTGRESQL
def test_postgresql_has_no_room(phone: Handset, company: Company, postgres: Postgres) -> None:
    """Fill up the disk of the log of changes; who may not mount one has the error raised."""
    work(phone, company)
    with full_postgresql(company, postgres):
        send_until_refused(phone, company)

    send_the_rest(phone, company)


@contextmanager
def full_postgresql(company: Company, postgres: Postgres) -> Iterator[None]:
    with company.app.app_context(), db.engine.connect() as asked:
        name = asked.scalar(text("SELECT current_database()"))
        data = Path(asked.scalar(text("SHOW data_directory")) or "")
    disk = Path("/tmp") / f"tapak-disk-{name}"  # noqa: S108 - PostgreSQL's user must reach it
    is_here = data.is_dir()  # and not on another machine
    with small_disk(disk, owner=data.stat().st_uid if is_here else 0) as is_mounted:
        if is_mounted and is_here:
            postgres.run(f"CREATE TABLESPACE small_{name} LOCATION '{disk}'")
            postgres.run(f"ALTER TABLE change_log SET TABLESPACE small_{name}", name)
            filler = disk / "filler"
            fill(filler)
            try:
                yield
            finally:
                filler.unlink()
                with company.app.app_context():
                    db.engine.dispose()
                postgres.run("ALTER TABLE change_log SET TABLESPACE pg_default", name)
                postgres.run(f"DROP TABLESPACE small_{name}")
        else:
            postgres.run(_RAISE, name)
            yield
            postgres.run("DROP FUNCTION full_disk() CASCADE", name)
    disk.rmdir()


_RAISE = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON change_log FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


def fill(file: Path) -> None:
    """Write until there is no room."""
    with file.open("wb", buffering=0) as output:
        try:
            while True:
                output.write(bytes(8_192))
        except OSError:
            return


@pytest.mark.fault("concurrency", "a transaction rests for long and holds the rows of a push")
@_ONLY_POSTGRESQL
@pytest.mark.parametrize("held", ["device", "scope"])
def test_a_transaction_that_rests_holds_up_its_rows_and_not_for_ever(
    phone: Handset, company: Company, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOCK_WAIT_MS", 300)
    work(phone, company, 2)
    with company.app.app_context():
        engine = db.engine
        engine.dispose()
        connections.plan_for_pages(engine)
        with engine.connect() as resting:
            if held == "device":
                resting.execute(text("SELECT 1 FROM device FOR UPDATE"))
            else:
                row = select(Scope.id).where(Scope.id == rep_scope(company.sari))
                resting.execute(row.with_for_update())
            with pytest.raises(BusyError):
                phone.synchronize()
            assert resting.execute(select(func.count()).select_from(Customer)).scalar() == 2
            resting.rollback()

    send_the_rest(phone, company, 2)


@pytest.mark.fault("storage", "server's SQLite is locked by another process for 30 s")
@pytest.mark.longest
@_ONLY_SQLITE
def test_sqlite_is_busy_for_half_a_minute(phone: Handset, company: Company) -> None:
    """The phone is told to come again, and does, until the lock is gone."""
    work(phone, company, 2)
    with company.app.app_context():
        path = str(db.engine.url.database)
    locked, begun = threading.Event(), time.monotonic()

    def hold() -> None:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        time.sleep(30)
        other.execute("ROLLBACK")
        other.close()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait()
    refused = 0
    while phone.sync.status().waiting:
        try:
            phone.synchronize()
        except BusyError as error:
            assert error.retry_after_s == 5  # noqa: PT017
            assert rows(company) == [0, 0, 0, 0]
            refused += 1
    holder.join()

    assert refused >= 1
    assert time.monotonic() - begun >= 29
    send_the_rest(phone, company, 2)
