"""Prepared statements give and take what SQLAlchemy does, on both databases."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    String,
    bindparam,
    create_engine,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.exc import IntegrityError

from server.customers.models import Customer
from server.live.models import LastPosition
from server.planning.models import JourneyStop
from server.platform.access import Access
from server.platform.connections import plan_for_pages
from server.platform.database import among, db
from server.platform.prepared import Prepared, PreparedFor
from server.platform.transaction import transaction
from server.teams.models import TeamMembership
from shared.sync.ids import new_id
from shared.vocabulary import Role
from tests.fakes.company import Company, found_company

AT = dt.datetime(2026, 3, 2, 9, 30, 1, 250_000, dt.UTC)
POSITION = {
    "latitude": -6.25,
    "longitude": 106.875,
    "accuracy_m": None,
    "battery_percent": 41,
    "source": "live",
    "measured_at": AT,
    "received_at": AT,
}
KEEP = Prepared(lambda: insert(LastPosition), columns=["rep_id", *POSITION])


@pytest.fixture
def company(app: Flask) -> Company:
    return found_company(app)


def test_rows_are_those_of_sqlalchemy(company: Company) -> None:
    with company.app.app_context():
        for table in (Customer.__table__, JourneyStop.__table__):
            usual = [tuple(row) for row in db.session.execute(select(table))]
            assert usual
            assert Prepared(partial(select, table)).rows() == usual


def test_what_is_written_is_read_again(company: Company) -> None:
    kept = select(LastPosition.__table__).where(LastPosition.rep_id == bindparam("rep"))
    with company.app.app_context(), transaction():
        KEEP.write(rep_id=company.sari, **POSITION)
        assert Prepared(lambda: kept).one(rep=company.sari)[1:] == tuple(
            POSITION[name] for name in LastPosition.__table__.columns.keys()[1:]
        )
        assert Prepared(lambda: kept).first(rep=company.budi) is None


def test_what_the_session_holds_is_seen(company: Company) -> None:
    names = Prepared(lambda: select(Customer.name).where(among(Customer.id)))
    with company.app.app_context(), transaction():
        db.session.get_one(Customer, company.maju).name = "Maju Jaya"
        assert names.scalar(ids=[company.maju]) == "Maju Jaya"


@pytest.mark.parametrize(
    "names",
    [
        ['Toko "Maju"', "C:\\new", "{a,b}", "NULL", "", " a\tb\n", "Ünïcode 店", "'; --"],
        ['"', "\\", '\\"'],
        ["Maju", None],
        [],
    ],
)
def test_texts_are_looked_up_as_they_are(app: Flask, names: list[str | None]) -> None:
    rows = union_all(*(select(literal(each, String).label("name")) for each in [*names, "other"]))
    said = rows.subquery()
    statement = select(said.c.name).where(among(said.c.name))
    with app.app_context():
        found = {name for (name,) in Prepared(lambda: statement).rows(ids=names)}
        usual = select(said.c.name).where(among(said.c.name, names))
        assert set(db.session.scalars(usual)) == found
    assert found == set(names) - {None}


def test_everybody_is_given_what_they_see(company: Company) -> None:
    def reps_seen(access: Access) -> Any:
        member = TeamMembership
        seen = access.rows(member.user_id, member.team_id), access.teams(member.team_id)
        here = member.team_id.in_([company.team, new_id()])
        return select(member.user_id).where(or_(*seen), here).order_by(member.user_id)

    prepared = PreparedFor(reps_seen)
    both = sorted([(company.sari,), (company.budi,)])
    own, strange = frozenset([company.team]), frozenset([new_id(), new_id()])
    with company.app.app_context():
        for role, user_id, team_ids, seen in (
            (Role.ADMIN, company.manager, frozenset[str](), both),
            (Role.MANAGER, company.manager, own, both),
            (Role.MANAGER, company.manager, own | strange, both),
            (Role.MANAGER, company.manager, strange, []),
            (Role.MANAGER, company.sari, strange, [(company.sari,)]),
            (Role.MANAGER, company.sari, frozenset[str](), [(company.sari,)]),
            (Role.REP, company.budi, frozenset[str](), [(company.budi,)]),
        ):
            access = Access(user_id=user_id, role=role, team_ids=team_ids)
            assert prepared.rows(access) == seen
            assert [tuple(row) for row in db.session.execute(reps_seen(access))] == seen


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_pages_are_planned_without_help(app: Flask) -> None:
    with app.app_context():
        engine = create_engine(db.engine.url)
        plan_for_pages(engine)
        with engine.connect() as connection:
            found = connection.scalar(text("SHOW max_parallel_workers_per_gather"))
        engine.dispose()
    assert found == "0"


def test_errors_are_those_of_sqlalchemy(company: Company) -> None:
    with company.app.app_context(), pytest.raises(IntegrityError), transaction():
        KEEP.write_all([{"rep_id": company.sari, **POSITION}] * 2)
