"""The random histories of sync find bugs: each of a list is put into the code, and must be found.

Always the same histories, for each bug from the first on; without a bug they pass.
"""

from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky, HypothesisException
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.mutants import MUTANTS
from tests.faults.test_sync_simulation import histories

_MOST = 30
_DOCS = Path(__file__).parents[2] / "docs" / "sync.md"
_SETTINGS = settings(
    max_examples=_MOST,
    stateful_step_count=40,
    derandomize=True,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


def test_the_docs_list_each_bug() -> None:
    text = _DOCS.read_text(encoding="utf-8")
    assert [name for name in MUTANTS if f"- {name}\n" not in text] == []


@pytest.mark.longest
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_bug_they_pass(app: Flask, tmp_path: Path) -> None:
    with histories(app, tmp_path) as begin:
        run_state_machine_as_test(begin, settings=_SETTINGS)  # type: ignore[arg-type]


@pytest.mark.longest
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", MUTANTS)
def test_a_bug_is_found(
    app: Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    with histories(app, tmp_path) as begin:
        for edit in MUTANTS[name]:
            edit.make(monkeypatch)
        with pytest.raises(Exception) as found:  # noqa: PT011 - whichever law it breaks
            run_state_machine_as_test(begin, settings=_SETTINGS)  # type: ignore[arg-type]
    # Perhaps it shows at another place when the history is tried again; without a bug none does.
    assert isinstance(found.value, Flaky) or not isinstance(found.value, HypothesisException)
