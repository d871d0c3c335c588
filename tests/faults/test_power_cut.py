"""The power goes while the phone saves: what was said to be saved is there when it starts again.

A disk keeps what it was told to keep (fsync); of what was written since, any part may have reached
it. The phone's files are copied after every action, and every cut between two copies is made up:
the log of the next action at each length, with holes and with rubbish for what came late, and
the database's pages half written by a checkpoint.
"""

import itertools
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mobile.storage.database import Database
from shared.sync import chain
from shared.vocabulary import NoSaleReason
from tests.fakes.company import MAJU, Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

_WAL_HEADER = 32
_FRAME_HEADER = 24
_VISITS = 2


@pytest.fixture
def phone(app: object, tmp_path: Path) -> Iterator[tuple[Handset, Company]]:
    company = found_company(app)  # type: ignore[arg-type]
    handset = Handset(tmp_path / "phone.db", Network(company.app))
    handset.enrol(company.enrolment_code(company.sari))
    yield handset, company
    handset.switch_off()


@pytest.mark.fault("storage", "power cut at each fsync")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_saved_is_there_after_a_power_cut(
    phone: tuple[Handset, Company], tmp_path: Path
) -> None:
    handset, company = phone
    with handset.database.write() as connection:
        # 2 is FULL: each commit waits until the disk has its log.
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        [page_size] = connection.execute("PRAGMA page_size").fetchone()
    checkpoint(handset)
    kept = []
    for number, act in enumerate(actions(handset, company)):
        act()
        kept.append(copied(handset.path, tmp_path / f"kept-{number}"))

    cuts = 0
    for before, after in itertools.pairwise(kept):
        for log in cut_logs(before, after, _FRAME_HEADER + page_size):
            check(tmp_path / "cut", before, before.with_suffix(".db").read_bytes(), log, after)
            cuts += 1
        check_whole(tmp_path / "cut", after)
    assert cuts >= 6 * (len(kept) - 1)

    last = kept[-1]
    checkpoint(handset)
    merged = handset.path.read_bytes()
    log = last.with_suffix(".db-wal").read_bytes()
    for database in half_written(last.with_suffix(".db").read_bytes(), merged, page_size):
        # The log is emptied only after the database's own fsync.
        check(tmp_path / "cut", last, database, log, last)


def actions(handset: Handset, company: Company) -> Iterator[Callable[[], object]]:
    """Give what the rep does, one thing after the other, each saved by itself."""
    fix = handset.fix(MAJU)
    for _ in range(_VISITS):
        yield lambda: handset.visits.check_in(customer_id=company.maju, fix=fix)
        visit = handset.visits.open_visit()
        assert visit is not None
        visit_id = visit.id
        yield lambda visit_id=visit_id: handset.visits.set_no_sale_reason(  # type: ignore[misc]
            visit_id, NoSaleReason.CLOSED
        )
        yield lambda visit_id=visit_id: handset.visits.check_out(visit_id, fix=fix)  # type: ignore[misc]


def copied(database: Path, copy: Path) -> Path:
    """Copy the files as they are; return the copies' name without its ending."""
    for ending in (".db", ".db-wal"):
        shutil.copyfile(database.with_suffix(ending), copy.with_suffix(ending))
    return copy


def checkpoint(handset: Handset) -> None:
    """Move the log's pages into the database, and begin the log anew."""
    with handset.database.read() as connection:
        connection.execute("ROLLBACK")
        connection.execute("PRAGMA query_only = OFF")
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")


def cut_logs(before: Path, after: Path, frame: int) -> Iterator[bytes]:
    """Give what may be left of the log if the power goes between two copies."""
    old, new = (copy.with_suffix(".db-wal").read_bytes() for copy in (before, after))
    assert new.startswith(old), "the log only grows between two checkpoints"
    assert (len(old) - _WAL_HEADER) % frame == 0
    rng = random.Random(len(new))
    for start in range(len(old), len(new), frame):
        yield new[:start]  # whole frames
        yield new[: start + rng.randrange(1, frame)]  # one torn
        tail = new[start + frame :]
        yield new[:start] + bytes(frame) + tail  # one that came late, those after it in time
        yield new[:start] + rng.randbytes(frame) + tail
        yield (
            new[:start]
            + new[start : start + _FRAME_HEADER]
            + rng.randbytes(frame - _FRAME_HEADER)
            + tail
        )


def half_written(old: bytes, new: bytes, page_size: int) -> Iterator[bytes]:
    """Give databases of which a checkpoint has written some pages, and torn one of them."""
    rng = random.Random(len(new))
    pages = range(0, len(new), page_size)
    for _ in range(20):
        mixed = b"".join(
            (new if rng.random() < 0.5 else old.ljust(len(new), b"\0"))[page : page + page_size]
            for page in pages
        )
        torn = rng.choice(pages) + rng.randrange(page_size)
        yield mixed[:torn] + new[torn : torn + 7] + mixed[torn + 7 :]


def check_whole(folder: Path, copy: Path) -> None:
    """Check that nothing is missing once the phone has said that it is saved."""
    files = [copy.with_suffix(ending).read_bytes() for ending in (".db", ".db-wal")]
    check(folder, copy, files[0], files[1], copy)


def check(folder: Path, before: Path, database: bytes, log: bytes, after: Path) -> None:
    """Start a phone from these files: it is as one of the two copies was, and its chain holds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "phone.db"
    path.write_bytes(database)
    path.with_suffix(".db-wal").write_bytes(log)
    phone = Database(path)  # finds damage, if there is any
    try:
        with phone.read() as connection:
            found = state(connection)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            check_chain(connection)
    finally:
        phone.close()
    assert found in (state_of(before), state_of(after))


_known: dict[Path, list[tuple[object, ...]]] = {}


def state_of(copy: Path) -> list[tuple[object, ...]]:
    """Return what a phone started from a whole copy holds, without touching the copy."""
    if copy not in _known:
        for ending in (".db", ".db-wal"):
            source = copy.with_suffix(ending)
            shutil.copyfile(source, source.with_name(f"read-{source.name}"))
        connection = sqlite3.connect(copy.with_suffix(".db").with_name(f"read-{copy.name}.db"))
        _known[copy] = state(connection)
        connection.close()
    return _known[copy]


def state(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for table in ("outbox", "visit", "presence", "device")
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608
    ]


def check_chain(connection: sqlite3.Connection) -> None:
    """Check that each line was made on the one before, and that the next will be."""
    head = None
    for line, kept in connection.execute("SELECT line, head FROM outbox ORDER BY sequence"):
        if head is not None:
            assert chain.next_head(head, chain.split(line)[0]) == kept
        head = kept
    assert head is None or connection.execute("SELECT head FROM device").fetchone()[0] == head
