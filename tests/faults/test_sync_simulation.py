"""Sync under any order of work, kills, clock jumps and network faults, on both databases.

`TAPAK_FAULT_EXAMPLES` sets how many random histories are tried; without it a few fixed ones.
"""

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fakes.company import found_company
from tests.faults.simulation import Simulation

_EXAMPLES = int(os.environ.get("TAPAK_FAULT_EXAMPLES", "0"))
_FIXED = 4


@pytest.mark.fault("clock", "phone's wall clock years off, jumps, reboots")
@pytest.mark.fault("concurrency", "a rep and the office change one record")
@pytest.mark.fault("concurrency", "a customer moves to another rep meanwhile")
@pytest.mark.fault("data", "a record that always raises in the server")
def test_nothing_is_lost_doubled_or_different(
    app: Flask, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("times", _EXAMPLES or _FIXED)
    numbers = itertools.count()

    def simulation() -> Simulation:
        folder = tmp_path / f"history-{next(numbers)}"
        folder.mkdir()
        return Simulation(found_company(app), folder)

    run_state_machine_as_test(
        simulation,  # type: ignore[arg-type]  # a function that makes one will do
        settings=settings(
            max_examples=_EXAMPLES or _FIXED,
            stateful_step_count=40 if _EXAMPLES else 20,
            derandomize=not _EXAMPLES,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
