"""PostgreSQL killed whole, by SIGKILL of its first process and all others, and started again."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobile.services.views import OrderLine
from mobile.sync.answers import BusyError
from server.platform.database import db
from server.platform.settings import Settings
from server.sync import changes
from server.sync.models import ChangeLog
from server.visits.models import CheckIn, Visit
from shared import failpoints
from tests.fakes.company import Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.application import running_app
from tests.support.databases import migrate
from tests.support.postgres import MortalPostgres, mortal_postgres

_STEPS = ["request read", "phone locked", "rows written", "feed written", "committed"]
_TRIED = _STEPS if "TAPAK_FAULT_EXAMPLES" in os.environ else ["rows written"]


@pytest.fixture(scope="module")
def postgres_to_kill() -> Iterator[MortalPostgres]:
    with mortal_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def company(
    postgres_to_kill: MortalPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("data")
    url = postgres_to_kill.url(postgres_to_kill.create_database())
    migrate(url, folder)
    with running_app(Settings(data=folder, database_url=url, secret_key="only for tests")) as app:
        yield found_company(app)


@pytest.mark.fault("server killed (SIGKILL)", "PostgreSQL, whole")
@pytest.mark.parametrize("step", _TRIED)
@pytest.mark.timeout(600)
def test_a_push_has_no_effect_or_one(
    company: Company,
    postgres_to_kill: MortalPostgres,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    step: str,
) -> None:
    def kill(name: str) -> None:
        if name == f"server: {step}":
            monkeypatch.undo()
            postgres_to_kill.kill()

    phone = Handset(tmp_path / "phone.db", Network(company.app))
    phone.enrol(company.enrolment_code(company.sari))
    before = rows(company)
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    line = OrderLine(product_id=company.soda, product_name="", quantity=1, price_minor=7)
    phone.visits.take_order(visit.id, [line])
    phone.visits.check_out(visit.id, fix=None)
    monkeypatch.setattr(failpoints, "reach", kill)

    for _ in range(2):  # killed in the first; in the second it is not there
        with pytest.raises(BusyError):
            phone.synchronize()
    assert not postgres_to_kill.is_alive

    postgres_to_kill.start()
    phone.synchronize()

    assert phone.sync.status().waiting == 0
    assert phone.sync.status().needs_you == 0
    assert rows(company) == [before[0] + 1, before[1] + 1, before[2] + 4]
    with company.app.app_context():
        assert changes.wrong_scopes() == []
        db.session.rollback()
    phone.switch_off()


def rows(company: Company) -> list[int]:
    with company.app.app_context():
        counts = [
            db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Visit, CheckIn, ChangeLog)
        ]
        db.session.rollback()
        return counts
