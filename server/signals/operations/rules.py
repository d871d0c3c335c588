"""The rules: each looks at the evidence of one rep's day and says what a person should look at.

A rule that an honest day would break is a bad rule: for each there is a test of an attack and of
the honest day that looks most like it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from shared.checkin.verdict import R95_PER_R68
from shared.signals import Rule
from shared.tracking.points import FASTEST_MPS, TrackPoint, is_impossible, step_m
from shared.vocabulary import TimeTrust

FASTEST_KMH = round(FASTEST_MPS * 3.6)
LEAST_LEAP_M = 2_000.0
"""Nearer leaps are the errors of weak fixes."""
SHORT = dt.timedelta(minutes=2)
MANY_SHORT = 3
MANY_PER_HOUR = 12
"""Check-ins in one hour; the busiest honest routes were taken to reach ten."""
OVERLAP = dt.timedelta(minutes=1)
FROZEN_FIXES = 20
FROZEN_FOR = dt.timedelta(minutes=60)
FROZEN_CUSTOMERS = 3
MOVED_WITHIN = dt.timedelta(hours=48)
OLD_PHOTO = dt.timedelta(hours=24)
"""The time inside a file names no zone; within a day it proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A check-in or check-out."""

    visit_id: str
    customer_id: str
    is_check_in: bool
    at: dt.datetime
    trust: TimeTrust
    time_flags: Sequence[str]
    fix_ahead: bool
    """The position says that it was measured later than any clock showed."""
    fix: TrackPoint | None
    """With the time at which the fix was measured."""
    device_id: str | None
    distance_m: float | None
    """To the centre of the fence; None without a fix or a fence."""
    radius_m: int | None
    location_version: int
    altitude_m: float | None = None
    judged_otherwise: bool = False
    """The phone showed another verdict than the same records give here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A visit from check-in to check-out."""

    visit_id: str
    customer_id: str
    start: dt.datetime
    end: dt.datetime | None
    auto_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A photo of a visit."""

    photo_id: str
    visit_id: str
    at: dt.datetime
    used_before_at: dt.datetime | None = None
    """When the same bytes were first recorded for another visit, whoever's; None: never."""
    made_before: dt.timedelta | None = None
    """How much earlier the file says it was made; None: it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Records of a phone that did not follow on those before."""

    device_id: str
    reason: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvidence:
    """What is known of one rep's day; moments and stays in their order, the track unfiltered."""

    rep_id: str
    day: dt.date
    team_id: str | None
    moments: Sequence[Moment] = ()
    stays: Sequence[Stay] = ()
    track: Sequence[TrackPoint] = ()
    shots: Sequence[Shot] = ()
    moves: Sequence[tuple[str, dt.datetime]] = ()
    """Customers of the day whose point was replaced, and when."""
    breaks: Sequence[Break] = ()
    fastest_kmh: int = FASTEST_KMH


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found."""

    rule: Rule
    subject: str
    """What it is about: the same subject is found once."""
    visit_id: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)


def mock_location(day: DayEvidence) -> Iterator[Finding]:
    """Find positions that the phone itself calls simulated."""
    for visit_id, moments in _by_visit(m for m in day.moments if m.fix and m.fix.is_mock):
        yield Finding(
            rule=Rule.MOCK_LOCATION,
            subject=visit_id,
            visit_id=visit_id,
            inputs={"mocked": len(moments), "of": _count_of(day.moments, visit_id)},
        )
    mocked = sum(point.is_mock for point in day.track)
    if mocked:
        yield Finding(
            rule=Rule.MOCK_LOCATION,
            subject="track",
            inputs={"mocked": mocked, "of": len(day.track)},
        )


def impossible_travel(day: DayEvidence) -> Iterator[Finding]:
    """Find places too far apart for the time between them, whichever phone was there."""
    seen = [m for m in day.moments if m.fix and m.trust is not TimeTrust.UNVERIFIED]
    for before, after in pairwise(seen):
        assert before.fix is not None
        assert after.fix is not None
        far_m = step_m(before.fix, after.fix)
        if far_m >= LEAST_LEAP_M and is_impossible(
            before.fix, after.fix, fastest_mps=day.fastest_kmh / 3.6
        ):
            yield Finding(
                rule=Rule.IMPOSSIBLE_TRAVEL,
                subject=after.visit_id,
                visit_id=after.visit_id,
                inputs={
                    "distance_km": round(far_m / 1000),
                    "minutes": round((after.fix.at - before.fix.at).total_seconds() / 60),
                    "limit_kmh": day.fastest_kmh,
                },
            )


def clock_tampered(day: DayEvidence) -> Iterator[Finding]:
    """Find times that contradict the server's or the satellites' clock."""
    for visit_id, moments in _by_visit(
        m for m in day.moments if m.trust is TimeTrust.UNVERIFIED or m.fix_ahead
    ):
        flags = sorted({flag for moment in moments for flag in moment.time_flags})
        yield Finding(
            rule=Rule.CLOCK_TAMPERED,
            subject=visit_id,
            visit_id=visit_id,
            inputs={"times": len(moments), "flags": flags},
        )


def frozen_fix(day: DayEvidence) -> Iterator[Finding]:
    """Find a position, or altitude and accuracy, repeated where a real receiver always trembles."""
    for _, run in groupby(day.track, key=lambda p: (p.latitude, p.longitude, p.accuracy_m)):
        fixes = list(run)
        lasted = fixes[-1].at - fixes[0].at
        if len(fixes) >= FROZEN_FIXES and lasted >= FROZEN_FOR:
            yield Finding(
                rule=Rule.FROZEN_FIX,
                subject=f"track {fixes[0].at.timestamp():.0f}",
                inputs={"fixes": len(fixes), "minutes": round(lasted.total_seconds() / 60)},
            )
    for kind, trait in (("visits", _place), ("altitude", _height)):
        alike: dict[Any, list[Moment]] = {}
        for moment in day.moments:
            if moment.is_check_in and (seen := trait(moment)) is not None:
                alike.setdefault(seen, []).append(moment)
        for moments in alike.values():
            if len({moment.customer_id for moment in moments}) >= FROZEN_CUSTOMERS:
                first, last = moments[0], moments[-1]
                yield Finding(
                    rule=Rule.FROZEN_FIX,
                    subject=f"{kind} {first.visit_id}",
                    visit_id=last.visit_id,
                    inputs={"fixes": len(moments), "minutes": _minutes(first.at, last.at)},
                )


def _place(moment: Moment) -> tuple[float, float] | None:
    return (moment.fix.latitude, moment.fix.longitude) if moment.fix else None


def _height(moment: Moment) -> tuple[float, float | None] | None:
    """Return altitude and accuracy; None where the altitude is rounded, or none was measured."""
    altitude_m = moment.altitude_m
    if moment.fix is None or altitude_m is None or altitude_m.is_integer():
        return None
    return altitude_m, moment.fix.accuracy_m


def too_short(day: DayEvidence) -> Iterator[Finding]:
    """Find several visits too short to sell anything."""
    short = [
        stay
        for stay in day.stays
        if stay.end and not stay.auto_closed and stay.end - stay.start < SHORT
    ]
    if len(short) >= MANY_SHORT:
        yield Finding(
            rule=Rule.TOO_SHORT,
            subject="day",
            inputs={"visits": len(short), "minutes": round(SHORT.total_seconds() / 60)},
        )


def too_many(day: DayEvidence) -> Iterator[Finding]:
    """Find more check-ins in an hour than anybody can make."""
    starts = sorted(stay.start for stay in day.stays)
    most = max(
        (
            sum(start <= other < start + dt.timedelta(hours=1) for other in starts)
            for start in starts
        ),
        default=0,
    )
    if most > MANY_PER_HOUR:
        yield Finding(rule=Rule.TOO_MANY, subject="day", inputs={"visits": most})


def two_places(day: DayEvidence) -> Iterator[Finding]:
    """Find visits to two customers at once, and one account in turns on two phones."""
    latest: Stay | None = None
    for stay in sorted(day.stays, key=lambda stay: stay.start):
        if latest and latest.end and latest.customer_id != stay.customer_id:
            overlap = min(latest.end, stay.end or latest.end) - stay.start
            if overlap > OVERLAP:
                yield Finding(
                    rule=Rule.TWO_PLACES,
                    subject=stay.visit_id,
                    visit_id=stay.visit_id,
                    inputs={"minutes": round(overlap.total_seconds() / 60), "phones": 1},
                )
        if latest is None or latest.end is None or (stay.end and stay.end > latest.end):
            latest = stay
    turns = [device for device, _ in groupby(m.device_id for m in day.moments if m.device_id)]
    # A new phone takes over once; back again, and both are in use.
    if len(turns) > len(set(turns)):
        yield Finding(
            rule=Rule.TWO_PLACES,
            subject="phones",
            inputs={"minutes": 0, "phones": len(set(turns))},
        )


def far_checkout(day: DayEvidence) -> Iterator[Finding]:
    """Find check-outs certainly further away than fence and check-in allow."""
    arrived = {moment.visit_id: moment for moment in day.moments if moment.is_check_in}
    # A forgotten check-out is made elsewhere, and says so.
    forgotten = {stay.visit_id for stay in day.stays if stay.auto_closed}
    for left in day.moments:
        came = arrived.get(left.visit_id) if left.visit_id not in forgotten else None
        if left.is_check_in or came is None or left.distance_m is None or left.radius_m is None:
            continue
        if left.fix is None or not left.fix.accuracy_m:
            # Nobody knows how far off the position may be.
            continue
        nearest_m = left.distance_m - _r95_m(left)
        allowed_m = max(left.radius_m, (came.distance_m or 0) + _r95_m(came))
        if nearest_m > allowed_m:
            yield Finding(
                rule=Rule.FAR_CHECKOUT,
                subject=left.visit_id,
                visit_id=left.visit_id,
                inputs={"distance_m": round(left.distance_m), "allowed_m": round(allowed_m)},
            )


def location_moved(day: DayEvidence) -> Iterator[Finding]:
    """Find check-ins with their customer's point replaced within two days before or after."""
    for moment in day.moments:
        # Without a fence there was nothing to gain; version 1 is a customer's first point.
        if not moment.is_check_in or moment.radius_m is None:
            continue
        for customer_id, moved_at in day.moves:
            replaced = moment.location_version >= (2 if moved_at <= moment.at else 1)
            if (
                customer_id == moment.customer_id
                and replaced
                and abs(moved_at - moment.at) <= MOVED_WITHIN
            ):
                yield Finding(
                    rule=Rule.LOCATION_MOVED,
                    subject=f"{moment.visit_id} {moved_at.timestamp():.0f}",
                    visit_id=moment.visit_id,
                    inputs={"hours": round(abs(moved_at - moment.at).total_seconds() / 3600)},
                )


