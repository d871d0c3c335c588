"""The phone notices that the rep has left, proposes a check-out, and gives none by itself."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile.services.day import DayService, VisitStillOpenError
from mobile.services.leaving import LeavingService
from mobile.services.recorder import Recorder
from mobile.services.visits import VisitService
from mobile.storage.database import Database
from shared.sync import chain
from shared.sync.ids import new_id
from shared.sync.protocol import Change
from shared.vocabulary import NoSaleReason
from tests.fakes.phone import START, FakeClock, a_customer, a_fix, make_recorder, pull

MAJU = new_id()
AT_MAJU, AWAY = (-6.2, 106.9), (-6.21, 106.9)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", clock)
    pull(
        recorder,
        ("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9)),
    )
    yield recorder
    recorder.database.close()


@pytest.fixture
def visit_id(recorder: Recorder, clock: FakeClock) -> str:
    """Open a visit at 08:00."""
    DayService(recorder=recorder).start_day()
    fix = a_fix(*AT_MAJU, at=clock.now())
    visits = VisitService(recorder=recorder)
    visit = visits.check_in(customer_id=MAJU, fix=fix)
    visits.set_no_sale_reason(visit.id, NoSaleReason.CLOSED)
    return visit.id


def stand(recorder: Recorder, clock: FakeClock, place: tuple[float, float], minutes: int) -> None:
    """Stay at a place, measuring every half minute."""
    leaving = LeavingService(recorder=recorder)
    for _ in range(2 * minutes):
        clock.pass_time(seconds=30)
        leaving.watch(a_fix(*place, at=clock.now()))


def test_a_rep_who_rode_on_is_offered_the_moment_of_leaving(
    recorder: Recorder, clock: FakeClock, visit_id: str
) -> None:
    visits = VisitService(recorder=recorder)
    stand(recorder, clock, AT_MAJU, 20)
    stand(recorder, clock, AWAY, 4)
    assert LeavingService(recorder=recorder).left_at(visit_id) is None

    stand(recorder, clock, AWAY, 2)
    left_at = LeavingService(recorder=recorder).left_at(visit_id)
    assert left_at is not None
    assert START + dt.timedelta(minutes=19) <= left_at <= START + dt.timedelta(minutes=20)
    assert visits.open_visit() is not None

    visit = visits.check_out(visit_id, fix=a_fix(*AWAY, at=clock.now()), left_at=left_at)
    assert visit.checked_out_at == left_at
    with recorder.database.read() as connection:
        rows = connection.execute("SELECT line FROM outbox ORDER BY sequence").fetchall()
    line = rows[-1]["line"]
    data = Change.from_body(chain.split(line)[0]).data
    assert data["left_ago_s"] == (clock.now() - left_at).total_seconds()


def test_the_proposal_survives_a_killed_app(
    recorder: Recorder, clock: FakeClock, visit_id: str, tmp_path: Path
) -> None:
    stand(recorder, clock, AT_MAJU, 3)
    stand(recorder, clock, AWAY, 6)
    recorder.database.close()

    recorder.database = Database(tmp_path / "phone.db")

    assert LeavingService(recorder=recorder).left_at(visit_id) is not None


def test_who_is_still_there_says_so(recorder: Recorder, clock: FakeClock, visit_id: str) -> None:
    stand(recorder, clock, AWAY, 6)
    leaving = LeavingService(recorder=recorder)

    leaving.stay(visit_id)

    assert leaving.left_at(visit_id) is None


def test_the_end_of_the_day_proposes_it_where_the_rep_is_no_longer_inside(
    recorder: Recorder, clock: FakeClock, visit_id: str
) -> None:
    leaving = LeavingService(recorder=recorder)
    stand(recorder, clock, AT_MAJU, 10)
    assert not leaving.end_of_day(visit_id)
    clock.pass_time(minutes=30)

    with pytest.raises(VisitStillOpenError):
        DayService(recorder=recorder).end_day()

    assert leaving.end_of_day(visit_id)
    left_at = leaving.left_at(visit_id)
    assert left_at is not None
    assert left_at <= START + dt.timedelta(minutes=10)


def test_a_visit_of_yesterday_is_over(recorder: Recorder, clock: FakeClock, visit_id: str) -> None:
    clock.pass_time(days=1)

    assert LeavingService(recorder=recorder).left_at(visit_id) == START
