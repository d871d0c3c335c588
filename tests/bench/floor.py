"""The floors of the sync bench: a bare Flask endpoint that inserts what it gets in bulk, no more.

It gets the requests of a phone, byte for byte those that the product gets, and knows no phone.

At `PATH` one row a line, with no index and no foreign key. At `SAME_ROWS_PATH` the rows that the
product itself wrote for these lines, into its own tables with their indexes and foreign keys: of a
visit's four changes the visit, check-in, check-out, order with its line and stage, four rows of the
log and two of the feed. They are taken out of the tables before, and wait in memory. At
`PLAIN_PATH` one row a record again, with a column for each of its fifteen values.
"""

import datetime as dt
import os
from collections.abc import Iterable
from typing import Any

import orjson
from flask import Flask, request
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    select,
    text,
)

from server.deals.models import Deal, DealLine, StageChange
from server.platform.database import among
from server.platform.json import read_json
from server.platform.settings import Settings
from server.sync.models import ChangeLog, SyncIndex
from server.visits.models import CheckIn, CheckOut, Visit
from tests.bench.recorded import lines_of

PATH = "/bulk"
SAME_ROWS_PATH = "/same-rows"
PLAIN_PATH = "/plain"
DEVICE_VARIABLE = "BENCH_DEVICE"
"""Names the phone whose rows are written once more, where that is asked."""
_COLUMNS = ("s", "id", "e", "k", "g", "d", "t")
# Tables that others refer to first; with the column that names the record of the change.
_WRITTEN: tuple[tuple[Any, str], ...] = (
    (Visit.__table__, "id"),
    (CheckIn.__table__, "id"),
    (CheckOut.__table__, "id"),
    (Deal.__table__, "id"),
    (DealLine.__table__, "deal_id"),
    (StageChange.__table__, "deal_id"),
    (ChangeLog.__table__, "record_id"),
    (SyncIndex.__table__, "record_id"),
)

Row = dict[str, Any]


def create_floor() -> Flask:
    """Return the application; its own table lies beside Tapak's, in the same database."""
    engine = create_engine(
        Settings.from_environment().resolved_database_url, json_deserializer=read_json
    )
    table = Table(
        "bench_floor",
        MetaData(),
        Column("s", Integer, primary_key=True),
        *(Column(name, String(36)) for name in ("id", "e", "k", "g")),
        *(Column(name, JSON) for name in ("d", "t")),
        Column("line", LargeBinary),
        Column("received_at", DateTime),
    )
    plain_table = Table(
        "bench_plain",
        MetaData(),
        Column("s", Integer, primary_key=True),
        *(Column(name, String(36)) for name in ("id", "e", "k", "customer_id", "visit_id")),
        *(Column(name, String(200)) for name in ("title", "note", "a")),
        Column("due_on", String(10)),
        *(Column(name, BigInteger) for name in ("w", "m", "am")),
        *(Column(name, String(64)) for name in ("b", "mac")),
    )
    app = Flask(__name__)
    same = _SameRows(engine)

    @app.get("/healthz")
    def healthz() -> dict[str, Any]:
        table.create(engine, checkfirst=True)
        plain_table.create(engine, checkfirst=True)
        if device_id := os.environ.get(DEVICE_VARIABLE):
            same.take_out(device_id)
        return {"pid": os.getpid()}

    @app.post(PATH)
    def bulk() -> dict[str, Any]:
        at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        lines = _lines()
        records = [orjson.loads(line) for line in lines]
        rows = [
            {name: record.get(name) for name in _COLUMNS} | {"line": line, "received_at": at}
            for record, line in zip(records, lines, strict=True)
        ]
        with engine.begin() as connection:
            connection.execute(table.insert(), rows)
        return {"inserted": len(rows)}

    @app.post(PLAIN_PATH)
    def plain() -> dict[str, Any]:
        records = [orjson.loads(line) for line in _lines()]
        rows = [
            {"s": each["s"], "id": each["id"], "e": each["e"], "k": each["k"], "mac": each["m"]}
            | each["d"]
            | each["t"]
            for each in records
        ]
        with engine.begin() as connection:
            connection.execute(plain_table.insert(), rows)
        return {"inserted": len(rows)}

    @app.post(SAME_ROWS_PATH)
    def same_rows() -> dict[str, Any]:
        lines = _lines()
        records = [orjson.loads(line) for line in lines]
        with engine.begin() as connection:
            return {"inserted": same.insert(connection, [record["id"] for record in records])}

    return app


def _lines() -> list[bytes]:
    return lines_of(request.get_data(), encoding=request.headers.get("Content-Encoding"))


class _SameRows:
    """Rows that the product wrote, by table and by record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rows: list[tuple[Table, dict[str, list[Row]]]] = []

    def take_out(self, device_id: str) -> None:
        """Read all that came of what a phone sent, and delete it; once."""
        if self._rows:
            return
        with self._engine.begin() as connection:
            sent = select(ChangeLog.record_id).where(ChangeLog.device_id == device_id)
            ids = sorted(set(connection.scalars(sent)))
            for table, name in _WRITTEN:
                found = connection.execute(select(table).where(among(table.c[name], ids)))
                self._rows.append((table, _by(name, found.mappings())))
            for table, name in reversed(_WRITTEN):
                connection.execute(delete(table).where(among(table.c[name], ids)))
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("VACUUM"))

    def insert(self, connection: Connection, ids: Iterable[str]) -> int:
        """Insert what came of these records; return how many of them the log knows."""
        wanted, logged = list(dict.fromkeys(ids)), 0
        for table, rows in self._rows:
            if some := [row for one in wanted for row in rows.pop(one, ())]:
                connection.execute(table.insert(), some)
                logged += len(some) if table is ChangeLog.__table__ else 0
        return logged


def _by(name: str, rows: Iterable[Any]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row[name]), []).append(dict(row))
    return found
