"""The daily report: each rep's day in one row, the team below, and the same as a file."""

import csv
import datetime as dt
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.metrics.jobs import refresh_rollups
from server.metrics.pages import daily
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.transaction import transaction
from server.visits.models import Visit
from shared.sync.ids import new_id
from shared.vocabulary import StopState
from tests.factories.company import FOUNDED_AT, Company, add_customer, sign_in
from tests.factories.visits import MONDAY_9, record_visit, take_order

MONDAY = "period=custom&from=2026-03-02&to=2026-03-02"


@pytest.fixture
def monday(app: Flask, company: Company) -> Company:
    """Sari plans two, sees one of them and one more; Rina sees one outside her fence."""
    with app.app_context():
        with transaction():
            missed = add_customer("Missed", owner_id=company.sari, team_id=company.east)
            more = add_customer("=More", owner_id=company.sari, team_id=company.east)
            for number, customer_id in enumerate((company.shop, missed)):
                db.session.add(
                    JourneyStop(
                        id=new_id(),
                        rep_id=company.sari,
                        customer_id=customer_id,
                        day=dt.date(2026, 3, 2),
                        sequence=number,
                        state=StopState.PLANNED,
                        created_at=FOUNDED_AT,
                        updated_at=FOUNDED_AT,
                    )
                )
            visit_id = record_visit(rep_id=company.sari, customer_id=company.shop)
            take_order(
                rep_id=company.sari,
                customer_id=company.shop,
                product_id=company.tea,
                quantity=3,
                unit_price_minor=5_000_00,
                visit_id=visit_id,
            )
            later = MONDAY_9 + dt.timedelta(hours=2)
            other = record_visit(rep_id=company.sari, customer_id=more, at=later)
            db.session.get_one(Visit, other).notes = "<b>Asks for credit</b>"
            record_visit(rep_id=company.rina, customer_id=company.kiosk, metres_away=900)
        refresh_rollups()
    return company


def read(client: FlaskClient, query: str = MONDAY) -> list[dict[str, str]]:
    text = client.get(f"/reports/daily.csv?{query}").get_data(as_text=True).lstrip("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_day_is_a_row_for_each_rep_with_the_team_below(
    client: FlaskClient, monday: Company
) -> None:
    sign_in(client, "admin")

    rina, sari = sorted(read(client), key=lambda row: row["Rep"])

    assert {name: sari[name] for name in ("Plan", "Done", "Of plan", "Visits", "Unplanned")} == {
        "Plan": "2",
        "Done": "1",
        "Of plan": "0.5",
        "Visits": "2",
        "Unplanned": "1",
    }
    assert (sari["Effective"], sari["Orders"], sari["Value"]) == ("1", "1", "15000.00")
    assert (sari["First"], sari["Last"]) == ("09:00", "11:20")
    assert float(sari["In the field"]) == pytest.approx(2 + 20 / 60)
    assert sari["Remarks"] == "'=More: <b>Asks for credit</b>"
    assert (rina["Outside"], sari["Outside"]) == ("1", "0")
    page = client.get(f"/reports/daily?{MONDAY}").get_data(as_text=True)
    assert "&lt;b&gt;Asks for credit&lt;/b&gt;" in page
    assert re.search(r"<tfoot>.*All together.*</tfoot>", page, re.DOTALL)
    assert f"/tracks/{monday.sari}/2026-03-02" in page
    assert client.get(f"/reports/daily.xlsx?{MONDAY}").status_code == 200


def test_many_rows_are_turned_to_page_by_page(
    client: FlaskClient, monday: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "PAGE_SIZE", 1)
    sign_in(client, "admin")

    shown = []
    for number in ("1", "2", "99"):
        page = client.get(f"/reports/daily?{MONDAY}&page={number}").get_data(as_text=True)
        shown.append((f"/tracks/{monday.rina}/" in page, f"/tracks/{monday.sari}/" in page))
        assert ('rel="next"' in page) == (number == "1")

    assert shown == [(True, False), (False, True), (False, True)]


def test_each_sees_the_own_rows_and_nonsense_is_survived(
    client: FlaskClient, monday: Company
) -> None:
    assert client.get("/reports/daily").status_code == 302
    for name, seen in (("budi", {"Sari"}), ("dewi", {"Rina"}), ("sari", {"Sari"}), ("joko", set())):
        sign_in(client, name)
        assert {row["Rep"] for row in read(client)} == seen
    assert client.get(f"/reports/daily?rep={monday.sari}&{MONDAY}").status_code == 404
    sign_in(client, "admin")
    for query in ("period=all", "period=custom&from=0001-01-01&to=9999-12-31", "period=x&team=y"):
        answer = client.get(f"/reports/daily?{query}")
        assert answer.status_code == 200
    cut = client.get("/reports/daily?period=custom&from=2026-01-01&to=2026-03-31")
    assert "The last 31 days" in cut.get_data(as_text=True)
