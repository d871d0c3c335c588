"""Laws of the numbers, after a random history that is counted at random moments."""

import datetime as dt
import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.deals.operations import deals
from server.metrics.jobs import refresh_rollups
from server.metrics.models import CustomerDayRollup, DailyRollup, DealFact, Target
from server.metrics.operations.days import rebuild_everything
from server.metrics.queries import Answer, Question, metric_groups, metric_values, standings
from server.metrics.rollups.rebuild import differing_rows
from server.metrics.sql.reach import By
from server.metrics.sql.sliced import dimensions_of
from server.planning.models import JourneyStop
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.events import mark_days
from server.platform.transaction import transaction
from server.visits import operations as visits
from shared.metrics.catalog import METRICS
from shared.metrics.definition import Direction, Family, Metric
from shared.metrics.formula import Kind, Measure, Unit
from shared.metrics.measures import Dimension
from shared.sync.ids import new_id
from shared.time import Period
from shared.vocabulary import NoSaleReason, StopState, VisitState
from tests.factories.company import Company
from tests.factories.visits import MONDAY_9, record_visit, take_order

MARCH = Period.month(2026, 3)
DAY = dt.timedelta(days=1)
STAGES = ("lead", "opportunity", "negotiation", "won", "lost")


class History:
    """What three reps do in a fortnight, drawn from a seed; late entries included."""

    def __init__(self, company: Company, seed: int) -> None:
        self.random = random.Random(seed)
        self.reasons = random.Random(seed)
        self.plans = random.Random(seed)
        self.sources = random.Random(seed)
        self.company = company
        self.deals: list[tuple[str, dt.date]] = []
        self.visits: list[tuple[str, str]] = []

    def act(self) -> None:
        """Do one thing, on a day before or after what was done so far."""
        action = self.random.choice([self.visit, self.visit, self.deal, self.move, self.void])
        action(self.moment())
        if self.plans.random() < 0.3:
            self.plan(MONDAY_9 + self.plans.randrange(14) * DAY)

    def moment(self) -> dt.datetime:
        return MONDAY_9 + dt.timedelta(hours=self.random.randrange(14 * 24))

    def rep(self, draw: random.Random | None = None) -> str:
        return (draw or self.random).choice(
            [self.company.sari, self.company.joko, self.company.rina]
        )

    def plan(self, at: dt.datetime) -> None:
        rep_id, day = self.rep(self.plans), at.date()
        stop = JourneyStop(
            id=new_id(),
            rep_id=rep_id,
            customer_id=self.plans.choice([self.company.shop, self.company.kiosk]),
            day=day,
            sequence=self.plans.randrange(9),
            state=StopState.PLANNED,
            created_at=MONDAY_9,
            updated_at=MONDAY_9,
        )
        with suppress(IntegrityError), db.session.begin_nested():  # planned already
            db.session.add(stop)
        mark_days(rep_id, {day})

    def set_targets(self) -> None:
        """Give everybody a target, some an easy one and some a hard one."""
        reps = {self.company.sari: self.company.east, self.company.joko: self.company.east}
        for rep_id, team_id in (reps | {self.company.rina: self.company.west}).items():
            db.session.add(
                Target(
                    id=new_id(),
                    metric_key="revenue",
                    month=MARCH.start,
                    rep_id=rep_id,
                    team_id=team_id,
                    amount=self.random.randrange(1, 99_999),
                )
            )

    def visit(self, at: dt.datetime) -> None:
        rep_id = self.rep()
        customer_id = self.random.choice([self.company.shop, self.company.kiosk])
        visit_id = record_visit(
            rep_id=rep_id,
            customer_id=customer_id,
            at=at,
            minutes=self.random.choice([None, 5, 25]),
            metres_away=self.random.choice([0, 95, 400]),
        )
        self.visits.append((visit_id, rep_id))
        # Also where an order follows: two phones of a rep may say both.
        if self.reasons.random() < 0.7:
            fields = {"no_sale_reason": self.reasons.choice(list(NoSaleReason))}
            visits.patch_visit(visit_id=visit_id, rep_id=rep_id, fields=fields, at=at)
        if self.random.random() < 0.6:
            deal_id = take_order(
                rep_id=rep_id,
                customer_id=customer_id,
                product_id=self.random.choice([self.company.tea, self.company.rice]),
                quantity=self.random.randrange(1, 9),
                unit_price_minor=self.random.randrange(0, 9_999),
                visit_id=visit_id,
                at=at,
            )
            self.deals.append((deal_id, at.date()))

    def deal(self, at: dt.datetime) -> None:
        deal_id = new_id()
        deals.create_deal(
            deal=deals.NewDeal(
                deal_id=deal_id,
                owner_id=self.random.choice([self.company.sari, self.company.joko]),
                customer_id=self.random.choice([self.company.shop, None]),
                stage_key=self.random.choice(STAGES[:3]),
                currency="IDR",
                amount_minor=self.random.randrange(9_999),
                source=self.sources.choice(["", "fair"]),
            ),
            at=at,
            day=at.date(),
            reporting_currency="IDR",
        )
        self.deals.append((deal_id, at.date()))

    def move(self, at: dt.datetime) -> None:
        if self.deals:
            deal_id, day = self.random.choice(self.deals)
            fields: dict[str, Any] = {"stage_key": self.random.choice(STAGES)}
            if self.random.random() < 0.3:
                fields["owner_id"] = self.company.rina
            at = max(at, dt.datetime.combine(day, at.timetz()) + DAY)
            deals.change_deal(deal_id=deal_id, fields=fields, at=at, day=at.date())

    def void(self, at: dt.datetime) -> None:
        if self.visits and self.random.random() < 0.5:
            visit_id, rep_id = self.random.choice(self.visits)
            self.visits.remove((visit_id, rep_id))
            fields = {"state": VisitState.CANCELLED, "cancel_reason": "wrong customer"}
            visits.patch_visit(visit_id=visit_id, rep_id=rep_id, fields=fields, at=at)
        elif self.deals:
            deals.void_deal(deal_id=self.deals.pop(0)[0], at=at)


