"""Public holidays enter by themselves; what the administrator says of a day goes before them."""

import datetime as dt
import re

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.calendar import operations
from server.calendar.commands import command
from server.calendar.models import Holiday
from server.metrics.models import Target
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from server.sync.models import SyncIndex
from shared.sync.ids import new_id
from shared.sync.protocol import RowEvent
from tests.factories.company import Company, sign_in
from tests.support.forms import send, take_back

TODAY = dt.date(2026, 3, 2)
INDEPENDENCE = dt.date(2026, 8, 17)


def fill(app: Flask, country: str = "ID", today: dt.date = TODAY) -> int:
    with app.app_context(), transaction():
        return operations.fill_holidays(country=country, today=today)


def known(app: Flask) -> dict[dt.date, str]:
    with app.app_context():
        days = {row.day: row.name for row in db.session.scalars(select(Holiday))}
        fed = db.session.scalars(
            select(SyncIndex.record_id).where(
                SyncIndex.entity == "holiday", SyncIndex.event == RowEvent.PUT
            )
        )
        assert set(fed) == {day.isoformat() for day in days}
        return days


def press(client: FlaskClient, path: str, **fields: str) -> tuple[int, str]:
    page = client.get("/holidays?year=2026").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = client.post(path, data={**fields, "csrf_token": token[1]}, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def test_filling_again_changes_nothing(app: Flask, company: Company) -> None:
    del company
    assert fill(app) > 100
    filled = known(app)

    assert filled[INDEPENDENCE].startswith("Hari Kemerdekaan")
    assert (min(filled).year, max(filled).year) == (2021, 2028)
    assert fill(app) == 0
    assert known(app) == filled


def test_what_the_administrator_said_stays(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "admin")
    fill(app)
    assert client.delete(f"/api/v1/holidays/{INDEPENDENCE}").status_code == 204
    added = client.post("/api/v1/holidays", json={"day": "2026-08-18", "name": " Cuti   kami "})
    assert (added.status_code, added.json) == (
        201,
        {"day": "2026-08-18", "name": "Cuti kami", "own": True},
    )

    assert fill(app) == 0
    answer = client.get("/api/v1/holidays?year=2026").get_json()
    assert "2026-08-18" in {row["day"] for row in answer["holidays"]}
    assert [row["day"] for row in answer["worked"]] == [str(INDEPENDENCE)]

    assert client.post(f"/api/v1/holidays/{INDEPENDENCE}/restore").get_json()["own"] is False
    assert INDEPENDENCE in known(app)
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert [each for each in actions if each.startswith("holiday.")] == [
            "holiday.removed",
            "holiday.added",
            "holiday.added",
        ]


def test_another_country_counts_from_today_on(app: Flask, company: Company) -> None:
    del company
    fill(app)
    fill(app, "DE-BY")
    days = known(app)

    assert dt.date(2026, 1, 16) in days
    assert INDEPENDENCE not in days
    assert dt.date(2026, 11, 1) in days
    fill(app, "none")
    assert max(known(app)) < TODAY


def test_an_unknown_country_is_said(app: Flask) -> None:
    with pytest.raises(ValueError, match=r"TAPAK_HOLIDAYS.*'XQ'"):
        fill(app, "XQ")
    with app.app_context():
        result = CliRunner().invoke(command)
        assert "days changed" in result.output
        assert CliRunner().invoke(command).output == "0 days changed.\n"


def test_targets_follow_the_calendar_at_once(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    with app.app_context(), transaction():
        db.session.add(
            Target(
                id=new_id(),
                metric_key="revenue",
                month=dt.date(2026, 3, 1),
                rep_id=company.sari,
                team_id=company.east,
                amount=26_000_00,
            )
        )

    def due() -> str:
        answer = client.get(
            "/api/v1/metrics/values?metrics=target_attainment&from=2026-03-02&to=2026-03-08"
        )
        return str(answer.get_json()["values"][0]["denominator"])

    # 2 to 7 March are 6 of the 26 days of March that are no Sunday.
    assert due() == "6000.00"
    press(client, "/holidays", day="2026-03-03", name="Ulang tahun perusahaan")
    assert due() == "5200.00"
    send(client, "/holidays?year=2026", "/holidays/2026-03-03/remove")
    assert due() == "6000.00"


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "admin")
    fill(app)

    for day, name, status in (
        ("2026-08-17", "Lagi", 409),
        ("2026-09-31", "Tidak ada", 422),
        ("1999-09-01", "Terlalu awal", 422),
        ("2026-09-01", "  ", 422),
    ):
        said = press(client, "/holidays", day=day, name=name, year="2026")
        assert said[0] == status
        assert f'value="{name}"' in said[1]
    assert "Ulang" in press(client, "/holidays", day="2026-09-01", name="Ulang")[1]
    taken = send(client, "/holidays?year=2026", "/holidays/2026-09-01/remove")
    assert "is a working day now" in taken.text
    assert "is a holiday again" in take_back(client, taken.text).text
    assert press(client, "/holidays/soon/remove")[0] == 404
    assert client.get("/holidays?year=²").status_code == 200


@pytest.mark.parametrize("year", ["", "1999", "x"])
def test_a_year_out_of_reach_is_refused(client: FlaskClient, company: Company, year: str) -> None:
    del company
    sign_in(client, "sari")
    assert client.get(f"/api/v1/holidays?year={year}").status_code == 422


def test_only_administrators_change_it(client: FlaskClient, company: Company) -> None:
    del company
    assert client.get("/api/v1/holidays?year=2026").status_code == 401
    for name in ("budi", "sari"):
        sign_in(client, name)
        page = client.get("/holidays?year=2026")
        assert page.status_code == 200
        assert "holiday-day" not in page.get_data(as_text=True)
        given = {"day": "2026-08-18", "name": "Cuti"}
        assert client.post("/api/v1/holidays", json=given).status_code == 403
        assert client.delete("/api/v1/holidays/2026-08-18").status_code == 403
        assert press(client, "/holidays", **given)[0] == 403
