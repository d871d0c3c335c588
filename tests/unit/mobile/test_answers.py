"""What a row of the phone shows and keeps when the server has answered changes of it."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mobile.services.recorder import Recorder
from mobile.storage import outbox
from shared.sync.ids import new_id
from shared.sync.protocol import Result, Status
from tests.fakes.phone import FakeClock, make_recorder

TASK = new_id()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = make_recorder(tmp_path / "phone.db", FakeClock())
    yield recorder
    recorder.database.close()


def record(recorder: Recorder, *saves: Callable[[outbox.Action], int]) -> list[int]:
    with recorder.action() as action:
        return [save(action) for save in saves]


def make(title: str, **more: Any) -> Callable[[outbox.Action], int]:
    return lambda action: action.create("task", TASK, {"title": title, **more})


def change(**fields: Any) -> Callable[[outbox.Action], int]:
    return lambda action: action.patch("task", TASK, fields)


def settle(recorder: Recorder, *results: Result) -> int:
    with recorder.database.write() as connection:
        return outbox.settle(connection, results, at_ms=1)


def took(sequence: int, version: int = 1) -> Result:
    return Result(sequence, Status.APPLIED, version=version)


def refused(sequence: int) -> Result:
    return Result(sequence, Status.REJECTED, code="internal")


def row(recorder: Recorder) -> sqlite3.Row:
    with recorder.database.read() as connection:
        found: sqlite3.Row = connection.execute("SELECT * FROM task").fetchone()
    return found


def shown(of: sqlite3.Row) -> dict[str, Any]:
    """Return the columns but for what the server said."""
    return {name: value for name, value in dict(of).items() if not name.startswith("base")}


def base(recorder: Recorder) -> Any:
    return json.loads(row(recorder)["base"] or "null")


def test_what_took_as_it_was_is_the_base_and_looks_the_same(recorder: Recorder) -> None:
    made, changed = record(recorder, make("Bring the list", note="new"), change(note="newer"))
    before = row(recorder)
    assert settle(recorder, took(made), took(changed, 2)) == 2
    after = row(recorder)
    assert base(recorder) == {"title": "Bring the list", "note": "newer"}
    assert after["base_version"] == 2
    assert shown(before) == shown(after)


def test_what_waits_stays_on_top(recorder: Recorder) -> None:
    made, _ = record(recorder, make("Bring the list"), change(note="later"))
    settle(recorder, took(made))
    assert (base(recorder), row(recorder)["note"]) == ({"title": "Bring the list"}, "later")


def test_what_the_office_adds_is_shown_under_what_waits(recorder: Recorder) -> None:
    made, _ = record(recorder, make("Bring the list"), change(note="later"))
    fields = {"title": "Bring both lists", "note": "office"}
    settle(recorder, Result(made, Status.MERGED, version=3, fields=fields))
    seen = row(recorder)
    assert (seen["title"], seen["note"]) == ("Bring both lists", "later")
    assert base(recorder)["note"] == "office"


def test_what_was_refused_of_a_draft_is_gone_when_it_is_made(recorder: Recorder) -> None:
    made, changed = record(recorder, make("Bring the list"), change(note="refused"))
    settle(recorder, refused(made), refused(changed))
    assert row(recorder)["note"] == "refused"
    [again] = record(recorder, make("Bring the list"))
    settle(recorder, took(again))
    assert (row(recorder)["note"], base(recorder)) == ("", {"title": "Bring the list"})


def test_a_row_that_is_missing_is_made(recorder: Recorder) -> None:
    [made] = record(recorder, make("Bring the list"))
    with recorder.database.write() as connection:
        connection.execute("DELETE FROM task")
    settle(recorder, took(made))
    assert row(recorder)["title"] == "Bring the list"


def test_each_answer_is_kept_with_its_change(recorder: Recorder) -> None:
    made = record(recorder, *(make(f"Task {number}") for number in range(6)))
    answers = [took(number) for number in made]
    answers[2] = refused(made[2])
    answers[4] = Result(made[4], Status.APPLIED, version=1, flags={"late": 3})
    del answers[1]
    assert settle(recorder, *answers) == 5
    assert settle(recorder, *answers) == 0
    with recorder.database.read() as connection:
        kept = connection.execute("SELECT state, status, code, flags FROM outbox ORDER BY sequence")
        assert [tuple(each) for each in kept] == [
            ("settled", "ok", "", None),
            ("pending", None, None, None),
            ("settled", "rejected", "internal", None),
            ("settled", "ok", "", None),
            ("settled", "ok", "", '{"late": 3}'),
            ("settled", "ok", "", None),
        ]
        [settled] = connection.execute("SELECT settled FROM device").fetchone()
    assert settled == made[1] - 1