def stored() -> list[str]:
    tables = (DailyRollup.__table__, CustomerDayRollup.__table__, DealFact.__table__)
    return sorted(str(tuple(row)) for table in tables for row in db.session.execute(select(table)))


MEASURES = {
    measure.slot: measure
    for metric in METRICS.values()
    for measure in metric.measures()
    if measure.kind in {Kind.SUM, Kind.STOCK}
}


def alone(measure: Measure) -> Metric:
    """Return a metric that is nothing but this measure."""
    return Metric(
        key=measure.slot,
        name=measure.name,
        description="",
        formula=measure,
        unit=measure.unit if measure.unit is Unit.MONEY else Unit.COUNT,
        family=Family.KPI,
        examples=(),
        direction=Direction.NEUTRAL,
    )


def march(by: By, metrics: Iterable[Metric] = METRICS.values()) -> Answer:
    return metric_values(
        access=SYSTEM,
        question=Question(
            metrics=list(metrics),
            period=MARCH,
            today=dt.date(2026, 6, 1),
            currency="IDR",
            by=by,
        ),
    )


def value(answer: Answer, key: str) -> Decimal:
    return answer.total.values[key].value.value or Decimal(0)


def _check_sums(company: Company) -> None:
    """Reps add up to their team, and teams to all, whatever is summed."""
    measures = [alone(measure) for measure in MEASURES.values()]
    by_rep, by_team = march(By.REP, measures), march(By.TEAM, measures)
    of_rep = {group.id: group.values for group in by_rep.groups}
    of_team = {group.id: group.values for group in by_team.groups}
    teams = {company.east: [company.sari, company.joko], company.west: [company.rina]}
    assert len(measures) > 60
    for slot in MEASURES:
        for team_id, rep_ids in teams.items():
            parts = [of_rep[rep_id][slot].value.value or 0 for rep_id in rep_ids]
            assert sum(parts) == (of_team[team_id][slot].value.value or 0), (slot, team_id)
        assert sum(values[slot].value.value or 0 for values in of_team.values()) == value(
            by_team, slot
        ), slot


def _check_sources() -> None:
    """Lead sources add up to all, with what came from none: most of it is never read."""
    known = [each for each in MEASURES.values() if Dimension.SOURCE in dimensions_of(alone(each))]
    answer = march(By.SOURCE, [alone(each) for each in known])
    assert {group.name for group in answer.groups} == {"", "fair"}
    for measure in known:
        parts = [group.values[measure.slot].value.value or 0 for group in answer.groups]
        assert sum(parts) == value(answer, measure.slot), measure.slot
    assert len(known) > 20


def _check_standings() -> None:
    """Who is read without the past, or first by one number, is told of as everybody is."""
    keys = ("revenue", "calls", "target_attainment", "active_outlets", "first_call_time")
    metrics = [METRICS[key] for key in keys]
    for month in (MARCH, Period.month(2026, 4)):
        question = Question(
            metrics=metrics, period=month, today=dt.date(2026, 6, 1), currency="IDR", by=By.REP
        )
        whole = metric_groups(access=SYSTEM, question=question)
        assert len(whole) == 3
        for some in (metrics, metrics[:1], metrics[3:4]):
            asked = replace(question, metrics=some, rep_ids=None)
            found = standings(access=SYSTEM, question=asked, among=metrics)
            assert [each.id for each in found] == [each.id for each in whole]
            for each, same in zip(found, whole, strict=True):
                for key, known in each.values.items():
                    assert known.value == same.values[key].value, (each.name, key)
        one = replace(question, rep_ids=frozenset([str(whole[1].id)]))
        [alone_there] = standings(access=SYSTEM, question=one, among=metrics)
        assert alone_there.id == whole[1].id


