"""A small company, and phones that talk to it in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.fakes.company import Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.integration.sync.past import record_past

NewPhone = Callable[[str], Handset]


@pytest.fixture
def company(app: Flask) -> Company:
    return found_company(app)


@pytest.fixture
def past(company: Company) -> Company:
    """Give a company whose rep Sari has forty days with visits, orders, stops and targets."""
    return record_past(company)


@pytest.fixture
def new_phone(company: Company, tmp_path: Path) -> Iterator[NewPhone]:
    """Give a function that hands an enrolled, synced phone to a rep."""
    handsets: list[Handset] = []

    def make(rep_id: str) -> Handset:
        path = tmp_path / f"phone-{len(handsets)}.db"
        handset = Handset(path, Network(company.app), page_rows=3)
        handsets.append(handset)
        handset.enrol(company.enrolment_code(rep_id))
        return handset

    yield make
    for handset in handsets:
        handset.switch_off()


@pytest.fixture
def phone(new_phone: NewPhone, company: Company) -> Handset:
    """Give Sari's phone."""
    return new_phone(company.sari)
