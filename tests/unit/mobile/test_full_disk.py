"""A full disk at any write: the action fails loudly, nothing of it is saved, and work goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile.services.day import DayService
from mobile.services.recorder import DiskFullError, Recorder
from mobile.services.visits import VisitService
from mobile.storage.database import is_sound
from shared.sync import chain
from shared.sync.ids import new_id
from shared.vocabulary import NoSaleReason
from tests.fakes.phone import KEY, FakeClock, a_customer, make_recorder, pull

MAJU = new_id()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", FakeClock())
    pull(recorder, ("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9)))
    yield recorder
    recorder.database.close()


def limit_pages(recorder: Recorder, more: int | None) -> None:
    """Leave room for so many more pages; None: for all one wants."""
    with recorder.database.write() as connection:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        limit = 1_000_000 if more is None else pages + more
    # Not in a transaction, where SQLite would only report it.
    recorder.database._writer.execute(f"PRAGMA max_page_count = {limit}")


def saved(recorder: Recorder) -> tuple[list[int], list[str], int]:
    """Return the numbers in the outbox, the ids of visits, and how many check-ins there are."""
    with recorder.database.read() as connection:
        numbers = [row[0] for row in connection.execute("SELECT sequence FROM outbox ORDER BY 1")]
        visits = [row[0] for row in connection.execute("SELECT id FROM visit ORDER BY 1")]
        [presences] = connection.execute("SELECT count(*) FROM presence").fetchone()
    return numbers, visits, presences


def test_wherever_the_room_ends_nothing_is_half_saved(recorder: Recorder, tmp_path: Path) -> None:
    visits, day = VisitService(recorder=recorder), DayService(recorder=recorder)
    refused = 0
    for room in range(12):
        limit_pages(recorder, room // 4)
        before = saved(recorder)
        is_full = False
        try:
            visit = visits.check_in(customer_id=MAJU, fix=None)
            before = saved(recorder)
            visits.write_notes(visit.id, "n" * 9_000)
        except DiskFullError:
            is_full = True
            refused += 1
        assert not is_full or saved(recorder) == before
        limit_pages(recorder, None)
        open_visit = visits.open_visit()
        if open_visit is not None:  # and goes on as soon as there is room
            visits.set_no_sale_reason(open_visit.id, NoSaleReason.CLOSED)
            visits.check_out(open_visit.id, fix=None)
    assert refused
    day.start_day()

    numbers, _, _ = saved(recorder)
    assert numbers == list(range(1, len(numbers) + 1))
    head = chain.FIRST_HEAD
    with recorder.database.read() as connection:
        for (line,) in connection.execute("SELECT line FROM outbox ORDER BY sequence"):
            _, head = chain.unseal(line, head=head, key=KEY)
    assert is_sound(tmp_path / "phone.db")
