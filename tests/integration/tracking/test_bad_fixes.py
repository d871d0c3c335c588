"""Fixes that cannot be believed are kept as they came, with a code, and left out of the track."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

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

        kept = db.session.get_one(TrackChunk, chunk_id)
        assert kept.fixes == sorted([*honest, doubled, future])
        assert kept.flags == {"duplicate_fix": [doubled[0]], "future_fix": [future[0]]}
        assert kept.ended_at == MONDAY_9 + 3 * MINUTE
        day = day_of_rep(access=SYSTEM, rep_id=company.sari, day=MONDAY_9.date())
        assert [[point.at for point in piece] for piece in day.track] == [
            [MONDAY_9 + minute * MINUTE for minute in (1, 2, 3)]
        ]
        assert day.distance_m == pytest.approx(44.2, abs=0.5)
        assert day.flagged == {"duplicate_fix": 1, "future_fix": 1}


def test_a_fix_that_came_before_in_another_piece_is_doubled(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        start_work(company.sari)
        start_work(company.joko)
        keep(company, [fix_at(1), fix_at(2)])
        again = keep(company, [fix_at(2, 0.0009), fix_at(3)])
        after = keep(company, [fix_at(4)])
        flags = {chunk.id: chunk.flags for chunk in db.session.scalars(select(TrackChunk))}

    assert flags[again] == {"duplicate_fix": [fix_at(2)[0]]}
    assert flags[after] == {}


def test_one_fix_from_tomorrow_costs_the_honest_ones_nothing(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        start_work(company.sari)
        kept = keep(company, [fix_at(1), fix_at(26 * 60)])

        assert set(db.session.get_one(TrackChunk, kept).flags) == {"future_fix"}


@pytest.mark.parametrize("minute", [-2 * 60, -3 * 24 * 60])
def test_a_track_outside_the_working_day_is_refused(
    app: Flask, company: Company, minute: int
) -> None:
    with app.app_context(), transaction():
        start_work(company.sari, at=MONDAY_9 - dt.timedelta(days=7))
        start_work(company.sari)
        with pytest.raises(OutsideWorkDayError) as refused:
            keep(company, [fix_at(minute)])

        assert refused.value.code == "track.outside_work_day"
