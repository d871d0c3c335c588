"""A small demo company, at half past two in the afternoon of a Monday."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from server.demo.blueprint import Size
from server.demo.company import DemoLogins, fill_demo
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from tests.support.application import running_app
from tests.support.demo_site import SMALL

TODAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 7, 30, tzinfo=dt.UTC)

Fill = Callable[..., DemoLogins]


def fill_small(
    *, seed: int = 7, today: dt.date = TODAY, now: dt.datetime = NOW, size: Size = SMALL
) -> DemoLogins:
    """Fill the small company into the database; every argument may be another."""
    return fill_demo(seed=seed, today=today, now=now, size=size)


@pytest.fixture
def fill(app: Flask) -> Iterator[Fill]:
    """Give `fill_small`, and an empty database of the test's own."""
    with app.app_context():
        yield fill_small


@pytest.fixture
def logins(fill: Fill) -> DemoLogins:
    """Return who can sign in to a small company of the test's own."""
    with transaction():
        return fill()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DemoLogins]:
    """Give who can sign in to a small company that the tests of a module only look at."""
    name = "sqlite_template" if request.param == "sqlite" else "postgres_template"
    template: Any = request.getfixturevalue(name)
    folder = tmp_path_factory.mktemp("demo")
    with template.copy(folder) as url:
        settings = Settings(data=folder, database_url=url, secret_key="only for tests")
        with running_app(settings) as app, app.app_context():
            with transaction():
                logins = fill_small()
            yield logins
            db.session.remove()
