"""The floor of the sync bench: a bare Flask endpoint that inserts what it gets in bulk, no more."""

import datetime as dt
import os
from typing import Any

import orjson
from flask import Flask, request
from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
)

from server.platform.settings import Settings

PATH = "/bulk"
_COLUMNS = ("s", "id", "e", "k", "g", "d", "t")


def create_floor() -> Flask:
    """Return the application; its table lies beside Tapak's, in the same database."""
    engine = create_engine(Settings.from_environment().resolved_database_url)
    table = Table(
        "bench_floor",
        MetaData(),
        Column("s", Integer, primary_key=True),
        *(Column(name, String(36)) for name in ("id", "e", "k", "g")),
        *(Column(name, JSON) for name in ("d", "t")),
        Column("line", LargeBinary),
        Column("received_at", DateTime),
    )
    app = Flask(__name__)

    @app.get("/healthz")
    def healthz() -> dict[str, Any]:
        table.create(engine, checkfirst=True)
        return {"pid": os.getpid()}

    @app.post(PATH)
    def bulk() -> dict[str, Any]:
        at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        lines = request.get_data().splitlines()
        records = [orjson.loads(line) for line in lines]
        rows = [
            {name: record.get(name) for name in _COLUMNS} | {"line": line, "received_at": at}
            for record, line in zip(records, lines, strict=True)
        ]
        with engine.begin() as connection:
            connection.execute(table.insert(), rows)
        return {"inserted": len(rows)}

    return app
