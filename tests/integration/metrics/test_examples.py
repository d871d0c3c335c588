"""The worked examples of all definitions come out of raw rows in a database too, digit for digit.

Each example is a team of its own (`tests/factories/examples`); one rebuild counts them all, and one
question for each period asks for the numbers of every team.
"""

import datetime as dt
import inspect
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from flask import Flask

from server.calendar.models import Holiday
from server.metrics.jobs import rebuild_all_parts
from server.metrics.models import KilometreRate, Target
from server.metrics.queries import Question, metric_values
from server.metrics.sql.reach import By
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from shared.metrics.catalog import METRICS
from shared.metrics.definition import Example, Metric, MetricValue
from shared.metrics.formula import Unit
from shared.metrics.measures import MEASURES
from shared.money import to_minor
from shared.sync.ids import new_id
from shared.time import Period
from tests.factories.examples.field import FIELD, REASONS
from tests.factories.examples.sales import SALES
from tests.factories.examples.tracks import TRACKS
from tests.factories.examples.world import Rows, World

LATER = dt.date(2026, 6, 1)
MARCH = Period.month(2026, 3)
# Of its 24 days from Monday to Saturday four are holidays. On the 12th, ten of the twenty are over.
FEBRUARY = Period.month(2026, 2)
HOLIDAYS = [dt.date(2026, 2, day) for day in (16, 17, 18, 19)]
HALF_TIME, BEFORE = dt.date(2026, 2, 12), dt.date(2026, 1, 31)
TWO_YEARS = Period(dt.date(2024, 6, 1), dt.date(2026, 6, 1))
FIRST_DAYS = {
    MARCH: dt.date(2026, 3, 2),
    FEBRUARY: dt.date(2026, 2, 2),
    TWO_YEARS: dt.date(2025, 2, 3),
}
KILOMETRE_RATES = ((dt.date(2026, 3, 1), 3_000_00), (dt.date(2026, 3, 11), 2_500_00))


# One company's 8,800 deals, of which the largest examples tell one number each.
THOUSANDS = {
    "leads": 8_800,
    "leads_to_opportunities": 8_300,
    "leads_won": 4_238,
    "won_opportunities": 4_238,
    "lost_opportunities": 2_473,
    "valued_won_deals": 4_238,
    "revenue": 10_005_534,
    "cycle_days": 219_452,
    "cycle_deals": 4_238,
    "closed_cycle_days": 322_030,
    "closed_cycle_deals": 6_711,
    "open_leads": 500,
    "open_leads_value": 1_073_986,
    "open_opportunities": 1_589,
    "open_opportunities_value": 3_892_229,
}
CALENDAR = {"working_days", "elapsed_working_days"}


def parameters(make: Callable[..., None]) -> dict[str, inspect.Parameter | None]:
    found: dict[str, inspect.Parameter | None] = dict(inspect.signature(make).parameters)
    del found["w"]
    return found


RECIPES: list[tuple[Mapping[str, inspect.Parameter | None], Callable[..., None]]]
RECIPES = [(parameters(make), make) for make in (*FIELD, *SALES, *TRACKS)]
RECIPES += [(dict.fromkeys(keys), make) for keys, make in REASONS.items()]


def recipe(given: Mapping[str, int]) -> tuple[Collection[str], Callable[..., None]]:
    """Return what makes rows of these measures, and of as few others as there are."""
    there = {key for key, number in given.items() if number}
    fitting = [
        (len(known), number)
        for number, (known, _) in enumerate(RECIPES)
        if there <= known.keys()
        and all(
            key in given or (each is not None and each.default is not each.empty)
            for key, each in known.items()
        )
    ]
    assert fitting, f"no rows are known that come to {given}"
    return RECIPES[min(fitting)[1]]


@dataclass(frozen=True)
class Case:
    """An example, whose rows it comes out of, and when it is asked for."""

    metric: Metric
    example: Example
    team_id: str
    period: Period
    today: dt.date


