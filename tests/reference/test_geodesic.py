"""Distances and verdicts against exact geodesics computed by others."""

import csv
import datetime as dt
import os
from pathlib import Path

import pytest

from shared.checkin.evidence import Fence, Fix
from shared.checkin.verdict import judge
from shared.geo import Position, distance_m
from shared.vocabulary import Verdict

pytestmark = pytest.mark.skipif(
    not os.environ.get("TAPAK_REFERENCE_DATA"),
    reason="TAPAK_REFERENCE_DATA does not name the folder of reference data",
)


@pytest.fixture
def data() -> Path:
    return Path(os.environ["TAPAK_REFERENCE_DATA"]) / "geodesic"


def test_distances_equal_karneys_within_a_millimetre(data: Path) -> None:
    lines = (data / "GeodTest-100.dat").read_text().splitlines()

    for line in lines:
        latitude_1, longitude_1, _, latitude_2, longitude_2, _, metres, *_ = map(
            float, line.split()
        )
        # The file counts longitudes on past the date line.
        longitude_2 = (longitude_2 + 180) % 360 - 180
        measured = distance_m(Position(latitude_1, longitude_1), Position(latitude_2, longitude_2))
        assert measured == pytest.approx(metres, abs=1e-3)
    assert len(lines) == 100


def test_offsets_around_a_fence_are_measured_and_judged(data: Path) -> None:
    with (data / "geofence_offsets_jakarta.csv").open() as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]

    for row in rows:
        centre = Position(row["center_lat"], row["center_lon"])
        assert distance_m(centre, Position(row["lat"], row["lon"])) == pytest.approx(
            row["distance_m"], abs=1e-3
        )
        for radius_m in (50.0, 100.0):
            if row["distance_m"] == radius_m:
                continue  # A point exactly on the fence is not judged to the millimetre.
            judgement = judge(
                Fix(
                    latitude=row["lat"],
                    longitude=row["lon"],
                    accuracy_m=0.05,
                    fix_at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
                ),
                Fence(
                    customer_id="monas",
                    latitude=centre.latitude,
                    longitude=centre.longitude,
                    radius_m=radius_m,
                ),
            )
            inside = row["distance_m"] < radius_m
            assert judgement.verdict is (Verdict.INSIDE if inside else Verdict.OUTSIDE)
    assert len(rows) == 60
