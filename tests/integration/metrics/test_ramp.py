"""What counts of a target: ramp, days worked, part time; and that reps make the team."""

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from server.calendar.models import Holiday
from server.metrics.models import RampStep, Target, WorkingTime
from server.metrics.sql.reach import By, Reach
from server.metrics.sql.targets import parts_of_targets, target_sums
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from server.teams.models import Team
from shared.metrics.targets import WHOLE, part_of_target
from shared.sync.ids import new_id
from shared.time import Period, add_months
from shared.working import WorkCalendar
from tests.factories.company import Company, sign_in

MARCH = Period.month(2026, 3)
"""Twenty-six working days from Monday to Saturday, from Sunday the first on."""
HALF = dt.date(2026, 3, 17)
"""On it and after it are thirteen of them."""
FULL = 26_000_001
RAMPS = "/api/v1/metrics/ramps"


def set_target(rep: str | None, team: str, month: Period = MARCH, amount: int = FULL) -> str:
    target = Target(id=new_id(), metric_key="revenue", month=month.start, amount=amount)
    target.rep_id, target.team_id = rep, team
    db.session.add(target)
    db.session.flush()
    return target.id


def sums(*periods: Period, **reach: object) -> list[int]:
    asked = Reach(access=SYSTEM, **reach)  # type: ignore[arg-type]
    found = target_sums(["revenue"], periods, asked)
    return [found.get(("revenue", period, None), 0) for period in periods]


def works(rep: str, start_on: dt.date, percent: int) -> None:
    db.session.add(WorkingTime(rep_id=rep, start_on=start_on, percent=percent))
    db.session.flush()


def test_who_joins_or_leaves_in_the_month_has_the_part_of_the_working_days(
    app: Flask, company: Company
) -> None:
    with app.app_context(), transaction():
        set_target(company.sari, company.east)
        set_target(company.joko, company.east)
        works(company.sari, HALF, 100)
        works(company.joko, dt.date(2025, 1, 1), 100)
        works(company.joko, HALF, 0)

        before, after = Period(MARCH.start, HALF), Period(HALF, MARCH.end)
        # Half of an odd number, each rounded up.
        assert sums(MARCH, rep_id=company.sari) == [13_000_001]
        assert sums(before, after, rep_id=company.sari) == [0, 13_000_001]
        assert sums(before, after, rep_id=company.joko) == [13_000_001, 0]
        assert sums(MARCH) == [26_000_002]


