"""The live map: who may send a position, who sees it, and what the page says."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.live.operations import Place, keep_live_position
from server.platform.transaction import transaction
from server.tracking import operations as tracking
from shared.sync.ids import new_id
from shared.sync.protocol import LIVE_PATH
from shared.time import utc_now
from tests.factories.company import ZONE, Company, sign_in
from tests.factories.phones import enrol_phone
from tests.factories.tracks import start_work
from tests.factories.visits import record_visit

HERE = {"latitude": -6.1754, "longitude": 106.8272, "accuracy_m": 9.0, "age_s": 3.0}


@pytest.fixture
def phone(app: Flask, company: Company) -> dict[str, str]:
    """Return the headers of Sari's phone."""
    now = utc_now()
    with app.app_context(), transaction():
        token = enrol_phone(company.sari, at=now).tokens.access
    return {"Authorization": f"Device {token}"}


@pytest.fixture
def working(app: Flask, company: Company) -> None:
    """Let Sari's working day run, with her consent."""
    with app.app_context(), transaction():
        start_work(company.sari, at=utc_now())


def seen_by(client: FlaskClient, name: str) -> dict[str, Any]:
    """Return what a person sees of each rep, by name."""
    answer = sign_in(client, name).get("/api/v1/live")
    return {rep["name"]: rep["seen"] for rep in answer.get_json()}


@pytest.mark.usefixtures("working")
def test_a_position_reaches_those_who_lead_the_rep_and_nobody_else(
    client: FlaskClient, phone: dict[str, str]
) -> None:
    answer = client.post(LIVE_PATH, json={**HERE, "battery_percent": 71}, headers=phone)

    assert (answer.status_code, answer.get_json()) == (200, {"newest": True})
    for name in ("admin", "budi", "sari"):
        seen = seen_by(client, name)["Sari"]
        assert (seen["accuracy_m"], seen["battery_percent"], seen["source"]) == (9.0, 71, "live")
    assert "Sari" not in seen_by(client, "dewi")
    assert "Sari" not in seen_by(client, "joko")


@pytest.mark.usefixtures("working")
def test_an_older_position_does_not_replace_a_newer_one(
    client: FlaskClient, phone: dict[str, str]
) -> None:
    client.post(LIVE_PATH, json=HERE, headers=phone)

    answer = client.post(LIVE_PATH, json={**HERE, "latitude": 1, "age_s": 300}, headers=phone)

    assert answer.get_json() == {"newest": False}
    assert seen_by(client, "budi")["Sari"]["latitude"] == HERE["latitude"]


@pytest.mark.usefixtures("working")
@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("latitude", 91, "lat_range"),
        ("longitude", -180.5, "lon_range"),
        ("accuracy_m", -1, "accuracy_range"),
        ("accuracy_m", 1e9, "accuracy_range"),
        ("latitude", "NaN", "invalid"),
        ("age_s", -60, "out_of_range"),
        ("age_s", 3600, "out_of_range"),
        ("battery_percent", 101, "out_of_range"),
    ],
)
def test_a_senseless_position_is_refused_with_a_code(
    client: FlaskClient, phone: dict[str, str], field: str, value: object, reason: str
) -> None:
    answer = client.post(LIVE_PATH, json={**HERE, field: value}, headers=phone)

    assert answer.status_code == 422
    assert answer.get_json()["code"] == "invalid_input"
    assert reason in json.dumps(answer.get_json())


@pytest.mark.usefixtures("working")
def test_an_accuracy_of_0_counts_as_unknown(client: FlaskClient, phone: dict[str, str]) -> None:
    client.post(LIVE_PATH, json={**HERE, "accuracy_m": 0}, headers=phone)

    assert seen_by(client, "budi")["Sari"]["accuracy_m"] is None


def test_without_consent_nothing_is_kept(
    app: Flask, client: FlaskClient, company: Company, phone: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        tracking.start_day(work_day_id=new_id(), rep_id=company.sari, time_zone=ZONE, at=utc_now())

    answer = client.post(LIVE_PATH, json=HERE, headers=phone)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "track.no_consent")
    assert seen_by(client, "budi")["Sari"] is None


def test_outside_the_working_day_nothing_is_kept(
    app: Flask, client: FlaskClient, company: Company, phone: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        start_work(company.sari, at=utc_now() - dt.timedelta(days=2))

    answer = client.post(LIVE_PATH, json=HERE, headers=phone)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "track.outside_work_day")


def test_only_a_phone_may_send_one(client: FlaskClient, company: Company) -> None:
    del company
    assert client.post(LIVE_PATH, json=HERE).status_code == 401
    sign_in(client, "budi")
    assert client.post(LIVE_PATH, json=HERE).status_code == 403


def test_the_page_shows_where_somebody_is_and_where_they_were(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    now = utc_now()
    with app.app_context(), transaction():
        start_work(company.sari, at=now)
        visit = record_visit(rep_id=company.sari, customer_id=company.shop, at=now, minutes=None)
    sign_in(client, "budi")

    html = client.get("/live").get_data(as_text=True)
    chosen = client.get(f"/live?rep={company.sari}").get_data(as_text=True)

    assert "In a visit" in html
    assert "Toko Maju" in html
    assert "Rina" not in html
    found = re.search(r'<script type="application/json">(.*?)</script>', chosen, re.DOTALL)
    assert found
    drawn = json.loads(found[1])
    assert [person["name"] for person in drawn["people"]] == ["Sari"]
    assert drawn["people"][0]["seen"]["source"] == "visit"
    assert drawn["others"][0]["url"] == f"/visits/{visit}"


@pytest.mark.parametrize(
    ("name", "status"), [("admin", 200), ("budi", 200), ("sari", 200), ("dewi", 404), ("joko", 404)]
)
def test_a_rep_of_another_team_is_not_found(
    client: FlaskClient, company: Company, name: str, status: int
) -> None:
    sign_in(client, name)

    assert client.get(f"/live?rep={company.sari}").status_code == status


def test_without_redis_the_stream_says_so_and_the_page_asks(
    client: FlaskClient, company: Company
) -> None:
    del company
    assert client.get("/live/stream").headers["Location"].startswith("/sign-in")
    sign_in(client, "budi")

    assert client.get("/live/stream").status_code == 503
    assert client.get("/live").status_code == 200


def test_what_is_newer_stays_newest_from_wherever_it_came(app: Flask, company: Company) -> None:
    now = utc_now()
    place = Place(latitude=1, longitude=2, accuracy_m=None, measured_at=now)
    with app.app_context(), transaction():
        start_work(company.sari, at=now)
        assert keep_live_position(rep_id=company.sari, place=place, received_at=now)
        record_visit(rep_id=company.sari, customer_id=company.shop, at=now - dt.timedelta(hours=1))
        assert not keep_live_position(rep_id=company.sari, place=place, received_at=now)
