"""A small demo company, at half past two in the afternoon of a Monday."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from server.demo.blueprint import Size
from server.demo.company import DemoLogins, fill_demo
from server.platform.transaction import transaction

TODAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 7, 30, tzinfo=dt.UTC)
SMALL = Size(reps=4, customers=60, visit_days=12, deal_days=70)

Fill = Callable[..., DemoLogins]


@pytest.fixture
def fill(app: Flask) -> Iterator[Fill]:
    """Give a function that fills the small company; every argument may be another."""

    def fill_small(
        *, seed: int = 7, today: dt.date = TODAY, now: dt.datetime = NOW, size: Size = SMALL
    ) -> DemoLogins:
        return fill_demo(seed=seed, today=today, now=now, size=size)

    with app.app_context():
        yield fill_small


@pytest.fixture
def logins(fill: Fill) -> DemoLogins:
    """Return who can sign in to the small company, which is in the database."""
    with transaction():
        return fill()
