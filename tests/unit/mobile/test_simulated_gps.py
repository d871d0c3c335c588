"""The positions a desktop plays: still, along the route, along a recorded track."""

import statistics
from pathlib import Path

import pytest

from mobile.device.simulated_gps import FixedGps, RouteGps, TrackGps, read_gpx
from shared.checkin.evidence import Fix
from shared.geo import Position, distance_m
from tests.fakes.phone import FakeClock

OUTLET = Position(-6.2383, 106.9926)
NEXT = Position(-6.2431, 106.9951)

GPX = """<?xml version="1.0"?>
<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="-6.2000" lon="106.9000"><time>2026-11-23T01:00:00Z</time></trkpt>
<trkpt lat="-6.2010" lon="106.9000"><time>2026-11-23T01:00:10Z</time></trkpt>
<trkpt lat="-6.2010" lon="106.9020"><time>2026-11-23T01:00:30Z</time></trkpt>
</trkseg></trk></gpx>"""


def _fixes(gps: FixedGps | RouteGps | TrackGps, clock: FakeClock, seconds: int) -> list[Fix]:
    gps.start()
    found = []
    for _ in range(seconds):
        clock.pass_time(seconds=1)
        fix = gps.last_fix()
        if fix is not None:
            found.append(fix)
    return found


def test_the_first_fix_takes_a_moment_and_accuracy_settles() -> None:
    clock = FakeClock()
    fixes = _fixes(FixedGps(OUTLET, now=clock.now), clock, 30)

    assert len(fixes) == 29
    assert fixes[0].accuracy_m > 25
    assert 5 < fixes[-1].accuracy_m < 12


def test_a_phone_that_lies_still_wanders_within_its_accuracy() -> None:
    clock = FakeClock()
    fixes = _fixes(FixedGps(OUTLET, now=clock.now), clock, 300)[30:]
    errors = [distance_m(fix.position, OUTLET) for fix in fixes]
    within = sum(error <= fix.accuracy_m for error, fix in zip(errors, fixes, strict=True))

    assert within / len(fixes) > 0.6
    assert statistics.pstdev(errors) > 0.5
    assert len({fix.position for fix in fixes}) == len(fixes)


def test_the_rep_rides_to_the_next_stop_at_the_speed_given_and_waits() -> None:
    clock = FakeClock()
    goals = [OUTLET]
    gps = RouteGps(lambda: goals[0], now=clock.now, speed_kmh=36)
    away = distance_m(_fixes(gps, clock, 3)[-1].position, OUTLET)
    assert 180 < away < 320
    _fixes(gps, clock, 60)
    assert distance_m(_fixes(gps, clock, 1)[-1].position, OUTLET) < 30
    goals[0] = NEXT
    on_the_way = _fixes(gps, clock, 20)

    assert abs(distance_m(on_the_way[-1].position, OUTLET) - 200) < 60


def test_without_a_place_to_go_there_is_no_fix() -> None:
    clock = FakeClock()

    assert _fixes(RouteGps(lambda: None, now=clock.now), clock, 10) == []


def test_a_gps_that_is_stopped_gives_no_fix() -> None:
    clock = FakeClock()
    gps = FixedGps(OUTLET, now=clock.now)
    _fixes(gps, clock, 5)
    gps.stop()

    assert gps.last_fix() is None


def test_a_track_is_played_at_its_own_speed_and_stays_at_its_end(tmp_path: Path) -> None:
    clock = FakeClock()
    file = tmp_path / "ride.gpx"
    file.write_text(GPX)
    gps = TrackGps(read_gpx(file), now=clock.now, accuracy_m=0.1)
    fixes = _fixes(gps, clock, 60)

    assert distance_m(fixes[0].position, Position(-6.2, 106.9)) < 30
    assert distance_m(fixes[-1].position, Position(-6.2010, 106.9020)) < 5


@pytest.mark.parametrize(
    ("text", "fault"), [("<gpx", "no GPX file"), ("<gpx/>", "no track points")]
)
def test_a_file_without_a_track_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "bad.gpx"
    file.write_text(text)

    with pytest.raises(ValueError, match=fault):
        read_gpx(file)
