"""An import and a worker that wait for each other's days: PostgreSQL ends one of them."""

import datetime as dt
import threading
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from server.deals.models import Deal
from server.identity.models import User
from server.platform.database import db
from server.platform.events import day_changed
from tests.integration.imports.conftest import FILES, Import
from tests.support.databases import until_somebody_waits

DEALS = FILES["deals.csv"] + "D-5;3;T-1;TEH;Menang;02/03/2026;10/03/2026;1.000\n"
LOCK = "SELECT day FROM stale_day WHERE rep_id = %s FOR UPDATE"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_chunk_given_up_for_a_worker_is_loaded_again(
    app: Flask, run_import: Import, folder: Path, database_url: str
) -> None:
    (folder / "deals.csv").write_text(DEALS, "utf-8")
    run_import()
    with app.app_context():
        ids = {user.code: user.id for user in db.session.scalars(select(User))}
    first, second, third = sorted(ids.values())
    changed = DEALS.replace("1.000", "2.000").replace("1.250.000", "9.000")
    changed = changed.replace("D-3;2;T-2;GULA", "D-3;2;T-2;TEH")
    (folder / "deals.csv").write_text(changed, "utf-8")
    plain_url = database_url.replace("postgresql+psycopg://", "postgresql://")
    attempts: list[str] = []

    with psycopg.connect(plain_url) as worker:
        # Patient, so that the import is the one that is ended.
        worker.execute("SET deadlock_timeout = '60s'")
        worker.execute(LOCK, (third,))
        other = threading.Thread(target=take, args=(worker, first))

        def meet(_sender: object, *, rep_id: str, days: set[dt.date]) -> None:
            # The first rep's days are marked now; the third's are the worker's.
            if rep_id == second:
                attempts.append(rep_id)
                if not other.ident:
                    other.start()
                    until_somebody_waits()

        with day_changed.connected_to(meet):
            report = run_import()
        other.join(timeout=60)

    assert len(attempts) == 2  # the chunk was loaded twice
    assert report["problems"] == []
    assert report["steps"][-1] == {
        "entity": "deal",
        "file": "deals.csv",
        "created": 0,
        "updated": 3,
        "unchanged": 2,
        "refused": 0,
    }
    with app.app_context():
        amounts = {deal.code: deal.amount_minor for deal in db.session.scalars(select(Deal))}
    assert (amounts["D-1"], amounts["D-3"], amounts["D-5"]) == (900_000, 550_000, 200_000)


def take(worker: psycopg.Connection, rep_id: str) -> None:
    worker.execute(LOCK, (rep_id,))
    worker.commit()
