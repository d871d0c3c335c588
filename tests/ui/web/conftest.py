"""A whole server with a small company's week, and a browser that is signed in."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page
from sqlalchemy import func, select

from server.metrics.models import StaleDay
from server.platform.database import db
from server.platform.settings import Settings
from server.platform.transaction import transaction
from tests.factories.company import PASSWORD, Company, found_company
from tests.factories.visits import MONDAY_9, record_visit, take_order
from tests.support.application import running_app
from tests.support.tapak import RunningTapak, running_tapak, wait_until

MARCH = "period=custom&from=2026-03-01&to=2026-03-31"


@dataclass(frozen=True)
class Site:
    """The running server, and what is in it."""

    server: RunningTapak
    company: Company
    visit_inside: str
    visit_outside: str
    visit_of_the_west: str

    def sign_in(self, page: Page, name: str, *, language: str = "en") -> None:
        """Sign a person of the company in, without a page; test_signing_in.py does it on one."""
        page.context.add_cookies([{"name": "language", "value": language, "url": self.server.url}])
        answer = page.context.request.post(
            f"{self.server.url}/api/v1/session", data={"user": name, "password": PASSWORD}
        )
        assert answer.ok, answer.text()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a server in which March 2026 is known and counted."""
    data = tmp_path_factory.mktemp("site")
    with running_tapak(data) as server:
        with running_app(Settings(data=data)) as app, app.app_context():
            with transaction():
                site = _fill(server)
            wait_until(_is_counted, timeout_s=60, what=lambda: "the numbers to be counted")
        yield site


def _fill(server: RunningTapak) -> Site:
    company = found_company()
    inside = record_visit(rep_id=company.sari, customer_id=company.shop, metres_away=18)
    outside = record_visit(
        rep_id=company.sari,
        customer_id=company.shop,
        at=MONDAY_9 + dt.timedelta(days=1),
        metres_away=480,
    )
    west = record_visit(rep_id=company.rina, customer_id=company.kiosk)
    take_order(
        rep_id=company.sari,
        customer_id=company.shop,
        product_id=company.tea,
        quantity=25,
        unit_price_minor=500_000,
        visit_id=inside,
    )
    return Site(server, company, inside, outside, west)


def _is_counted() -> bool:
    db.session.rollback()
    return not db.session.scalar(select(func.count()).select_from(StaleDay))
