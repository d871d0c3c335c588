"""The phone's own state: who it is, where its chain stands, the server's last word on the time."""

import datetime as dt
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from mobile.storage import preferences
from shared.sync.chain import FIRST_HEAD
from shared.sync.change import Anchor, Captured, ClockReading
from shared.sync.enrolment import USUAL_HOURS
from shared.sync.wire import anchor_time_ms
from shared.time import business_day
from shared.working import WorkRules

_STOPPED = "sending_stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """The one row of the table `device`."""

    device_id: str
    user_id: str
    rep_name: str
    server_url: str
    organisation: dict[str, Any]
    """Settings of the organisation, as `shared.sync.enrolment.EnrolAnswer` lists them."""
    epoch: str
    settled: int
    anchor: Anchor | None
    anchor_at_ms: int | None
    """The server's time at the anchor."""
    last_sync_at_ms: int | None

    @property
    def currency(self) -> str:
        """ISO 4217 code of the organisation's money."""
        return str(self.organisation["currency"])

    @property
    def currencies(self) -> tuple[str, ...]:
        """Currencies an expense or a deal may be in, the organisation's own first."""
        return tuple(self.organisation.get("currencies") or ()) or (self.currency,)

    @property
    def radius_m(self) -> float:
        """Radius of a geofence where the customer has none of its own, metres."""
        return float(self.organisation["geofence_radius_m"])

    @property
    def track_retention_days(self) -> int | None:
        """Days the office keeps routes, said at each sync; None: an older office does not."""
        days = self.organisation.get("track_retention_days")
        return int(days) if days else None

    @property
    def working_hours(self) -> tuple[dt.time, dt.time]:
        """When the company's working day begins and ends, on the rep's clock."""
        said = self.organisation
        starts = said.get("day_starts") or USUAL_HOURS[0]
        ends = said.get("day_ends") or USUAL_HOURS[1]
        return dt.time.fromisoformat(starts), dt.time.fromisoformat(ends)

    @property
    def work_rules(self) -> WorkRules:
        """What the company decides about its work, as an office says that knows of it."""
        return WorkRules.from_wire(self.organisation)

    @property
    def time_zone(self) -> str:
        """The rep's zone, in which days are counted."""
        return str(self.organisation["time_zone"])

    def capture(self, clock: ClockReading) -> Captured:
        """Return the clocks together with the last anchor."""
        return Captured(clock, self.anchor)

    def true_time(self, clock: ClockReading) -> dt.datetime:
        """Return the time as well as the phone knows it: by the anchor, else by the wall clock."""
        milliseconds = clock.wall_ms
        if self.anchor and self.anchor_at_ms and self.anchor.boot_id == clock.boot_id:
            milliseconds = self.anchor_at_ms + clock.elapsed_ms - self.anchor.elapsed_ms
        return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)

    def today(self, clock: ClockReading) -> dt.date:
        """Return the rep's business day."""
        return business_day(self.true_time(clock), self.time_zone)


def find(connection: sqlite3.Connection) -> DeviceState | None:
    """Return the state, or None on a phone that is not enrolled."""
    row = connection.execute("SELECT * FROM device").fetchone()
    if row is None:
        return None
    anchor = None
    if row["anchor_token"] is not None:
        anchor = Anchor(row["anchor_token"], row["anchor_elapsed_ms"], row["anchor_boot_id"])
    return DeviceState(
        device_id=row["device_id"],
        user_id=row["user_id"],
        rep_name=row["rep_name"],
        server_url=row["server_url"],
        organisation=json.loads(row["organisation"]),
        epoch=row["epoch"],
        settled=row["settled"],
        anchor=anchor,
        anchor_at_ms=row["anchor_at_ms"],
        last_sync_at_ms=row["last_sync_at_ms"],
    )


class NotEnrolledError(Exception):
    """Nothing can be recorded on a phone that nobody enrolled."""


def get(connection: sqlite3.Connection) -> DeviceState:
    """
    Return the state.

    :raises NotEnrolledError: on a phone that is not enrolled
    """
    state = find(connection)
    if state is None:
        raise NotEnrolledError
    return state


def create(
    connection: sqlite3.Connection,
    *,
    device_id: str,
    user_id: str,
    rep_name: str,
    server_url: str,
    organisation: dict[str, Any],
    epoch: str,
) -> None:
    """Make this phone a device of that user, with an empty chain."""
    preferences.delete(connection, _STOPPED)
    connection.execute(
        "INSERT INTO device (only_one, device_id, user_id, rep_name, server_url, organisation,"
        " epoch, next_sequence, head, settled) VALUES (1, ?, ?, ?, ?, ?, ?, 1, ?, 0)",
        (device_id, user_id, rep_name, server_url, json.dumps(organisation), epoch, FIRST_HEAD),
    )


def become(connection: sqlite3.Connection, *, device_id: str, server_url: str, epoch: str) -> None:
    """Go on as another device of the same user; it may send, whatever stopped the one before."""
    preferences.delete(connection, _STOPPED)
    connection.execute(
        "UPDATE device SET device_id = ?, server_url = ?, epoch = ?", (device_id, server_url, epoch)
    )


def keep_anchor(connection: sqlite3.Connection, token: str, *, clock: ClockReading) -> None:
    """
    Keep the server's word on the time, with what the phone's clock said when it came.

    :raises shared.sync.protocol.MalformedError: if this is no token of an anchor
    """
    connection.execute(
        "UPDATE device SET anchor_token = ?, anchor_at_ms = ?, anchor_elapsed_ms = ?,"
        " anchor_boot_id = ?",
        (token, anchor_time_ms(token), clock.elapsed_ms, clock.boot_id),
    )


def keep_organisation(connection: sqlite3.Connection, settings: dict[str, Any]) -> None:
    """Take over settings of the organisation; what the office does not name stays."""
    known = get(connection).organisation
    if {**known, **settings} != known:
        connection.execute(
            "UPDATE device SET organisation = ?", (json.dumps({**known, **settings}),)
        )


def keep_sync_time(connection: sqlite3.Connection, at: dt.datetime) -> None:
    """Note when phone and server last agreed."""
    connection.execute("UPDATE device SET last_sync_at_ms = ?", (to_ms(at),))


def to_ms(at: dt.datetime) -> int:
    """Return an instant as Unix milliseconds."""
    return round(at.timestamp() * 1000)


def from_ms(milliseconds: int) -> dt.datetime:
    """Return Unix milliseconds as an instant."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)


def stop_sending(connection: sqlite3.Connection, code: str) -> None:
    """Send nothing more: the server holds other records under these numbers, or cannot trust them.

    Until the phone is connected again, or the server forgets what it held.
    """
    preferences.write(connection, _STOPPED, code)


def stopped_by(connection: sqlite3.Connection) -> str:
    """Return the code of why nothing may be sent; empty: it may."""
    return preferences.read(connection, _STOPPED) or ""


def begin_epoch(connection: sqlite3.Connection, epoch: str) -> None:
    """Note that the server was restored from a backup, and counts anew."""
    preferences.delete(connection, _STOPPED)
    connection.execute("UPDATE device SET epoch = ?", (epoch,))
