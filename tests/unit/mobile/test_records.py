"""What is recorded about a rep, read and copied on the phone alone."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mobile.screens.records.view_model import RecordsViewModel
from mobile.services.day import DayService
from mobile.services.recorder import DiskFullError, Recorder
from mobile.services.records import CopyNotSavedError, RecordsService
from mobile.services.tracks import TrackService
from mobile.services.visits import VisitService
from mobile.storage import device
from mobile.storage.export_files import ExportFiles
from shared.sync.ids import new_id
from tests.fakes.phone import FakeClock, a_customer, a_fix, make_recorder, pull

MAJU = new_id()
TODAY = dt.date(2026, 11, 23)
OFFLINE: tuple[dict[str, Any] | None, str] = (None, "offline")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", clock)
    pull(recorder, ("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9)))
    yield recorder
    recorder.database.close()


def a_service(
    recorder: Recorder, folder: Path, office: tuple[dict[str, Any] | None, str] = OFFLINE
) -> RecordsService:
    return RecordsService(recorder=recorder, files=ExportFiles(folder), office=lambda: office)


def ride(recorder: Recorder, clock: FakeClock, *, steps: int, north: int = 0) -> None:
    """Ride north in steps of 0.001 degrees, 110.6 m, every 30 seconds."""
    tracks = TrackService(recorder=recorder)
    for step in range(steps):
        assert tracks.record(a_fix(-6.2 + (north + step) * 0.001, 106.9, at=clock.now()))
        clock.pass_time(seconds=30)


def a_day(recorder: Recorder, clock: FakeClock) -> None:
    """Start the day, ride, lose the phone for half an hour, ride on, and visit."""
    DayService(recorder=recorder).start_day()
    ride(recorder, clock, steps=11)
    clock.pass_time(minutes=30)
    ride(recorder, clock, steps=3, north=11)
    visits = VisitService(recorder=recorder, app_version="0.1.0")
    visits.check_in(customer_id=MAJU, fix=a_fix(-6.2, 106.9, at=clock.now()))


def now_and_done(work: Any, done: Any, /) -> None:
    done(work())


def test_kinds_are_counted_and_the_route_has_its_gap(
    recorder: Recorder, clock: FakeClock, tmp_path: Path
) -> None:
    service = a_service(recorder, tmp_path)
    before = service.read()
    assert not before.is_recording
    assert (before.consent_given, before.route, before.days) == (None, (), ())
    assert {kind.name: kind.count for kind in before.kinds if kind.count} == {}

    a_day(recorder, clock)
    found = service.read()

    counts = {kind.name: kind.count for kind in found.kinds}
    assert counts["track"] > 0
    assert {name: counts[name] for name in ("visit", "check_in", "start_day", "consent")} == {
        "visit": 1,
        "check_in": 1,
        "start_day": 1,
        "consent": 1,
    }
    assert "check_out" not in counts
    assert {kind.newest_on for kind in found.kinds if kind.count} == {TODAY}
    assert found.is_recording
    assert found.consent_given
    first, gap, second = found.route
    assert (first.points, gap.points, second.points) == (11, 0, 3)
    assert first.length_m == pytest.approx(1106, abs=3)
    assert gap.end_at - gap.start_at == dt.timedelta(minutes=30, seconds=30)
    assert gap.length_m == 0
    assert found.days == (TODAY,)


def test_the_route_of_another_day_can_be_read(
    recorder: Recorder, clock: FakeClock, tmp_path: Path
) -> None:
    a_day(recorder, clock)
    clock.pass_time(days=1)
    service = a_service(recorder, tmp_path)

    assert service.read().route == ()
    assert len(service.read(TODAY).route) == 3


def test_a_copy_holds_all_of_the_phone_and_of_the_office(
    recorder: Recorder, clock: FakeClock, tmp_path: Path
) -> None:
    a_day(recorder, clock)
    saved = a_service(recorder, tmp_path / "copies", ({"check_ins": [1]}, "")).save_copy()

    copy = json.loads(saved.file.read_text())
    assert saved.file == tmp_path / "copies" / "tapak-records-2026-11-23.json"
    assert saved.size_bytes == saved.file.stat().st_size
    assert copy["rep"] == "Sari Dewi"
    assert copy["at_the_office"] == {"check_ins": [1]}
    phone = copy["on_this_phone"]
    assert phone["visits"][0]["customer"] == "Toko Maju"
    [check_in] = phone["check_ins_and_check_outs"]
    assert check_in["at"].startswith("2026-11-23T01:3")
    assert (check_in["verdict"], check_in["accuracy_m"]) == ("inside", 9.0)
    sent = [one["entity"] for one in phone["records_as_sent"]]
    assert {"consent", "start_day", "visit", "check_in", "track"} == set(sent)
    fixes = sum(
        len(one["data"]["fixes"]) for one in phone["records_as_sent"] if one["entity"] == "track"
    )
    assert fixes + len(phone["route_not_in_a_record_yet"]) == 14


def test_without_the_office_the_copy_says_so(recorder: Recorder, tmp_path: Path) -> None:
    saved = a_service(recorder, tmp_path).save_copy()
    copy = json.loads(saved.file.read_text())

    assert saved.office_problem == "offline"
    assert copy["at_the_office"] is None
    assert copy["why_nothing_of_the_office"] == "offline"


def test_a_folder_that_cannot_be_written_to_is_told(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CopyNotSavedError):
        a_service(recorder, tmp_path / "file").save_copy()


def test_a_full_disk_leaves_no_half_copy(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mobile.storage.export_files.os.fsync", full)
    with pytest.raises(DiskFullError):
        a_service(recorder, tmp_path / "copies").save_copy()

    assert list((tmp_path / "copies").iterdir()) == []


def test_copies_are_deleted_and_other_files_are_not(tmp_path: Path) -> None:
    files = ExportFiles(tmp_path)
    files.delete_all()
    files.write("tapak-records-2026-11-23.json", "{}")
    (tmp_path / "holiday.jpg").touch()
    files.delete_all()

    assert [file.name for file in tmp_path.iterdir()] == ["holiday.jpg"]


def test_the_screen_says_why_nothing_is_recorded_and_what_went_wrong(
    recorder: Recorder, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    model = RecordsViewModel(
        records=a_service(recorder, tmp_path / "file"),
        days=DayService(recorder=recorder),
        background=now_and_done,
    )
    saved: list[Path] = []
    model.refresh()
    assert model.state.about[0].detail == "Your day has not been started."
    assert model.state.consent == "None was given yet."
    assert model.state.day_detail == "Nothing of your route is recorded."
    a_day(recorder, clock)
    model.record_route(is_wanted=False)
    model.save_copy(saved.append)

    assert model.state.about[0].detail == "You have not agreed to it."
    assert model.state.consent.startswith("You refused: ")
    assert [row.key[:3] for row in model.state.route] == ["202", "gap", "202"]
    assert not model.state.is_saving
    assert (model.state.copy_tone, saved) == ("bad", [])
    assert "could not be written" in model.state.copy


def test_a_rep_switches_the_route_off_and_the_next_day_does_not_switch_it_on(
    recorder: Recorder, clock: FakeClock, tmp_path: Path
) -> None:
    day, tracks = DayService(recorder=recorder), TrackService(recorder=recorder)
    a_day(recorder, clock)
    model = RecordsViewModel(
        records=a_service(recorder, tmp_path), days=day, background=now_and_done
    )
    model.refresh()
    given = [model.state.consents]

    model.record_route(is_wanted=False)

    assert [*given, model.state.consents] == [True, False]
    assert not tracks.record(a_fix(-6.1, 106.9, at=clock.now()))
    with recorder.database.read() as connection:
        assert connection.execute("SELECT count(*) FROM track_fix").fetchone()[0] == 0
        newest = connection.execute(
            "SELECT entity FROM outbox ORDER BY sequence DESC LIMIT 2"
        ).fetchall()
    assert [row["entity"] for row in newest] == ["consent", "track"]

    clock.pass_time(days=1)
    day.start_day()
    assert day.today().consent is False
    assert not tracks.is_recording
    model.record_route(is_wanted=True)
    assert TrackService(recorder=recorder).is_recording


@pytest.mark.parametrize("hours_off", [-3, 5])
def test_a_wrong_clock_of_the_phone_moves_no_point_of_the_route(
    recorder: Recorder, clock: FakeClock, hours_off: int
) -> None:
    """Positions of the network carry the phone's clock, those of satellites their own time."""
    with recorder.database.write() as connection:
        device.keep_anchor(
            connection,
            f"{device.to_ms(clock.now())}.signature",
            clock=recorder.read_clock(),
        )
    DayService(recorder=recorder).start_day()
    right = clock.now()
    clock.wall_at += dt.timedelta(hours=hours_off)
    tracks = TrackService(recorder=recorder)
    of_network = replace(a_fix(-6.2, 106.9, at=clock.now()), provider="network", age_s=2.0)

    assert tracks.record(of_network)
    assert tracks.record(a_fix(-6.3, 106.9, at=right + dt.timedelta(seconds=40)))

    with recorder.database.read() as connection:
        times = [row["at_ms"] for row in connection.execute("SELECT at_ms FROM track_fix")]
    assert times == [
        device.to_ms(right - dt.timedelta(seconds=2)),
        device.to_ms(right + dt.timedelta(seconds=40)),
    ]
