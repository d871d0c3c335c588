"""The demo: one command, numbers computed, kept over a restart, left without a trace."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import urllib3

from tests.support.tapak import RunningTapak, running_tapak

PASSWORD = re.compile(r"Sign in with the password (\S+) as\n  (\S+) ")


@pytest.mark.timeout(400)
def test_the_demo_is_ready_with_its_numbers_and_keeps_them(tmp_path: Path) -> None:
    data = tmp_path / "data"

    with running_tapak(data, command=("demo",)) as first:
        sign_in_as_printed(first)
        enrolment = json.loads((data / "phone-enrolment.json").read_text())
        assert enrolment["server"] == first.url
        people = keys_of(data, "user_account", "id, created_at")
        visits = keys_of(data, "visit", "id")
        rollups = keys_of(data, "daily_rollup", "rep_id, day")
        assert len(visits) > 1000
        assert len(rollups) > 1000
        assert not keys_of(data, "stale_day", "rep_id, day")
        assert "differ" not in first.log.read_text()

    with running_tapak(data, command=("demo",)) as second:
        sign_in_as_printed(second)
        assert keys_of(data, "user_account", "id, created_at") == people
        # In working hours the company lives on between the two: more may be there, never less.
        assert visits <= keys_of(data, "visit", "id")
        assert rollups <= keys_of(data, "daily_rollup", "rep_id, day")
        assert not keys_of(data, "stale_day", "rep_id, day")
        assert "differ" not in second.log.read_text()


def sign_in_as_printed(tapak: RunningTapak) -> None:
    printed = PASSWORD.search(tapak.log.read_text())
    assert printed is not None, tapak.log.read_text()
    body = json.dumps({"user": printed[2], "password": printed[1]})
    answer = urllib3.request(
        "POST",
        f"{tapak.url}/api/v1/session",
        body=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status == 200, answer.data


def keys_of(data: Path, table: str, columns: str) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(data / "tapak.db")) as connection:
        return set(connection.execute(f"SELECT {columns} FROM {table}"))  # noqa: S608
