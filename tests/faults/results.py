"""What became of the tests of the fault matrix when they last ran, kept in `results.json`.

`./run test-faults` and `./run fault-results` write it, through the hooks of `tests/conftest.py`.
A result belongs to the test as it was written then, with the modules of `tests/faults` that its
file imports: of one that was changed since, there is none. Of random histories the most that passed
stand, with their day, so that a short run does not take the place of a long one.
"""

import ast
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shared.time import utc_now

TESTS = Path(__file__).parents[1]
KEPT = Path(__file__).with_name("results.json")
ASKED_FOR = "TAPAK_KEEP_FAULT_RESULTS"
_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "": "phone"}
_ON = "fault_on"
_TIMES = "times"
_HISTORIES = "histories"
_MODEL = "tests.faults."


@dataclass(frozen=True, slots=True)
class Marked:
    """A test that shows rows of the matrix."""

    test: str
    """`faults/test_x.py::test_y`."""
    source: str
    """A hash of its text, without its decorators, and of what it imports of `tests/faults`."""
    faults: tuple[tuple[str, str], ...]


def marked() -> Iterator[Marked]:
    """Give every test with a marker."""
    for file in sorted(TESTS.rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        if "mark.fault(" not in text:
            continue
        tree = ast.parse(text)
        model = "".join(read_model(_imported(tree)))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and (faults := tuple(_faults(node))):
                source = (ast.get_source_segment(text, node) or "") + model
                digest = hashlib.sha256(source.encode()).hexdigest()[:12]
                yield Marked(f"{file.relative_to(TESTS).as_posix()}::{node.name}", digest, faults)


def read_model(names: frozenset[str]) -> Iterator[str]:
    """Give the texts of modules of `tests/faults`, and of those that they import, by name.

    :param names: `tests.faults.x`, as they are imported
    """
    known: frozenset[str] = frozenset()
    while names - known:
        known |= names
        names |= {other for name in names for other in _imported(_module(name)[1])}
    for name in sorted(known):
        yield _module(name)[0]


def _imported(tree: ast.Module) -> frozenset[str]:
    return frozenset(
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(_MODEL)
    )


@cache
def _module(name: str) -> tuple[str, ast.Module]:
    text = TESTS.parent.joinpath(*name.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    return text, ast.parse(text)


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
    drawn_on: dict[str, str] = field(default_factory=dict)
    """By kind of database, the day on which so many random histories were drawn; in UTC."""

    def words(self, source: str) -> str:
        """Say it for the table."""
        if self.source != source:
            return "**changed since**"
        if self.failed:
            return "**failed**"
        return ", ".join(
            f"{name} {self.passed[kind]:,}×" + self._day(kind)
            for kind, name in _DATABASES.items()
            if kind in self.passed
        )

    def _day(self, kind: str) -> str:
        return f" on {self.drawn_on[kind]}" if kind in self.drawn_on else ""

    def take(self, ran: "Kept") -> None:
        """Take the results of a run of the same text."""
        for kind in ran.passed.keys() | ran.failed.keys():
            is_drawn = kind in ran.drawn_on and not ran.failed.get(kind)
            is_fewer = ran.passed.get(kind, 0) < self.passed.get(kind, 0)
            if is_drawn and is_fewer and not self.failed.get(kind):
                continue
            _replace(self.passed, ran.passed, kind)
            _replace(self.failed, ran.failed, kind)
            _replace(self.drawn_on, ran.drawn_on, kind)

    def to_json(self) -> dict[str, object]:
        """Return it as it is kept; a day only of what was drawn."""
        wire = {
            name: dict(sorted(value.items())) if isinstance(value, dict) else value
            for name, value in asdict(self).items()
        }
        if not self.drawn_on:
            del wire["drawn_on"]
        return wire


def _replace(mine: dict[str, Any], its: dict[str, Any], kind: str) -> None:
    mine.pop(kind, None)
    if kind in its:
        mine[kind] = its[kind]


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
        self._ran: dict[str, Kept] = {}

    def note(self, report: pytest.TestReport) -> None:
        """Note one phase of one test. What a test repeats within itself it says as `times`.

        One that draws it at random says it as `histories`.
        """
        said = dict(report.user_properties)
        if _ON not in said or report.skipped:  # what cannot run on this machine says nothing
            return
        test = report.nodeid.partition("[")[0].removeprefix(f"{TESTS.name}/")
        kind = str(said[_ON])
        ran = self._ran.setdefault(test, Kept(self._sources.get(test, "")))
        if not report.passed:
            ran.failed[kind] = ran.failed.get(kind, 0) + 1
        elif report.when == "call":
            times = int(str(said.get(_TIMES, said.get(_HISTORIES, 1))))
            ran.passed[kind] = ran.passed.get(kind, 0) + times
        if _HISTORIES in said:
            ran.drawn_on[kind] = utc_now().date().isoformat()

    def keep(self) -> None:
        """Write the results over those of earlier runs, and forget tests that are gone."""
        now, still_there = kept(), {each.test for each in marked()}
        for test, ran in self._ran.items():
            if test not in now or now[test].source != ran.source:
                now[test] = Kept(ran.source)
            now[test].take(ran)
        written = {test: now[test].to_json() for test in sorted(now.keys() & still_there)}
        KEPT.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


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
