"""A server is brought up to date while phones work: old and new processes answer in turn.

Both read and write one database. The new one knows a later schema, an entity the phone has never
heard of, and more fields; which process answers a request is chance.
"""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from mobile.sync import engine
from mobile.sync.answers import AppOutdatedError
from server.platform.database import db
from server.sync import api, changes
from server.visits.models import Visit
from shared.sync import exchange
from shared.sync.protocol import PROTOCOL_VERSION, PULL_PATH, SCHEMA_VERSION
from tests.fakes.company import Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network

_COMPRESSION = "Accept-Encoding"


class TwoVersions(Network):
    """Leads each request to the old or to the new process, as `is_new` says."""

    def __init__(self, app: Flask, *, oldest: int) -> None:
        super().__init__(app)
        self.oldest = oldest
        """The oldest schema the new process understands."""
        self.turns: Iterator[bool] = iter(())

    def _serve(self, request: Any) -> Any:
        is_new = next(self.turns, True)
        headers = {name: text for name, text in request.headers.items() if name != _COMPRESSION}
        request = replace(request, headers=headers)  # plain, to be read here
        with _speaking(self.oldest if is_new else SCHEMA_VERSION, SCHEMA_VERSION + is_new):
            answer = super()._serve(request)
        if is_new and request.path == PULL_PATH and answer.status == 200:
            answer = replace(answer, body=_with_more(answer.body))
        return answer


@contextmanager
def _speaking(oldest: int, newest: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "OLDEST_SCHEMA_VERSION", oldest)
        patch.setattr(api, "SCHEMA_VERSION", newest)
        yield


def _with_more(body: bytes) -> bytes:
    """Return an answer with what only a newer server would say: more fields everywhere."""
    answer = json.loads(body)
    answer["weather"] = "rain"
    for change in answer["changes"]:
        if len(change) > 6:
            change[6]["shelf_colour"] = "blue"
    return json.dumps(answer).encode()


@pytest.fixture
def company(app: Flask) -> Company:
    return found_company(app)


def handset(company: Company, folder: Path, *, oldest: int) -> tuple[Handset, TwoVersions]:
    network = TwoVersions(company.app, oldest=oldest)
    phone = Handset(folder / "phone.db", network, page_rows=3)
    phone.enrol(company.enrolment_code(company.sari))
    return phone, network


def visits_on_server(company: Company) -> int:
    with company.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Visit)) or 0


@pytest.mark.fault("concurrency", "two versions of the server at once")
def test_an_old_phone_works_with_both_in_turn(company: Company, tmp_path: Path) -> None:
    phone, network = handset(company, tmp_path, oldest=SCHEMA_VERSION)
    rng = random.Random(4)
    network.turns = iter(lambda: rng.random() < 0.5, None)

    for _ in range(6):
        visit = phone.visits.check_in(customer_id=company.maju, fix=None)
        phone.visits.cancel(visit.id, "closed")
        phone.synchronize()

    assert phone.sync.status().waiting == 0
    assert visits_on_server(company) == 6
    with company.app.app_context():
        assert changes.wrong_scopes() == []
    phone.switch_off()


@pytest.mark.fault("concurrency", "two versions of the server at once")
def test_a_new_phone_waits_for_the_new_server_and_loses_nothing(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, network = handset(company, tmp_path, oldest=SCHEMA_VERSION)
    monkeypatch.setattr(engine, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    phone.visits.check_in(customer_id=company.maju, fix=None)

    network.turns = iter([False])
    with pytest.raises(AppOutdatedError):
        phone.synchronize()
    assert phone.sync.status().waiting > 0

    phone.synchronize()
    assert phone.sync.status().waiting == 0
    assert visits_on_server(company) == 1
    phone.switch_off()


@pytest.mark.fault("concurrency", "two versions of the server at once")
def test_a_phone_that_is_too_old_keeps_its_work_until_it_is_updated(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, network = handset(company, tmp_path, oldest=SCHEMA_VERSION)
    network.oldest = SCHEMA_VERSION + 1
    phone.visits.check_in(customer_id=company.maju, fix=None)

    with pytest.raises(AppOutdatedError):
        phone.synchronize()
    assert phone.sync.status().problem == "app_outdated"
    assert visits_on_server(company) == 0

    monkeypatch.setattr(engine, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    phone.restart()  # as the updated app
    phone.synchronize()
    assert phone.sync.status().waiting == 0
    assert visits_on_server(company) == 1
    phone.switch_off()


@pytest.mark.fault("concurrency", "two versions of the server at once")
def test_a_phone_of_a_later_protocol_is_told_so_whether_it_sends_or_fetches(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, _ = handset(company, tmp_path, oldest=SCHEMA_VERSION)
    with monkeypatch.context() as later:
        later.setattr(exchange, "PROTOCOL_VERSION", PROTOCOL_VERSION + 1)
        with pytest.raises(AppOutdatedError):
            phone.synchronize()
        phone.visits.check_in(customer_id=company.maju, fix=None)
        with pytest.raises(AppOutdatedError):
            phone.synchronize()
        assert phone.sync.status().problem == "app_outdated"

    phone.synchronize()
    assert phone.sync.status().waiting == 0
    phone.switch_off()
