"""Finding customers: by words, by phone number, narrowed, nearest first, and always up to date."""

import datetime as dt
import itertools
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mobile.storage.database as database_module
from mobile.device.simulated_gps import FixedGps
from mobile.screens.customers.view_model import CustomersViewModel
from mobile.services.customers import CustomerService
from mobile.services.recorder import Recorder
from mobile.services.views import Narrowing
from mobile.services.visits import VisitService
from mobile.storage import device
from mobile.storage.database import Database
from mobile.storage.directory import Directory
from shared.geo import Position, haversine_m
from shared.sync.ids import new_id
from tests.fakes.phone import START, FakeClock, a_customer, a_fix, make_recorder, pull

HERE = Position(-6.2, 106.9)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", clock)
    yield recorder
    recorder.database.close()


def add(recorder: Recorder, name: str, **fields: object) -> str:
    customer_id = new_id()
    row = a_customer(name, latitude=-6.2, longitude=106.9) | fields
    pull(recorder, ("customer", customer_id, 1, row))
    return customer_id


def names(service: CustomerService, text: str = "", **options: object) -> list[str]:
    return [customer.name for customer in service.search(text, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["0812", "0812-3456", "081234567890", "62812", "812 3456"])
def test_a_phone_number_is_found_however_it_is_written(recorder: Recorder, typed: str) -> None:
    add(recorder, "Toko Maju", phone="+62 812-3456-7890")
    add(recorder, "Toko Jaya", phone="0857 1111 2222")

    assert names(CustomerService(recorder=recorder), typed) == ["Toko Maju"]


def test_two_common_words_that_stand_together_once_find_the_one(recorder: Recorder) -> None:
    for number in range(60):
        add(recorder, f"Toko Maju {number}" if number % 2 else f"Warung Jaya {number}")
    add(recorder, "Toko Jaya Abadi")

    assert names(CustomerService(recorder=recorder), "toko jaya") == ["Toko Jaya Abadi"]


def test_what_a_sync_changes_is_found_at_once(recorder: Recorder) -> None:
    service = CustomerService(recorder=recorder)
    customer_id = add(recorder, "Toko Lama")
    assert names(service, "lama") == ["Toko Lama"]

    row = a_customer("Toko Baru", latitude=-6.2, longitude=106.9)
    pull(recorder, ("customer", customer_id, 2, row))
    prospect = service.create_prospect(name="Warung Segar")

    assert names(service, "lama") == []
    assert names(service, "baru") == ["Toko Baru"]
    assert [found.id for found in service.search("segar")] == [prospect]


def test_the_list_is_narrowed_to_a_class_to_due_and_to_never_visited(
    recorder: Recorder, clock: FakeClock
) -> None:
    service, visits = CustomerService(recorder=recorder), VisitService(recorder=recorder)
    visited_a = add(recorder, "A visited", customer_class="A")
    visited_b = add(recorder, "B visited", customer_class="B")
    add(recorder, "C never", customer_class="C")
    for customer_id in (visited_a, visited_b):
        visit = visits.check_in(customer_id=customer_id, fix=a_fix(-6.2, 106.9, at=clock.now()))
        visits.cancel(visit.id, "wrong_customer")
    assert len(names(service, narrowed=Narrowing(never_visited=True))) == 3, "cancelled: no visit"

    for customer_id in (visited_a, visited_b):
        pull(
            recorder,
            (
                "visit",
                new_id(),
                1,
                {
                    "customer_id": customer_id,
                    "state": "completed",
                    "day": (START - dt.timedelta(days=8)).date().isoformat(),
                },
            ),
        )

    assert names(service, narrowed=Narrowing(never_visited=True)) == ["C never"]
    assert names(service, narrowed=Narrowing(due=True)) == ["A visited", "C never"]
    assert names(service, narrowed=Narrowing(due=True, customer_class="A")) == ["A visited"]
    with recorder.database.write() as connection:
        device.keep_organisation(connection, {"visit_weeks": [[None, [2, 1, 4]]]})
    assert names(service, narrowed=Narrowing(due=True)) == ["B visited", "C never"]
    assert names(service, "visited", narrowed=Narrowing(customer_class="B")) == ["B visited"]


def test_nearest_first_is_nearest_first_and_those_without_a_point_come_last() -> None:
    rng = random.Random(4)
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    connection.execute("CREATE TABLE customer_search_version (number)")
    connection.execute("INSERT INTO customer_search_version VALUES (1)")
    connection.execute("CREATE TABLE customer_search (number, text, latitude, longitude)")
    places = {
        number: Position(-6.2 + rng.gauss(0, 0.1), 106.9 + rng.gauss(0, 0.1))
        for number in range(500)
    }
    connection.executemany(
        "INSERT INTO customer_search VALUES (?, ' toko', ?, ?)",
        [(number, place.latitude, place.longitude) for number, place in places.items()],
    )
    connection.execute("INSERT INTO customer_search VALUES (900, ' toko', NULL, NULL)")

    directory = Directory()
    found = directory.search(connection, "tok", near=HERE, limit=1000)
    metres = [haversine_m(HERE, places[number]) for number in found[:-1]]

    assert len(found) == 501
    assert found[-1] == 900
    assert all(after > before * 0.995 for before, after in itertools.pairwise(metres))


def test_a_phone_of_the_version_before_can_search_after_the_update(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old-schema"
    old.mkdir()
    first = database_module._SCHEMA / "0001_first.sql"
    (old / first.name).write_text(first.read_text())
    with monkeypatch.context() as before:
        before.setattr(database_module, "_SCHEMA", old)
        database = Database(tmp_path / "phone.db")
        with database.write() as connection:
            connection.execute(
                "INSERT INTO customer VALUES (1, 'c', NULL, NULL, 'M-1', 'Toko Maju', 'A', '',"
                " '0812', '', '', 'Bekasi', '', NULL, NULL, NULL, 0, 0)"
            )
        database.close()

    recorder = make_recorder(tmp_path / "phone.db", clock)
    assert names(CustomerService(recorder=recorder), "bek toko") == ["Toko Maju"]
    recorder.database.close()


class _Later:
    """A background that works when told."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def __call__(
        self,
        work: Callable[[], object],
        done: Callable[[object], None],
        /,
        **_patience: float,
    ) -> None:
        self.waiting.append(lambda: done(work()))


def test_an_answer_that_comes_too_late_is_not_shown(recorder: Recorder) -> None:
    add(recorder, "Toko Maju")
    add(recorder, "Warung Siti")
    later = _Later()
    view_model = CustomersViewModel(
        customers=CustomerService(recorder=recorder),
        gps=FixedGps(HERE, now=lambda: START),
        background=later,  # type: ignore[arg-type]
    )
    view_model.search("toko")
    view_model.search("warung")

    for answer in reversed(later.waiting):
        answer()

    assert [row.title for row in view_model.state.rows] == ["Warung Siti"]
