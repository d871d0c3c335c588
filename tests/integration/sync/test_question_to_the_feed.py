"""What the feed says of a few records is found by their ids, however large the feed has grown."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import text

from server.platform.bulk import insert_tuples
from server.platform.connections import plan_for_pages
from server.platform.database import db, open_connection
from server.platform.driver import gather
from server.platform.transaction import transaction
from server.sync.feed import FEED, Entered, Entry, indexed
from shared.sync.ids import new_id

AT = dt.datetime(2026, 3, 2, 9, 30, 1, tzinfo=dt.UTC)
MANY = 2_000
_READ = "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'sync_index'"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_plan_of_an_empty_feed_serves_a_full_one(app: Flask) -> None:
    ids = [new_id() for _ in range(MANY)]
    rows = [Entered("rep:1", "task", one, at, "put", 1, AT) for at, one in enumerate(ids)]
    with app.app_context():
        plan_for_pages(db.engine)
        db.engine.dispose()
        with transaction():
            gather(open_connection(db.session()))
            for one in ids[:10]:  # a connection keeps its plan of what is asked often
                assert indexed({"task": [one]}) == {}
            insert_tuples(FEED, Entered._fields, rows)
            before = db.session.scalar(text(_READ))
            assert indexed({"task": [ids[7]], "deal": [ids[8]]}) == {
                ("task", ids[7]): {"rep:1": Entry("put", 1)},
                ("task", ids[8]): {"rep:1": Entry("put", 1)},
            }
            assert db.session.scalar(text(_READ)) - before == 2
            db.session.rollback()
