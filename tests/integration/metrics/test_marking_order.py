"""Two writers who mark several days, each in its own order, and neither ends the other."""

import datetime as dt
import threading
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select

from server.metrics.models import StaleDay
from server.platform.database import db
from server.platform.events import day_changed, mark_days
from server.platform.transaction import transaction
from tests.factories.company import Company

MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
Marks = Sequence[tuple[str, dt.date]]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_days_marked_in_opposite_orders_do_not_deadlock(app: Flask, company: Company) -> None:
    one_way = [(company.sari, MONDAY), (company.joko, TUESDAY), (company.sari, TUESDAY)]
    # Both have marked something before either goes on: the moment in which they would meet.
    meeting = threading.Barrier(2)
    failures: list[Exception] = []

    def change(marks: Marks) -> None:
        try:
            with app.app_context(), transaction():
                mark_days(marks[0][0], {marks[0][1]})
                meeting.wait(timeout=60)
                for rep_id, day in marks[1:]:
                    mark_days(rep_id, {day})
        except Exception as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    writers = [threading.Thread(target=change, args=(marks,)) for marks in (one_way, one_way[::-1])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)

    assert failures == []
    with app.app_context():
        marked = {(row.rep_id, row.day) for row in db.session.scalars(select(StaleDay))}
        assert marked == set(one_way)


def test_a_day_is_told_once_and_only_if_it_is_kept(app: Flask, company: Company) -> None:
    told: list[tuple[str, set[dt.date]]] = []

    def note(_sender: object, *, rep_id: str, days: set[dt.date]) -> None:
        told.append((rep_id, days))

    with app.test_request_context(), day_changed.connected_to(note):
        with transaction():
            mark_days(company.sari, {TUESDAY})
            mark_days(company.sari, {MONDAY, TUESDAY})
            assert told == []
        with pytest.raises(ValueError, match="no"), transaction():
            _mark_and_fail(company.sari)

    assert told == [(company.sari, {MONDAY, TUESDAY})]


def _mark_and_fail(rep_id: str) -> None:
    mark_days(rep_id, {MONDAY})
    raise ValueError("no")
