"""GPX files: what is read, and what is refused."""

import datetime as dt

import pytest

from shared.tracking import gpx
from shared.tracking.gpx import GpxError, read_gpx

HEAD = b'<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1">'


def test_segments_and_times_are_read_and_waypoints_are_not() -> None:
    (segment, without_time) = read_gpx(
        HEAD + b'<time>2020-01-01T00:00:00Z</time><wpt lat="1" lon="2"><time>x</time></wpt>'
        b'<trk><trkseg><trkpt lat="-6.1" lon="106.8"><time>2026-03-02T09:00:00+07:00</time>'
        b'</trkpt></trkseg><trkseg><trkpt lat="-6.2" lon="106.9"/></trkseg></trk></gpx>'
    )

    assert [(p.latitude, p.longitude) for p in segment] == [(-6.1, 106.8)]
    assert segment[0].at == dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
    assert without_time[0].at is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"fixes: none",
        HEAD,
        HEAD + b'<trk><trkseg><trkpt lat="91" lon="0"/></trkseg></trk></gpx>',
        HEAD + b'<trk><trkseg><trkpt lat="nan" lon="0"/></trkseg></trk></gpx>',
        HEAD + b'<trk><trkseg><trkpt lon="0"/></trkseg></trk></gpx>',
        HEAD
        + b'<trk><trkseg><trkpt lat="1" lon="0"><time>soon</time></trkpt></trkseg></trk></gpx>',
    ],
    ids=["empty", "text", "cut short", "latitude 91", "NaN", "no latitude", "no time"],
)
def test_a_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(GpxError):
        read_gpx(content)


@pytest.mark.parametrize("entity", ['"a"', 'SYSTEM "file:///etc/hostname"'])
def test_entities_are_refused(entity: str) -> None:
    bomb = f"<!DOCTYPE gpx [<!ENTITY lol {entity}>]><gpx><name>&lol;</name></gpx>"

    with pytest.raises(GpxError, match="entities"):
        read_gpx(bomb.encode())


def test_a_file_of_too_many_points_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpx, "MOST_POINTS", 2)
    point = b'<trkpt lat="1" lon="1"/>'

    with pytest.raises(GpxError, match="more than 2"):
        read_gpx(HEAD + b"<trk><trkseg>" + 3 * point + b"</trkseg></trk></gpx>")
