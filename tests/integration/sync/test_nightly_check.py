"""The nightly job tells of what bypassed the feed, and only of that."""

import pytest
from sqlalchemy import update

from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.jobs import check_feed
from server.visits.models import Visit
from shared.sync.protocol import rep_scope
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset


def told(company: Company, caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Run the job; return level and text of what it logged."""
    caplog.clear()
    with company.app.app_context():
        check_feed()
    return [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name == "server.sync.jobs"
    ]


def test_it_names_the_scope_that_a_write_has_bypassed(
    phone: Handset, company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.synchronize()
    assert told(company, caplog) == []

    with company.app.app_context(), transaction():
        db.session.execute(update(Visit).values(version=Visit.version + 1))

    [(level, text)] = told(company, caplog)
    assert level == "ERROR"
    assert rep_scope(company.sari) in text
    assert told(company, caplog) == [(level, text)]  # it mends nothing by itself
