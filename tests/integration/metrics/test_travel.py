"""Travel, idle and unknown time follow track and visits, whichever arrives first."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.metrics.jobs import refresh_rollups
from server.metrics.models import DailyRollup, TravelFact
from server.metrics.operations.days import rebuild_everything
from server.metrics.rollups.rebuild import differing_rows
from server.platform.database import db
from server.platform.organisation import change_organisation
from server.platform.transaction import transaction
from shared.time import utc_now
from shared.working import USUAL_IDLE, WorkRules
from tests.factories.company import Company, add_customer, sign_in
from tests.factories.tracks import METRES_PER_DEGREE, record_track, start_work
from tests.factories.visits import MONDAY_9, record_visit

MINUTE = dt.timedelta(minutes=1)
MONDAY = dt.date(2026, 3, 2)
A_DAY = dt.timedelta(days=1)
COUNTED = ("tracked_days", "tracked_work_s", "travel_m", "travel_s", "idle_s", "unknown_s")


@pytest.fixture(autouse=True)
def _connected(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def counted(rep_id: str) -> tuple[Any, ...]:
    table = DailyRollup.__table__
    row = db.session.execute(
        select(*(table.c[name] for name in COUNTED)).where(
            table.c.rep_id == rep_id, table.c.day == MONDAY
        )
    ).one()
    return tuple(row)


def two_visits(company: Company) -> None:
    """Record twenty minutes at the shop, then from 9:40 twenty at a stall 6 km north of it."""
    stall = add_customer(
        "Stall",
        owner_id=company.sari,
        team_id=company.east,
        latitude=-6.1754 + 6000 / METRES_PER_DEGREE,
    )
    record_visit(rep_id=company.sari, customer_id=company.shop)
    record_visit(rep_id=company.sari, customer_id=stall, at=MONDAY_9 + 40 * MINUTE)


def ride_and_rest(company: Company) -> None:
    """Record the way: still until 9:20, ten minutes' rest 3 km on, then to the stall."""
    start_work(company.sari)
    record_track(
        company.sari,
        [
            *((minute, 0) for minute in (0, 5, 10, 15, 20)),
            *((minute, 3000) for minute in (24, 27, 30, 34)),
            *((minute, 6000) for minute in (40, 45, 50, 55, 60)),
        ],
    )


def test_the_parts_of_the_day_are_counted(company: Company) -> None:
    with transaction():
        two_visits(company)
        ride_and_rest(company)

    refresh_rollups()

    days, work_s, metres, travel_s, idle_s, unknown_s = counted(company.sari)
    assert (days, work_s, unknown_s) == (1, 60 * 60, 0)
    assert metres == pytest.approx(6000, abs=5)
    assert (travel_s, idle_s) == (4 * 60, 16 * 60)
    fact = db.session.scalars(select(TravelFact)).one()
    assert fact.in_store_s + fact.travel_s + fact.idle_s + fact.unknown_s == fact.work_s
    assert differing_rows() == dict.fromkeys(differing_rows(), 0)


@pytest.mark.parametrize(("since", "idle_min"), [(MONDAY, 0), (MONDAY + A_DAY, 16)])
def test_how_long_is_idle_is_as_the_company_said_of_the_day(
    company: Company, since: dt.date, idle_min: int
) -> None:
    rules = WorkRules(idle_minutes=USUAL_IDLE.changed(17, since=since))
    with transaction():
        change_organisation(fields=rules.to_wire(), at=utc_now(), by=company.admin)
        two_visits(company)
        ride_and_rest(company)

    refresh_rollups()

    assert counted(company.sari)[3:] == ((20 - idle_min) * 60, idle_min * 60, 0)
    assert differing_rows() == dict.fromkeys(differing_rows(), 0)


def test_visits_that_arrive_after_the_track_count_the_day_again(company: Company) -> None:
    with transaction():
        ride_and_rest(company)
    refresh_rollups()
    assert counted(company.sari)[1] == 0
    with transaction():
        two_visits(company)

    refresh_rollups()

    late = counted(company.sari)
    with transaction():
        rebuild_everything()
    assert late == counted(company.sari)
    assert late[1] == 60 * 60


def test_a_full_rebuild_works_out_days_that_are_still_stale(company: Company) -> None:
    with transaction():
        ride_and_rest(company)
    refresh_rollups()
    with transaction():
        two_visits(company)
    with transaction():
        rebuild_everything()

    assert counted(company.sari)[3] == 4 * 60


def test_a_day_without_a_track_says_so_instead_of_zero(
    client: FlaskClient, company: Company
) -> None:
    with transaction():
        two_visits(company)
    refresh_rollups()
    sign_in(client, "budi")

    answer = client.get(
        "/api/v1/metrics/values?metrics=travel_distance,travel_time,idle_time,unknown_share"
        "&from=2026-03-01&to=2026-04-01"
    ).get_json()

    assert {(value["value"], value["reason"]) for value in answer["values"]} == {(None, "no_track")}


def test_the_metrics_are_answered(client: FlaskClient, company: Company) -> None:
    with transaction():
        two_visits(company)
        ride_and_rest(company)
    refresh_rollups()
    sign_in(client, "budi")

    answer = client.get(
        "/api/v1/metrics/values?metrics=travel_distance,travel_time,idle_time,unknown_share"
        "&from=2026-03-01&to=2026-04-01"
    ).get_json()

    distance, travel, idle, unknown = (float(value["value"]) for value in answer["values"])
    assert distance == pytest.approx(6, abs=0.01)
    assert (travel, idle, unknown) == (4, 16, 0)
