"""The work rules: from which day on each counts, and which days are worked by them."""

import datetime as dt
import json
from typing import Any

import pytest

from shared.time import Period
from shared.vocabulary import CustomerClass
from shared.working import USUAL_WEEK, Steps, VisitWeeks, WorkCalendar, WorkRules

MARCH = Period.month(2026, 3)
NYEPI = dt.date(2026, 3, 19)
FIVE = frozenset(range(1, 6))


def test_an_office_that_says_nothing_works_from_monday_to_saturday() -> None:
    rules = WorkRules.from_wire({"currency": "IDR"})

    assert WorkCalendar(week=rules.week).days(MARCH) == 26
    assert WorkCalendar({NYEPI}).days(MARCH) == 25
    visits = rules.visits.on(NYEPI)
    assert [visits.of(each) for each in CustomerClass] == [1, 2, 4]


def test_what_is_decided_counts_from_its_day_on_and_a_correction_for_ever() -> None:
    since = dt.date(2026, 3, 16)
    changed = USUAL_WEEK.changed(FIVE, since=since)

    assert WorkCalendar(week=changed).days(MARCH) == 12 + 12
    assert WorkCalendar(week=USUAL_WEEK.changed(FIVE, since=None)).days(MARCH) == 22
    # Decided anew on the same day, or for an earlier one, it stands in place of it.
    assert changed.changed(USUAL_WEEK.first, since=since) == USUAL_WEEK
    assert changed.changed(FIVE, since=MARCH.start) == Steps(
        USUAL_WEEK.first, ((MARCH.start, FIVE),)
    )
    assert changed.changed(FIVE, since=NYEPI) == changed


def test_the_rules_travel_as_json() -> None:
    rules = WorkRules(
        week=USUAL_WEEK.changed(FIVE, since=NYEPI),
        visits=Steps(VisitWeeks(1, 1, 3), ((NYEPI, VisitWeeks(2, 4, 52)),)),
        idle_minutes=Steps(5, ((NYEPI, 20),)),
    )

    assert WorkRules.from_wire(json.loads(json.dumps(rules.to_wire()))) == rules
    assert rules.to_wire()["working_weekdays"][1] == ["2026-03-19", [1, 2, 3, 4, 5]]


@pytest.mark.parametrize(
    "wire",
    [
        {"working_weekdays": []},
        {"working_weekdays": [[None, []]]},
        {"working_weekdays": [[None, [0]]]},
        {"working_weekdays": [[None, [True]]]},
        {"working_weekdays": [["2026-03-19", [1]]]},
        {"working_weekdays": [[None, [1]], [None, [2]]]},
        {"working_weekdays": [[None, [1]], ["2026-03-19", [1]], ["2026-03-18", [2]]]},
        {"visit_weeks": [[None, [1, 2]]]},
        {"visit_weeks": [[None, [1, 2, 53]]]},
        {"visit_weeks": 7},
        {"idle_minutes": [[None, 4]]},
        {"idle_minutes": [[None, [5]]]},
    ],
)
def test_other_words_are_no_rules(wire: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        WorkRules.from_wire(wire)
