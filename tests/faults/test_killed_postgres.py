"""PostgreSQL killed whole, by SIGKILL of its first process and all others, and started again."""

import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, has_request_context, request
from sqlalchemy import func, select

from mobile.services.views import OrderLine
from mobile.sync.answers import BusyError
from server.customers import operations as customers
from server.photos.models import Photo, PhotoUpload
from server.platform.database import db
from server.platform.events import record_changed
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.products.models import Product
from server.sync import changes
from server.sync.models import ChangeLog
from server.visits.models import CheckIn, Visit
from shared import failpoints
from shared.photos import BLOBS_PATH
from shared.sync.protocol import PULL_PATH
from shared.time import utc_now
from shared.vocabulary import PhotoState
from tests.fakes.agreement import check_equal_to_the_server
from tests.fakes.company import Company, found_company
from tests.fakes.handset import Handset
from tests.fakes.network import Network
from tests.support.application import running_app
from tests.support.databases import migrate
from tests.support.postgres import MortalPostgres, mortal_postgres

_ALL = "TAPAK_FAULT_EXAMPLES" in os.environ
_STEPS = ["request read", "phone locked", "rows written", "feed written", "committed"]
_TRIED = _STEPS if _ALL else ["rows written"]


def places() -> Iterable[int]:
    """Return numbers of statements and commits; of all requests to a path where all are tried."""
    return itertools.count(1) if _ALL else (1,)


@pytest.fixture(scope="module")
def postgres_to_kill() -> Iterator[MortalPostgres]:
    with mortal_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def app_on_it(
    postgres_to_kill: MortalPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("data")
    url = postgres_to_kill.url(postgres_to_kill.create_database())
    migrate(url, folder)
    with running_app(Settings(data=folder, database_url=url, secret_key="only for tests")) as app:
        yield app


@pytest.fixture
def company(app_on_it: Flask) -> Company:
    return found_company(app_on_it)


@pytest.fixture(autouse=True)
def alive_again(postgres_to_kill: MortalPostgres) -> Iterator[None]:
    """Let no test find what another one has left."""
    yield
    if not postgres_to_kill.is_alive:
        postgres_to_kill.start()


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


@pytest.mark.fault("server killed (SIGKILL)", "PostgreSQL, while it answers a pull")
@pytest.mark.timeout(600)
def test_pages_come_whole_or_not_at_all(
    company: Company,
    postgres_to_kill: MortalPostgres,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    rename_all(company, "0")
    phone = Handset(tmp_path / "phone.db", Network(company.app), page_rows=1)
    phone.enrol(company.enrolment_code(company.sari))

    times = 0
    for place in places():
        rename_all(company, f"{place}")
        if not kill_at(place, PULL_PATH, phone.synchronize, postgres_to_kill, monkeypatch):
            break
        times += 1
        before = [one.name for one in phone.customers.search("")]
        assert len({name.rpartition(" ")[2] for name in before}) == 1, "one snapshot or the other"
        postgres_to_kill.start()

        assert phone.synchronize().fetched_anew == []

        assert {one.name.rpartition(" ")[2] for one in phone.customers.search("")} == {f"{place}"}
        with company.app.app_context():
            check_equal_to_the_server(phone, company.sari)
            db.session.rollback()
    record_property("times", times)
    phone.switch_off()


@pytest.mark.fault("server killed (SIGKILL)", "PostgreSQL, while a photo's pieces are kept")
@pytest.mark.timeout(600)
def test_a_photo_arrives_once(
    company: Company,
    postgres_to_kill: MortalPostgres,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    phone = Handset(tmp_path / "phone.db", Network(company.app))
    phone.enrol(company.enrolment_code(company.sari))
    visit = phone.visits.check_in(customer_id=company.maju, fix=None)
    folder = company.app.extensions["settings"].photos

    times = 0
    for place in places():
        phone.take_photo(visit.id)
        phone.synchronize()
        with phone.database.read() as connection:
            sizes = {row["sha256"]: row["size_bytes"] for row in connection.execute(_SIZES)}

        def send_in_pieces(least: int = min(sizes.values())) -> None:
            phone.sender.piece.size_bytes = least // 3
            phone.sender.send()

        if not kill_at(place, BLOBS_PATH, send_in_pieces, postgres_to_kill, monkeypatch):
            break
        times += 1
        postgres_to_kill.start()
        send_in_pieces()
        phone.synchronize()

        with company.app.app_context():
            hashes = db.session.scalars(select(Photo.sha256)).all()
            states = db.session.scalars(select(Photo.state)).all()
            assert Counter(states) == {PhotoState.PRESENT: times}
            assert db.session.scalars(select(PhotoUpload.is_done)).all() == [True] * times
            db.session.rollback()
        stored = sorted(file.name for file in folder.rglob("*") if file.is_file())
        assert stored == sorted(hashes)
        assert {name: (folder / name[:2] / name).stat().st_size for name in stored} == sizes
    record_property("times", times)
    phone.visits.cancel(visit.id, "closed")
    phone.synchronize()
    phone.switch_off()


_SIZES = "SELECT sha256, size_bytes FROM photo"


def kill_at(
    place: int,
    path: str,
    do: Callable[[], object],
    postgres: MortalPostgres,
    monkeypatch: pytest.MonkeyPatch,
) -> bool:
    """Kill PostgreSQL before it hears of this statement or commit; return whether it came to that.

    The phone hears that the server cannot now, then and for as long as there is no database.
    """
    reached = itertools.count(1)

    def before(usual: Callable[..., Any]) -> Callable[..., Any]:
        def reach(*arguments: Any, **more: Any) -> Any:
            is_of_path = has_request_context() and request.path.startswith(path)
            if is_of_path and next(reached) == place:
                postgres.kill()
            return usual(*arguments, **more)

        return reach

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", before(psycopg.Cursor.execute))
        patch.setattr(psycopg.Connection, "commit", before(psycopg.Connection.commit))
        try:
            do()
        except BusyError:
            assert not postgres.is_alive
        else:
            assert postgres.is_alive, "somebody was told that all went well"
            return False
        with pytest.raises(BusyError):
            do()
    return True


def rename_all(company: Company, word: str) -> None:
    """Let the office write into customers and products, in one transaction."""
    with company.app.app_context(), transaction():
        for customer_id in sorted((company.maju, company.jaya)):
            customer = customers.lock_customer(customer_id)
            customer.change({"name": f"Toko {word}"}, at=utc_now())
        for product_id in (company.soap, company.soda):
            product = db.session.get_one(Product, product_id)
            product.change({"name": f"Product {word}"}, at=utc_now())
        record_changed("product", company.soap, company.soda)
        record_changed("customer", company.maju, company.jaya)


def rows(company: Company) -> list[int]:
    with company.app.app_context():
        counts = [
            db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Visit, CheckIn, ChangeLog)
        ]
        db.session.rollback()
        return counts
