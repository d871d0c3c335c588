"""Journey plans over the API: proposed, published, changed, and seen by those who may."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import select

from server.metrics.models import StaleDay
from server.planning.jobs import plan_team
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.organisation import change_organisation
from server.platform.queues import connect
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.sync.models import SyncIndex
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import CustomerClass
from shared.working import USUAL_VISITS, USUAL_WEEK, VisitWeeks, WorkRules
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit
from tests.integration.planning.conftest import Planner
from tests.support.application import running_app


def proposal(planner: Planner, **rules: object) -> dict[str, list[str]]:
    answer = planner.client.post(f"{planner.url}/proposal", json=rules)
    assert answer.status_code == 200, answer.get_json()
    return {day["day"]: day["customers"] for day in answer.get_json()["days"]}


def test_a_week_holds_who_is_due_by_class_evenly_and_not_on_sunday(planner: Planner) -> None:
    days = proposal(planner)

    planned = [customer for customers in days.values() for customer in customers]
    assert len(planned) == len(set(planned))
    assert {c for c, kind in planner.outlets.items() if kind is CustomerClass.A} <= set(planned)
    sizes = [len(days[day]) for day in planner.days]
    assert sizes[6] == 0
    assert max(sizes[:6]) - min(sizes[:6]) <= 1
    assert planner.get()["days"][0]["stops"] == []


def test_in_four_weeks_every_class_gets_its_visits(planner: Planner) -> None:
    counts = dict.fromkeys(planner.outlets, 0)
    for number in range(4):
        planner.week = type(planner.week).week(planner.today + dt.timedelta(days=7 * (number + 1)))
        days = proposal(planner)
        planner.publish(days)
        for customers in days.values():
            for customer in customers:
                counts[customer] += 1

    wanted = {CustomerClass.A: 4, CustomerClass.B: 2, CustomerClass.C: 1}
    assert counts == {customer: wanted[kind] for customer, kind in planner.outlets.items()}


def test_the_rules_of_the_company_are_obeyed_unless_others_are_given(
    app: Flask, planner: Planner
) -> None:
    next_week = planner.week.start
    rules = WorkRules(
        week=USUAL_WEEK.changed(frozenset({1, 3}), since=next_week),
        visits=USUAL_VISITS.changed(VisitWeeks(1, 1, 1), since=next_week),
    )
    with app.app_context(), transaction():
        change_organisation(fields=rules.to_wire(), at=utc_now(), by=planner.company.admin)

    days = proposal(planner, most_stops=100)
    others = proposal(planner, working_days=[2], weeks_between={"C": 52}, most_stops=100)

    assert {len(days[day]) for day in (planner.days[0], planner.days[2])} == {20, 21}
    assert sum(map(len, days.values())) == len(planner.outlets)
    assert [day for day, customers in others.items() if customers] == [planner.days[1]]
    assert sum(map(len, others.values())) < len(planner.outlets)


def test_who_finds_no_place_is_named_least_important_first(planner: Planner) -> None:
    answer = planner.client.post(
        f"{planner.url}/proposal",
        json={"weeks_between": {"B": 1, "C": 1}, "most_stops": 4},
    ).get_json()

    kinds = [planner.outlets[each["customer_id"]] for each in answer["left_out"]]
    assert len(kinds) == len(planner.outlets) - 24
    assert kinds == sorted(kinds, reverse=True)


def test_publishing_writes_the_stops_and_tells_phones_and_numbers(
    app: Flask, planner: Planner
) -> None:
    days = proposal(planner)

    week = planner.publish(days)

    for day in planner.days:
        assert planner.customers(week, day) == days[day]
    with app.app_context():
        stops = set(db.session.scalars(select(JourneyStop.id)))
        fed = db.session.scalars(
            select(SyncIndex.record_id).where(
                SyncIndex.entity == "stop", SyncIndex.scope == f"rep:{planner.company.sari}"
            )
        )
        assert stops == set(fed)
        stale = db.session.scalars(
            select(StaleDay.day).where(StaleDay.rep_id == planner.company.sari)
        )
        assert {day.isoformat() for day in stale} == {day for day in planner.days if days[day]}


def test_publishing_the_same_again_writes_nothing(planner: Planner) -> None:
    first = planner.publish(proposal(planner))

    again = planner.publish({day: planner.customers(first, day) for day in planner.days})

    assert again == first
    assert proposal(planner) == {day: planner.customers(first, day) for day in planner.days}


def test_visited_and_cancelled_stops_stay_when_a_day_is_emptied(
    app: Flask, planner: Planner
) -> None:
    monday = planner.days[0]
    visited, cancelled, other = list(planner.outlets)[:3]
    week = planner.publish({monday: [other, visited, cancelled]})
    ids = {stop["customer_id"]: stop["id"] for stop in week["days"][0]["stops"]}
    with app.app_context(), transaction():
        db.session.get_one(JourneyStop, ids[cancelled]).change(
            {"state": "cancelled", "cancel_reason": "closed"}, at=utc_now()
        )
        record_visit(
            rep_id=planner.company.sari,
            customer_id=visited,
            stop_id=ids[visited],
            at=dt.datetime.combine(planner.week.start, dt.time(3), dt.UTC),
        )

    week = planner.publish({monday: []})

    kept = {stop["customer_id"]: stop["sequence"] for stop in week["days"][0]["stops"]}
    assert kept == {visited: 2, cancelled: 3}
    assert week["days"][0]["visited"] == 1
    for stop_id in (ids[visited], ids[cancelled]):
        answer = planner.client.delete(f"{planner.url}/stops/{stop_id}?base={week['version']}")
        assert answer.status_code == 409
        assert answer.get_json()["code"] == "plan.stop_stays"


def test_past_days_stay(app: Flask, planner: Planner) -> None:
    planner.week = type(planner.week).week(planner.today - dt.timedelta(days=7))
    stop_id = new_id()
    with app.app_context(), transaction():
        db.session.add(
            JourneyStop(
                id=stop_id,
                rep_id=planner.company.sari,
                customer_id=planner.company.shop,
                day=planner.week.start,
                sequence=1,
                created_at=utc_now(),
                updated_at=utc_now(),
            )
        )

    week = planner.publish({planner.days[0]: [], planner.days[1]: [planner.company.shop]})

    assert [stop["id"] for stop in week["days"][0]["stops"]] == [stop_id]
    assert week["days"][1]["stops"] == []
    move = {"base": week["version"], "day": planner.days[1]}
    assert planner.client.patch(f"{planner.url}/stops/{stop_id}", json=move).status_code == 409


def test_a_stop_is_added_moved_and_removed_and_keeps_its_identity(planner: Planner) -> None:
    monday, tuesday = planner.days[:2]
    a, b, c = list(planner.outlets)[:3]
    week = planner.publish({monday: [a, b], tuesday: [c]})
    stop = week["days"][0]["stops"][0]["id"]

    week = planner.client.patch(
        f"{planner.url}/stops/{stop}",
        json={"base": week["version"], "day": tuesday, "position": 0},
    ).get_json()

    assert planner.customers(week, monday) == [b]
    assert planner.customers(week, tuesday) == [a, c]
    assert week["days"][1]["stops"][0]["id"] == stop

    week = planner.client.post(
        f"{planner.url}/stops",
        json={"base": week["version"], "customer_id": a, "day": monday, "position": 0},
    ).get_json()
    assert planner.customers(week, monday) == [a, b]

    week = planner.client.delete(f"{planner.url}/stops/{stop}?base={week['version']}").get_json()
    assert planner.customers(week, tuesday) == [c]


def test_two_managers_are_both_told_and_nothing_is_lost(planner: Planner) -> None:
    monday = planner.days[0]
    a, b, c = list(planner.outlets)[:3]
    base = planner.publish({monday: [a]})["version"]
    theirs = planner.publish({monday: [a, b]}, base)

    answer = planner.client.post(
        f"{planner.url}/stops", json={"base": base, "customer_id": c, "day": monday}
    )

    assert answer.status_code == 409
    problem = answer.get_json()
    assert problem["code"] == "plan.changed"
    assert problem["current"][monday] == [a, b]
    assert problem["yours"][monday] == [a, b, c]
    assert problem["version"] == theirs["version"]
    assert planner.get() == theirs


def test_a_week_is_copied_and_the_copy_undone(planner: Planner) -> None:
    source = planner.publish(proposal(planner))
    planner.week = type(planner.week).week(planner.week.end)
    empty = planner.get()

    copy = planner.client.post(
        f"{planner.url}/copy",
        json={"base": empty["version"], "source": source["days"][3]["day"]},
    ).get_json()

    def order(week: dict) -> list[list[str]]:  # type: ignore[type-arg]
        return [[stop["customer_id"] for stop in day["stops"]] for day in week["days"]]

    assert order(copy) == order(source)
    undone = planner.client.post(f"{planner.url}/undo", json={"base": copy["version"]}).get_json()
    assert undone == empty
    again = planner.client.post(f"{planner.url}/undo", json={"base": undone["version"]})
    assert order(again.get_json()) == order(source)


def test_undo_without_a_change_says_so(planner: Planner) -> None:
    answer = planner.client.post(f"{planner.url}/undo", json={"base": planner.get()["version"]})

    assert answer.status_code == 409
    assert answer.get_json()["code"] == "plan.nothing_to_undo"


def test_bad_input_is_named(planner: Planner) -> None:
    base = planner.get()["version"]
    monday, shop = planner.days[0], planner.company.shop

    def refused(day: str, *customers: str) -> int:
        days = [{"day": day, "customers": list(customers)}]
        return planner.client.put(planner.url, json={"base": base, "days": days}).status_code

    assert refused(monday, shop, shop) == 422
    assert refused("2001-01-01", shop) == 422
    assert refused(monday, planner.company.kiosk) == 422
    assert refused(monday, "nobody") == 422
    assert refused("soon", shop) == 422
    assert planner.client.put(planner.url, json={"days": []}).status_code == 422
    assert planner.client.get(planner.url.rpartition("/")[0] + "/soon").status_code == 404
    assert planner.client.get(planner.url.rpartition("/")[0] + "/0001-01-01").status_code == 200
    assert planner.get()["version"] == base


@pytest.mark.parametrize(
    ("name", "reads", "plans"),
    [
        ("admin", 200, 200),
        ("budi", 200, 200),
        ("dewi", 404, 404),
        ("sari", 200, 403),
        ("joko", 404, 403),
    ],
)
def test_who_may_see_and_who_may_plan(planner: Planner, name: str, reads: int, plans: int) -> None:
    base = planner.get()["version"]
    sign_in(planner.client, name)

    assert planner.client.get(planner.url).status_code == reads
    days = [{"day": planner.days[0], "customers": [planner.company.shop]}]
    answers = [
        planner.client.post(f"{planner.url}/proposal", json={}),
        planner.client.put(planner.url, json={"base": base, "days": days}),
    ]
    assert {answer.status_code for answer in answers} == {plans}


def test_a_stranger_sees_and_plans_nothing(client: FlaskClient, company: Company) -> None:
    url = f"/api/v1/plans/{company.sari}/2026-03-02"

    assert client.get(url).status_code == 401
    assert client.put(url, json={}).status_code == 401
    assert client.post("/api/v1/plans/teams", json={}).status_code == 401


def test_a_team_is_planned_once_and_own_plans_are_left_alone(app: Flask, planner: Planner) -> None:
    company = planner.company
    by_hand = planner.publish({planner.days[0]: [company.shop]})
    sign_in(planner.client, "admin")
    with app.app_context():
        db.session.remove()
        first = [
            plan_team(team_id=team, day=planner.days[2], asked_by=company.admin)
            for team in (company.east, company.west, company.west)
        ]

    # Joko looks after nobody, so his week stays empty; Rina's is planned once.
    assert first == [0, 1, 0]
    assert planner.get() == by_hand
    rina = planner.client.get(f"/api/v1/plans/{company.rina}/{planner.days[0]}").get_json()
    assert [s["customer_id"] for d in rina["days"] for s in d["stops"]] == [company.kiosk]


def test_planning_a_team_needs_the_team_and_a_queue(planner: Planner) -> None:
    def ask(team: str) -> int:
        return planner.client.post(
            "/api/v1/plans/teams", json={"team_id": team, "day": planner.days[0]}
        ).status_code

    assert ask(planner.company.west) == 404
    assert ask(planner.company.east) == 503


def test_a_teams_job_waits_in_the_queue_as_json_and_runs(
    planner: Planner, settings: Settings, redis_url: str
) -> None:
    company = planner.company
    with running_app(replace(settings, redis_url=redis_url)) as app:
        client = sign_in(app.test_client(), "budi")

        answer = client.post(
            "/api/v1/plans/teams", json={"team_id": company.east, "day": planner.days[4]}
        )

    assert answer.status_code == 202
    job = Job.fetch(
        answer.get_json()["job_id"],
        connection=connect(redis_url),
        serializer=JSONSerializer,
    )
    assert job.kwargs == {
        "team_id": company.east,
        "day": planner.days[4],
        "asked_by": company.budi,
        "rules": {
            "weeks_between": {"A": 1, "B": 2, "C": 4},
            "working_days": [1, 2, 3, 4, 5, 6],
            "most_stops": 25,
        },
    }
    with app.app_context():
        assert job.func(**job.kwargs) == 1
        assert job.func(**job.kwargs) == 0
        for engine in db.engines.values():
            engine.dispose()
    assert sum(day["planned"] for day in planner.get()["days"]) > 11


def test_of_two_publications_at_the_same_moment_one_wins(app: Flask, planner: Planner) -> None:
    base, monday = planner.get()["version"], planner.days[0]
    together = Barrier(2)

    def publish(customer: str) -> int:
        client = sign_in(app.test_client(), "budi")
        together.wait(timeout=60)
        days = [{"day": monday, "customers": [customer]}]
        return client.put(planner.url, json={"base": base, "days": days}).status_code

    customers = list(planner.outlets)[:2]
    with ThreadPoolExecutor(2) as pool:
        statuses = dict(zip(customers, pool.map(publish, customers), strict=True))

    assert sorted(statuses.values()) == [200, 409]
    winner = next(customer for customer, status in statuses.items() if status == 200)
    assert planner.customers(planner.get(), monday) == [winner]
