"""After an upgrade a job tells phones what it says of rows they have; nobody runs a command."""

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.metrics.models import WorkingTime
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.jobs import announce
from server.sync.models import SyncIndex, Unannounced
from tests.factories.company import Company, sign_in


def test_rows_of_which_an_upgrade_says_more_enter_the_feed_once(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    def positions() -> list[int]:
        of_targets = select(SyncIndex.position).where(SyncIndex.entity == "target")
        return list(db.session.scalars(of_targets))

    sign_in(client, "admin")
    body = {"rep": company.sari, "month": "2026-03-01", "seen": None, "amount": 1_00}
    assert client.put("/api/v1/metrics/targets", json=body).status_code == 204
    with app.app_context():
        announce()
        [told] = positions()
        with transaction():
            # As a migration does it: past the feed, with a word that there is more to say.
            start_on = dt.date(2026, 3, 16)
            db.session.add(WorkingTime(rep_id=company.sari, start_on=start_on, percent=100))
            db.session.add(Unannounced(entity="target"))
        announce()
        [again] = positions()
        assert again > told
        assert db.session.scalars(select(Unannounced)).all() == []
        announce()
        assert positions() == [again]
