"""What is odd but possible is kept as it came, and the phone hears a code for it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from mobile.services.records import RecordsService
from mobile.storage.export_files import ExportFiles
from mobile.sync.answers import OfflineError
from server.platform.database import db
from server.tracking.models import TrackChunk
from server.visits.models import CheckIn
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault


def record_odd_track(phone: Handset) -> list[list[float]]:
    """Keep a piece of track with one oddity each; return its fixes."""
    now_ms = round(utc_now().timestamp() * 1000)
    odd: list[list[float]] = [
        [now_ms, -6.2, 106.9, 0, 0],
        [now_ms, -6.3, 106.9, 9, 0],
        [now_ms + 10**7, 0, 0, 9, 0],
    ]
    with phone.recorder.action() as action:
        action.create("track", new_id(), {"time_zone": "Asia/Jakarta", "fixes": odd})
    return odd


def test_what_is_odd_is_kept_as_it_came_and_answered_with_a_code(
    phone: Handset, company: Company, tmp_path: Path
) -> None:
    """The phone hears it, shows it, and hears it again when the first answer was lost."""
    phone.day.start_day()
    phone.synchronize()
    odd = record_odd_track(phone)
    fix = replace(phone.fix(MAJU, accuracy_m=0), fix_at=utc_now() + dt.timedelta(hours=1))
    visit = phone.visits.check_in(customer_id=company.maju, fix=fix)
    phone.network.next(Fault.LOSE_ANSWER)
    with pytest.raises(OfflineError):
        phone.synchronize()
    phone.network.heal()
    phone.synchronize()

    records = RecordsService(
        recorder=phone.recorder, files=ExportFiles(tmp_path), office=lambda: (None, "offline")
    )
    assert dict(records.read().noted) == {
        "duplicate_fix": 1,
        "future_fix": 2,
        "unknown_accuracy": 2,
        "zero_position": 1,
    }
    assert phone.sync.status().waiting == 0
    with company.app.app_context():
        chunk = db.session.scalars(select(TrackChunk)).one()
        assert [row[:4] for row in chunk.fixes] == [row[:4] for row in sorted(odd)]
        kept = db.session.scalars(select(CheckIn).where(CheckIn.visit_id == visit.id)).one()
        assert kept.time_flags == ["future_fix"]
        assert kept.verdict_reason == "unknown_accuracy"


def test_odd_evidence_is_answered_at_once(phone: Handset, company: Company) -> None:
    """Not only when it is asked for again, from the log."""
    phone.day.start_day()
    phone.synchronize()
    record_odd_track(phone)
    phone.synchronize()
    fix = replace(phone.fix(MAJU, accuracy_m=0), fix_at=utc_now() + dt.timedelta(hours=1))
    phone.visits.check_in(customer_id=company.maju, fix=fix)
    phone.synchronize()

    assert phone.sync.status().waiting == 0
