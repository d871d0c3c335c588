"""Values by the API: for whom, for which days, compared with what."""

import datetime as dt
from decimal import Decimal
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from server.calendar.models import Holiday
from server.costs.models import Cost
from server.customers.models import Customer, CustomerAssignment
from server.metrics.jobs import refresh_rollups
from server.metrics.models import DailyRollup, Target, WorkingTime
from server.metrics.queries import Question, metric_values
from server.metrics.rollups.teams import EVERY_TEAM, count_teams
from server.metrics.sql.reach import By
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from server.teams.models import TeamMembership
from shared.metrics.catalog import METRICS
from shared.metrics.formula import Unit
from shared.metrics.kpis.targets import GOALS
from shared.sync.ids import new_id
from shared.time import Grain, Period
from shared.vocabulary import CostCategory
from tests.factories.company import Company, add_customer, count_customers_of, sign_in
from tests.factories.visits import MONDAY_9, record_visit

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)
MARCH = Period.month(2026, 3)
LATER = dt.date(2026, 6, 1)


def values(answer: dict[str, Any]) -> dict[str, str | None]:
    return {value["key"]: value["value"] for value in answer["values"]}


def ask(client: FlaskClient, **query: str) -> dict[str, Any]:
    query = {"from": "2026-03-01", "to": "2026-04-01", **query}
    response = client.get("/api/v1/metrics/values", query_string=query)
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def test_a_manager_sees_own_teams_and_a_rep_the_own_numbers(
    client: FlaskClient, busy_company: Company
) -> None:
    seen = {}
    for name in ("admin", "budi", "dewi", "sari"):
        answer = ask(sign_in(client, name), metrics="calls,revenue")
        seen[name] = values(answer)
        client.delete("/api/v1/session")

    assert seen == {
        "admin": {"calls": "4", "revenue": "9000.00"},
        "budi": {"calls": "3", "revenue": "9000.00"},
        "dewi": {"calls": "1", "revenue": "0.00"},
        "sari": {"calls": "2", "revenue": "3000.00"},
    }


def test_reps_add_up_to_their_team_and_ratios_are_ratios_of_sums(
    client: FlaskClient, busy_company: Company
) -> None:
    answer = ask(
        sign_in(client, "budi"),
        metrics="calls,revenue,strike_rate,average_purchase_value,active_outlets,revenue_per_rep",
        by="rep",
    )

    joko, sari = answer["groups"]
    assert (joko["name"], sari["name"]) == ("Joko", "Sari")
    assert values(answer) == {
        "calls": "3",
        "revenue": "9000.00",
        "strike_rate": "1",
        "average_purchase_value": "3000.00",
        # The same shop bought from both.
        "active_outlets": "1",
        "revenue_per_rep": "4500.00",
    }
    assert values(sari)["average_purchase_value"] == "1500.00"
    assert values(sari)["active_outlets"] == "1"
    for key in ("calls", "revenue"):
        assert Decimal(values(joko)[key] or 0) + Decimal(values(sari)[key] or 0) == Decimal(
            values(answer)[key] or 0
        )


