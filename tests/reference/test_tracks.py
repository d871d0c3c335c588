"""Stops and lengths against tracks recorded and measured by others."""

import csv
import datetime as dt
import gzip
import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

from shared.tracking.gpx import read_gpx
from shared.tracking.points import TrackPoint, length_m
from shared.tracking.stops import find_stops

pytestmark = pytest.mark.skipif(
    not os.environ.get("TAPAK_REFERENCE_DATA"),
    reason="TAPAK_REFERENCE_DATA does not name the folder of reference data",
)


@pytest.fixture
def data() -> Path:
    return Path(os.environ["TAPAK_REFERENCE_DATA"]) / "gps"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def tracks(
    file: Path, user: str, latitude: str, longitude: str, at: str
) -> dict[int, list[TrackPoint]]:
    """Return each user's fixes, oldest first."""
    found: dict[int, list[TrackPoint]] = defaultdict(list)
    with gzip.open(file, "rt") as lines:
        for row in csv.DictReader(lines):
            place = float(row[latitude]), float(row[longitude])
            found[int(row[user])].append(TrackPoint(*place, utc(row[at])))
    for points in found.values():
        points.sort(key=lambda point: point.at)
    return found


def test_the_391_published_stops_of_geolife_are_found(data: Path) -> None:
    with (data / "geolife_skmob" / "expected_stops_r0.1km_20min.csv").open() as lines:
        expected = [
            (int(row["uid"]), utc(row["arrive"]), utc(row["leave"]))
            for row in csv.DictReader(lines)
        ]
    users = tracks(
        data / "geolife_skmob" / "geolife_sample.txt.gz", "uid", "lat", "lng", "datetime"
    )

    found = [
        (user, stop.arrived_at, stop.left_at)
        for user, points in sorted(users.items())
        for stop in find_stops(
            points,
            radius_m=100,
            least=dt.timedelta(minutes=20),
            or_equal=False,
            gap=None,
            unfinished=False,
        )
    ]

    assert len(found) == 391
    assert found == expected


def test_the_eleven_stops_with_a_gap_limit_are_found(data: Path) -> None:
    folder = data / "geolife_trackintel"
    with (folder / "expected_staypoints_geolife_long_100m_5min_gap15.csv").open() as lines:
        expected = [
            (
                int(row["user_id"]),
                dt.datetime.fromisoformat(row["started_at"]),
                dt.datetime.fromisoformat(row["finished_at"]),
            )
            for row in csv.DictReader(lines)
        ]
    users = tracks(folder / "geolife_long.csv.gz", "user", "lat", "lon", "t")

    found = [
        (user, stop.arrived_at, stop.left_at)
        for user, points in sorted(users.items())
        for stop in find_stops(points, unfinished=False)
    ]

    assert len(found) == 11
    assert found == expected


def test_gpx_files_have_their_lengths(data: Path) -> None:
    reference = json.loads((data / "gpx" / "reference.json").read_text())

    for name, expected in reference.items():
        segments = read_gpx((data / "gpx" / name).read_bytes())

        assert sum(map(len, segments)) == expected["points"], name
        measured = sum(length_m(segment) for segment in segments)
        assert measured == pytest.approx(expected["wgs84_m"], rel=1e-6), name
        assert measured == pytest.approx(expected["gpxpy_length_2d_m"], rel=3e-3), name
