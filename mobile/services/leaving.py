"""Forgotten check-outs: the phone notices that the rep has left, and proposes one."""

import datetime as dt
import sqlite3

from mobile.services.recorder import Recorder
from mobile.storage import customers, device, visits, watch
from mobile.storage.device import DeviceState
from shared.checkin.evidence import Fix
from shared.checkin.leaving import Presence, follow, has_left
from shared.geo import Position, distance_m
from shared.sync.change import ClockReading

_A_WHILE_MS = 60_000


class LeavingService:
    """Watches the visit that is going on. It never ends one by itself."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder
        self._database = recorder.database

    def watch(self, fix: Fix) -> None:
        """Take a fix into account, if there is a visit at a customer with a point."""
        with self._database.read() as connection:
            visit = visits.find_open(connection)
            if visit is None:
                return
            radius_m = device.get(connection).radius_m
            customer = customers.get(connection, visit["customer_id"])
            known = _known(connection, visit)
        if customer is None or customer["latitude"] is None:
            return
        centre = Position(customer["latitude"], customer["longitude"])
        now = follow(
            known,
            at_ms=device.to_ms(fix.fix_at),
            distance_m=distance_m(centre, fix.position),
            accuracy_m=fix.accuracy_m,
            radius_m=customer["radius_m"] or radius_m,
        )
        # Still inside is news only now and then: each write costs the battery.
        if (
            now.away_since_ms != known.away_since_ms
            or now.last_inside_ms - known.last_inside_ms >= _A_WHILE_MS
        ):
            with self._database.write() as connection:
                watch.keep(connection, visit["id"], now)

    def left_at(self, visit_id: str) -> dt.datetime | None:
        """Return when a visit seems to have ended, to propose its check-out; None: it goes on.

        That is the last moment inside, once the rep was away for five minutes, once another day has
        begun, or where the rep wants to end the day.
        """
        reading = self._recorder.read_clock()
        with self._database.read() as connection:
            visit = visits.find(connection, visit_id)
            if visit is None or visit["started_at_ms"] is None:
                return None
            known = _known(connection, visit)
            if _is_over(connection, visit, known, reading, device.get(connection)):
                return device.from_ms(known.last_inside_ms)
        return None

    def end_of_day(self, visit_id: str) -> bool:
        """Note that the rep wants to end the day; return whether a check-out is proposed now."""
        with self._database.write() as connection:
            visit = visits.find(connection, visit_id)
            if visit is None:
                return False
            if watch.find(connection, visit_id) is None:
                watch.keep(connection, visit_id, _known(connection, visit))
            watch.note_end_of_day(connection, visit_id, ends=True)
        return self.left_at(visit_id) is not None

    def stay(self, visit_id: str) -> None:
        """Forget the proposal: the rep is still there."""
        reading = self._recorder.read_clock()
        with self._database.write() as connection:
            now_ms = device.to_ms(device.get(connection).true_time(reading))
            watch.keep(connection, visit_id, Presence(now_ms))
            watch.note_end_of_day(connection, visit_id, ends=False)


def _known(connection: sqlite3.Connection, visit: sqlite3.Row) -> Presence:
    return watch.find(connection, visit["id"]) or Presence(visit["started_at_ms"] or 0)


def _is_over(
    connection: sqlite3.Connection,
    visit: sqlite3.Row,
    known: Presence,
    reading: ClockReading,
    state: DeviceState,
) -> bool:
    now_ms = device.to_ms(state.true_time(reading))
    if has_left(known, at_ms=now_ms) or visit["day"] < state.today(reading).isoformat():
        return True
    was_away = now_ms - known.last_inside_ms > 2 * _A_WHILE_MS
    return was_away and watch.day_ends(connection, visit["id"])
