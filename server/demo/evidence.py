"""What phones saw at each check-in and check-out, judged by the very code that judges real ones."""

import datetime as dt
from typing import Any

from server.demo.blueprint import Company
from server.demo.chance import Chance
from server.demo.people import APP_VERSION, Rep
from server.demo.territory import Outlet, shift
from server.visits.operations import Presence, evidence_columns
from shared.checkin.evidence import Anchor, ClockReading, Fence, Fix
from shared.checkin.time_trust import trust_time
from shared.geo import Position

_WITHOUT_FIX: dict[str, Any] = {
    "latitude": None,
    "longitude": None,
    "accuracy_m": None,
    "provider": "",
    "fix_at": None,
    "fix_age_s": None,
    "is_mock": False,
    "speed_mps": None,
    "altitude_m": None,
    "sample_count": 0,
}
_CLOCK_AHEAD_S = 230


class Phone:
    """A rep's phone on one day: its clocks, its battery, how well it knows where it is."""

    def __init__(self, company: Company, rep: Rep, day: dt.date, *, starts_at: dt.datetime) -> None:
        chance = company.chance("phone", rep.code, day)
        self._company, self._rep, self._day, self._chance = company, rep, day, chance
        boot_id, before = (f"{chance.getrandbits(64):016x}" for _ in range(2))
        self._boot_id = boot_id
        self._booted_at = starts_at - dt.timedelta(seconds=chance.randrange(3_600, 200_000))
        # Most phones heard the server since they were switched on, which proves their time.
        heard_at = starts_at - dt.timedelta(seconds=chance.randrange(120, 1_800))
        draw = chance.random()
        self._heard_this_boot = draw < 0.93
        self._clock_ahead_s = _CLOCK_AHEAD_S if draw > 0.985 else chance.randrange(2)
        self._anchor = Anchor(
            server_at=heard_at,
            elapsed_ms=self._elapsed_ms(heard_at),
            boot_id=boot_id if self._heard_this_boot else before,
        )
        self._anchor_id = f"{chance.getrandbits(64):016x}"
        self._starts_at = starts_at
        self._battery_percent = chance.uniform(82, 100)

    def looks(
        self, outlet: Outlet, *, visit_id: str, at: dt.datetime, away: bool, until: dt.datetime
    ) -> dict[str, Any]:
        """Return the evidence row of a check-in or check-out at this moment.

        :param away: whether the rep is somewhere else, whatever the visit says
        :param until: the present; nothing can have arrived later
        """
        chance = self._chance
        fix = self._fix(outlet, at=at, away=away)
        clock = ClockReading(
            wall_at=at + dt.timedelta(seconds=self._clock_ahead_s),
            time_zone=self._company.zone,
            boot_id=self._boot_id,
            elapsed_ms=self._elapsed_ms(at),
            anchor=self._anchor,
            gnss_at=None if fix is None else at,
        )
        was_offline = chance.happens(0.3)
        received_at = min(self._received_at(at, was_offline=was_offline), until)
        fence = self._fence(outlet)
        presence = Presence(
            evidence_id=chance.record_id(at),
            fix=fix,
            fence=fence,
            clock=clock,
            time=trust_time(clock, received_at=received_at),
            received_at=received_at,
            anchor_id=self._anchor_id,
            device_id=self._rep.device_id,
            app_version=APP_VERSION,
            battery_percent=self._battery(at),
            was_offline=was_offline,
        )
        columns = _WITHOUT_FIX | evidence_columns(
            visit_id=visit_id, rep_id=self._rep.id, customer_id=outlet.id, presence=presence
        )
        # Phone and server run the same code on the same values.
        return columns | {"phone_verdict": columns["verdict"]}

    def _fence(self, outlet: Outlet) -> Fence:
        return Fence(
            customer_id=outlet.id,
            latitude=outlet.position.latitude if outlet.has_point else None,
            longitude=outlet.position.longitude if outlet.has_point else None,
            radius_m=outlet.radius_m or self._company.fence_radius_m,
            location_version=1 if outlet.has_point else 0,
        )

    def _fix(self, outlet: Outlet, *, at: dt.datetime, away: bool) -> Fix | None:
        chance = self._chance
        draw = chance.random()
        if draw < 0.006:
            return None
        weak = chance.happens(self._rep.ways.weak_phone)
        accuracy_m = chance.uniform(62, 190) if weak else min(chance.about(8, spread=0.4), 50)
        age_s = chance.uniform(130, 600) if draw > 0.995 else chance.uniform(0, 9)
        position = _elsewhere(chance, outlet.position) if away else outlet.position
        seen = shift(
            position,
            distance_m=abs(chance.gauss(0, accuracy_m / 1.51)) + chance.uniform(0, 12),
            bearing=chance.uniform(0, 6.283),
        )
        return Fix(
            latitude=seen.latitude,
            longitude=seen.longitude,
            accuracy_m=round(accuracy_m, 1),
            fix_at=at - dt.timedelta(milliseconds=round(age_s * 1000)),
            age_s=round(age_s, 1),
            provider="network" if weak else "gps",
            speed_mps=round(abs(chance.gauss(0, 0.3)), 2),
            altitude_m=round(chance.gauss(28, 9), 1),
            samples=chance.randint(3, 18),
        )

    def _received_at(self, at: dt.datetime, *, was_offline: bool) -> dt.datetime:
        chance = self._chance
        wait_s = chance.uniform(600, 9_000) if was_offline else chance.uniform(2, 20)
        if chance.happens(0.004):
            wait_s = chance.uniform(14, 40) * 3600
        return at + dt.timedelta(seconds=self._clock_ahead_s + round(wait_s, 3))

    def _battery(self, at: dt.datetime) -> int:
        hours = (at - self._starts_at).total_seconds() / 3600
        return max(4, round(self._battery_percent - 6.5 * hours))

    def _elapsed_ms(self, at: dt.datetime) -> int:
        return round((at - self._booted_at).total_seconds() * 1000)


def _elsewhere(chance: Chance, position: Position) -> Position:
    return shift(position, distance_m=chance.uniform(260, 1_400), bearing=chance.uniform(0, 6.283))
