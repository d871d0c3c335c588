"""What became of the tests of the fault matrix when they last ran, kept in `results.json`.

`./run test-faults` and `./run fault-results` write it, through the hooks of `tests/conftest.py`.
A result belongs to the test as it was written then: of one that was changed since, there is none.
"""

import ast
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
KEPT = Path(__file__).with_name("results.json")
ASKED_FOR = "TAPAK_KEEP_FAULT_RESULTS"
_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "": "phone"}
_ON = "fault_on"
_TIMES = "times"


@dataclass(frozen=True, slots=True)
class Marked:
    """A test that shows rows of the matrix."""

    test: str
    """`faults/test_x.py::test_y`."""
    source: str
    """A hash of its text, without its decorators."""
    faults: tuple[tuple[str, str], ...]


def marked() -> Iterator[Marked]:
    """Give every test with a marker."""
    for file in sorted(TESTS.rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        if "mark.fault(" not in text:
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and (faults := tuple(_faults(node))):
                source = ast.get_source_segment(text, node) or ""
                digest = hashlib.sha256(source.encode()).hexdigest()[:12]
                yield Marked(f"{file.relative_to(TESTS).as_posix()}::{node.name}", digest, faults)


def _faults(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
            where, what = (ast.literal_eval(argument) for argument in mark.args)
            yield where, what


@dataclass(slots=True)
class Kept:
    """The last result of one test."""

    source: str
    passed: dict[str, int] = field(default_factory=dict)
    """How many times it passed, by kind of database; an empty kind: there was none."""
    failed: dict[str, int] = field(default_factory=dict)

    def words(self, source: str) -> str:
        """Say it for the table."""
        if self.source != source:
            return "**changed since**"
        if self.failed:
            return "**failed**"
        return ", ".join(
            f"{name} {self.passed[kind]}×"
            for kind, name in _DATABASES.items()
            if kind in self.passed
        )


def kept() -> dict[str, Kept]:
    """Return what is kept, by test."""
    if not KEPT.exists():
        return {}
    read = json.loads(KEPT.read_text(encoding="utf-8"))
    return {test: Kept(**values) for test, values in read.items()}


class Recorder:
    """Notes how the marked tests of a run end, and keeps it when the run is over."""

    def __init__(self) -> None:
        # As they are now, when they are read to be run: who edits meanwhile has not run that.
        self._sources = {each.test: each.source for each in marked()}
        self._passed: dict[str, Counter[str]] = {}
        self._failed: dict[str, Counter[str]] = {}

    def note(self, report: pytest.TestReport) -> None:
        """Note one phase of one test. What a test repeats within itself it says as `times`."""
        said = dict(report.user_properties)
        if _ON not in said:
            return
        test = report.nodeid.partition("[")[0].removeprefix(f"{TESTS.name}/")
        kind = str(said[_ON])
        if not report.passed:
            self._failed.setdefault(test, Counter())[kind] += 1
        elif report.when == "call":
            self._passed.setdefault(test, Counter())[kind] += int(str(said.get(_TIMES, 1)))

    def keep(self) -> None:
        """Write the results over those of earlier runs, and forget tests that are gone."""
        before, still_there = kept(), {each.test for each in marked()}
        now: dict[str, dict[str, object]] = {}
        for test in sorted(still_there & self._sources.keys() | still_there & before.keys()):
            source = self._sources.get(test, "")
            was = before.get(test)
            ran = self._passed.get(test, Counter()) + self._failed.get(test, Counter())
            if was is None or (ran and was.source != source):
                was = Kept(source)
            if not ran and not (was.passed or was.failed):
                continue
            others = {k: n for k, n in was.passed.items() if k not in ran}
            failed = {k: n for k, n in was.failed.items() if k not in ran}
            now[test] = {
                "source": was.source,
                "passed": dict(sorted((others | self._passed.get(test, {})).items())),
                "failed": dict(sorted((failed | self._failed.get(test, {})).items())),
            }
        KEPT.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")


def say_on_which_database(item: pytest.Item) -> None:
    """Let the reports of a marked test say on which kind of database it runs."""
    if item.get_closest_marker("fault") is None:
        return
    parameters = getattr(item, "callspec", None)
    fixtures: list[str] = getattr(item, "fixturenames", [])
    kind = parameters.params.get("database_url", "") if parameters is not None else ""
    if not kind and any("postgres" in name for name in fixtures):
        kind = "postgresql"
    item.user_properties.append((_ON, kind))
