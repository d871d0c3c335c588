"""The positions a desktop plays: still, along the route, along a recorded track."""

import statistics
from pathlib import Path

import pytest

from mobile.device.simulated_gps import FixedGps, RouteGps, TrackGps, read_track
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


PLT = """Geolife trajectory
WGS 84
Altitude is in Feet
Reserved 3
0,2,255,My Track,0,0,2,8421376
0
39.9000,116.3000,0,492,39744.24,2008-10-23,05:53:00
39.9010,116.3000,0,492,39744.24,2008-10-23,05:53:20
"""
TABLE = """lat,lng,datetime,uid
39.9000,116.3000,2008-10-23 05:53:00,001
39.9010,116.3000,2008-10-23 05:53:20,001
"""


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
    gps = TrackGps(read_track(file), now=clock.now, accuracy_m=0.1)
    fixes = _fixes(gps, clock, 60)

    assert distance_m(fixes[0].position, Position(-6.2, 106.9)) < 30
    assert distance_m(fixes[-1].position, Position(-6.2010, 106.9020)) < 5


@pytest.mark.parametrize("text", [PLT, TABLE], ids=["plt", "table"])
def test_a_track_of_geolife_is_played_at_its_own_speed(tmp_path: Path, text: str) -> None:
    clock = FakeClock()
    file = tmp_path / "20081023055305.plt"
    file.write_text(text)
    fixes = _fixes(TrackGps(read_track(file), now=clock.now, accuracy_m=0.1), clock, 40)

    halfway = min(fixes, key=lambda fix: abs((fix.fix_at - fixes[0].fix_at).total_seconds() - 10))
    assert distance_m(halfway.position, Position(39.9005, 116.3)) < 12
    assert distance_m(fixes[-1].position, Position(39.9010, 116.3)) < 5


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<gpx", "no GPX or GeoLife file"),
        ("<gpx/>", "no track points"),
        ("lat,lng,datetime\n", "no track points"),
        ("hello", "no GPX or GeoLife file"),
    ],
)
def test_a_file_without_a_track_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "bad.gpx"
    file.write_text(text)

    with pytest.raises(ValueError, match=fault):
        read_track(file)
