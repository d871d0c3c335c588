"""Fixes that cannot be believed are kept as they came, and left out wherever a track is read."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask

from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from server.tracking.models import TrackChunk
from server.tracking.operations import OutsideWorkDayError, record_track
from server.tracking.queries import day_of_rep
from shared.sync.ids import new_id
from tests.factories.company import ZONE, Company
from tests.factories.tracks import start_work
from tests.factories.visits import MONDAY_9

MINUTE = dt.timedelta(minutes=1)


def fix_at(minute: int, north: float = 0.0) -> list[Any]:
    at = MONDAY_9 + minute * MINUTE
    return [round(at.timestamp() * 1000), -6.1754 + north, 106.8272, 8.0, False]


def keep(company: Company, fixes: list[list[Any]]) -> str:
    """Record fixes that arrive half an hour after nine; return the chunk's id."""
    return record_track(
        chunk_id=new_id(),
        rep_id=company.sari,
        device_id=None,
        time_zone=ZONE,
        fixes=fixes,
        received_at=MONDAY_9 + 30 * MINUTE,
    ).id


def test_future_and_doubled_fixes_stay_as_they_came_and_count_for_nothing(
    app: Flask, company: Company
) -> None:
    honest = [fix_at(1), fix_at(2, 0.0002), fix_at(3, 0.0004)]
    doubled, future = fix_at(2, 0.0009), fix_at(45, 0.0006)
    with app.app_context():
        with transaction():
            start_work(company.sari)
            chunk_id = keep(company, [*honest, doubled, future])

        assert db.session.get_one(TrackChunk, chunk_id).fixes == sorted([*honest, doubled, future])
        day = day_of_rep(access=SYSTEM, rep_id=company.sari, day=MONDAY_9.date())
        assert [[point.at for point in piece] for piece in day.track] == [
            [MONDAY_9 + minute * MINUTE for minute in (1, 2, 3)]
        ]
        assert day.distance_m == pytest.approx(44.2, abs=0.5)


@pytest.mark.parametrize("minute", [26 * 60, 3 * 24 * 60])
def test_a_track_outside_the_working_day_is_refused(
    app: Flask, company: Company, minute: int
) -> None:
    with app.app_context(), transaction():
        start_work(company.sari)
        with pytest.raises(OutsideWorkDayError) as refused:
            keep(company, [fix_at(minute)])

        assert refused.value.code == "track.outside_work_day"
