"""A statement made once gives what one gives that is made for the question."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from flask import Flask

from server.metrics.rollups.pipeline import Within
from server.metrics.sql.asked import ask
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.sliced import class_sums, closed_sums, lead_sums, opportunity_sums
from server.platform.access import SYSTEM, Access
from server.platform.database import db
from shared.metrics import measures as m
from shared.time import Grain, Period
from shared.vocabulary import CustomerClass, Role
from tests.factories.company import Company

MARCH = Period.month(2026, 3)
WEEKS = MARCH.split(Grain.WEEK)
DAYS = Period(dt.date(2026, 1, 1), dt.date(2026, 6, 1)).split(Grain.DAY)
CALLS, REVENUE = (m.MEASURES[key] for key in ("calls", "revenue"))


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
                statement = closed_sums((REVENUE,), WEEKS, reach)
                usual = sorted(map(repr, db.session.execute(statement)))
                asked = ask(closed_sums, (REVENUE,), WEEKS, reach)
                assert sorted(map(repr, asked)) == usual


def test_whatever_is_asked_is_given_the_same(app: Flask, busy_company: Company) -> None:
    east = frozenset({busy_company.east})
    reach = Reach(access=Access(user_id=busy_company.budi, role=Role.MANAGER, team_ids=east))
    within = replace(reach, within=Within(14, dt.date(2026, 3, 20)))
    of_class = replace(reach, customer_class=CustomerClass.A)
    with app.app_context():
        for make, measures, of in (
            (class_sums, (CALLS,), of_class),
            (class_sums, (CALLS,), replace(reach, by=By.CLASS)),
            (closed_sums, (REVENUE,), replace(reach, source="fair")),
            (closed_sums, (REVENUE,), replace(of_class, by=By.SOURCE)),
            (lead_sums, (m.LEADS, m.LEADS_OPEN), within),
            (opportunity_sums, (m.OPPORTUNITIES,), replace(of_class, by=By.REP)),
        ):
            for periods in ([MARCH], WEEKS, DAYS):
                usual = db.session.execute(make(measures, periods, of))
                asked = ask(make, measures, periods, of)
                assert sorted(map(repr, asked)) == sorted(map(repr, usual))
        assert ask(closed_sums, (REVENUE,), [MARCH], reach)