def test_who_works_half_the_time_or_joins_in_its_middle_counts_as_half_a_rep(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    with app.app_context(), transaction():
        for rep_id, start_on, percent in (
            (busy_company.sari, dt.date(2025, 1, 1), 100),
            (busy_company.sari, dt.date(2026, 2, 1), 50),
            (busy_company.joko, dt.date(2026, 3, 7), 100),
        ):
            db.session.add(WorkingTime(rep_id=rep_id, start_on=start_on, percent=percent))
    budi = sign_in(client, "budi")
    ten_days = {"from": "2026-03-02", "to": "2026-03-12"}

    answer = ask(budi, metrics="revenue_per_rep", by="rep", **ten_days)
    [total] = answer["values"]
    assert (total["value"], total["denominator"]) == ("9000.00", "1")
    assert [group["values"][0]["denominator"] for group in answer["groups"]] == ["0.5", "0.5"]
    # Joko has no working time of that day yet, and whoever has none works all of it.
    [total] = ask(budi, metrics="revenue_per_rep", **{"from": "2026-03-02", "to": "2026-03-03"})[
        "values"
    ]
    assert total["denominator"] == "1.5"


def test_medians_are_of_the_deals_not_of_the_reps(
    client: FlaskClient, busy_company: Company
) -> None:
    answer = ask(sign_in(client, "admin"), metrics="average_purchase_value_median", by="rep")

    assert values(answer) == {"average_purchase_value_median": "2000.00"}
    assert {group["name"]: values(group) for group in answer["groups"]}["Sari"] == {
        "average_purchase_value_median": "1500.00"
    }


def test_a_series_has_a_point_for_each_piece(client: FlaskClient, busy_company: Company) -> None:
    answer = ask(sign_in(client, "admin"), metrics="calls", series="week", to="2026-03-16")

    assert [
        (point["period"]["from"], point["values"][0]["value"]) for point in answer["series"]
    ] == [("2026-03-01", "0"), ("2026-03-02", "4"), ("2026-03-09", "0")]


def test_a_value_comes_with_what_it_is_compared_with(
    client: FlaskClient, busy_company: Company
) -> None:
    admin = sign_in(client, "admin")

    march, april = (
        ask(admin, metrics="revenue,sales_growth", **{"from": start, "to": end})
        for start, end in (("2026-03-01", "2026-04-01"), ("2026-04-01", "2026-05-01"))
    )

    year = ask(admin, metrics="revenue", compare="last_year")
    assert year["compared_with"] == {"from": "2025-03-01", "to": "2025-04-01"}
    assert march["compared_with"] == {"from": "2026-02-01", "to": "2026-03-01"}
    revenue, growth = march["values"]
    assert (revenue["value"], revenue["previous"], revenue["change"]) == ("9000.00", "0.00", None)
    assert (growth["value"], growth["reason"]) == (None, "no_previous_sales")
    revenue, growth = april["values"]
    assert (revenue["value"], revenue["previous"], revenue["change"]) == ("0.00", "9000.00", "-1")
    assert (growth["value"], growth["numerator"], growth["denominator"]) == (
        "-1",
        "-9000.00",
        "9000.00",
    )


def test_a_running_period_is_compared_with_the_same_elapsed_part(
    app: Flask, busy_company: Company
) -> None:
    with app.app_context():
        answer = metric_values(
            access=SYSTEM,
            question=Question(
                metrics=[METRICS["revenue"], METRICS["sales_growth"]],
                period=Period.month(2026, 4),
                today=dt.date(2026, 4, 1),
                currency="IDR",
                series=Grain.WEEK,
            ),
        )

    # 2 March is not among the one elapsed day.
    assert answer.compared_with == Period.day(dt.date(2026, 3, 1))
    assert answer.total.values["revenue"].previous.value == 0
    assert answer.total.values["sales_growth"].value.reason == "no_previous_sales"
    assert len(answer.total.series) == 1


def test_targets_are_summed_and_prorated_by_working_days(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    with app.app_context(), transaction():
        for rep_id, amount in ((busy_company.sari, 10_000_00), (busy_company.joko, 20_000_00)):
            db.session.add(
                Target(
                    id=new_id(),
                    metric_key="revenue",
                    month=MARCH.start,
                    rep_id=rep_id,
                    team_id=busy_company.east,
                    amount=amount,
                )
            )
        db.session.add(Holiday(day=dt.date(2026, 3, 20), name="Nyepi"))
    budi = sign_in(client, "budi")

    whole, week = (
        ask(budi, metrics="target_attainment,target_pace", by="rep", to=end)["values"][0]
        for end in ("2026-04-01", "2026-03-08")
    )
    groups = ask(budi, metrics="target_attainment", by="rep")["groups"]

    assert (whole["value"], whole["denominator"]) == ("0.3", "30000.00")
    # 2 to 7 March are 6 of the 25 working days of March: 26 but for the holiday.
    assert week["denominator"] == "7200.00"
    shares = [values(group)["target_attainment"] for group in groups]
    assert shares == ["0.3", "0.3"]


def test_each_number_with_a_target_tells_how_much_of_it_was_reached(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    with app.app_context(), transaction():
        for key, goal in GOALS.items():
            amount = 10_000_00 if goal.target.unit is Unit.MONEY else 10
            for rep_id in (busy_company.sari, busy_company.joko):
                target = Target(id=new_id(), metric_key=key, month=MARCH.start, amount=amount)
                target.rep_id, target.team_id = rep_id, busy_company.east
                db.session.add(target)
    admin = sign_in(client, "admin")

    keys = [key for goal in GOALS.values() for key in (goal.metric.key, goal.attainment.key)]
    found = ask(admin, metrics=",".join(keys), rep=busy_company.sari)["values"]
    told = {each["key"]: each for each in found}

    for goal in GOALS.values():
        attained, reached = told[goal.attainment.key], told[goal.metric.key]["value"]
        assert Decimal(attained["numerator"]) == Decimal(reached)
        assert Decimal(attained["denominator"]) == (
            10_000 if goal.target.unit is Unit.MONEY else 10
        )
    assert Decimal(told["calls_target_attainment"]["value"]) > 0


def test_a_team_target_counts_instead_of_those_of_its_reps(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    with app.app_context(), transaction():
        for rep_id, amount in ((busy_company.sari, 10_000_00), (None, 18_000_00)):
            db.session.add(
                Target(
                    id=new_id(),
                    metric_key="revenue",
                    month=MARCH.start,
                    rep_id=rep_id,
                    team_id=busy_company.east,
                    amount=amount,
                )
            )
    admin = sign_in(client, "admin")

    team = ask(admin, metrics="target_attainment", by="team")
    rep = ask(admin, metrics="target_attainment", rep=busy_company.sari)

    assert values(team)["target_attainment"] == "0.5"
    assert values(rep)["target_attainment"] == "0.3"


def test_what_winning_a_customer_costs(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    with app.app_context(), transaction():
        for category, amount in (
            (CostCategory.ADVERTISING, 500_00),
            (CostCategory.EVENT, 100_50),
            (CostCategory.SALARY, 9_999_00),
        ):
            db.session.add(
                Cost(
                    id=new_id(),
                    category=category,
                    day=MONDAY,
                    team_id=busy_company.east,
                    amount_minor=amount,
                    currency="IDR",
                    base_amount_minor=amount,
                )
            )
    admin = sign_in(client, "admin")

    east, west = ask(admin, metrics="customer_acquisition_cost", by="team")["groups"]

    assert values(east) == {"customer_acquisition_cost": "600.50"}
    assert west["values"][0]["reason"] == "no_new_customers"


def test_coverage_counts_each_assigned_customer_once(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    with app.app_context(), transaction():
        for name in ("Warung", "Depot", "Lapak"):
            add_customer(name, owner_id=busy_company.sari, team_id=busy_company.east)
        gone = add_customer("Pindah", owner_id=busy_company.sari, team_id=busy_company.east)
        db.session.query(CustomerAssignment).filter_by(customer_id=gone).update(
            {"end_on": dt.date(2026, 2, 1)}
        )
        count_customers_of(busy_company.sari)

    answer = ask(sign_in(client, "budi"), metrics="coverage", by="rep")

    assert answer["values"][0]["denominator"] == "4"
    # Joko visited the shop, but it is Sari's.
    assert values(answer)["coverage"] == "0.25"
    assert {group["name"]: values(group)["coverage"] for group in answer["groups"]} == {
        "Joko": None,
        "Sari": "0.25",
    }


def test_the_stock_is_what_is_there_at_the_end(app: Flask, company: Company) -> None:
    with app.app_context():
        for day, change in ((MONDAY, 3), (TUESDAY, -1), (dt.date(2026, 4, 1), 5)):
            row: dict[str, Any] = {"rep_id": company.sari, "day": day, "team_id": company.east}
            row["open_opportunities"] = change
            db.session.execute(insert(DailyRollup.__table__).values(row))
        count_teams(EVERY_TEAM)
        answers = [
            metric_values(
                access=SYSTEM,
                question=Question(
                    metrics=[METRICS["open_opportunities"]],
                    period=period,
                    today=LATER,
                    currency="IDR",
                    by=By.TEAM,
                ),
            )
            for period in (Period.day(MONDAY), MARCH, Period.month(2026, 5))
        ]
        db.session.rollback()

    stocks = [answer.total.values["open_opportunities"].value.value for answer in answers]
    assert stocks == [3, 2, 7]
    assert [answer.groups[0].name for answer in answers] == ["East"] * 3


def test_days_still_to_be_counted_and_silent_phones_are_told(
    app: Flask, client: FlaskClient, busy_company: Company
) -> None:
    admin = sign_in(client, "admin")
    before = ask(admin, metrics="calls")
    with app.app_context(), transaction():
        record_visit(rep_id=busy_company.sari, customer_id=busy_company.shop)

    after = ask(admin, metrics="calls")

    assert (before["stale"], after["stale"], after["stale_days"]) == (False, True, 1)
    assert after["phones_not_synced"] == 0


def test_a_rep_brings_the_open_pipeline_along_to_another_team(app: Flask, company: Company) -> None:
    with app.app_context():
        row = {"rep_id": company.sari, "day": MONDAY, "team_id": company.east}
        db.session.execute(insert(DailyRollup.__table__).values(**row, open_opportunities=3))
        db.session.query(TeamMembership).filter_by(user_id=company.sari).update(
            {"end_on": MARCH.end}
        )
        db.session.add(
            TeamMembership(user_id=company.sari, start_on=MARCH.end, team_id=company.west)
        )
        answer = metric_values(
            access=SYSTEM,
            question=Question(
                metrics=[METRICS["open_opportunities"]],
                period=Period.quarter(2026, 2),
                today=LATER,
                currency="IDR",
                by=By.TEAM,
            ),
        )
        db.session.rollback()

    stock = {group.name: group.values["open_opportunities"] for group in answer.groups}
    assert {name: compared.value.value for name, compared in stock.items()} == {
        "East": 0,
        "West": 3,
    }
    assert {name: compared.previous.value for name, compared in stock.items()} == {
        "East": 3,
        "West": 0,
    }


def test_visits_beyond_what_is_due_hide_no_miss_elsewhere(app: Flask, company: Company) -> None:
    with app.app_context():
        with transaction():
            missed = add_customer("Warung", owner_id=company.sari, team_id=company.east)
            rare = add_customer("Depot", owner_id=company.sari, team_id=company.east)
            db.session.query(Customer).filter_by(id=rare).update({"customer_class": "C"})
            for customer_id, count in ((company.shop, 6), (missed, 1), (rare, 1)):
                for number in range(count):
                    at = MONDAY_9 + dt.timedelta(days=number)
                    record_visit(rep_id=company.sari, customer_id=customer_id, at=at)
        refresh_rollups()
        answer = metric_values(
            access=SYSTEM,
            question=Question(
                metrics=[METRICS["visit_frequency_compliance"]],
                period=MARCH,
                today=LATER,
                currency="IDR",
                by=By.REP,
            ),
        )

    # Four full weeks: 4 of 4 at the shop, 1 of 4 at the missed one, 1 of 1 at the rare one.
    shares = {group.name: group.values["visit_frequency_compliance"] for group in answer.groups}
    assert shares["Sari"].value.numerator == 6
    assert shares["Sari"].value.denominator == 9
    # Rina's kiosk was due four times and never visited.
    assert answer.total.values["visit_frequency_compliance"].value.denominator == 13
    assert shares["Rina"].value.value == 0
