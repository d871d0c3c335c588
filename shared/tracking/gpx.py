"""Reading tracks from GPX files. Others made them: nothing in them is trusted."""

import datetime as dt
from dataclasses import dataclass
from typing import NoReturn
from xml.parsers import expat

from shared.geo import Position

MOST_BYTES = 20 * 1024 * 1024
MOST_POINTS = 500_000


class GpxError(ValueError):
    """This is no GPX file, or one larger than anybody needs."""


@dataclass(frozen=True, slots=True)
class GpxPoint(Position):
    """A point of a track; not all files say when it was passed."""

    at: dt.datetime | None = None


def read_gpx(content: bytes) -> list[list[GpxPoint]]:
    """Return the segments of all tracks in a GPX file; waypoints and routes are not read.

    :raises GpxError: if it is not XML, has entities, more than 20 MB or 500,000 points, or a
        point off the earth
    """
    if len(content) > MOST_BYTES:
        raise GpxError("the file is larger than 20 MB")
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    # Entities are how a small file becomes a huge one, or reads another file.
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise GpxError(f"not XML: {error}") from error
    return reader.segments


class _Reader:
    def __init__(self) -> None:
        self.segments: list[list[GpxPoint]] = []
        self._place: tuple[float, float] | None = None
        self._at: dt.datetime | None = None
        self._time: list[str] | None = None
        self._points = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "trkseg":
            self.segments.append([])
        elif name == "trkpt" and self.segments:
            self._points += 1
            if self._points > MOST_POINTS:
                raise GpxError(f"more than {MOST_POINTS} points")
            try:
                self._place = float(attributes["lat"]), float(attributes["lon"])
            except (KeyError, ValueError) as error:
                raise GpxError(f"point {self._points} has no place") from error
            self._at = None
        elif name == "time" and self._place is not None:
            self._time = []

    def text(self, data: str) -> None:
        if self._time is not None:
            self._time.append(data)

    def end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "time" and self._time is not None:
            self._at, self._time = _instant("".join(self._time).strip()), None
        elif name == "trkpt" and self._place is not None:
            try:
                self.segments[-1].append(GpxPoint(*self._place, self._at))
            except ValueError as error:
                raise GpxError(str(error)) from error
            self._place = None


def _instant(text: str) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise GpxError(f"no time: {text[:40]!r}") from error
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _refuse_entities(*_: object) -> NoReturn:
    raise GpxError("a GPX file has no entities")
