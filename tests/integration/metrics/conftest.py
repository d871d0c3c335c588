"""What tests of the metrics share: a company after a busy Monday, and questions to the API."""

import pytest
from flask import Flask

from server.metrics.jobs import refresh_rollups
from server.platform.transaction import transaction
from tests.factories.company import Company
from tests.factories.visits import record_visit, take_order


@pytest.fixture
def busy_company(app: Flask, company: Company) -> Company:
    """Return the company after a Monday of Sari (two orders), Joko (one) and Rina (none)."""
    with app.app_context():
        with transaction():
            for rep_id, customer_id, quantity in (
                (company.sari, company.shop, 1),
                (company.sari, company.shop, 2),
                (company.joko, company.shop, 6),
                (company.rina, company.kiosk, 0),
            ):
                visit = record_visit(rep_id=rep_id, customer_id=customer_id)
                if quantity:
                    take_order(
                        rep_id=rep_id,
                        customer_id=customer_id,
                        product_id=company.tea,
                        quantity=quantity,
                        unit_price_minor=1_000_00,
                        visit_id=visit,
                    )
        refresh_rollups()
    return company
