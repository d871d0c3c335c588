"""Numbers follow the company's work rules at once, and what was counted before stays as it was."""

import datetime as dt
from decimal import Decimal

import pytest
from flask import Flask

from server.metrics.models import Target
from server.metrics.queries import Question, metric_values
from server.metrics.sql.customer_rows import counted_customers
from server.metrics.sql.reach import By, Reach
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.organisation import change_organisation
from server.platform.transaction import transaction
from shared.metrics import measures as m
from shared.metrics.catalog import METRICS
from shared.metrics.definition import MetricValue
from shared.sync.ids import new_id
from shared.time import Period, utc_now
from shared.working import USUAL_VISITS, USUAL_WEEK, VisitWeeks, WorkRules
from tests.factories.company import Company

MARCH = Period.month(2026, 3)
FIVE = frozenset(range(1, 6))


def decide(company: Company, rules: WorkRules) -> None:
    with transaction():
        change_organisation(fields=rules.to_wire(), at=utc_now(), by=company.admin)


def ask(key: str, period: Period = MARCH, *, by: By | None = None) -> MetricValue:
    answer = metric_values(
        access=SYSTEM,
        question=Question(
            metrics=[METRICS[key]], period=period, today=period.last_day, currency="IDR", by=by
        ),
    )
    db.session.rollback()
    if by is None:
        return answer.total.values[key].value
    return next(group.values[key].value for group in answer.groups if group.id == "A")


@pytest.mark.parametrize("by", [None, By.CLASS])
def test_how_often_a_class_is_due_is_as_decided_at_the_end_of_the_period(
    app: Flask, busy_company: Company, by: By | None
) -> None:
    with app.app_context():
        usual = ask("visit_frequency_compliance", by=by).denominator
        assert usual
        april = USUAL_VISITS.changed(VisitWeeks(2, 2, 4), since=MARCH.end)

        decide(busy_company, WorkRules(visits=april))
        assert ask("visit_frequency_compliance", by=by).denominator == usual
        decide(busy_company, WorkRules(visits=april.changed(VisitWeeks(2, 2, 4), since=None)))
        assert ask("visit_frequency_compliance", by=by).denominator == usual / 2
        rows = counted_customers(m.DUE_VISITS, MARCH, Reach(access=SYSTEM))
        assert rows is not None
        assert (
            sum(row.amount for row in db.session.execute(rows))
            == ask("visit_frequency_compliance").denominator
        )
        decide(busy_company, WorkRules(visits=USUAL_VISITS))
        assert ask("visit_frequency_compliance", by=by).denominator == usual


def test_targets_and_pace_follow_the_working_week_of_each_day(
    app: Flask, busy_company: Company
) -> None:
    with app.app_context():
        with transaction():
            target = Target(id=new_id(), metric_key="calls", month=MARCH.start, amount=26 * 22 * 24)
            target.rep_id, target.team_id = busy_company.sari, busy_company.east
            db.session.add(target)
        first = Period(MARCH.start, dt.date(2026, 3, 16))

        def of_first_half() -> Decimal | None:
            return ask("calls_target_attainment", first).denominator

        usual = ask("calls_target_pace", first).value
        assert of_first_half() == 12 * 22 * 24
        decide(busy_company, WorkRules(week=USUAL_WEEK.changed(FIVE, since=None)))
        assert of_first_half() == 10 * 26 * 24
        assert usual is not None
        decide(busy_company, WorkRules(week=USUAL_WEEK.changed(FIVE, since=first.end)))
        # Twelve days of six a week, then twelve of five.
        assert of_first_half() == 12 * 26 * 22
        assert ask("calls_target_attainment").denominator == 26 * 22 * 24
