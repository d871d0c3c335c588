"""Tracks go when their time is over, evidence stays, and everybody sees what is kept of them."""

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.live.models import LastPosition
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.jobs import forget_old_tracks
from server.tracking.models import TrackChunk
from server.visits.models import CheckIn
from shared.time import utc_now
from tests.factories.company import Company, sign_in
from tests.factories.tracks import record_track, start_work
from tests.factories.visits import record_visit


def a_day(company: Company, at: dt.datetime) -> None:
    start_work(company.sari, at=at)
    record_track(company.sari, [(0, 0), (5, 20)], at=at)
    record_visit(rep_id=company.sari, customer_id=company.shop, at=at)


def count(model: object) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0  # type: ignore[arg-type]


def test_old_tracks_are_deleted_once_and_the_log_says_so(app: Flask, company: Company) -> None:
    now = utc_now()
    with app.app_context():
        with transaction():
            a_day(company, now - dt.timedelta(days=120))
            record_track_of_yesterday = now - dt.timedelta(days=1)
            a_day(company, record_track_of_yesterday)

        forget_old_tracks()
        forget_old_tracks()

        assert (count(TrackChunk), count(CheckIn), count(LastPosition)) == (1, 2, 1)
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "tracks.deleted")
        ).one()
        assert (entry.details["chunks"], entry.details["days"]) == (1, 90)


def test_everybody_gets_the_own_records_and_no_others(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        a_day(company, utc_now() - dt.timedelta(days=1))

    own = sign_in(client, "sari").get("/api/v1/my-records")
    boss = sign_in(client, "budi").get("/api/v1/my-records").get_json()

    records = own.get_json()
    assert {name: len(rows) for name, rows in records.items()} == {
        "visits": 1,
        "check_ins": 1,
        "check_outs": 1,
        "rejudged_visits": 0,
        "photos": 0,
        "tracks": 1,
        "working_days": 1,
        "consents": 1,
        "proposed_points": 0,
        "last_position": 1,
        "form_questions": 0,
        "signals": 0,
    }
    assert records["check_ins"][0]["latitude"] == -6.1754
    assert "attachment" in own.headers["Content-Disposition"]
    assert not any(boss.values())
    client.delete("/api/v1/session")
    assert client.get("/api/v1/my-records").status_code == 401
