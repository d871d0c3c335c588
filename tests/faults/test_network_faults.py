"""Every fault of the network at every message: what the rep did arrives once, and all agree."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from mobile.sync.answers import SyncError
from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync import changes
from server.sync.models import ChangeLog
from server.visits.models import CheckIn, Visit
from shared.sync.protocol import PULL_PATH, PUSH_PATH, REFRESH_PATH
from shared.time import utc_now
from tests.fakes.company import MAJU, Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Fault, Network, PhoneKilledError

_MESSAGES = {PUSH_PATH: 0, PULL_PATH: 1, REFRESH_PATH: 1}
"""How many requests come before it in a sync with something to send."""


@pytest.fixture
def company(app: Flask) -> Company:
    return found_company(app)


@pytest.fixture
def phone(company: Company, tmp_path: object) -> Handset:
    handset = Handset(tmp_path / "phone.db", Network(company.app))  # type: ignore[operator]
    handset.enrol(company.enrolment_code(company.sari))
    return handset


@pytest.mark.fault("request", "never sent")
@pytest.mark.fault("request", "sent twice in turn")
@pytest.mark.fault("request", "late: delivered after the next one")
@pytest.mark.fault("answer", "lost after the server has committed")
@pytest.mark.fault("answer", "cut")
@pytest.mark.fault("answer", "a portal's page instead, 200")
@pytest.mark.fault("answer", "a redirect instead, 302")
@pytest.mark.fault("answer", "a proxy's 502 after the server has committed")
@pytest.mark.fault("answer", "that of another request")
@pytest.mark.fault("answer", "said to be gzip, and is not")
@pytest.mark.fault("link", "no address for the server's name")
@pytest.mark.parametrize("path", _MESSAGES)
def test_each_fault_at_each_message(
    company: Company, phone: Handset, path: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("times", len(Fault))
    for made, fault in enumerate(Fault, start=1):
        visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
        phone.visits.write_notes(visit.id, fault.name)
        phone.visits.cancel(visit.id, "Wrong outlet")
        if path == REFRESH_PATH:
            expire(company)
        phone.network.requests.clear()
        phone.network.next(*[Fault.NONE] * _MESSAGES[path], fault)
        try:
            phone.synchronize()
        except SyncError:
            pass
        except PhoneKilledError:
            phone.restart()
        assert phone.network.requests[_MESSAGES[path]] == path, fault
        phone.network.heal()
        phone.synchronize()
        assert phone.sync.status().waiting == 0, fault
        assert phone.visits.get(visit.id).notes == fault.name
        with company.app.app_context():
            rows = [db.session.scalar(select(func.count(table.id))) for table in (Visit, CheckIn)]
            assert rows == [made, made], fault
            assert db.session.get_one(Visit, visit.id).notes == fault.name
    with company.app.app_context():
        sequences = db.session.scalars(
            select(ChangeLog.sequence).order_by(ChangeLog.sequence)
        ).all()
        assert list(sequences) == list(range(1, len(sequences) + 1))
        assert changes.wrong_scopes() == []


def expire(company: Company) -> None:
    with company.app.app_context(), transaction():
        db.session.execute(update(Device).values(access_expires_at=utc_now()))
