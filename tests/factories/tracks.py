"""Working days and tracks for tests, recorded through the operations themselves."""

import datetime as dt
from collections.abc import Iterable

from server.tracking import operations as tracking
from shared.sync.ids import new_id
from tests.factories.company import ZONE
from tests.factories.visits import MONDAY_9

METRES_PER_DEGREE = 110_580
MONAS = -6.1754, 106.8272


def start_work(rep_id: str, *, at: dt.datetime = MONDAY_9) -> None:
    """Agree to be tracked and start the working day an hour before."""
    before = at - dt.timedelta(hours=1)
    tracking.record_consent(
        consent_id=new_id(), rep_id=rep_id, given=True, text_version="1", at=before
    )
    tracking.start_day(work_day_id=new_id(), rep_id=rep_id, time_zone=ZONE, at=before)


def record_track(
    rep_id: str,
    way: Iterable[tuple[float, float]],
    *,
    at: dt.datetime = MONDAY_9,
    accuracy_m: float = 8.0,
    is_mock: bool = False,
    device_id: str | None = None,
) -> None:
    """Record a track.

    :param way: minutes after `at`, and metres north of Monas
    """
    fixes = [
        [
            int((at + dt.timedelta(minutes=minute)).timestamp() * 1000),
            MONAS[0] + north_m / METRES_PER_DEGREE,
            MONAS[1],
            accuracy_m,
            is_mock,
        ]
        for minute, north_m in way
    ]
    tracking.record_track(
        chunk_id=new_id(),
        rep_id=rep_id,
        device_id=device_id,
        time_zone=ZONE,
        fixes=fixes,
        received_at=at + dt.timedelta(hours=12),
    )
