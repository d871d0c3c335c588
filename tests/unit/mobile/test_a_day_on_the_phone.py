"""What a rep can do on the phone alone, and that nothing of it depends on the app staying alive."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile.services.customers import CustomerService
from mobile.services.day import DayService, DayStartedError, VisitStillOpenError
from mobile.services.recorder import Recorder
from mobile.services.sync import SyncService
from mobile.services.tracks import TrackService
from mobile.services.views import OrderLine, RecordState, StopProgress
from mobile.services.visits import (
    OrderTakenError,
    OutcomeMissingError,
    VisitOpenError,
    VisitService,
)
from mobile.storage.database import Database
from shared.geo import Position
from shared.schemas.limits import InvalidRecordError
from shared.sync import chain
from shared.sync.ids import new_id
from shared.sync.protocol import Change
from shared.vocabulary import NoSaleReason
from tests.fakes.phone import KEY, FakeClock, IdleRunner, a_customer, a_fix, make_recorder, pull

MAJU, JAYA, STOP, SODA = new_id(), new_id(), new_id(), new_id()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", clock)
    pull(
        recorder,
        ("stage", "won", 1, {"name": "Won", "kind": "won", "position": 5}),
        ("product", SODA, 1, {"sku": "S-1", "name": "Soda", "price_minor": 5_000_00}),
        ("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9)),
        ("customer", JAYA, 1, a_customer("Toko Jaya", latitude=-6.3, longitude=107.0)),
        (
            "stop",
            STOP,
            1,
            {"customer_id": MAJU, "day": "2026-11-23", "sequence": 1, "state": "planned"},
        ),
    )
    yield recorder
    recorder.database.close()


class Cell:
    """A battery that is as full as a test says."""

    def __init__(self, charge: int) -> None:
        self.charge = charge

    def percent(self) -> int | None:
        return self.charge


def soda(quantity: int) -> OrderLine:
    return OrderLine(product_id=SODA, product_name="Soda", quantity=quantity, price_minor=5_000_00)


def lines_of(recorder: Recorder) -> list[Change]:
    """Return the outbox, read through the chain as the server reads it."""
    head, changes = chain.FIRST_HEAD, []
    with recorder.database.read() as connection:
        for row in connection.execute("SELECT line FROM outbox ORDER BY sequence"):
            body, head = chain.unseal(row["line"], head=head, key=KEY)
            changes.append(Change.from_body(body))
    return changes


def test_a_planned_visit_with_an_order_shows_in_the_day(
    recorder: Recorder, clock: FakeClock
) -> None:
    days, visits = DayService(recorder=recorder), VisitService(recorder=recorder)
    days.start_day()
    visit = visits.check_in(customer_id=MAJU, fix=a_fix(-6.2, 106.9, at=clock.now()))
    assert days.today().stops[0].progress is StopProgress.IN_VISIT

    visits.take_order(visit.id, [soda(2)])
    visits.take_order(visit.id, [soda(3)])
    clock.pass_time(minutes=12)
    visits.check_out(visit.id, fix=None)

    day = days.today()
    assert visit.verdict == "inside"
    assert visit.stop_id == STOP
    assert (day.calls_planned, day.calls_done, day.effective_calls) == (1, 1, 1)
    assert day.amount_minor == 3 * 5_000_00
    assert day.stops[0].progress is StopProgress.DONE
    assert visits.open_visit() is None


def test_each_action_is_chained_in_the_order_made(recorder: Recorder, clock: FakeClock) -> None:
    days, visits = DayService(recorder=recorder), VisitService(recorder=recorder)
    days.start_day()
    visit = visits.check_in(customer_id=JAYA, fix=None)
    visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
    visits.check_out(visit.id, fix=None)
    days.end_day()

    changes = lines_of(recorder)

    assert [change.entity for change in changes] == [
        "consent",
        "start_day",
        "visit",
        "check_in",
        "visit",
        "check_out",
        "end_day",
    ]
    assert [change.sequence for change in changes] == list(range(1, 8))
    assert changes[2].group_id == changes[3].group_id != changes[0].group_id
    assert changes[2].captured.anchor is not None


def test_an_open_visit_survives_the_death_of_the_app(recorder: Recorder, clock: FakeClock) -> None:
    visit = VisitService(recorder=recorder).check_in(customer_id=MAJU, fix=None)
    recorder.database.close()

    again = Recorder(
        database=Database(recorder.database.path), clock=clock, secrets=recorder._secrets
    )
    visits = VisitService(recorder=again)

    found = visits.open_visit()
    assert found is not None
    assert found.id == visit.id
    with pytest.raises(VisitOpenError):
        visits.check_in(customer_id=JAYA, fix=None)
    again.database.close()


def test_an_action_that_fails_half_way_leaves_nothing(recorder: Recorder) -> None:
    visits = VisitService(recorder=recorder)
    visit = visits.check_in(customer_id=MAJU, fix=None)
    before = len(lines_of(recorder))

    with pytest.raises(InvalidRecordError):
        visits.take_order(visit.id, [soda(2), soda(0)])

    assert len(lines_of(recorder)) == before
    assert visits.get(visit.id).lines == ()


def test_a_visit_needs_an_order_or_a_reason(recorder: Recorder) -> None:
    visits = VisitService(recorder=recorder)
    visit = visits.check_in(customer_id=MAJU, fix=None)

    with pytest.raises(OutcomeMissingError):
        visits.check_out(visit.id, fix=None)
    visits.take_order(visit.id, [soda(1)])
    with pytest.raises(OrderTakenError):
        visits.set_no_sale_reason(visit.id, NoSaleReason.PRICE)


def test_a_cancelled_visit_needs_a_reason_and_frees_the_stop(recorder: Recorder) -> None:
    visits, days = VisitService(recorder=recorder), DayService(recorder=recorder)
    visit = visits.check_in(customer_id=MAJU, fix=None)

    with pytest.raises(InvalidRecordError):
        visits.cancel(visit.id, " ")
    visits.cancel(visit.id, "Wrong outlet")

    assert visits.open_visit() is None
    assert days.today().stops[0].progress is StopProgress.PLANNED


def test_a_day_starts_once_and_ends_after_the_last_visit(recorder: Recorder) -> None:
    visits, days = VisitService(recorder=recorder), DayService(recorder=recorder)
    days.start_day()

    with pytest.raises(DayStartedError):
        days.start_day()
    visits.check_in(customer_id=MAJU, fix=None)
    with pytest.raises(VisitStillOpenError):
        days.end_day()


def test_a_prospect_is_found_at_once_and_its_place_is_only_proposed(
    recorder: Recorder, clock: FakeClock
) -> None:
    customers = CustomerService(recorder=recorder)

    prospect = customers.create_prospect(
        name="Warung Bu Siti", fix=a_fix(-6.25, 106.95, at=clock.now())
    )

    [found] = customers.search("sit war")
    assert found.id == prospect
    assert found.latitude is None
    assert [change.entity for change in lines_of(recorder)] == [
        "customer",
        "customer.propose_location",
    ]


def test_customers_are_found_by_the_beginnings_of_words_nearest_first(
    recorder: Recorder,
) -> None:
    customers = CustomerService(recorder=recorder)

    assert [c.id for c in customers.search("tok")] == [JAYA, MAJU]
    near = Position(-6.2, 106.9)
    assert [c.id for c in customers.search("", near=near)] == [MAJU, JAYA]
    assert [c.id for c in customers.search("toko jay", near=near)] == [JAYA]
    assert customers.search("oko") == ()


def test_a_cancelled_stop_leaves_the_plan(recorder: Recorder) -> None:
    days = DayService(recorder=recorder)

    days.cancel_stop(STOP, "Road flooded")

    assert days.today().stops[0].progress is StopProgress.CANCELLED
    assert days.today().calls_planned == 0


def test_the_track_is_recorded_only_while_the_day_runs(
    recorder: Recorder, clock: FakeClock
) -> None:
    tracks, days = TrackService(recorder=recorder), DayService(recorder=recorder)
    assert not tracks.record(a_fix(-6.2, 106.9, at=clock.now()))

    days.start_day()
    for step in range(130):
        clock.pass_time(seconds=10)
        tracks.record(a_fix(-6.2 + step * 0.001, 106.9, at=clock.now()))
    days.end_day()
    clock.pass_time(seconds=10)

    assert not tracks.record(a_fix(-6.0, 106.9, at=clock.now()))
    chunks = [change.data["fixes"] for change in lines_of(recorder) if change.entity == "track"]
    assert sum(len(chunk) for chunk in chunks) == 130
    assert all(len(chunk) <= 60 for chunk in chunks)


def test_a_day_that_nobody_ended_does_not_go_on_at_night(
    recorder: Recorder, clock: FakeClock
) -> None:
    tracks, days = TrackService(recorder=recorder), DayService(recorder=recorder)
    days.start_day()
    clock.pass_time(days=1)

    assert not tracks.record(a_fix(-6.2, 106.9, at=clock.now()))

    days.start_day()
    days.end_day()
    clock.pass_time(minutes=1)
    assert not tracks.record(a_fix(-6.2, 106.9, at=clock.now()))
    ends = [
        change.data["work_day_id"] for change in lines_of(recorder) if change.entity == "end_day"
    ]
    assert len(set(ends)) == 2


def test_below_15_percent_the_battery_is_for_visits_alone(
    recorder: Recorder, clock: FakeClock
) -> None:
    battery = Cell(14)
    tracks = TrackService(recorder=recorder, battery=battery)
    visits = VisitService(recorder=recorder, battery=battery)
    DayService(recorder=recorder).start_day()

    assert not tracks.record(a_fix(-6.2, 106.9, at=clock.now()))
    visits.check_in(customer_id=MAJU, fix=None)
    battery.charge = 15
    assert tracks.record(a_fix(-6.2, 106.9, at=clock.now()))
    [check_in] = [change for change in lines_of(recorder) if change.entity == "check_in"]
    assert check_in.data["battery_percent"] == 14


def test_the_wall_clock_does_not_move_the_day(recorder: Recorder, clock: FakeClock) -> None:
    clock.pass_time(hours=1)
    clock.wall_at = clock.wall_at.replace(year=2016)

    assert DayService(recorder=recorder).today().day.isoformat() == "2026-11-23"


def test_the_sync_screen_names_whom_a_record_is_about(recorder: Recorder) -> None:
    VisitService(recorder=recorder).check_in(customer_id=MAJU, fix=None)
    runner = IdleRunner()
    sync = SyncService(recorder=recorder, runner=runner)

    records = sync.records()
    sync.sync_now()

    assert {record.title for record in records} == {"Toko Maju"}
    assert {record.state for record in records} == {RecordState.WAITING}
    assert sync.status().waiting == 2
    assert runner.requests == 1
