"""What the rep should be reminded of now, told by this phone's own data, once a day each."""

import datetime as dt
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from mobile.services.recorder import Recorder
from mobile.storage import days, device, preferences, records, stops, tasks, visits
from mobile.storage.device import DeviceState
from shared.time import local_time
from shared.vocabulary import StopState

_LATE_MIN = 30
"""So long after its beginning a day that has not begun is late."""
UNSENT_FOR = dt.timedelta(hours=24)
_NIGHT_FROM = dt.time(21, 0)
_NIGHT_UNTIL = dt.time(6, 0)
_OFF = "reminders_off"
_TOLD = "reminded_on:"


class Kind(StrEnum):
    """What a reminder is about, in the order of their weight."""

    UNSENT = "unsent"
    DAY_NOT_STARTED = "day_not_started"
    DAY_NOT_ENDED = "day_not_ended"
    TASKS = "tasks"
    VISITS = "visits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One thing to be reminded of."""

    kind: Kind
    count: int
    """Records, tasks or visits; 1 for the day."""


class ReminderService:
    """Looks what is due. Nothing at night, nothing on a phone that is nobody's."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._database = recorder.database

    @property
    def are_wanted(self) -> bool:
        """Whether the rep wants reminders; at first yes."""
        with self._database.read() as connection:
            return preferences.read(connection, _OFF) != "yes"

    def want(self, *, is_wanted: bool) -> None:
        """Keep that choice."""
        with self._database.write() as connection:
            preferences.write(connection, _OFF, "no" if is_wanted else "yes")

    def take_due(self) -> tuple[Reminder, ...]:
        """Return what is due now; what was returned comes once more tomorrow at the earliest."""
        reading = self._recorder.read_clock()
        with self._database.read() as connection:
            state = device.find(connection)
            if state is None or preferences.read(connection, _OFF) == "yes":
                return ()
            now = state.true_time(reading)
            found = _due(connection, state, now)
            today = state.today(reading).isoformat()
            new = [one for one in found if preferences.read(connection, _name(one)) != today]
        if new:
            with self._database.write() as connection:
                for one in new:
                    preferences.write(connection, _name(one), today)
        return tuple(new)


def _name(reminder: Reminder) -> str:
    return f"{_TOLD}{reminder.kind}"


def _due(connection: sqlite3.Connection, state: DeviceState, now: dt.datetime) -> list[Reminder]:
    local = local_time(now, state.time_zone)
    clock, today = local.time(), local.date()
    starts, ends = state.working_hours
    # Whoever works at night is reminded at night.
    if clock < min(_NIGHT_UNTIL, starts) or (clock >= _NIGHT_FROM and ends < _NIGHT_FROM):
        return []
    minute, begin, end = (each.hour * 60 + each.minute for each in (clock, starts, ends))
    found = []
    counts = records.count(connection)
    if counts.oldest_waiting_ms is not None:
        waited = now - device.from_ms(counts.oldest_waiting_ms)
        if waited >= UNSENT_FOR:
            found.append(Reminder(kind=Kind.UNSENT, count=counts.waiting))
    of_today = stops.of_day(connection, today)
    planned = [row for row in of_today if row["state"] != StopState.CANCELLED]
    work_day = days.find(connection, today)
    if planned and work_day is None and begin + _LATE_MIN <= minute < end:
        found.append(Reminder(kind=Kind.DAY_NOT_STARTED, count=1))
    running = days.find_running(connection)
    if running is not None and (minute >= end or running["day"] < today.isoformat()):
        found.append(Reminder(kind=Kind.DAY_NOT_ENDED, count=1))
    late, due = tasks.count_due(connection, today)
    if late + due and minute >= begin:
        found.append(Reminder(kind=Kind.TASKS, count=late + due))
    # Half the day is over, and not half of the visits are done.
    is_second_half = (begin + end) // 2 <= minute < end
    if work_day is not None and work_day["ended_at_ms"] is None and is_second_half:
        served = {row["stop_id"] for row in visits.of_day(connection, today)}
        left = sum(row["id"] not in served for row in planned)
        if left * 2 > len(planned):
            found.append(Reminder(kind=Kind.VISITS, count=left))
    return found
