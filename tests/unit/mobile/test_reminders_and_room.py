"""What the phone reminds of, what it keeps while the screen is off, and the room it takes."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mobile.container.adapters import Adapters
from mobile.container.follower import Follower
from mobile.device.connectivity import SwitchedConnectivity
from mobile.device.phone import PhoneDescription
from mobile.device.tokens import MAC_KEY
from mobile.screens.reminders.view_model import RemindersViewModel
from mobile.services.day import DayService
from mobile.services.recorder import Recorder
from mobile.services.reminders import ReminderService
from mobile.services.room import RoomService
from mobile.services.tasks import TaskService
from mobile.services.tracks import TrackService
from mobile.services.visits import VisitService
from mobile.settings import PhoneSettings
from mobile.storage import photos, tracks
from mobile.storage.database import Database
from mobile.storage.photo_files import PhotoFiles
from shared.checkin.evidence import Fix
from shared.sync.ids import new_id
from tests.fakes.phone import KEY, FakeClock, MemorySecrets, a_customer, a_fix, make_recorder, pull

MAJU = new_id()
TODAY = dt.date(2026, 11, 23)


class Tray:
    """Keeps notices; refuses them where it is off."""

    def __init__(self) -> None:
        self.is_on = True
        self.shown: dict[str, str] = {}

    def post(self, subject: str, title: str, words: str) -> bool:
        if self.is_on:
            self.shown[subject] = f"{title}: {words}"
        return self.is_on


def at_once(work: Callable[[], Any], done: Callable[[Any], None], /) -> None:
    done(work())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()  # 08:00 in Jakarta


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", clock)
    stop: dict[str, object] = {"customer_id": MAJU, "day": str(TODAY), "state": "planned"}
    pull(
        recorder,
        ("customer", MAJU, 1, a_customer("Toko Maju", latitude=-6.2, longitude=106.9)),
        *[("stop", new_id(), 1, {**stop, "sequence": number}) for number in (1, 2, 3)],
    )
    yield recorder
    recorder.database.close()


@pytest.fixture
def tray() -> Tray:
    return Tray()


@pytest.fixture
def look(recorder: Recorder, tray: Tray) -> Callable[[], set[str]]:
    """Give what is told by a look now."""
    reminders = ReminderService(recorder=recorder)

    def look_now() -> set[str]:
        tray.shown.clear()
        RemindersViewModel(reminders=reminders, notices=tray, background=at_once).tick()
        return set(tray.shown)

    return look_now


def test_the_day_is_as_long_as_the_company_says(
    recorder: Recorder, clock: FakeClock, look: Callable[[], set[str]]
) -> None:
    with recorder.database.write() as connection:
        connection.execute(
            "UPDATE device SET organisation = json_set(organisation, '$.day_starts', '12:00',"
            " '$.day_ends', '22:30')"
        )
    clock.pass_time(hours=4)
    assert look() == set()  # 12:00
    clock.pass_time(minutes=30)
    assert look() == {"day_not_started"}
    DayService(recorder=recorder).start_day()
    clock.pass_time(hours=5)
    assert look() == {"visits"}  # the second half began at 17:15
    clock.pass_time(hours=5)
    assert look() == {"day_not_ended"}  # 22:30


def test_each_reminder_comes_when_it_is_due_and_once_a_day(
    recorder: Recorder, clock: FakeClock, look: Callable[[], set[str]], tray: Tray
) -> None:
    day, tasks = DayService(recorder=recorder), TaskService(recorder=recorder)
    assert look() == set()
    clock.pass_time(minutes=30)
    assert look() == {"day_not_started"}
    assert look() == set()

    day.start_day()
    for title, days in (("late", -1), ("now", 0), ("soon", 2)):
        tasks.create(title=title, due_on=TODAY + dt.timedelta(days=days))
    assert look() == {"tasks"}
    assert tray.shown["tasks"] == "Tasks: 2 tasks are due."
    clock.pass_time(hours=5)
    assert look() == {"visits"}
    VisitService(recorder=recorder).check_in(
        customer_id=MAJU, fix=a_fix(-6.2, 106.9, at=clock.now())
    )
    clock.pass_time(hours=5)
    assert look() == {"day_not_ended"}
    clock.pass_time(hours=4)
    assert look() == set()  # at night

    clock.pass_time(hours=11)
    assert look() == {"tasks", "day_not_ended", "unsent"}


def test_where_the_system_shows_no_notice_the_app_says_it(
    recorder: Recorder, clock: FakeClock, tray: Tray
) -> None:
    clock.pass_time(hours=1)
    tray.is_on = False
    model = RemindersViewModel(
        reminders=ReminderService(recorder=recorder), notices=tray, background=at_once
    )
    said: list[str] = []
    model.say = said.append
    for _second in range(120):
        model.tick()

    assert said == ["You have visits today. Start your day."]


def test_a_rep_who_wants_none_is_left_alone(
    recorder: Recorder, clock: FakeClock, look: Callable[[], set[str]]
) -> None:
    clock.pass_time(hours=1)
    ReminderService(recorder=recorder).want(is_wanted=False)
    assert look() == set()
    ReminderService(recorder=recorder).want(is_wanted=True)
    assert look() == {"day_not_started"}


class Receiver:
    """Gives the fix it was told."""

    def __init__(self) -> None:
        self.fix: Fix | None = None
        self.is_on = False

    def start(self) -> None:
        self.is_on = True

    def stop(self) -> None:
        self.is_on = False

    def last_fix(self) -> Fix | None:
        return self.fix


def test_the_route_is_kept_without_a_window_until_the_day_ends(
    recorder: Recorder, clock: FakeClock, tmp_path: Path, tray: Tray
) -> None:
    receiver = Receiver()
    adapters = Adapters(
        clock=clock,
        connectivity=SwitchedConnectivity(is_online=False),
        secrets=MemorySecrets(**{MAC_KEY: KEY.hex()}),
        phone=PhoneDescription(model="Test", system="Test", app_version="0.1.0"),
        battery=FullBattery(),
        notices=tray,
    )

    def follow() -> Follower:
        return Follower(PhoneSettings(data=tmp_path), adapters=adapters, gps=receiver)

    early = follow()
    assert not early.step()  # before the day nothing is recorded
    early.close()

    day = DayService(recorder=recorder)
    day.start_day()
    follower = follow()
    for metres in range(3):
        receiver.fix = a_fix(-6.2 + metres / 1000, 106.9, at=clock.now())
        assert follower.step()
        clock.pass_time(seconds=40)
    with recorder.database.read() as connection:
        assert len(tracks.waiting(connection)) == 3
    day.end_day()
    assert not follower.step()
    follower.close()
    assert not receiver.is_on


class FullBattery:
    def percent(self) -> int | None:
        return 100


def test_only_photos_the_office_has_are_cleared(recorder: Recorder, tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path / "photos")
    visit = new_id()
    kept = {}
    for number, states in enumerate((["present"], ["expected"], ["present", "expected"])):
        draft = files.draft(str(number))
        draft.write_bytes(bytes([number]) * 1000)
        sha256, size = files.adopt(draft)
        kept[sha256] = states
        for state in states:
            row = {"visit_id": visit, "sha256": sha256, "size_bytes": size, "width_px": 1}
            row |= {"height_px": 1, "purpose": "visit", "state": state}
            pull(recorder, ("photo", new_id(), 1, row))
        with recorder.database.write() as connection:
            photos.add_file(connection, sha256, at_ms=1)
    room = RoomService(recorder=recorder, files=files)
    before = room.measure()
    assert (before.photos, before.safe_photos, before.safe_bytes) == (3000, 1, 1000)
    assert before.records > 0

    after = room.clear_safe_photos()

    assert (after.photos, after.safe_photos) == (2000, 0)
    assert {name for name in kept if files.path(name).exists()} == {
        name for name, states in kept.items() if "expected" in states
    }


def test_on_a_phone_that_is_nobodys_nothing_is_recorded_and_nobody_reminded(
    tmp_path: Path, clock: FakeClock
) -> None:
    database = Database(tmp_path / "new.db")
    nobodys = Recorder(database=database, clock=clock, secrets=MemorySecrets())

    assert not TrackService(recorder=nobodys).is_recording
    assert ReminderService(recorder=nobodys).take_due() == ()
    database.close()


def test_damaged_data_are_measured_and_go_when_the_rep_says_so(
    recorder: Recorder, tmp_path: Path
) -> None:
    aside = recorder.database.path.parent / "damaged-1"
    aside.mkdir()
    (aside / "phone.db").write_bytes(b"x" * 2000)
    room = RoomService(recorder=recorder, files=PhotoFiles(tmp_path / "photos"))

    assert (room.measure().damaged, room.measure().damaged_in) == (2000, str(aside))
    assert room.clear_damaged().damaged == 0
    assert not aside.exists()
