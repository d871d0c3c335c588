"""Sync under any order of work, kills, clock jumps and network faults, on both databases.

`TAPAK_FAULT_EXAMPLES` sets how many random histories are tried; without it a few fixed ones.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fakes.carriers import OverHttp
from tests.fakes.company import found_company
from tests.faults.simulation import Simulation
from tests.support.application import serving
from tests.support.backups import Restore, backed_up

_EXAMPLES = int(os.environ.get("TAPAK_FAULT_EXAMPLES", "0"))
_FIXED = 4
_A_DATABASE = 20
"""So many histories go into one: the feeds of all companies in it are compared with the tables."""
_SETTINGS = settings(
    max_examples=_EXAMPLES or _FIXED,
    stateful_step_count=40 if _EXAMPLES else 20,
    derandomize=not _EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


@pytest.mark.fault("clock", "phone's wall clock years off, jumps, reboots")
@pytest.mark.fault("concurrency", "a rep and the office change one record")
@pytest.mark.fault("concurrency", "a customer moves to another rep meanwhile")
@pytest.mark.fault("data", "a record that always raises in the server")
def test_nothing_is_lost_doubled_or_different(
    app: Flask, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("histories", _EXAMPLES or _FIXED)
    with histories(app, tmp_path) as begin:
        run_state_machine_as_test(begin, settings=_SETTINGS)  # type: ignore[arg-type]


@contextmanager
def histories(app: Flask, tmp_path: Path) -> Iterator[Callable[[], Simulation]]:
    """Serve the application, and give what begins a history with it."""
    numbers = itertools.count()
    with serving(app) as url, ExitStack() as backups, backed_up(app, tmp_path) as found_empty:

        def begin() -> Simulation:
            number = next(numbers)
            backups.close()
            shutil.rmtree(tmp_path / f"history-{number - 1}", ignore_errors=True)
            if number % _A_DATABASE == _A_DATABASE - 1:
                found_empty()
            folder = tmp_path / f"history-{number}"
            folder.mkdir()

            def back_up() -> Restore:
                return backups.enter_context(backed_up(app, folder))

            return Simulation(found_company(app), folder, OverHttp(url), back_up)

        yield begin
