"""A phone without hardware: clocks that obey, secrets in memory, a territory of two outlets."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

from mobile.device.reading import read_clock
from mobile.device.tokens import MAC_KEY
from mobile.services.recorder import Recorder
from mobile.storage import device, replica
from mobile.storage.database import Database
from shared.checkin.evidence import Fix
from shared.metrics.formula import Kind
from shared.metrics.own import OWN_NUMBERS, OwnFigure
from shared.sync.ids import new_id
from shared.sync.protocol import ORG_SCOPE, PullAnswer, RowChange, RowEvent, rep_scope

START = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)  # 08:00 in Jakarta
KEY = bytes(range(32))
_FOR_EVERYBODY = frozenset(
    ["product", "stage", "lost_reason", "lead_source", "form_question", "custom_field"]
)


class FakeClock:
    """Clocks that move only when told; the wall clock can be set to anything."""

    def __init__(self, at: dt.datetime = START) -> None:
        self.wall_at = at
        self.since_boot_ms = 3_600_000
        self.boot = "boot-1"
        self.time_zone = "Asia/Jakarta"

    def now(self) -> dt.datetime:
        return self.wall_at

    def elapsed_ms(self) -> int:
        return self.since_boot_ms

    @property
    def boot_id(self) -> str:
        return self.boot

    def pass_time(self, **duration: float) -> None:
        passed = dt.timedelta(**duration)
        self.wall_at += passed
        self.since_boot_ms += round(passed.total_seconds() * 1000)


class MemorySecrets:
    """Secrets that are gone with the test."""

    def __init__(self, **secrets: str) -> None:
        self._secrets = dict(secrets)

    def read(self, name: str) -> str | None:
        return self._secrets.get(name)

    def write(self, name: str, secret: str) -> None:
        self._secrets[name] = secret

    def delete(self, name: str) -> None:
        self._secrets.pop(name, None)

    def copy(self) -> "MemorySecrets":
        """Return the same secrets for another phone."""
        return MemorySecrets(**self._secrets)


class IdleRunner:
    """Counts how often somebody asked for a sync."""

    def __init__(self) -> None:
        self.requests = 0
        self.is_running = False

    def request(self) -> None:
        self.requests += 1


def make_recorder(path: Path, clock: FakeClock) -> Recorder:
    """Return the recorder of an enrolled phone with an empty territory."""
    database = Database(path)
    with database.write() as connection:
        device.create(
            connection,
            device_id=new_id(),
            user_id=new_id(),
            rep_name="Sari Dewi",
            server_url="http://localhost",
            organisation={
                "currency": "IDR",
                "time_zone": "Asia/Jakarta",
                "geofence_radius_m": 100,
            },
            epoch="e1",
        )
        anchor = f"{device.to_ms(clock.now())}.signature"
        device.keep_anchor(connection, anchor, clock=read_clock(clock))
    return Recorder(database=database, clock=clock, secrets=MemorySecrets(**{MAC_KEY: KEY.hex()}))


def pull(recorder: Recorder, *rows: tuple[str, str, int, dict[str, object]]) -> None:
    """Give the phone rows as (entity, id, version, row), as one page of a pull would."""
    with recorder.database.write() as connection:
        scope = rep_scope(device.get(connection).user_id)
        position = max(replica.positions(connection).values(), default=0)
        changes = [
            RowChange(
                ORG_SCOPE if entity in _FOR_EVERYBODY else scope,
                position + number,
                RowEvent.PUT,
                entity,
                record_id,
                version,
                json.loads(json.dumps(row)),
            )
            for number, (entity, record_id, version, row) in enumerate(rows, start=1)
        ]
        end = position + len(rows)
        answer = PullAnswer(
            request_id="r",
            epoch="e1",
            scopes=(ORG_SCOPE, scope),
            changes=tuple(changes),
            cursors={ORG_SCOPE: end, scope: end},
            digests={},
            more=False,
            anchor_token="0.x",
        )
        replica.stage(connection, answer)
        replica.apply_staged(connection)


def a_field(kind: str, label: str, label_id: str, **more: object) -> dict[str, object]:
    """Return a custom field's row on the wire: one that reps may edit."""
    row = {"key": label.lower().replace(" ", "_"), "kind": kind, "position": 1}
    words = {"label": label, "label_id": label_id, "hint": "", "hint_id": ""}
    flags = {"is_required": False, "by_reps": True, "is_retired": False}
    return {**row, **words, **flags, "choices": [], **more}


def a_customer(name: str, *, latitude: float, longitude: float) -> dict[str, object]:
    """Return a customer's row on the wire."""
    return {
        "code": name.upper().replace(" ", "-"),
        "name": name,
        "customer_class": "A",
        "address": f"Jl. {name} 1",
        "phone": "0812",
        "latitude": latitude,
        "longitude": longitude,
        "radius_m": None,
        "location_version": 1,
        "is_prospect": False,
    }


def a_question(kind: str, text: str, **more: object) -> dict[str, object]:
    """Return a question's row on the wire; its options by key and name."""
    return {
        "key": new_id(),
        "number": 1,
        "position": 1,
        "kind": kind,
        "text": text,
        "is_required": False,
        "is_whole": False,
        "low": None,
        "high": None,
        "options": [],
        "classes": [],
        "categories": [],
        "is_retired": False,
        **more,
    }


def office_numbers(
    month: dt.date, *, as_of: dt.datetime, version: int = 1, **values: str
) -> dict[str, object]:
    """Return on the wire what the office counts in a month: nothing, but for these values.

    :param version: higher by so many than the versions of the definitions, less one
    """
    figures = {}
    for metric in OWN_NUMBERS:
        nothing = {
            measure.slot: None if measure.kind in {Kind.MIN, Kind.MAX} else Decimal(0)
            for measure in metric.measures()
        }
        figure = OwnFigure.of(metric, metric.evaluate(nothing)).to_wire()
        if metric.key in values:
            figure |= {"value": values[metric.key], "reason": None}
        figures[metric.key] = figure | {"version": metric.version + version - 1}
    as_of_ms = round(as_of.timestamp() * 1000)
    row = {"month": month.isoformat(), "as_of_ms": as_of_ms, "currency": "IDR"}
    return {**row, "figures": figures}


def a_fix(latitude: float, longitude: float, *, at: dt.datetime, accuracy_m: float = 9.0) -> Fix:
    """Return a fresh fix."""
    return Fix(latitude=latitude, longitude=longitude, accuracy_m=accuracy_m, fix_at=at)
