"""GeoLife files: both forms, and what is refused."""

import datetime as dt

import pytest

from shared.tracking import geolife
from shared.tracking.geolife import GeoLifeError, read_geolife

PLT = b"""Geolife trajectory\r
WGS 84\r
Altitude is in Feet\r
Reserved 3\r
0,2,255,My Track,0,0,2,8421376\r
0\r
39.906631,116.385564,0,492,39744.2451967593,2008-10-23,05:53:11\r
39.906554,116.385625,0,492,39744.2452083333,2008-10-23,05:53:05\r
"""
TABLE = b"""lat,lng,datetime,uid
39.984094,116.319236,2008-10-23 05:53:05,001
39.984198,116.319322,2008-10-23 05:53:06,001
-6.2,106.9,2008-10-23 05:53:07,002
"""


def test_a_plt_is_read_oldest_first_in_gmt() -> None:
    points = read_geolife(PLT)

    assert [(p.latitude, p.longitude) for p in points] == [
        (39.906554, 116.385625),
        (39.906631, 116.385564),
    ]
    assert points[0].at == dt.datetime(2008, 10, 23, 5, 53, 5, tzinfo=dt.UTC)


def test_of_a_table_the_first_person_is_read() -> None:
    assert [point.latitude for point in read_geolife(TABLE)] == [39.984094, 39.984198]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "neither"),
        (b"\xff\xfe\x00", "not a text"),
        (b"a,b\n1,2\n", "neither"),
        (PLT + b"39.9,116.3,0\r\n", "line 9 has 3 fields"),
        (TABLE + b"91,106.9,2008-10-23 05:53:07,001\n", "line 5"),
        (TABLE + b"nan,106.9,2008-10-23 05:53:07,001\n", "line 5"),
        (TABLE + b"6,106.9,soon,001\n", "line 5"),
        (TABLE + b"6,106.9\n", "line 5 has 2 fields"),
    ],
)
def test_a_broken_file_is_refused(content: bytes, fault: str) -> None:
    with pytest.raises(GeoLifeError, match=fault):
        read_geolife(content)


def test_a_file_of_too_many_points_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geolife, "MOST_POINTS", 1)

    with pytest.raises(GeoLifeError, match="more than 1"):
        read_geolife(PLT)