def test_part_time_and_ramp_multiply(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        for month in range(1, 5):
            set_target(company.sari, company.east, Period.month(2026, month), 1_000_000)
        works(company.sari, dt.date(2026, 2, 1), 50)
        db.session.add_all(
            RampStep(start_on=dt.date(2025, 1, 1), month_number=number, percent=percent)
            for number, percent in enumerate((20, 60), start=1)
        )
        db.session.flush()

        months = [Period.month(2026, month) for month in range(1, 5)]
        assert sums(*months, rep_id=company.sari) == [0, 100_000, 300_000, 500_000]


def test_those_who_joined_before_keep_the_ramp_of_their_day(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        set_target(company.sari, company.east, amount=1_000_000)
        set_target(company.joko, company.east, amount=1_000_000)
        works(company.sari, dt.date(2026, 2, 10), 100)
        works(company.joko, dt.date(2026, 3, 1), 100)
    sign_in(client, "admin")
    for start_on, percents in (("2025-01-01", [10, 30]), ("2026-03-01", [50])):
        assert client.put(RAMPS, json={"from": start_on, "percents": percents}).status_code == 204
    with app.app_context():
        assert sums(MARCH, rep_id=company.sari) == [300_000]
        assert sums(MARCH, rep_id=company.joko) == [500_000]
    assert client.put(RAMPS, json={"from": "2026-03-01", "percents": []}).status_code == 204
    with app.app_context():
        assert sums(MARCH, rep_id=company.joko) == [1_000_000]
    assert client.get(RAMPS).get_json() == [
        {"from": "2026-03-01", "percents": [100]},
        {"from": "2025-01-01", "percents": [10, 30]},
    ]


def test_reps_make_the_team_and_the_phone_agrees(app: Flask, company: Company) -> None:
    reps = {company.sari: company.east, company.joko: company.east, company.rina: company.west}
    months = [Period.month(2026, month) for month in range(1, 6)]
    with app.app_context(), transaction():
        ids = {
            (rep, month): set_target(rep, team, month, 10**14 + 7 * number)
            for number, (rep, team) in enumerate(reps.items())
            for month in months
        }
        db.session.add(Holiday(day=dt.date(2026, 3, 20), name="Day off"))
        for start_on, percent in (("2026-01-20", 60), ("2026-03-11", 100), ("2026-04-30", 0)):
            works(company.sari, dt.date.fromisoformat(start_on), percent)
        works(company.rina, dt.date(2026, 2, 28), 33)
        for number, percent in enumerate((25, 50, 75), start=1):
            db.session.add(
                RampStep(start_on=dt.date(1900, 1, 1), month_number=number, percent=percent)
            )
        db.session.flush()
        periods = [*months, Period(dt.date(2026, 1, 15), dt.date(2026, 5, 2)), Period.day(HALF)]
        periods += [Period.day(day) for day in MARCH.days()]
        asked = {
            by: target_sums(["revenue"], periods, Reach(access=SYSTEM, by=by))
            for by in (By.REP, By.TEAM)
        }
        together = sums(*periods)
        parts = parts_of_targets(list(ids.values()))

        for by in (By.REP, By.TEAM):
            for period, total in zip(periods, together, strict=True):
                assert total == sum(
                    amount for (_, of, _), amount in asked[by].items() if of == period
                )
        for rep in reps:
            for period in periods:
                counted = sum(
                    part_of_target(
                        10**14 + 7 * list(reps).index(rep),
                        month,
                        period,
                        WorkCalendar({dt.date(2026, 3, 20)}),
                        parts.get(ids[rep, month], (WHOLE,)),
                    )
                    for month in months
                )
                assert asked[By.REP].get(("revenue", period, rep), 0) == counted


def test_the_target_of_a_team_stands_for_all_below_it(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        region = Team(id=new_id(), code="java", name="Java")
        db.session.add(region)
        db.session.flush()
        db.session.get_one(Team, company.east).parent_id = region.id
        set_target(company.sari, company.east, amount=100)
        set_target(None, company.east, amount=150)
        set_target(None, region.id, amount=400)
        set_target(company.rina, company.west, amount=50)

        assert sums(MARCH) == [450]
        assert sums(MARCH, team_ids=frozenset({company.east})) == [150]
        assert sums(MARCH, team_ids=frozenset({company.east, region.id})) == [400]
        by_team = target_sums(["revenue"], [MARCH], Reach(access=SYSTEM, by=By.TEAM))
        assert by_team == {
            ("revenue", MARCH, company.east): 150,
            ("revenue", MARCH, region.id): 400,
            ("revenue", MARCH, company.west): 50,
        }


@pytest.mark.parametrize("holder", ["rep", "team"])
def test_the_database_takes_no_second_target(app: Flask, company: Company, holder: str) -> None:
    rep = None if holder == "team" else company.sari
    with app.app_context():
        with transaction():
            set_target(rep, company.east)
            set_target(rep, company.east, Period.month(2026, 4))
        with pytest.raises(IntegrityError), transaction():
            set_target(rep, company.east)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("ramps", {"from": "2026-03-01", "percents": [101]}, "ramp.out_of_range"),
        ("ramps", {"from": "2026-03-01", "percents": [-1]}, "ramp.out_of_range"),
        ("ramps", {"from": "2026-03-01", "percents": [1] * 25}, "ramp.out_of_range"),
        ("ramps", {"from": "2026-03-01", "percents": [1.5]}, "invalid_input"),
        ("ramps", {"from": "1526-03-01", "percents": [1]}, "invalid_input"),
        ("times", {"from": "2026-03-01", "percent": 101}, "working_time.out_of_range"),
        ("times", {"from": "2026-03-01", "percent": -1}, "working_time.out_of_range"),
        ("times", {"from": "2026-03-01", "percent": "half"}, "invalid_input"),
    ],
)
def test_what_cannot_be_is_refused(
    client: FlaskClient, company: Company, path: str, body: dict[str, object], code: str
) -> None:
    url = RAMPS if path == "ramps" else f"/api/v1/metrics/working-times/{company.sari}"
    assert client.put(url, json=body).status_code == 401
    for name in ("sari", "budi"):
        sign_in(client, name)
        assert client.put(url, json=body).status_code == 403
    sign_in(client, "admin")
    answer = client.put(url, json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    unknown = client.put(
        f"/api/v1/metrics/working-times/{new_id()}", json={"from": "2026-03-01", "percent": 5}
    )
    assert unknown.status_code == 404


def test_working_time_is_set_changed_and_taken_away(client: FlaskClient, company: Company) -> None:
    url = f"/api/v1/metrics/working-times/{company.sari}"
    sign_in(client, "admin")
    targets = f"/api/v1/metrics/targets?from={MARCH.start}&to={MARCH.end}"
    client.put(
        "/api/v1/metrics/targets",
        json={"rep": company.sari, "month": "2026-03-01", "seen": None, "amount": 1000},
    )
    for percent, counted in ((100, 500), (50, 250), (None, 1000)):
        body = {"from": HALF.isoformat(), "percent": percent}
        assert client.put(url, json=body).status_code == 204
        assert [row["counted"] for row in client.get(targets).get_json()] == [counted]
    assert client.get(url).get_json() == []


def test_months_are_counted_from_the_month_of_joining(app: Flask, company: Company) -> None:
    joined = dt.date(2025, 11, 30)
    with app.app_context(), transaction():
        works(company.sari, joined, 100)
        for number in range(1, 5):
            step = RampStep(start_on=joined, month_number=number, percent=10 * number)
            db.session.add(step)
        months = [
            Period(day, add_months(day, 1))
            for day in (add_months(dt.date(2025, 12, 1), number) for number in range(4))
        ]
        for month in months:
            set_target(company.sari, company.east, month, 1000)
        assert sums(*months, rep_id=company.sari) == [200, 300, 400, 1000]
