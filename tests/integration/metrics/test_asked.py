"""A statement made once gives what one gives that is made for the question."""

import datetime as dt
from collections.abc import Hashable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from server.metrics.rollups.pipeline import Within
from server.metrics.sql.asked import Make, ask
from server.metrics.sql.class_customers import (
    assigned_counts,
    customers_of_class,
    frequency_sums,
)
from server.metrics.sql.different import active_reps
from server.metrics.sql.lifetime import predicted_sums
from server.metrics.sql.lists import strung_lists
from server.metrics.sql.medians import middle_values
from server.metrics.sql.periods import numbers_of
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.sliced import class_sums, closed_sums, lead_sums, opportunity_sums
from server.metrics.sql.totals import cost_sums, rollup_sums, stock_sums
from server.platform.access import SYSTEM, Access
from server.platform.database import db
from shared.metrics import measures as m
from shared.time import Grain, Period
from shared.vocabulary import CustomerClass, Role
from shared.working import VisitWeeks
from tests.factories.company import Company

MARCH = Period.month(2026, 3)
WEEKS = MARCH.split(Grain.WEEK)
DAYS = Period(dt.date(2026, 1, 1), dt.date(2026, 6, 1)).split(Grain.DAY)
CALLS, REVENUE, FIRST_CALL = m.MEASURES["calls"], m.MEASURES["revenue"], m.FIRST_CALL


def viewers(company: Company) -> list[Access]:
    east = frozenset({company.east})
    return [
        SYSTEM,
        Access(user_id=company.budi, role=Role.MANAGER, team_ids=east),
        Access(user_id=company.rina, role=Role.MANAGER, team_ids=east | {company.west}),
        Access(user_id=company.rina, role=Role.MANAGER, team_ids=east),
        Access(user_id=company.joko, role=Role.MANAGER),
        Access(user_id=company.sari, role=Role.REP),
    ]


def reaches(company: Company, access: Access) -> Iterator[Reach]:
    reach = Reach(access=access)
    yield reach
    yield replace(reach, rep_id=company.sari)
    yield replace(reach, rep_ids=frozenset({company.sari, company.rina}))
    yield replace(reach, team_ids=frozenset({company.east}))
    yield replace(reach, by=By.REP)
    yield replace(reach, by=By.TEAM)


def test_whoever_asks_is_given_the_same(app: Flask, busy_company: Company) -> None:
    with app.app_context():
        for access in viewers(busy_company):
            for reach in reaches(busy_company, access):
                for make, measures in ((closed_sums, (REVENUE,)), (rollup_sums, (CALLS,))):
                    usual = db.session.execute(make(measures, WEEKS, reach))
                    asked = ask(make, measures, WEEKS, reach)
                    assert sorted(map(repr, asked)) == sorted(map(repr, usual))


def test_whatever_is_asked_is_given_the_same(app: Flask, busy_company: Company) -> None:
    east = frozenset({busy_company.east})
    reach = Reach(access=Access(user_id=busy_company.budi, role=Role.MANAGER, team_ids=east))
    within = replace(reach, within=Within(14, dt.date(2026, 3, 20)))
    of_class = replace(reach, customer_class=CustomerClass.A)
    asked_for: list[tuple[Make, Hashable, Reach]] = [
        (class_sums, (CALLS,), of_class),
        (class_sums, (CALLS,), replace(reach, by=By.CLASS)),
        (closed_sums, (REVENUE,), replace(reach, source="fair")),
        (closed_sums, (REVENUE,), replace(of_class, by=By.SOURCE)),
        (lead_sums, (m.LEADS, m.LEADS_OPEN), within),
        (opportunity_sums, (m.OPPORTUNITIES,), replace(of_class, by=By.REP)),
        (customers_of_class, (m.CUSTOMERS_VISITED, m.ACTIVE_OUTLETS), of_class),
        (frequency_sums, (VisitWeeks(1, 2, 3), m.DUE_VISITS, m.DUE_VISITS_MADE), of_class),
        (assigned_counts, (m.CUSTOMERS_ASSIGNED,), replace(reach, by=By.CLASS)),
        (rollup_sums, (CALLS, FIRST_CALL), replace(reach, by=By.TEAM)),
        (stock_sums, (m.OPEN_LEADS,), reach),
        (stock_sums, (m.OPEN_LEADS,), Reach(access=SYSTEM)),
        (middle_values, m.MEDIAN_CYCLE_DAYS, reach),
        (cost_sums, (m.ACQUISITION_COST,), Reach(access=SYSTEM)),
        (predicted_sums, (m.PREDICTED_VALUE,), reach),
        (active_reps, None, reach),
        (strung_lists, (True, False), reach),
    ]
    with app.app_context():
        for make, what, of in asked_for:
            for periods in ([MARCH], WEEKS, DAYS):
                usual = db.session.execute(make(what, periods, of))
                asked = ask(make, what, periods, of)
                assert sorted(map(repr, asked)) == sorted(map(repr, usual))


@pytest.mark.parametrize("by", [None, By.REP])
def test_periods_asked_together_are_given_the_same(
    app: Flask, busy_company: Company, by: By | None
) -> None:
    reach = Reach(access=SYSTEM, by=by)
    with app.app_context():
        for make, some in (
            (rollup_sums, DAYS[::2]),
            (rollup_sums, DAYS[58:90]),
            (stock_sums, DAYS),
            (stock_sums, [Period(MARCH.start, day.end) for day in DAYS[70:]]),
        ):
            # What calls add up to since ever is a stock as well.
            one_by_one = {
                (period, holder): values
                for period in some
                for _, holder, *values in ask(make, (CALLS,), [period], reach)
            }
            together = ask(make, (CALLS,), some, reach)
            of_number = numbers_of(some) if make is rollup_sums else dict(enumerate(some))
            assert {
                (of_number[number], holder): values
                for number, holder, *values in together
                if number in of_number
            } == one_by_one
            assert one_by_one