@dataclass
class Worlds:
    """The teams of all examples; those that are the same are one."""

    rows: Rows = field(default_factory=Rows)
    made: dict[object, World] = field(default_factory=dict)

    def case(self, metric: Metric, example: Example) -> Case:
        """Make the rows of an example."""
        given = {
            measure.slot.replace("@", "__"): Decimal(total)
            for measure in metric.measures()
            if (total := example.totals.get(measure.slot)) is not None
        }
        units = {measure.slot.replace("@", "__"): measure.unit for measure in metric.measures()}
        minor = {
            key: to_minor(total, "IDR") if units[key] is Unit.MONEY else int(total)
            for key, total in given.items()
        }
        period, today = MARCH, LATER
        if CALENDAR & given.keys():
            period, today = FEBRUARY, HALF_TIME if given.get("elapsed_working_days") else BEFORE
        if given and given.items() <= THOUSANDS.items():
            period, minor = TWO_YEARS, {
                key: total * 100 if MEASURES[key].unit is Unit.MONEY else total
                for key, total in THOUSANDS.items()
            }  # fmt: skip
        key = period, tuple(sorted((name, total) for name, total in minor.items() if total))
        if key not in self.made:
            self.made[key] = self._make(period, minor)
        return Case(metric, example, self.made[key].team_id, period, today)

    def _make(self, period: Period, minor: dict[str, int]) -> World:
        world = World(self.rows, FIRST_DAYS[period])
        goals = {key for key in minor if key.endswith("_target")}
        for key in goals:
            if minor[key]:
                self.rows.add(
                    Target, id=new_id(), metric_key=key.removesuffix("_target"),
                    month=period.start, rep_id=world.rep, team_id=world.team_id, amount=minor[key],
                )  # fmt: skip
        facts = {key: minor[key] for key in minor.keys() - goals - CALENDAR}
        if any(facts.values()):
            known, make = recipe(facts)
            make(world, **{key: total for key, total in facts.items() if key in known})
        return world


@pytest.fixture
def cases(app: Flask) -> list[Case]:
    """Return every example of every metric, its rows counted."""
    worlds = Worlds()
    found = [worlds.case(metric, each) for metric in METRICS.values() for each in metric.examples]
    with app.app_context():
        with transaction():
            for day in HOLIDAYS:
                db.session.add(Holiday(day=day, name="Feast"))
            for start_on, rate_minor in KILOMETRE_RATES:
                db.session.add(KilometreRate(start_on=start_on, rate_minor=rate_minor))
            worlds.rows.write()
        rebuild_all_parts()
    return found


def complete(case: Case) -> MetricValue:
    """Return what the evaluator says of the example's totals, the others being nothing."""
    totals: dict[str, Decimal | None] = {}
    for measure in case.metric.measures():
        total = case.example.totals.get(measure.slot, 0)
        totals[measure.slot] = None if total is None else Decimal(total)
    return case.metric.evaluate(totals)


def digits(value: MetricValue) -> tuple[object, ...]:
    return value.value, value.reason, value.numerator, value.denominator


def test_every_example_comes_out_of_raw_rows(app: Flask, cases: list[Case]) -> None:
    together = defaultdict(list)
    for case in cases:
        together[case.period, case.today].append(case)
    wrong = {}
    with app.app_context():
        for (period, today), some in together.items():
            metrics = list({case.metric.key: case.metric for case in some}.values())
            question = Question(metrics=metrics, period=period, today=today, currency="IDR")
            answer = metric_values(access=SYSTEM, question=replace(question, by=By.TEAM))
            groups = {group.id: group for group in answer.groups}
            for case in some:
                group = groups.get(case.team_id)
                if group is None:
                    of_team = replace(question, team_ids=frozenset({case.team_id}))
                    group = metric_values(access=SYSTEM, question=of_team).total
                found = group.values[case.metric.key].value
                if digits(found) != digits(complete(case)):
                    wrong[case.metric.key, str(case.example.totals)] = found

    assert wrong == {}
    assert {case.metric.key for case in cases} == METRICS.keys()
