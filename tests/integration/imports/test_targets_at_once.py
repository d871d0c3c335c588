"""An import and a form that set the same new target at the same moment."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from server.metrics.models import Target
from server.metrics.operations.targets import TargetChange, TargetOverlapsError, set_targets
from server.metrics.sql.targets import Holder
from server.platform.database import db
from server.platform.events import records_changed
from server.platform.transaction import transaction
from shared.time import Period, utc_now
from tests.factories.company import Company
from tests.integration.imports.conftest import Import, outcomes
from tests.support.databases import until_somebody_waits

MARCH = Period.month(2026, 3).start
MAPPING = """
currency = "IDR"
[[step]]
entity = "target"
file = "targets.csv"
[step.fields]
metric = "metric"
month = "month"
team = "team"
rep = "rep"
amount = "amount"
"""


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture(params=["sari", "east"])
def code(request: pytest.FixtureRequest, folder: Path) -> str:
    """Return the code of who gets the target: a rep, or a team as a whole."""
    code = str(request.param)
    columns = f"{code}," if code == "sari" else f",{code}"
    (folder / "targets.csv").write_text(
        f"metric,month,rep,team,amount\ncalls,2026-03-01,{columns},70\n", "utf-8"
    )
    return code


def set_in_form(company: Company, code: str) -> None:
    holder = Holder(getattr(company, code), is_team=code == "east")
    change = TargetChange(holder=holder, month=MARCH, seen=None, wanted=50)
    set_targets(metric_key="calls", changes=[change], at=utc_now(), by=company.admin)


def until_it_waits() -> None:
    """Return once the other waits; SQLite lets none begin that would."""
    if db.engine.dialect.name == "postgresql":
        until_somebody_waits()


def test_an_import_after_a_form_says_that_it_changed_the_target(
    app: Flask, company: Company, run_import: Import, code: str, elsewhere: ThreadPoolExecutor
) -> None:
    with app.app_context():
        with transaction():
            set_in_form(company, code)
            report = elsewhere.submit(run_import, mapping=MAPPING)
            until_it_waits()
        assert outcomes(report.result(60)) == {"target": (0, 1, 0, 0)}
        assert db.session.scalars(select(Target.amount)).all() == [70]


def test_a_form_after_an_import_says_that_there_is_a_target_already(
    app: Flask, company: Company, run_import: Import, code: str, elsewhere: ThreadPoolExecutor
) -> None:
    def save() -> None:
        with app.app_context(), transaction():
            set_in_form(company, code)

    forms: list[Future[None]] = []

    def meet(_sender: object, *, entity: str, **_: object) -> None:
        if entity == "target" and not forms:
            forms.append(elsewhere.submit(save))
            until_it_waits()

    with records_changed.connected_to(meet):
        report = run_import(mapping=MAPPING)
    with pytest.raises(TargetOverlapsError):
        forms[0].result(60)
    assert outcomes(report) == {"target": (1, 0, 0, 0)}
    with app.app_context():
        assert db.session.scalars(select(Target.amount)).all() == [70]
