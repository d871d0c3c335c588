"""The audit log: what was changed is in it, and only administrators read it."""

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient

from server.platform import audit
from server.platform.transaction import transaction
from shared.time import utc_now
from tests.factories.company import Company, sign_in


def test_entries_are_shown_narrowed_and_exported(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        for action, name in (("fence.changed", "=1+1"), ("team.changed", "<b>East</b>")):
            audit.record(
                action=action, at=utc_now(), user_id=company.admin, subject="x", name=["old", name]
            )
        audit.record(
            action="fence.changed",
            at=utc_now() - dt.timedelta(days=90),
            user_id=None,
            subject="long ago",
        )
    sign_in(client, "admin")

    everything = client.get("/audit?period=today").get_data(as_text=True)
    one = client.get("/audit?period=today&action=fence.changed").get_data(as_text=True)
    exported = client.get("/audit.csv?period=today&action=team.changed").get_data(as_text=True)

    assert "old → &lt;b&gt;East&lt;/b&gt;" in everything
    assert "long ago" not in everything
    assert "team.changed</code>" not in one
    assert "fence.changed</code>" in one
    assert "long ago" in client.get("/audit?period=all").get_data(as_text=True)
    assert len(exported.splitlines()) == 2
    for query in ("action=%00&person=x&page=-3", "person=" + company.sari):
        assert client.get(f"/audit?{query}").status_code == 200


def test_others_are_refused(client: FlaskClient, company: Company) -> None:
    del company
    assert client.get("/audit").status_code == 302
    for name in ("budi", "sari"):
        sign_in(client, name)
        assert client.get("/audit").status_code == 403
        assert client.get("/audit.xlsx").status_code == 403
