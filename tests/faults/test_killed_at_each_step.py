"""Phone and server killed by SIGKILL at each named step (`shared/failpoints.py`).

`./run test-faults` tries every step, the ordinary tests two of them.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from mobile.storage.database import is_sound
from server.metrics.models import StaleDay
from server.photos.models import Photo
from server.platform.database import db
from server.platform.settings import Settings
from server.sync import changes
from server.sync.models import ChangeLog
from server.visits.models import CheckIn, Visit
from shared.vocabulary import PhotoState
from tests.e2e.pocket import PhoneInPocket, phone_in_pocket, sync_until_sent
from tests.fakes.company import MAJU, found_company
from tests.support.application import running_app
from tests.support.databases import mostly_on
from tests.support.proxy import bad_connection
from tests.support.tapak import RunningTapak, is_healthy, running_tapak, wait_until

_ROOT = Path(__file__).parents[2]
_FAILPOINT = re.compile(r'failpoints\.reach\("(.+?)"\)')
_ALL = "TAPAK_FAULT_EXAMPLES" in os.environ
_IN_ANSWER = "while its answer is on the way"
_SOME = ["server: committed", "phone: answer read"]


def failpoints(*folders: str) -> list[str]:
    """Return the names of all failpoints in the code, so that none goes untested."""
    files = [file for folder in folders for file in sorted((_ROOT / folder).rglob("*.py"))]
    return [name for file in files for name in _FAILPOINT.findall(file.read_text())]


@pytest.mark.fault("phone killed (SIGKILL)", "before and after an action is saved")
@pytest.mark.fault(
    "phone killed (SIGKILL)", "a batch read, an answer read, before and after it is kept"
)
@pytest.mark.fault("phone killed (SIGKILL)", "a page read, before and after it is kept")
@pytest.mark.fault("phone killed (SIGKILL)", "between a photo's piece and the next")
@pytest.mark.fault(
    "server killed (SIGKILL)", "request read, phone locked, rows written, feed written, committed"
)
@pytest.mark.fault("server killed (SIGKILL)", "while its answer is on the way")
@pytest.mark.fault("server killed (SIGKILL)", "between the commit and the waking of a worker")
@pytest.mark.timeout(600)
@mostly_on("postgresql")
def test_killed_at_each_step(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    armed = tmp_path / "failpoint"
    monkeypatch.setenv("TAPAK_FAILPOINT_FILE", str(armed))
    data = tmp_path / "data"
    made = 0
    with (
        running_tapak(
            data, database_url=database_url, settings={"TAPAK_FAILPOINT_FILE": str(armed)}
        ) as tapak,
        bad_connection(tapak.url) as link,
        phone_in_pocket(tmp_path / "phone") as phone,
        running_app(Settings(data=data, database_url=database_url)) as app,
    ):
        company = found_company(app)
        phone.do("enrol", server=link.url, code=company.enrolment_code(company.sari))
        sync_until_sent(phone)
        steps = failpoints("server", "mobile") if _ALL else _SOME
        for name in [*steps, _IN_ANSWER]:
            if name == _IN_ANSWER:
                link.in_answer = lambda: kill_the_server(tapak)
            else:
                armed.write_text(name)
            if not visit_and_sync(phone, company.maju, with_photo="photo" in name):
                phone.die()  # it is dead; this starts it again
                assert is_sound(tmp_path / "phone" / "phone.db")
            wait_until(lambda: not armed.exists(), what=lambda name=name: name)  # type: ignore[misc]
            assert link.in_answer is None
            wait_until(lambda: is_healthy(tapak.url), timeout_s=90)
            sync_until_sent(phone)
            if phone.do("open_visit"):
                phone.do("cancel")
            sync_until_sent(phone)
            made = check(app, made, name)
            if "photo" in name:
                assert phone.do("send_photos") == ""
                check_photo(app)
        record_property("times", len(steps) + 1)
        # Whoever was to be woken was not: the scheduler finds the work.
        wait_until(lambda: stale_days(app) == 0, timeout_s=120, what=lambda: "days to be counted")
        with app.app_context():
            assert changes.wrong_scopes() == []


def kill_the_server(tapak: RunningTapak) -> None:
    for process in tapak.processes("granian"):
        process.kill()


def stale_days(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(StaleDay)) or 0


def check_photo(app: Flask) -> None:
    with app.app_context():
        assert [photo.state for photo in db.session.scalars(select(Photo))] == [PhotoState.PRESENT]


def visit_and_sync(phone: PhoneInPocket, customer: str, *, with_photo: bool) -> bool:
    """Work and send it; return whether the phone has survived."""
    latitude, longitude = MAJU
    try:
        phone.do("check_in", customer=customer, latitude=latitude, longitude=longitude)
        if with_photo:
            phone.do("photo")
        phone.do("sync")
        if with_photo:
            phone.do("send_photos")
    except (AssertionError, BrokenPipeError):
        return False
    return True


def check(app: Flask, made: int, name: str) -> int:
    """Check that the visit came once, or, killed before it was saved, not at all."""
    with app.app_context():
        counts = [db.session.scalar(select(func.count(table.id))) for table in (Visit, CheckIn)]
        sequences = db.session.scalars(
            select(ChangeLog.sequence).order_by(ChangeLog.sequence)
        ).all()
        assert list(sequences) == list(range(1, len(sequences) + 1))
        db.session.rollback()
    expected = made if name == "phone: action about to be saved" else made + 1
    assert counts == [expected, expected], name
    return expected
