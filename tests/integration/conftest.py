"""What integration tests share: a small company in a database of either kind."""

import pytest
from flask import Flask

from server.platform.transaction import transaction
from tests.factories.company import Company, found_company


@pytest.fixture
def company(app: Flask) -> Company:
    """Return a small company, committed to the database."""
    with app.app_context(), transaction():
        return found_company()
