"""No work is forgotten: not when nobody was woken for it, not when its worker is killed."""

import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from server.metrics.models import DailyRollup, StaleDay
from server.metrics.operations.days import mark_days_stale
from server.platform.database import db
from server.platform.transaction import transaction
from tests.factories.company import Company
from tests.factories.visits import MONDAY_9, record_visit
from tests.support.databases import mostly_on
from tests.support.tapak import RunningTapak, wait_until

MONDAY = dt.date(2026, 3, 2)


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def rows_of(model: type) -> int:
    """Count the rows of a table as the world sees them now."""
    db.session.rollback()
    return db.session.scalars(select(func.count()).select_from(model)).one()


def visit_and_forget_to_nudge(company: Company, *, mondays: int) -> None:
    with transaction():
        for week in range(mondays):
            record_visit(
                rep_id=company.sari,
                customer_id=company.shop,
                at=MONDAY_9 - dt.timedelta(weeks=week),
            )
        days = {MONDAY - dt.timedelta(weeks=week) for week in range(mondays)}
        mark_days_stale(rep_id=company.sari, days=days)


@pytest.mark.fault("server killed (SIGKILL)", "worker, at its work")
@pytest.mark.timeout(600)
@mostly_on("postgresql")
def test_work_is_done_although_nobody_was_woken_and_workers_are_killed_at_it(
    company: Company, tapak: RunningTapak
) -> None:
    assert tapak.processes("server.worker schedule")

    visit_and_forget_to_nudge(company, mondays=8)

    wait_until(lambda: rows_of(StaleDay) == 0)
    assert rows_of(DailyRollup) == 8
    for _ in range(3):
        with transaction():
            mark_days_stale(
                rep_id=company.sari, days={MONDAY - dt.timedelta(days=past) for past in range(300)}
            )
        wait_until(lambda: bool(tapak.processes("server.worker work")))
        for process in tapak.processes("server.worker work"):
            process.kill()

    wait_until(lambda: rows_of(StaleDay) == 0, timeout_s=120)
    assert rows_of(DailyRollup) == 8
