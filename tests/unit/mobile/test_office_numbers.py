"""The office's numbers beside the phone's: calm where equal, with the reason where they differ."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mobile.screens.numbers.view_model import NumbersState, NumbersViewModel
from mobile.services.numbers import NumbersService, Span
from mobile.services.office import Cause
from mobile.services.recorder import Recorder
from mobile.storage import recorded
from mobile.storage.database import Database
from shared.metrics.activities.visits import CALLS
from shared.sync.ids import new_id
from tests.fakes.older_app import make_older
from tests.fakes.phone import FakeClock, make_recorder, office_numbers, pull

NOVEMBER, OCTOBER = dt.date(2026, 11, 1), dt.date(2026, 10, 1)
Tell = Callable[..., None]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: FakeClock) -> Recorder:
    return make_recorder(tmp_path / "phone.db", clock)


@pytest.fixture
def tell(recorder: Recorder, clock: FakeClock) -> Tell:
    """Give what an office tells of a month."""

    def told(month: dt.date = NOVEMBER, *, as_of: dt.datetime | None = None, **values: Any) -> None:
        row = office_numbers(month, as_of=as_of or clock.now(), **values)
        pull(recorder, ("own_figure", new_id(), 1, row))

    return told


def screen(recorder: Recorder, clock: FakeClock, span: Span = Span.MONTH) -> NumbersViewModel:
    """Return the screen, counted at once."""
    view_model = NumbersViewModel(
        numbers=NumbersService(recorder=recorder),
        clock=clock,
        background=lambda work, done: done(work()),
    )
    view_model.choose(span.value)
    return view_model


def calls(state: NumbersState) -> tuple[str, str]:
    [row] = [row for row in state.rows if row.key == "calls"]
    return row.note, row.note_tone


def test_equal_numbers_are_calm(recorder: Recorder, clock: FakeClock, tell: Tell) -> None:
    assert screen(recorder, clock).state.office.text == ""
    tell()
    tell(OCTOBER, as_of=clock.now() - dt.timedelta(days=22))

    state = screen(recorder, clock).state
    assert state.office.text == "The office counts the same, as of 08:00."
    assert calls(state) == ("Office: 0 · as of 08:00", "ink2")
    assert state.office_revenue.text == "Office: Rp 0 · as of 08:00"
    assert state.office_target.text == "", "neither has one"
    last = screen(recorder, clock, Span.LAST_MONTH).state
    assert calls(last) == ("Office: 0 · as of 1 November, 08:00", "ink2")
    assert (last.pace, last.office_pace.text) == ("", "")
    for span in (Span.TODAY, Span.WEEK):
        assert "Office" not in str(screen(recorder, clock, span).state)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (("calls", {}), "What was entered or changed in the office is counted there and here"),
        (("waiting", {}), "The office does not have 1 record yet."),
        (("sent", {}), "The office's number is older than what you sent (08:00)"),
        (("calls", {"as_of": dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)}), "of an earlier day"),
    ],
)
def test_another_number_is_pointed_out_with_the_reason(
    recorder: Recorder,
    clock: FakeClock,
    tell: Tell,
    made: tuple[str, dict[str, Any]],
    said: str,
) -> None:
    what, more = made
    tell(calls="3", **({"as_of": clock.now() - dt.timedelta(hours=1)} | more))
    if what != "calls":
        with recorder.database.write() as connection:
            connection.execute(
                "INSERT INTO outbox (sequence, entity, record_id, kind, line, head, made_at_ms)"
                " VALUES (1, 'visit', 'v', 'c', x'', x'', 0)"
            )
            if what == "sent":
                at_ms = round(clock.now().timestamp() * 1000)
                connection.execute(
                    "UPDATE outbox SET state = 'settled', status = 'ok', settled_at_ms = ?",
                    (at_ms,),
                )
    view_model = screen(recorder, clock)
    state = view_model.state
    assert state.office.text.startswith("1 number is another one in the office. ")
    assert said in state.office.text
    assert state.office.tone == "warn"
    note, tone = calls(state)
    assert ("Office: 3 · as of " in note, tone) == (True, "warn")
    _, words = view_model.explain("calls")
    assert said in words
    assert "Office: 3" in words


def test_a_newer_definition_is_the_reason_of_its_number(
    recorder: Recorder, clock: FakeClock, tell: Tell
) -> None:
    tell(version=2, calls="3", strike_rate="0.754", new_metric="7")
    found = NumbersService(recorder=recorder).numbers(Span.MONTH)
    beside = {number.metric.key: number.office for number in found.numbers}
    assert beside["calls"] is not None
    assert beside["calls"].cause is Cause.DEFINITION
    note, _ = calls(screen(recorder, clock).state)
    assert note.endswith(
        f"The office counts it by definition {CALLS.version + 1}, which this app does not know."
    )
    assert beside["won_deals"] is not None
    assert beside["won_deals"].cause is None, "the same number"


def test_a_rep_may_copy_what_the_office_said(recorder: Recorder, tell: Tell) -> None:
    tell(calls="3")
    with recorder.database.read() as connection:
        [row] = recorded.tables(connection)["numbers_of_the_office"]
    assert row["month"] == "2026-11-01"
    assert json.loads(row["figures"])["calls"]["value"] == "3"


def test_an_updated_app_fetches_what_the_one_before_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "phone.db"
    older = make_older(path, 21)
    older.execute("INSERT INTO row_scope VALUES ('own_figure', 'f', 'rep:1', 3)")
    for scope in ("org", "rep:1"):
        older.execute(
            "INSERT INTO cursor (scope, position, staged_position) VALUES (?, 9, 9)", (scope,)
        )
    older.commit()
    older.close()

    database = Database(path)
    with database.read() as connection:
        cursors = connection.execute("SELECT scope, position, staged_position FROM cursor")
        assert {tuple(row) for row in cursors} == {("org", 9, 9), ("rep:1", 0, 0)}
        [row] = connection.execute("SELECT version FROM row_scope")
        assert row["version"] == -1
    database.close()
