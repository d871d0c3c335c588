"""A push of a few changes: no savepoint, and what it asks goes along with its phone's lock."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from mobile.services.views import RecordState
from server.customers.models import Customer, CustomerAssignment
from server.identity.models import User
from server.platform.connections import plan_for_pages
from server.platform.database import db
from server.platform.pipeline import Pipeline
from server.platform.transaction import transaction
from server.sync import api
from server.tasks.models import Task
from server.visits.models import Visit
from shared.vocabulary import NoSaleReason
from tests.fakes.company import MAJU, Company
from tests.fakes.handset import Handset

WAITS = 3
"""With the phone's row and all that is asked; until the feed may be written; for the commit."""


@pytest.fixture
def waits(app: Flask, phone: Handset, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give a list of how often each push waited for PostgreSQL. The phone's token is known."""
    with app.app_context():
        plan_for_pages(db.engine)
        db.engine.dispose()
    phone.tasks.create(title="The first of a token")
    phone.synchronize()
    counts: list[int] = []
    send, push = Pipeline._send_waiting, api._push

    def counted(*arguments: Any, **options: Any) -> Any:
        sent: list[Pipeline] = []

        def noted(pipeline: Pipeline) -> Any:
            sent.append(pipeline)
            return send(pipeline)

        with monkeypatch.context() as patch:
            patch.setattr(Pipeline, "_send_waiting", noted)
            outcome = push(*arguments, **options)
        counts.append(len(sent))
        return outcome

    monkeypatch.setattr(api, "_push", counted)
    return counts


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_it_waits_three_times_for_postgresql(
    phone: Handset, company: Company, waits: list[int]
) -> None:
    phone.tasks.create(title="Bring the price list", customer_id=company.maju)
    phone.synchronize()
    assert waits == [WAITS]

    visit = phone.visits.check_in(customer_id=company.maju, fix=phone.fix(MAJU))
    phone.synchronize()
    assert waits == [WAITS, WAITS]

    phone.visits.set_no_sale_reason(visit.id, NoSaleReason.OWNER_ABSENT)
    phone.visits.write_notes(visit.id, "Wants two crates more")
    phone.visits.check_out(visit.id, fix=phone.fix(MAJU))
    phone.synchronize()
    assert waits[2] == WAITS + 1  # what the feed says of a visit that was there before
    with company.app.app_context():
        assert db.session.scalars(select(Visit.notes)).one() == "Wants two crates more"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_known_of_its_rep_may_be_old(
    phone: Handset, company: Company, waits: list[int]
) -> None:
    with company.app.app_context(), transaction():
        db.session.execute(
            update(User).where(User.id == company.sari).values(time_zone="Pacific/Kiritimati")
        )
    phone.tasks.create(title="Bring the price list")
    phone.synchronize()
    assert waits[0] <= WAITS + 1
    with company.app.app_context():
        team = select(Task.team_id).where(Task.title == "Bring the price list")
        assert db.session.scalar(team) == company.team


def test_others_of_one_that_is_refused_are_taken(phone: Handset, company: Company) -> None:
    """Which is found only when some of them are written."""
    phone.tasks.create(title="before")
    refused = phone.tasks.create(title="at an outlet that never was", customer_id=company.jaya)
    phone.tasks.create(title="after")
    with company.app.app_context(), transaction():
        db.session.execute(
            delete(CustomerAssignment).where(CustomerAssignment.customer_id == company.jaya)
        )
        db.session.execute(delete(Customer).where(Customer.id == company.jaya))

    report = phone.synchronize()

    assert (report.sent, report.needs_you) == (3, 1)
    [record] = [each for each in phone.sync.records() if each.state is RecordState.NEEDS_YOU]
    assert record.record_id == refused
    with company.app.app_context():
        assert set(db.session.scalars(select(Task.title))) == {"before", "after"}
