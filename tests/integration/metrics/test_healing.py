"""Numbers that went wrong all the same: tampered with, or left by a worker that was killed."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Table, delete, select, text, update

from server.metrics.jobs import heal_rollups, rebuild_all_anew, refresh_rollups
from server.metrics.models import (
    AssignedListRollup,
    CustomerListRollup,
    DailyRollup,
    DealFact,
    RouteFact,
    StaleDay,
    TeamDayRollup,
    TeamListRollup,
    TravelFact,
)
from server.metrics.operations.days import find_wrong_days
from server.metrics.rollups.assigned import differing_lists
from server.metrics.rollups.rebuild import differing_rows
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import Period, utc_now
from shared.vocabulary import StopState
from tests.factories.company import Company
from tests.factories.tracks import record_track, start_work
from tests.factories.visits import record_visit, take_order
from tests.support.databases import until_somebody_waits
from tests.support.tapak import wait_until

_ROOT = Path(__file__).parents[3]
_DAILY = DailyRollup.__table__
assert isinstance(_DAILY, Table)
_TEAMS = TeamDayRollup.__table__
assert isinstance(_TEAMS, Table)


@pytest.fixture
def counted(app: Flask, company: Company) -> Iterator[Company]:
    """Give the company after a planned visit with an order, on a day of a track, all counted.

    Of a day whose tracks are worked out again tonight.
    """
    at = utc_now().replace(hour=3) - dt.timedelta(days=5)
    with app.app_context():
        with transaction():
            start_work(company.sari, at=at)
            record_track(company.sari, [(minute, 100 * minute) for minute in range(20)], at=at)
            db.session.add(
                JourneyStop(
                    id=new_id(),
                    rep_id=company.sari,
                    customer_id=company.shop,
                    day=at.date(),
                    sequence=1,
                    state=StopState.PLANNED,
                    created_at=at,
                    updated_at=at,
                )
            )
            visit = record_visit(rep_id=company.sari, customer_id=company.shop, at=at)
            take_order(
                rep_id=company.sari,
                customer_id=company.shop,
                product_id=company.tea,
                quantity=1,
                unit_price_minor=1_00,
                visit_id=visit,
                at=at,
            )
        refresh_rollups()
        yield company


@pytest.mark.usefixtures("counted")
def test_any_row_that_is_wrong_is_reported_and_mended_over_night() -> None:
    of_reps = {
        "daily_rollup": update(_DAILY).values(calls=_DAILY.c.calls + 1),
        "customer_list_rollup": delete(CustomerListRollup),
        "assigned_list_rollup": delete(AssignedListRollup),
        "deal_fact": update(DealFact).values(value_minor=DealFact.value_minor - 1),
        "route_fact": update(RouteFact).values(stops_in_order=RouteFact.stops_in_order + 1),
        "travel_fact": update(TravelFact).values(idle_s=TravelFact.idle_s + 60),
    }
    lost = {"route_fact": delete(RouteFact), "travel_fact": delete(TravelFact)}
    of_teams = {
        "team_day_rollup": update(_TEAMS).values(calls=_TEAMS.c.calls - 1),
        "team_list_rollup": delete(TeamListRollup),
    }
    for tampered in (of_reps, of_teams, lost):
        with transaction():
            for tamper in tampered.values():
                db.session.execute(tamper)
        found = differing_rows()
        db.session.rollback()
        assert all(found[table] > 0 for table in tampered)

        heal_rollups()

        assert set(differing_rows().values()) == {0}
        db.session.rollback()


@pytest.mark.usefixtures("counted")
def test_a_full_rebuild_mends_what_was_worked_out_of_plans_and_tracks() -> None:
    # Older than what is looked at each night.
    for fact, wrong in (
        (RouteFact, {"stops_in_order": 9}),
        (TravelFact, {"travel_m": TravelFact.travel_m + 1}),
    ):
        with transaction():
            db.session.execute(update(fact).values(wrong))

    rebuild_all_anew()

    assert set(differing_rows().values()) == {0}
    db.session.rollback()


def test_what_waits_to_be_counted_is_not_wrong(
    counted: Company, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a day nor, by another day, a rep's list of customers."""
    at = utc_now() - dt.timedelta(days=3)
    with transaction():
        # As it is once a customer was given to the rep, until a worker comes.
        of_sari = AssignedListRollup.rep_id == counted.sari
        db.session.execute(update(AssignedListRollup).where(of_sari).values(customers=""))
        record_visit(rep_id=counted.sari, customer_id=counted.shop, at=at)

    assert differing_lists() == {counted.sari}
    assert find_wrong_days(Period(at.date() - dt.timedelta(weeks=1), at.date())) == set()
    db.session.rollback()
    heal_rollups()

    assert "differ" not in caplog.text
    assert set(differing_rows().values()) == {0}


@pytest.mark.usefixtures("counted")
def test_what_is_right_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    heal_rollups()

    assert "differ" not in caplog.text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_that_is_killed_while_it_counts_loses_nothing(
    app: Flask, counted: Company, database_url: str
) -> None:
    with transaction():
        record_visit(rep_id=counted.sari, customer_id=counted.kiosk)
    # The worker has taken its marks when it comes to this table, and waits.
    with (
        db.engine.connect() as connection,
        connection.begin(),
        _worker(app, database_url) as worker,
    ):
        connection.execute(text("LOCK TABLE customer_number IN ACCESS EXCLUSIVE MODE"))
        assert worker.stdin is not None
        worker.stdin.close()
        until_somebody_waits()
        worker.kill()
        worker.wait()

    assert db.session.scalars(select(StaleDay)).all()
    db.session.rollback()
    # The server's own process notices the death when it is done with its statement.
    wait_until(_everything_is_counted)


@contextmanager
def _worker(app: Flask, database_url: str) -> "Iterator[subprocess.Popen[bytes]]":
    settings = app.extensions["settings"]
    environment = os.environ | {
        "PYTHONPATH": str(_ROOT),
        "TAPAK_DATA": str(settings.data),
        "TAPAK_DATABASE_URL": database_url,
    }
    # It begins when its input ends.
    script = (
        "import sys; sys.stdin.read(); from server.app import create_app; "
        "from server.metrics.jobs import refresh_rollups; "
        "create_app().app_context().push(); refresh_rollups()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=_ROOT, env=environment, stdin=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _everything_is_counted() -> bool:
    refresh_rollups()
    right = not db.session.scalars(select(StaleDay)).all() and not any(differing_rows().values())
    db.session.rollback()
    return right
