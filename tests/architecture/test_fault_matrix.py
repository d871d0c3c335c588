"""Markers name rows of the matrix, each row has a test, and each test a result from a run."""

from pathlib import Path

import pytest

from tests.faults import results
from tests.faults.matrix import ROWS
from tests.faults.results import TESTS, Kept, Recorder, kept, marked, read_model

AGAIN = "run ./run fault-results with these tests (-k too), then ./run docs"


def test_every_marker_names_a_row_and_every_row_has_a_test() -> None:
    rows = {(where, what) for where, faults in ROWS.items() for what in faults}

    assert {fault for each in marked() for fault in each.faults} == rows


def test_every_test_of_the_matrix_has_passed_as_it_stands() -> None:
    results = kept()
    others = {
        each.test: results[each.test].words(each.source) if each.test in results else "not run"
        for each in marked()
        if each.test not in results
        or results[each.test].source != each.source
        or results[each.test].failed
    }

    assert others == {}, AGAIN


def test_no_result_is_kept_of_a_test_that_is_gone() -> None:
    assert set(kept()) <= {each.test for each in marked()}, AGAIN


def test_a_result_of_the_simulation_belongs_to_its_whole_model() -> None:
    model = "".join(read_model(frozenset({"tests.faults.simulation"})))

    modules = sorted((TESTS / "faults" / "simulated").glob("[a-z]*.py"))
    assert len(modules) > 5
    assert [file.name for file in modules if file.read_text(encoding="utf-8") not in model] == []


def test_a_few_histories_take_the_place_of_many_only_when_one_fails() -> None:
    many = Kept("x", {"sqlite": 1000}, {}, {"sqlite": "2026-11-01"})
    many.take(Kept("x", {"sqlite": 25}, {}, {"sqlite": "2026-11-02"}))
    assert many.words("x") == "SQLite 1,000× on 2026-11-01"

    many.take(Kept("x", {"sqlite": 0}, {"sqlite": 1}, {"sqlite": "2026-11-02"}))
    assert many.words("x") == "**failed**"

    many.take(Kept("x", {"sqlite": 25}, {}, {"sqlite": "2026-11-03"}))
    assert many.words("x") == "SQLite 25× on 2026-11-03"


def test_what_cannot_run_on_a_machine_has_no_result_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [test, *_] = marked()
    monkeypatch.setattr(results, "KEPT", tmp_path / "results.json")
    recorder = Recorder()
    report = pytest.TestReport(
        f"tests/{test.test}", ("", 0, ""), {}, "skipped", None, "setup", [("fault_on", "sqlite")]
    )

    recorder.note(report)
    recorder.keep()

    assert kept() == {}
