"""Wire format of a position fix and of the fence it was judged against."""

from shared.schemas.record import RecordSchema, flag, number, record_id, text, whole

LATITUDE = (-90.0, 90.0)
LONGITUDE = (-180.0, 180.0)
# A fix less exact than 100 km says nothing; some platforms report huge numbers for "unknown".
WORST_ACCURACY_M = 100_000.0

LATEST_MS = 253_402_300_799_000
"""The end of the year 9999, beyond which no calendar reaches."""


class FixSchema(RecordSchema):
    """A fix as the platform reported it."""

    latitude = number(*LATITUDE, required=True, reason="lat_range")
    longitude = number(*LONGITUDE, required=True, reason="lon_range")
    accuracy_m = number(0.0, WORST_ACCURACY_M, required=True, reason="accuracy_range")
    fix_ms = whole(0, 2**53, required=True)
    """Unix time of the fix, milliseconds."""
    age_s = number(0.0, 1e9)
    provider = text(20)
    is_mock = flag()
    speed_mps = number(0.0, 1_000.0, nullable=True)
    altitude_m = number(-1_000.0, 20_000.0, nullable=True)
    samples = whole(1, 10_000)


class FenceSchema(RecordSchema):
    """The customer's fence as the phone knew it at capture."""

    customer_id = record_id(required=True)
    latitude = number(*LATITUDE, nullable=True, reason="lat_range")
    longitude = number(*LONGITUDE, nullable=True, reason="lon_range")
    radius_m = number(1.0, WORST_ACCURACY_M, required=True)
    location_version = whole(0, 2**31 - 1)
