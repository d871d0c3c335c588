"""Amounts are converted by the databases as by Python, to the last digit."""

from decimal import Decimal

from flask import Flask
from sqlalchemy import BigInteger, literal, select

from server.platform.database import db, exact_text
from server.platform.sql import converted
from shared.money import convert_minor
from shared.schemas.limits import MAX_MINOR

CASES = [
    (amount, Decimal(rate))
    for amount in (0, 1, 2, 3, 199, 1_000_01, 10**12 + 1, -1, -3, MAX_MINOR)
    for rate in ("1", "0.5", "0.005", "16250.5", "162.505", "0.0000187654", "1625050")
]


def test_the_database_converts_as_python_does(app: Flask) -> None:
    cases = (
        converted(literal(amount, BigInteger), literal(exact_text(rate))) for amount, rate in CASES
    )
    statement = select(*(case.label(f"case_{number}") for number, case in enumerate(cases)))

    with app.app_context():
        found = db.session.execute(statement).one()

    wanted = [convert_minor(*case) for case in CASES]
    assert list(found) == [each if abs(each) <= MAX_MINOR else None for each in wanted]
    assert None in found