def replayed_photo(day: DayEvidence) -> Iterator[Finding]:
    """Find photos that were another visit's before, and files older than their record."""
    for shot in day.shots:
        if shot.used_before_at is not None:
            before = shot.at - shot.used_before_at
        elif shot.made_before is not None and shot.made_before >= OLD_PHOTO:
            before = shot.made_before
        else:
            continue
        yield Finding(
            rule=Rule.REPLAYED_PHOTO,
            subject=shot.photo_id,
            visit_id=shot.visit_id,
            inputs={"hours": round(before.total_seconds() / 3600)},
        )


def chain_broken(day: DayEvidence) -> Iterator[Finding]:
    """Find phones whose records were changed after they were made, or go on from a copy."""
    for each in day.breaks:
        yield Finding(
            rule=Rule.CHAIN_BROKEN,
            subject=f"{each.device_id} {each.reason}",
            inputs={"records": each.records, "reason": each.reason},
        )


def verdict_differs(day: DayEvidence) -> Iterator[Finding]:
    """Find verdicts of the phone that the same function does not give here."""
    for visit_id, moments in _by_visit(m for m in day.moments if m.judged_otherwise):
        yield Finding(
            rule=Rule.VERDICT_DIFFERS,
            subject=visit_id,
            visit_id=visit_id,
            inputs={"moments": len(moments)},
        )


RULES: Sequence[Callable[[DayEvidence], Iterator[Finding]]] = (
    mock_location,
    impossible_travel,
    clock_tampered,
    frozen_fix,
    too_short,
    too_many,
    two_places,
    far_checkout,
    location_moved,
    replayed_photo,
    chain_broken,
    verdict_differs,
)


def find_all(day: DayEvidence) -> list[Finding]:
    """Return what all rules find in a day."""
    return [finding for rule in RULES for finding in rule(day)]


def _by_visit(moments: Iterable[Moment]) -> Iterable[tuple[str, list[Moment]]]:
    found: dict[str, list[Moment]] = {}
    for moment in moments:
        found.setdefault(moment.visit_id, []).append(moment)
    return found.items()


def _count_of(moments: Iterable[Moment], visit_id: str) -> int:
    return sum(moment.visit_id == visit_id for moment in moments)


def _r95_m(moment: Moment) -> float:
    return R95_PER_R68 * ((moment.fix.accuracy_m if moment.fix else None) or 0.0)


def _minutes(start: dt.datetime, end: dt.datetime) -> int:
    return round((end - start).total_seconds() / 60)
