"""An import killed in the middle leaves whole chunks; starting it again finishes it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from server.imports.operations.run import CHUNK_ROWS
from tests.support.databases import mostly_on

ROOT = Path(__file__).parents[2]
ROWS = 4_000
MAPPING = """
currency = "IDR"
[[step]]
entity = "user"
file = "people.csv"
[step.fields]
code = "nip"
name = "nip"
[[step]]
entity = "product"
file = "items.csv"
[step.fields]
sku = "sku"
name = "sku"
price = "price"
[[step]]
entity = "deal"
file = "deals.csv"
[step.fields]
code = "no"
owner = "nip"
product = "sku"
stage = { value = "won" }
created_on = "day"
closed_on = "day"
amount = "amount"
"""


@pytest.mark.timeout(600)
@mostly_on("postgresql")
def test_an_import_killed_in_the_middle_is_finished_by_the_next(
    database_url: str, tmp_path: Path
) -> None:
    folder = write_files(tmp_path)
    engine = create_engine(database_url)
    armed = tmp_path / "failpoint"
    armed.write_text("import: deal loaded")

    assert start(folder, database_url, armed).wait() == -signal.SIGKILL
    assert count(engine, "deal") == CHUNK_ROWS

    assert start(folder, database_url, armed).wait() == 0
    assert (count(engine, "deal"), count(engine, "deal_line")) == (ROWS, ROWS)
    assert count(engine, "stage_change") == 2 * ROWS
    with engine.connect() as connection:
        total = connection.scalar(text("SELECT sum(amount_minor) FROM deal"))
    assert total == 100 * sum(range(1, ROWS + 1))
    engine.dispose()


def write_files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "company.toml").write_text(MAPPING)
    (folder / "people.csv").write_text("nip\n1\n2\n")
    (folder / "items.csv").write_text("sku,price\nTEH,5500\n")
    rows = (f"D-{n},{n % 2 + 1},TEH,2026-03-{n % 28 + 1:02},{n}\n" for n in range(1, ROWS + 1))
    (folder / "deals.csv").write_text("no,nip,sku,day,amount\n" + "".join(rows))
    return folder


def start(folder: Path, database_url: str, armed: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TAPAK_DATA": str(folder / "data"),
        "TAPAK_FAILPOINT_FILE": str(armed),
        "TAPAK_DATABASE_URL": database_url,
    }
    arguments = ["import", "--mapping", str(folder / "company.toml"), "--data", str(folder)]
    return subprocess.Popen(
        [sys.executable, "-m", "server.cli", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608
