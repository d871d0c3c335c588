"""Targets set in the grid, with stale and wrong cells told; reps ranked by attainment."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.metrics.models import Target
from server.platform.audit import AuditEntry
from server.platform.database import db
from tests.factories.company import Company, sign_in

MARCH = "2026-03-01"


def grid(client: FlaskClient, metric: str = "") -> str:
    answer = client.get(f"/targets?month={MARCH}&metric={metric}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client: FlaskClient, page: str, **cells: str) -> tuple[int, str]:
    """Send the form as the page shows it, with some cells typed over."""
    data = dict(re.findall(r'name="([tb]-[^"]+)" value="([^"]*)"', page))
    hidden = dict(re.findall(r'name="(csrf_token|month|metric)" value="([^"]+)"', page))
    answer = client.post(
        "/targets",
        data={**data, **cells, **hidden},
        follow_redirects=True,
    )
    return answer.status_code, answer.get_data(as_text=True)


def amounts(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {str(row.rep_id): row.amount for row in db.session.scalars(select(Target))}


def test_targets_are_set_changed_and_taken_away(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    cell = f"t-{company.sari}-{MARCH}"

    status, said = send(client, grid(client), **{cell: "178.500.000"})
    assert status == 200
    assert "1 target is set" in said
    assert amounts(app) == {company.sari: 178_500_000_00}
    send(client, grid(client), **{cell: "180,000,000"})
    assert amounts(app) == {company.sari: 180_000_000_00}
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.details["before"]) == ("target.set", 178_500_000_00)
    send(client, grid(client), **{cell: ""})
    assert amounts(app) == {}


def test_other_numbers_and_teams_have_targets_too(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    cells = {f"t-{company.east}-{MARCH}": "1.200", f"t-{company.sari}-{MARCH}": "300"}

    status, said = send(client, grid(client, "calls"), **cells)

    assert status == 200
    assert "2 targets are set" in said
    assert 'value="1,200"' in said
    assert "set for teams" in said
    assert "IDR" not in said
    with app.app_context():
        rows = db.session.scalars(select(Target).order_by(Target.amount)).all()
        assert [(row.metric_key, row.rep_id, row.team_id, row.amount) for row in rows] == [
            ("calls", company.sari, company.east, 300),
            ("calls", None, company.east, 1_200),
        ]
    assert send(client, grid(client, "calls"), **{f"t-{company.sari}-{MARCH}": "2,5"})[0] == 422
    assert 'value="300"' not in grid(client)
    assert 'value="revenue" selected' in grid(client, "strike_rate")


def test_two_managers_who_change_one_cell_are_told(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    cell = f"t-{company.sari}-{MARCH}"
    stale = grid(client)
    send(client, grid(client), **{cell: "100"})

    status, said = send(client, stale, **{cell: "200"})

    assert status == 409
    assert 'value="200"' in said
    assert "now 100" in said
    assert amounts(app) == {company.sari: 100_00}


@pytest.mark.parametrize("text", ["-5", "1e9", "=1+1", "9" * 19, "٣", "12 juta"])
def test_what_is_no_amount_is_said_and_kept_in_the_form(
    app: Flask, client: FlaskClient, company: Company, text: str
) -> None:
    sign_in(client, "budi")

    status, said = send(client, grid(client), **{f"t-{company.sari}-{MARCH}": text})

    assert status == 422
    assert f'value="{text}"' in said
    assert amounts(app) == {}


def test_nobody_sets_targets_of_others(app: Flask, client: FlaskClient, company: Company) -> None:
    sign_in(client, "budi")
    page = grid(client)
    assert "Rina" not in page
    assert send(client, page, **{f"t-{company.rina}-{MARCH}": "5"})[0] == 404
    sign_in(client, "sari")
    assert 'name="t-' not in grid(client)
    assert send(client, page, **{f"t-{company.sari}-{MARCH}": "5"})[0] in {400, 403}
    assert amounts(app) == {}


def test_reps_are_ranked_by_what_they_reached_not_by_size(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    page = grid(client)
    send(client, page, **{f"t-{company.sari}-{MARCH}": "1000", f"t-{company.rina}-{MARCH}": "9"})

    for query in ("", "?by=calls&sort=-improvement", "?by=%00&sort=x&period=soon"):
        answer = client.get(f"/leaderboard{query}")
        assert answer.status_code == 200
    assert client.get("/targets?month=never").status_code == 200


def test_the_ramp_is_set_on_the_page_and_what_counts_is_said(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")
    page = grid(client)
    send(client, page, **{f"t-{company.sari}-{MARCH}": "1000"})
    assert "/imports?mapping=targets" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token

    def post(url: str, **data: str) -> tuple[int, str]:
        page = "/targets" if "ramp" in url else url.removesuffix("/working-time")
        form = client.get(page).get_data(as_text=True).partition(f'action="{url}"')[2]
        base = re.findall(r'name="base" value="([^"]+)"', form)[:1]
        answer = client.post(
            url,
            data={"csrf_token": token[1], "base": "".join(base), **data},
            follow_redirects=True,
        )
        return answer.status_code, answer.get_data(as_text=True)

    form = {"start_on": "2026-01-01", "month": MARCH}
    status, said = post("/targets/ramp", percents="25, half", **form)
    assert status == 422
    assert 'value="25, half"' in said
    assert post("/targets/ramp", percents=" ", **form)[0] == 422
    status, said = post("/targets/ramp", percents="25 %, 40, 50", **form)
    assert (status, "The ramp is set" in said) == (200, True)
    status, said = post("/targets/ramp", percents="10", base="stale", **form)
    assert (status, "in the meantime" in said, 'value="10"' in said) == (409, True, True)
    person = f"/users/{company.sari}/working-time"
    assert "The working time is saved" in post(person, start_on="2026-01-05", percent="100")[1]
    assert "Working time is a whole number" in post(person, start_on="x", percent="100")[1]
    assert "in the meantime" in post(person, start_on="2026-01-05", percent="1", base="old")[1]
    said = grid(client)
    assert "counts Rp" in said
    assert 'title="Rp\xa0500' in said
    assert "Remove what is said" in client.get(f"/users/{company.sari}").get_data(as_text=True)
    post(person, start_on="2026-01-05", percent="100", remove="yes")
    assert "counts Rp" not in grid(client)

    sign_in(client, "budi")
    assert "/targets/ramp" not in grid(client)
    assert post("/targets/ramp", percents="1", **form)[0] in {400, 403}
    assert post(person, start_on="2026-01-05", percent="1")[0] in {400, 403}
