"""What the office counts of reps, by the code that gives the numbers of the manager's pages."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from server.metrics.sql.frames import Compare, Frame
from server.metrics.sql.plans import Plan
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.read import read
from server.platform.access import Access
from shared.metrics.catalog import METRICS, measures_of
from shared.metrics.own import OWN_NUMBERS, OwnFigure, months_told
from shared.time import Period

Told = Mapping[str, Mapping[Period, dict[str, Any]]]
"""Figures by rep and month, as they are kept and travel."""


def count(*, access: Access, rep_ids: Collection[str], today: dt.date, currency: str) -> Told:
    """Return what is told to these reps: one set of statements, however many they are."""
    frames = [
        Frame.of(month, today=today, compare=Compare.PREVIOUS) for month in months_told(today)
    ]
    wanted = {
        measure: frozenset(frame.window(measure) for frame in frames)
        for measure in measures_of(OWN_NUMBERS)
    }
    counted = read(wanted, Reach(access=access, rep_ids=frozenset(rep_ids), by=By.REP))
    plan = Plan.of(OWN_NUMBERS, currency)
    return {
        rep_id: {
            frame.whole: {
                key: OwnFigure.of(METRICS[key], value).to_wire()
                for key, value in plan.values(frame, counted, rep_id).items()
            }
            for frame in frames
        }
        for rep_id in rep_ids
    }
