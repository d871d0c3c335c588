"""What may still be missing in a number, of those it is about and nobody else."""

import datetime as dt
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from server.identity.models import Device
from server.platform.database import db
from server.platform.transaction import transaction
from server.teams.operations.teams import move_to_team
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit

APRIL = dt.date(2026, 4, 1)


def add_phone(user_id: str, *, synced_at: dt.datetime | None) -> None:
    now = utc_now()
    db.session.add(
        Device(
            id=new_id(),
            user_id=user_id,
            mac_key=b"key",
            head=b"head",
            access_hash=b"access",
            access_expires_at=now,
            refresh_hash=b"refresh",
            refresh_expires_at=now,
            enrolled_at=now,
            last_synced_at=synced_at,
        )
    )


def test_only_days_and_phones_of_whom_the_number_is_about_are_told(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    company = busy_company
    with app.app_context(), transaction():
        record_visit(rep_id=company.sari, customer_id=company.shop)
        record_visit(rep_id=company.rina, customer_id=company.kiosk)
        add_phone(company.sari, synced_at=None)
        add_phone(company.joko, synced_at=utc_now())
        add_phone(company.rina, synced_at=dt.datetime(2026, 3, 5, tzinfo=dt.UTC))
        # In March they were still in the east.
        move_to_team(user_id=company.sari, team_id=company.west, day=APRIL)

    def missing(name: str, **query: str) -> tuple[int, int]:
        sign_in(client, name)
        asked = {"metrics": "calls", "from": "2026-03-01", "to": "2026-04-01"} | query
        answer: Any = client.get("/api/v1/metrics/values", query_string=asked).get_json()
        assert answer["stale"] == bool(answer["stale_days"])
        return answer["stale_days"], answer["phones_not_synced"]

    assert missing("admin") == (2, 2)
    assert missing("admin", rep=company.sari) == (1, 1)
    assert missing("admin", rep=company.joko) == (0, 0)
    assert missing("admin", team=company.east) == (1, 1)
    assert missing("admin", team=company.west) == (1, 1)
    assert missing("admin", team=company.east, rep=company.joko) == (0, 0)
    assert missing("budi") == (1, 1)
    assert missing("joko") == (0, 0)
    assert missing("admin", **{"from": "2026-02-01", "to": "2026-03-01"}) == (0, 1)
    for rep_id, words in ((company.joko, "All phones have sent"), (company.rina, "1 phone has")):
        page = sign_in(client, "admin").get(
            f"/?preset=custom&from=2026-03-01&to=2026-03-31&rep={rep_id}"
        )
        assert words in page.get_data(as_text=True)
