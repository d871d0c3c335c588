"""A forgotten check-out ends the visit at the last moment inside, and is counted apart."""

import datetime as dt

from flask import Flask
from sqlalchemy import select

from server.platform.database import db
from server.platform.transaction import transaction
from server.signals.operations.evidence import read_days
from server.signals.operations.rules import find_all
from server.visits.models import CheckOut, Visit
from server.visits.operations import check_out
from shared.signals import Rule
from shared.vocabulary import VisitState
from tests.factories.company import Company
from tests.factories.visits import MONDAY_9, presence, record_visit


def forget(company: Company, *, hours: int, left_ago: dt.timedelta | None) -> str:
    """Check out hours after the check-in and 5 km away."""
    visit_id = record_visit(rep_id=company.sari, customer_id=company.shop, minutes=None)
    left = presence(company.shop, MONDAY_9 + dt.timedelta(hours=hours), metres_away=5000)
    check_out(visit_id=visit_id, rep_id=company.sari, presence=left, left_ago=left_ago)
    return visit_id


def test_the_visit_ends_when_the_rep_left_and_the_evidence_stays(
    app: Flask, company: Company
) -> None:
    with app.app_context(), transaction():
        visit_id = forget(company, hours=3, left_ago=dt.timedelta(hours=2, minutes=40))

        visit = db.session.get_one(Visit, visit_id)
        evidence = db.session.scalars(select(CheckOut)).one()
        assert (visit.state, visit.auto_closed) == (VisitState.COMPLETED, True)
        assert (visit.duration_s, visit.ended_at) == (
            1200,
            MONDAY_9 + dt.timedelta(minutes=20),
        )
        assert evidence.captured_at == MONDAY_9 + dt.timedelta(hours=3)
        [day] = read_days([(company.sari, visit.day)])
        assert Rule.FAR_CHECKOUT not in {finding.rule for finding in find_all(day)}


def test_it_never_ends_before_it_began(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        visit = db.session.get_one(Visit, forget(company, hours=1, left_ago=dt.timedelta(days=3)))

        assert (visit.duration_s, visit.ended_at) == (0, MONDAY_9)


def test_an_ordinary_check_out_that_far_away_is_a_signal(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        visit = db.session.get_one(Visit, forget(company, hours=1, left_ago=None))

        assert not visit.auto_closed
        [day] = read_days([(company.sari, visit.day)])
        assert Rule.FAR_CHECKOUT in {finding.rule for finding in find_all(day)}
