"""The worked examples of the definitions come out of the database too."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import insert

from server.metrics.models import DailyRollup
from server.metrics.queries import Question, metric_values
from server.metrics.rollups.teams import EVERY_TEAM, count_teams
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from shared.metrics.catalog import METRICS
from shared.metrics.definition import Example, Metric
from shared.metrics.formula import Kind, Unit, Window
from shared.money import to_minor
from shared.time import Period
from tests.factories.company import Company

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)
MARCH = Period.month(2026, 3)
LATER = dt.date(2026, 6, 1)


class _UndoneError(Exception):
    """Ends a transaction without a trace."""


def _is_in_the_rollup(metric: Metric) -> bool:
    kinds = {Kind.SUM, Kind.MIN, Kind.MAX, Kind.STOCK}
    return all(
        measure.kind in kinds and measure.window is Window.PERIOD for measure in metric.measures()
    )


EXAMPLES = [
    (metric, example)
    for metric in METRICS.values()
    if _is_in_the_rollup(metric)
    for example in metric.examples
]


def store(example: Example, metric: Metric, *, rep_id: str, team_id: str) -> None:
    """Write the totals of an example as two days, unevenly, to be summed again."""
    for day, share in ((MONDAY, 1), (TUESDAY, 0)):
        row: dict[str, Any] = {"rep_id": rep_id, "day": day, "team_id": team_id}
        for measure in metric.measures():
            given = example.totals.get(measure.slot, 0)
            if given is None:
                continue
            total = Decimal(given)
            stored = to_minor(total, "IDR") if measure.unit is Unit.MONEY else int(total)
            if measure.kind in {Kind.MIN, Kind.MAX}:
                row[measure.column] = stored
            else:
                part = stored // 3
                row[measure.column] = part if share else stored - part
        db.session.execute(insert(DailyRollup.__table__).values(row))
    count_teams(EVERY_TEAM)


def test_examples_come_out_of_the_database(app: Flask, company: Company) -> None:
    assert len(EXAMPLES) > 60
    for metric, example in EXAMPLES:
        # Within a transaction no answer is kept.
        with app.app_context(), suppress(_UndoneError), transaction():
            store(example, metric, rep_id=company.sari, team_id=company.east)
            answer = metric_values(
                access=SYSTEM,
                question=Question(metrics=[metric], period=MARCH, today=LATER, currency="IDR"),
            )
            raise _UndoneError

        value = answer.total.values[metric.key].value
        if example.expected is None:
            assert (metric.key, value.value, value.reason) == (metric.key, None, example.reason)
        else:
            expected = Decimal(example.expected)
            assert value.value is not None, metric.key
            assert (metric.key, value.value.quantize(expected)) == (metric.key, expected)
