"""The playback of a day: its track with stops and gaps, for those who may see it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.vocabulary import StopState
from tests.factories.company import Company, add_customer, sign_in
from tests.factories.tracks import record_track, start_work
from tests.factories.visits import MONDAY_9, record_visit

HOUR = timedelta(hours=1)


@pytest.fixture
def page(app: Flask, company: Company) -> str:
    """Return the address of a day: still, gone for an hour of silence, still somewhere else."""
    with app.app_context(), transaction():
        record_visit(rep_id=company.sari, customer_id=company.shop)
        start_work(company.sari)
        record_track(
            company.sari,
            [
                *((minute, 10.0 * (minute % 2)) for minute in range(0, 21, 5)),
                (25, 1500),
                (26, 900_000),
                (27, 1700),
                *((minute, 5000 + 10.0 * (minute % 2)) for minute in range(90, 111, 5)),
            ],
        )
    return f"/tracks/{company.sari}/2026-03-02"


def drawn(html: str) -> Any:
    """Return what the map of the page draws."""
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_stops_and_gaps_are_shown_and_a_leap_is_not(client: FlaskClient, page: str) -> None:
    sign_in(client, "budi")

    html = client.get(page).get_data(as_text=True)

    assert [len(piece) for piece in drawn(html)["track"]] == [7, 5]
    assert len(drawn(html)["events"]) == 2
    assert len(drawn(html)["others"]) == 1
    assert "09:00–09:25" in html
    assert "09:27–10:30" in html
    assert "No data" in html
    assert "1.7\N{NO-BREAK SPACE}km" in html
    assert "Odd positions" not in html
    played = re.search(r"data-playback.*?json\">(.*?)</script>", html, re.DOTALL)
    assert played
    day = json.loads(played[1])
    assert [len(piece) for piece in day["times"]] == [7, 5]
    assert [span["label"] for span in day["spans"]] == ["Stop 1", "Stop 2", "No data"]
    assert day["spans"][2]["to"] - day["spans"][2]["from"] == 63 * 60_000
    assert [visit["label"] for visit in day["visits"]] == ["Toko Maju"]


def test_the_plan_is_held_against_what_was_done(
    client: FlaskClient, app: Flask, company: Company, page: str
) -> None:
    with app.app_context(), transaction():
        missed = add_customer("Missed", owner_id=company.sari, team_id=company.east)
        closed = add_customer("Closed", owner_id=company.sari, team_id=company.east)
        record_visit(rep_id=company.sari, customer_id=company.kiosk, at=MONDAY_9 + HOUR)
        for number, (customer_id, state, reason) in enumerate(
            (
                (company.shop, StopState.PLANNED, ""),
                (missed, StopState.PLANNED, ""),
                (closed, StopState.CANCELLED, "A wedding"),
            )
        ):
            db.session.add(
                JourneyStop(
                    id=new_id(),
                    rep_id=company.sari,
                    customer_id=customer_id,
                    day=MONDAY_9.date(),
                    sequence=number,
                    state=state,
                    cancel_reason=reason,
                    created_at=MONDAY_9,
                    updated_at=MONDAY_9,
                )
            )
    sign_in(client, "budi")

    html = client.get(page).get_data(as_text=True)

    assert [stop["label"] for stop in drawn(html)["route"]] == [
        "Planned 1: Toko Maju",
        "Planned 2: Missed",
    ]
    told = re.findall(r'<li class="deviation">(.*?)</li>', html, re.DOTALL)
    texts = [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in told]
    assert texts == [
        "Not visited 2. Missed",
        "Cancelled 3. Closed A wedding",
        "Unplanned Kios Rina 10:00",
        "Stood elsewhere 10:30–10:50 · 20 min",
    ]


def test_odd_positions_are_counted_with_their_codes(
    client: FlaskClient, app: Flask, company: Company, page: str
) -> None:
    with app.app_context(), transaction():
        record_track(company.sari, [(25, 4.0), (26 * 60, 0)])
    sign_in(client, "budi")

    html = client.get(page).get_data(as_text=True)

    assert "Odd positions" in html
    assert "duplicate_fix" in html
    assert "future_fix" in html


@pytest.mark.parametrize(
    ("name", "status"), [("admin", 200), ("budi", 200), ("sari", 200), ("dewi", 404), ("joko", 404)]
)
def test_only_the_rep_and_those_who_lead_the_rep_see_the_day(
    client: FlaskClient, page: str, name: str, status: int
) -> None:
    sign_in(client, name)

    assert client.get(page).status_code == status


def test_a_stranger_is_sent_to_the_sign_in_page(client: FlaskClient, page: str) -> None:
    assert client.get(page).headers["Location"].startswith("/sign-in")


def test_a_day_without_a_track_says_that_nothing_is_known(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")

    html = client.get(f"/tracks/{company.joko}/2026-03-02").get_data(as_text=True)

    assert "No track of this day" in html


@pytest.mark.parametrize("day", ["2026-02-30", "soon", "0001-01-01", "9999-12-31"])
def test_a_day_that_does_not_exist_is_not_found(
    client: FlaskClient, company: Company, day: str
) -> None:
    sign_in(client, "budi")

    assert client.get(f"/tracks/{company.sari}/{day}").status_code == 404


def test_a_visit_leads_to_its_day(client: FlaskClient, page: str) -> None:
    sign_in(client, "budi")
    visit = client.get("/api/v1/visits").get_json()["rows"][0]["id"]

    assert page in client.get(f"/visits/{visit}").get_data(as_text=True)
