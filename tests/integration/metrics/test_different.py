"""Different customers, over any days and any split of the reps: as the raw rows have them."""

import datetime as dt
import random

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from server.customers.models import Customer, CustomerAssignment
from server.metrics.jobs import refresh_rollups
from server.metrics.models import DealFact
from server.metrics.queries import Question, metric_values
from server.metrics.sql.reach import By
from server.platform.access import Access
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.transaction import transaction
from server.teams.models import TeamMembership
from server.visits.models import Visit
from shared.metrics.catalog import METRICS
from shared.time import Period
from shared.vocabulary import CustomerClass, Role
from tests.factories.company import FOUNDED_ON, Company, add_customer
from tests.factories.visits import MONDAY_9, record_visit, take_order

FIRST = MONDAY_9.date()
KEYS = ("customers_visited", "coverage", "active_outlets", "new_outlets")


def fill(company: Company, draw: random.Random) -> None:
    """Let three reps visit thirty customers, their own and others', over two months."""
    reps = [company.sari, company.joko, company.rina]
    shops = [
        add_customer(f"Shop {n}", owner_id=draw.choice(reps), team_id=company.east)
        for n in range(30)
    ]
    db.session.flush()
    db.session.execute(delete(CustomerAssignment))
    db.session.execute(
        insert(CustomerAssignment),
        [
            {"customer_id": shop, "rep_id": rep, "start_on": start, "end_on": end}
            for shop in shops[:25]
            for rep, start, end in (
                (draw.choice(reps), FOUNDED_ON, FIRST + dt.timedelta(days=draw.randrange(60))),
                (draw.choice(reps), FIRST + dt.timedelta(days=draw.randrange(60, 90)), None),
            )
        ],
    )
    # Joko changes over to the west in the middle.
    moved_on = FIRST + dt.timedelta(days=30)
    of_joko = TeamMembership.user_id == company.joko
    db.session.execute(update(TeamMembership).where(of_joko).values(end_on=moved_on))
    db.session.add(TeamMembership(user_id=company.joko, team_id=company.west, start_on=moved_on))
    for _ in range(80):
        rep, shop = draw.choice(reps), draw.choice(shops)
        at = MONDAY_9 + dt.timedelta(hours=draw.randrange(60 * 24))
        visit = record_visit(rep_id=rep, customer_id=shop, at=at)
        if draw.random() < 0.4:
            take_order(
                rep_id=rep,
                customer_id=shop,
                product_id=company.tea,
                quantity=1,
                unit_price_minor=1_00,
                visit_id=visit,
                at=at,
            )


def by_hand(period: Period, reps: set[str], team: str | None) -> dict[str, int]:
    """Count the customers of these reps one by one, while they are in the team."""
    members = db.session.scalars(select(TeamMembership)).all()

    def counts(rep_id: str, day: dt.date) -> bool:
        if not period.start <= day < period.end or rep_id not in reps:
            return False
        return team is None or any(
            m.user_id == rep_id
            and m.team_id == team
            and m.start_on <= day
            and (m.end_on is None or day < m.end_on)
            for m in members
        )

    visits = db.session.scalars(select(Visit)).all()
    deals = db.session.scalars(select(DealFact).where(DealFact.won == 1)).all()
    assigned = db.session.scalars(select(CustomerAssignment)).all()
    return {
        "customers_visited": len({v.customer_id for v in visits if counts(v.rep_id, v.day)}),
        "active_outlets": len({d.customer_id for d in deals if counts(d.rep_id, d.day)}),
        "new_outlets": len(
            {d.customer_id for d in deals if counts(d.rep_id, d.day) and d.purchase_number == 1}
        ),
        "assigned": len(
            {
                a.customer_id
                for a in assigned
                for day in period.days()
                if a.start_on <= day
                and (a.end_on is None or day < a.end_on)
                and counts(a.rep_id, day)
            }
        ),
    }


def asked(
    period: Period,
    access: Access,
    by: By | None = None,
    rep_ids: frozenset[str] | None = None,
) -> dict[str | None, dict[str, int]]:
    answer = metric_values(
        access=access,
        question=Question(
            metrics=[METRICS[key] for key in KEYS],
            period=period,
            today=FIRST + dt.timedelta(days=365),
            currency="IDR",
            by=by,
            rep_ids=rep_ids,
        ),
    )
    return {
        group.id: {
            key: int(group.values[key].value.value or 0)
            for key in ("customers_visited", "active_outlets", "new_outlets")
        }
        | {"assigned": int(group.values["coverage"].value.denominator or 0)}
        for group in (answer.total, *answer.groups)
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_customers_count_once_for_whoever_asks(app: Flask, company: Company, seed: int) -> None:
    draw = random.Random(seed)
    admin = Access(user_id=company.admin, role=Role.ADMIN)
    reps = {company.sari, company.joko, company.rina}
    with app.app_context():
        with transaction():
            fill(company, draw)
        refresh_rollups()
        for _ in range(2):
            start = FIRST + dt.timedelta(days=draw.randrange(50))
            period = Period(start, start + dt.timedelta(days=draw.randrange(1, 40)))
            nothing = dict.fromkeys(by_hand(period, reps, None), 0)

            by_rep = asked(period, admin, By.REP)
            assert by_rep[None] == by_hand(period, reps, None)
            for rep in reps:
                assert by_rep.get(rep, nothing) == by_hand(period, {rep}, None)
            by_team = asked(period, admin, By.TEAM)
            for team in (company.east, company.west):
                assert by_team.get(team, nothing) == by_hand(period, reps, team)
                manager = Access(
                    user_id=company.budi, role=Role.MANAGER, team_ids=frozenset({team})
                )
                assert asked(period, manager)[None] == by_hand(period, reps, team)


def test_reps_are_asked_for_one_after_the_other(app: Flask, company: Company) -> None:
    admin = Access(user_id=company.admin, role=Role.ADMIN)
    period = Period(FIRST, FIRST + dt.timedelta(days=40))
    with app.app_context():
        with transaction():
            fill(company, random.Random(3))
        refresh_rollups()
        for rep in (company.sari, company.joko):
            found = asked(period, admin, By.REP, rep_ids=frozenset({rep}))
            assert found[None] == found[rep] == by_hand(period, {rep}, None)


def test_a_customer_that_nobody_visited_is_due_as_well(app: Flask, company: Company) -> None:
    keys = ("visit_frequency_compliance", "coverage")
    period = Period(FIRST, FIRST + dt.timedelta(days=28))

    def denominators() -> list[object]:
        answer = metric_values(
            access=Access(user_id=company.admin, role=Role.ADMIN),
            question=Question(
                metrics=[METRICS[key] for key in keys],
                period=period,
                today=period.end,
                currency="IDR",
                rep_id=company.sari,
            ),
        )
        return [answer.total.values[key].value.denominator for key in keys]

    with app.app_context():
        with transaction():
            shops = [
                add_customer(f"Shop {n}", owner_id=company.sari, team_id=company.east)
                for n in range(4)
            ]
            for shop, kind in zip(shops, "ABCC", strict=True):
                db.session.get_one(Customer, shop).customer_class = CustomerClass(kind)
            record_visit(rep_id=company.sari, customer_id=shops[0])
        refresh_rollups()
        # Four visits of each of two, two, one and one.
        assert denominators() == [12, 5]
        with transaction():
            db.session.get_one(Customer, shops[1]).deleted_at = MONDAY_9
            db.session.flush()
            record_changed("customer", shops[1])
        refresh_rollups()
        assert denominators() == [10, 5]
