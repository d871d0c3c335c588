"""Prepared statements give and take what SQLAlchemy does, on both databases."""

import datetime as dt
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from server.customers.models import Customer
from server.live.models import LastPosition
from server.planning.models import JourneyStop
from server.platform.database import among, db
from server.platform.prepared import Prepared
from server.platform.transaction import transaction
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


def test_errors_are_those_of_sqlalchemy(company: Company) -> None:
    with company.app.app_context(), pytest.raises(IntegrityError), transaction():
        KEEP.write_all([{"rep_id": company.sari, **POSITION}] * 2)
