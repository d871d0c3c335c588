"""The day it is for the organisation; for entry points, which alone read the clock."""

import datetime as dt

from server.platform.settings import current_settings
from shared.time import business_day, utc_now


def business_today() -> dt.date:
    """Return the business day it is now in the organisation's time zone."""
    settings = current_settings()
    return business_day(utc_now(), settings.time_zone)
