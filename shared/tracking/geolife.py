"""Reading tracks of the GeoLife collection. Others made them: nothing in them is trusted.

Two forms are read: the collection's own `.plt` (six lines of heading, then latitude, longitude, 0,
altitude in feet, days since 1899-12-30, date, time; GMT), and the table that scikit-mobility ships
of it (a heading with `lat`, `lng`, `datetime` and perhaps `uid`). Source: GeoLife GPS trajectory
dataset, user guide 1.3, "Data format".
"""

import csv
import datetime as dt
import io

from shared.geo import Position
from shared.tracking.gpx import MOST_BYTES, MOST_POINTS, GpxPoint

_PLT_HEADING = 6
_PLT_FIELDS = 7


class GeoLifeError(ValueError):
    """This is no GeoLife file, or one larger than anybody needs."""


def read_geolife(content: bytes) -> list[GpxPoint]:
    """Return the points of one person, oldest first; in a table of many, the first one's.

    :raises GeoLifeError: if it is neither form, has more than 20 MB or 500,000 points, a point off
        the earth or without a time
    """
    if len(content) > MOST_BYTES:
        raise GeoLifeError("the file is larger than 20 MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GeoLifeError("not a text file") from error
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise GeoLifeError(str(error)) from error
    points = _of_plt(rows) if _is_plt(rows) else _of_table(rows)
    return sorted(points, key=lambda point: point.at or dt.datetime.min.replace(tzinfo=dt.UTC))


def _is_plt(rows: list[list[str]]) -> bool:
    return bool(rows and rows[0]) and rows[0][0].lower().startswith("geolife trajectory")


def _of_plt(rows: list[list[str]]) -> list[GpxPoint]:
    fixes = []
    for number, row in enumerate(rows[_PLT_HEADING:], start=_PLT_HEADING + 1):
        if not row:
            continue
        if len(row) != _PLT_FIELDS:
            raise GeoLifeError(f"line {number} has {len(row)} fields, not {_PLT_FIELDS}")
        fixes.append((number, row[0], row[1], f"{row[5].strip()} {row[6].strip()}"))
    return _points(fixes)


def _of_table(rows: list[list[str]]) -> list[GpxPoint]:
    heading = [name.strip().lower() for name in rows[0]] if rows else []
    if not {"lat", "lng", "datetime"} <= set(heading):
        raise GeoLifeError("neither a GeoLife heading nor columns lat, lng and datetime")
    latitude, longitude, at = (heading.index(name) for name in ("lat", "lng", "datetime"))
    person = heading.index("uid") if "uid" in heading else None
    fixes = []
    whose = None
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        if len(row) != len(heading):
            raise GeoLifeError(f"line {number} has {len(row)} fields, not {len(heading)}")
        if person is not None:
            whose = row[person] if whose is None else whose
            if row[person] != whose:
                continue
        fixes.append((number, row[latitude], row[longitude], row[at]))
    return _points(fixes)


def _points(fixes: list[tuple[int, str, str, str]]) -> list[GpxPoint]:
    if len(fixes) > MOST_POINTS:
        raise GeoLifeError(f"more than {MOST_POINTS} points")
    points = []
    for number, latitude, longitude, at in fixes:
        try:
            place = Position(float(latitude), float(longitude))
            when = dt.datetime.fromisoformat(at.strip())
        except ValueError as error:
            raise GeoLifeError(f"line {number}: {error}") from error
        when = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
        points.append(GpxPoint(place.latitude, place.longitude, when))
    return points
