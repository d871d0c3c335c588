"""No change is lost between the one who marks a day and the one who counts it again."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import select

from server.deals.operations import deals
from server.metrics.jobs import refresh_rollups
from server.metrics.models import DailyRollup, StaleDay, TeamDayRollup
from server.metrics.operations import days
from server.metrics.operations.days import (
    mark_days_stale,
    most_days_are_stale,
    parts_to_rebuild,
    rebuild_everything,
    rebuild_next_stale_days,
)
from server.metrics.rollups.rebuild import differing_rows, rebuild
from server.metrics.rollups.scope import Scope
from server.platform.database import db
from server.platform.events import tell_marked_days
from server.platform.transaction import transaction
from tests.factories.company import Company
from tests.factories.visits import MONDAY_9, record_visit, take_order
from tests.support.databases import until_somebody_waits

MONDAY = dt.date(2026, 3, 2)


def calls(rep_id: str) -> int | None:
    rollup = DailyRollup.__table__.c
    return db.session.scalar(
        select(rollup.calls).where(rollup.rep_id == rep_id, rollup.day == MONDAY)
    )


def stale() -> int:
    return len(db.session.execute(select(StaleDay.rep_id)).all())


def order(company: Company, rep_id: str, at: dt.datetime) -> str:
    return take_order(
        rep_id=rep_id,
        customer_id=company.shop,
        product_id=company.tea,
        quantity=1,
        unit_price_minor=1_000_00,
        at=at,
    )


class Other:
    """Another process: a thread with a connection of its own, which can be held up in between."""

    def __init__(self, app: Flask, pool: ThreadPoolExecutor) -> None:
        self._app = app
        self._pool = pool

    def start(self, *steps: Callable[[], object]) -> "tuple[Future[None], list[threading.Event]]":
        """Run the steps in one transaction; each waits until its event is set."""
        gates = [threading.Event() for _ in steps]

        def run() -> None:
            with self._app.app_context(), transaction():
                for step, gate in zip(steps, gates, strict=True):
                    assert gate.wait(60)
                    step()

        return self._pool.submit(run), gates


@pytest.fixture
def other(app: Flask) -> Iterator[Other]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield Other(app, pool)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestInterleavings:
    """Two connections step by step, as only PostgreSQL lets two of them write at once."""

    def test_a_change_during_the_rebuild_waits_and_marks_the_day_again(
        self, app: Flask, company: Company, other: Other
    ) -> None:
        with app.app_context():
            with transaction():
                record_visit(rep_id=company.sari, customer_id=company.shop)
            change, (go,) = other.start(
                lambda: record_visit(
                    rep_id=company.sari,
                    customer_id=company.shop,
                    at=MONDAY_9 + dt.timedelta(hours=2),
                )
            )
            with transaction():
                assert rebuild_next_stale_days() == 1
                go.set()
                until_somebody_waits()
            change.result(60)

            assert (calls(company.sari), stale()) == (1, 1)
            db.session.rollback()
            refresh_rollups()
            assert (calls(company.sari), stale()) == (2, 0)

    def test_a_change_that_is_not_committed_yet_is_left_for_later(
        self, app: Flask, company: Company, other: Other
    ) -> None:
        with app.app_context():
            with transaction():
                record_visit(rep_id=company.sari, customer_id=company.shop)
            end, change = self.written(other, company, tell_marked_days)
            with transaction():
                # Its mark is raised by the open transaction, so nobody may take it.
                assert rebuild_next_stale_days() == 0
            end.set()
            change.result(60)
            refresh_rollups()

            assert (calls(company.sari), stale()) == (2, 0)

    def test_a_change_that_is_not_marked_yet_is_counted_after_it_is(
        self, app: Flask, company: Company, other: Other
    ) -> None:
        with app.app_context():
            with transaction():
                record_visit(rep_id=company.sari, customer_id=company.shop)
            end, change = self.written(other, company, lambda: None)
            with transaction():
                # The mark is that of the first visit; the second's row is not to be seen.
                assert rebuild_next_stale_days() == 1
            end.set()
            change.result(60)

            assert (calls(company.sari), stale()) == (1, 1)
            db.session.rollback()
            refresh_rollups()
            assert (calls(company.sari), stale()) == (2, 0)

    @staticmethod
    def written(
        other: Other, company: Company, mark: Callable[[], object]
    ) -> "tuple[threading.Event, Future[None]]":
        """Write a visit in a transaction that stays open until the event is set."""
        done = threading.Event()
        change, (go, then, tell, end) = other.start(
            lambda: record_visit(
                rep_id=company.sari,
                customer_id=company.shop,
                at=MONDAY_9 + dt.timedelta(hours=2),
            ),
            mark,
            done.set,
            lambda: None,
        )
        for gate in (go, then, tell):
            gate.set()
        assert done.wait(30)
        return end, change

    def test_two_workers_take_different_days(
        self, app: Flask, company: Company, other: Other
    ) -> None:
        with app.app_context():
            with transaction():
                record_visit(rep_id=company.sari, customer_id=company.shop)
                record_visit(rep_id=company.rina, customer_id=company.kiosk)
            taken: list[int] = []
            worker, (go,) = other.start(lambda: taken.append(rebuild_next_stale_days(5)))
            with transaction():
                assert rebuild_next_stale_days(1) == 1
                go.set()
                worker.result(60)
            db.session.rollback()

            assert taken == [1]
            assert (calls(company.sari), calls(company.rina), stale()) == (1, 1, 0)

    def test_two_workers_put_the_days_of_a_team_together(
        self, app: Flask, company: Company, other: Other
    ) -> None:
        with app.app_context():
            with transaction():
                record_visit(rep_id=company.sari, customer_id=company.shop)
                record_visit(rep_id=company.joko, customer_id=company.shop)
            taken: list[int] = []
            worker, (go,) = other.start(lambda: taken.append(rebuild_next_stale_days(5)))
            with transaction():
                assert rebuild_next_stale_days(1) == 1
                go.set()
                until_somebody_waits()
            worker.result(60)

            calls_of_team = select(TeamDayRollup.__table__.c.calls)
            assert (taken, db.session.scalars(calls_of_team).all()) == ([1], [2])
            assert set(differing_rows().values()) == {0}

    def test_a_rebuild_of_everything_waits_for_the_workers(
        self, app: Flask, company: Company, other: Other
    ) -> None:
        with app.app_context():
            with transaction():
                record_visit(rep_id=company.sari, customer_id=company.shop)
            everything, (go,) = other.start(rebuild_everything)
            with transaction():
                assert rebuild_next_stale_days() == 1
                go.set()
                until_somebody_waits()
            everything.result(60)

            assert (calls(company.sari), stale()) == (1, 0)
            assert set(differing_rows().values()) == {0}

    @pytest.mark.parametrize("is_counted", [True, False])
    def test_who_changes_a_day_does_not_wait_for_whole_reps_and_nothing_is_lost(
        self,
        app: Flask,
        company: Company,
        other: Other,
        monkeypatch: pytest.MonkeyPatch,
        *,
        is_counted: bool,
    ) -> None:
        with app.app_context():
            with transaction():
                order(company, company.sari, MONDAY_9 + dt.timedelta(days=1))
            refresh_rollups()
            with transaction():
                record_visit(rep_id=company.rina, customer_id=company.kiosk)
            # Late: it makes the customer's order on Tuesday a repeated one.
            change, (go,) = other.start(lambda: order(company, company.rina, MONDAY_9))

            def meanwhile(scope: Scope) -> None:
                if not is_counted:
                    rebuild(scope)
                go.set()
                change.result(60)  # committed before the part is
                if is_counted:
                    rebuild(scope)

            monkeypatch.setattr(days, "rebuild", meanwhile)
            with transaction():
                rebuild_everything([company.rina])
            monkeypatch.undo()

            assert stale() == 2
            db.session.rollback()
            refresh_rollups()
            assert (stale(), set(differing_rows().values())) == (0, {0})

    def test_who_marks_several_days_does_not_deadlock_with_a_worker_that_reopens_one(
        self, app: Flask, company: Company, other: Other
    ) -> None:
        tuesday = MONDAY + dt.timedelta(days=1)
        with app.app_context():
            with transaction():
                order(company, company.sari, MONDAY_9 + dt.timedelta(days=1))
            refresh_rollups()
            with transaction():  # Late: it makes the customer's order on Tuesday a repeated one.
                order(company, company.rina, MONDAY_9)
            marked, counted = threading.Event(), list[int]()
            writer, (first, tell, second) = other.start(
                lambda: mark_days_stale(rep_id=company.sari, days={tuesday}),
                marked.set,
                lambda: order(company, company.rina, MONDAY_9 + dt.timedelta(hours=1)),
            )
            first.set()
            tell.set()
            assert marked.wait(60)
            worker, (go,) = other.start(lambda: counted.append(rebuild_next_stale_days()))
            go.set()
            until_somebody_waits()
            second.set()
            writer.result(60)
            worker.result(60)
            db.session.rollback()

            # Monday has changed since the worker looked at it, and is left for the next time.
            assert (counted, stale()) == ([0], 2)
            db.session.rollback()
            refresh_rollups()
            assert (stale(), set(differing_rows().values())) == (0, {0})

    def test_a_worker_counts_a_deal_that_somebody_is_about_to_change(
        self, app: Flask, company: Company, other: Other
    ) -> None:
        with app.app_context():
            with transaction():
                deal_id = order(company, company.sari, MONDAY_9)
            locked, counted = threading.Event(), list[int]()
            writer, (first, tell, second) = other.start(
                lambda: deals.get_deal(deal_id),
                locked.set,
                lambda: deals.void_deal(deal_id=deal_id, at=MONDAY_9),
            )
            first.set()
            tell.set()
            assert locked.wait(30)
            worker, (go,) = other.start(lambda: counted.append(rebuild_next_stale_days()))
            go.set()
            worker.result(20)  # It does not wait for the writer, who may soon wait for it.
            second.set()
            writer.result(60)
            refresh_rollups()

            assert (counted, stale(), set(differing_rows().values())) == ([1], 0, {0})


def test_a_rebuild_that_is_interrupted_leaves_the_day_stale(app: Flask, company: Company) -> None:
    with app.app_context():
        with transaction():
            record_visit(rep_id=company.sari, customer_id=company.shop)
        with suppress(KeyboardInterrupt), transaction():
            assert rebuild_next_stale_days() == 1
            raise KeyboardInterrupt

        assert (calls(company.sari), stale()) == (None, 1)
        db.session.rollback()
        refresh_rollups()
        assert (calls(company.sari), stale()) == (1, 0)


def test_many_stale_days_are_counted_all_at_once(app: Flask, company: Company) -> None:
    with app.app_context():
        with transaction():
            record_visit(rep_id=company.sari, customer_id=company.shop)
            days = {MONDAY - dt.timedelta(days=n) for n in range(1100)}
            mark_days_stale(rep_id=company.rina, days=days)
            assert most_days_are_stale()
        refresh_rollups()

        assert (calls(company.sari), stale()) == (1, 0)
        with transaction():
            mark_days_stale(rep_id=company.sari, days={MONDAY})
            assert not most_days_are_stale()


def test_a_full_rebuild_that_is_interrupted_between_parts_loses_nothing(
    app: Flask, company: Company
) -> None:
    tuesday = MONDAY + dt.timedelta(days=1)
    with app.app_context():
        with transaction():
            order(company, company.sari, MONDAY_9 + dt.timedelta(days=1))
        refresh_rollups()
        with transaction():  # Late: Sari's order of Tuesday is no longer the customer's first.
            order(company, company.rina, MONDAY_9)
        with transaction():
            rebuild_everything([company.rina])

        marks = db.session.execute(select(StaleDay.rep_id, StaleDay.day)).all()
        assert [tuple(mark) for mark in marks] == [(company.sari, tuesday)]
        db.session.rollback()
        refresh_rollups()
        assert (stale(), set(differing_rows().values())) == (0, {0})


def test_a_part_of_a_full_rebuild_holds_few_visits(
    app: Flask, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "_VISITS_IN_A_PART", 2)
    with app.app_context():
        with transaction():
            for rep_id, customer_id, visits in (
                (company.sari, company.shop, 2),
                (company.joko, company.shop, 1),
                (company.rina, company.kiosk, 3),
            ):
                for hour in range(visits):
                    at = MONDAY_9 + dt.timedelta(hours=hour)
                    record_visit(rep_id=rep_id, customer_id=customer_id, at=at)

        parts = parts_to_rebuild()

        reps = {company.sari, company.joko, company.rina}
        assert [reps & set(part) for part in parts if reps & set(part)] == [
            {company.sari},
            {company.joko},
            {company.rina},
        ]
        assert sum(len(part) for part in parts) == 6