def _check_attainment(by_rep: Answer, by_team: Answer, company: Company) -> None:
    """Together they attain no more than the best of them, and no less than the worst."""
    of_rep = {group.id: group.values["target_attainment"].value.value for group in by_rep.groups}
    of_team = {group.id: group.values["target_attainment"].value.value for group in by_team.groups}
    known = [each for each in of_rep.values() if each is not None]
    assert len(known) == 3
    assert len(set(known)) > 1
    assert min(known) <= value(by_rep, "target_attainment") <= max(known)
    east = of_team[company.east]
    members = [each for each in (of_rep[company.sari], of_rep[company.joko]) if each is not None]
    assert east is not None
    assert min(members) <= east <= max(members)


def _check_reasons(answer: Answer) -> None:
    """Each reason is one of those that explain why nothing was sold, and no visit has two."""
    explained = answer.total.values["no_sale_reasons"].value.numerator
    shares = [answer.total.values[f"no_sale_{reason}"].value for reason in NoSaleReason]
    assert sum(filter(None, (share.numerator for share in shares))) == explained
    assert explained


@pytest.mark.parametrize("seed", [1, 2])
def test_the_laws_hold_after_any_history(app: Flask, company: Company, seed: int) -> None:
    history = History(company, seed)
    with app.app_context():
        for _ in range(50):
            with transaction():
                history.act()
            if history.random.random() < 0.15:
                refresh_rollups()
        refresh_rollups()

        assert not any(differing_rows().values())
        incremental = stored()
        with transaction():
            rebuild_everything()
        assert stored() == incremental
        for rep_id in (company.joko, company.rina, company.sari):
            with transaction():
                rebuild_everything([rep_id])
        refresh_rollups()
        assert stored() == incremental

        with transaction():
            history.set_targets()
        answer = march(By.TEAM)
        _check_attainment(march(By.REP), answer, company)
        _check_sums(company)
        _check_sources()
        _check_standings()
        assert answer.total.values["pjp_rate"].value.denominator
        for key in ("pjp_rate", "strike_rate", "call_compliance", "coverage", "no_sale_reasons"):
            assert value(answer, key) <= 1
        _check_reasons(answer)
        assert value(answer, "productive_calls") <= value(answer, "calls")
        assert value(answer, "active_outlets") > 0
        assert value(answer, "open_opportunities") >= 0
        assert value(answer, "revenue") > 0


def test_sales_made_in_visits_are_no_more_than_visits(app: Flask, company: Company) -> None:
    history = History(company, 1)
    with app.app_context():
        with transaction():
            for _ in range(20):
                history.visit(history.moment())
        refresh_rollups()

        answer = march(By.REP)
        for values in (answer.total.values, *(group.values for group in answer.groups)):
            calls, productive, active, visited = (
                values[key].value.value or 0
                for key in ("calls", "productive_calls", "active_outlets", "customers_visited")
            )
            assert active <= productive <= calls
            assert active <= visited
        assert value(answer, "active_outlets") > 0
        assert value(answer, "productive_calls") < value(answer, "calls")


def test_a_cohorts_conversion_is_the_product_of_its_steps(app: Flask, company: Company) -> None:
    """Of leads with one opportunity each at the most, whatever became of them, and when."""
    history = History(company, 1)
    draw = history.random
    with app.app_context():
        with transaction():
            for _ in range(25):
                at, deal_id = history.moment(), new_id()
                deals.create_deal(
                    deal=deals.NewDeal(
                        deal_id=deal_id,
                        owner_id=history.rep(),
                        customer_id=company.shop,
                        stage_key="lead",
                        currency="IDR",
                        amount_minor=draw.randrange(9_999),
                    ),
                    at=at,
                    day=at.date(),
                    reporting_currency="IDR",
                )
                for stage in draw.choice([(), STAGES[1:2], STAGES[1:4], ("opportunity", "lost")]):
                    at += draw.randrange(3) * DAY
                    fields = {"stage_key": stage}
                    deals.change_deal(deal_id=deal_id, fields=fields, at=at, day=at.date())
        refresh_rollups()

        keys = (
            "lead_conversion_rate",
            "lead_to_opportunity_rate",
            "opportunity_to_win_rate_cohort",
        )
        answer = march(By.TEAM)
        won, became, closed = (answer.total.values[key].value for key in keys)
        assert won.denominator == 25
        assert became.numerator == closed.denominator
        assert won.numerator == closed.numerator
        assert 0 < value(answer, keys[0]) < value(answer, keys[1]) < 1
        product = value(answer, keys[1]) * value(answer, keys[2])
        assert round(value(answer, keys[0]), 20) == round(product, 20)
