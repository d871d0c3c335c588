"""What a visit costs, why nothing was sold, and how far the order of the plan was kept."""

import datetime as dt
from collections import Counter
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from server.expenses.models import Expense
from server.metrics.jobs import refresh_rollups
from server.metrics.rollups.rebuild import differing_rows
from server.planning.models import JourneyStop
from server.platform.database import db
from server.platform.transaction import transaction
from server.visits import operations as visits
from shared.sync.ids import new_id
from shared.vocabulary import ExpenseKind, ExpenseState, NoSaleReason, StopState
from tests.factories.company import Company, add_customer, sign_in
from tests.factories.tracks import record_track, start_work
from tests.factories.visits import MONDAY_9, record_visit

MONDAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
RATES = "/api/v1/metrics/kilometre-rates"


def ask(client: FlaskClient, *keys: str) -> dict[str, Any]:
    query = {"from": "2026-03-01", "to": "2026-04-01", "metrics": ",".join(keys)}
    answer = client.get("/api/v1/metrics/values", query_string=query).get_json()
    return {value["key"]: value["value"] or value["reason"] for value in answer["values"]}


def spend(kind: ExpenseKind, amount_minor: int, rep_id: str, state: ExpenseState) -> None:
    db.session.add(
        Expense(
            id=new_id(),
            rep_id=rep_id,
            day=MONDAY,
            kind=kind,
            amount_minor=amount_minor,
            base_amount_minor=amount_minor,
            currency="IDR",
            state=state,
            created_at=MONDAY_9,
            updated_at=MONDAY_9,
        )
    )


def rows_behind(client: FlaskClient, key: str) -> dict[str, int]:
    """Return how many rows of each kind a number is made of; each can be opened."""
    found = client.get(
        f"/api/v1/metrics/{key}/rows", query_string={"from": "2026-03-01", "to": "2026-04-01"}
    ).get_json()["rows"]
    assert all(client.get(row["href"]).status_code == 200 for row in found)
    page = client.get(f"/numbers/{key}?from=2026-03-01&to=2026-03-31").get_data(as_text=True)
    assert "is not a sum of rows" not in page
    return dict(Counter(row["kind"] for row in found))


def test_a_visit_costs_its_kilometres_at_the_rate_of_the_day_and_expenses(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    admin = sign_in(client, "admin")
    with app.app_context(), transaction():
        start_work(company.sari)
        record_track(company.sari, [(minute, 600 * minute) for minute in range(20, 31)])
        record_visit(rep_id=company.sari, customer_id=company.shop)
        record_visit(rep_id=company.sari, customer_id=company.kiosk, at=MONDAY_9 + 2 * DAY)
        spend(ExpenseKind.TOLL, 45_000_00, company.sari, ExpenseState.APPROVED)
        spend(ExpenseKind.PARKING, 5_000_00, company.sari, ExpenseState.SUBMITTED)
        spend(ExpenseKind.FUEL, 99_000_00, company.sari, ExpenseState.APPROVED)
    for day, rate in (("2026-01-01", 3_000_00), ("2026-03-03", 5_000_00)):
        assert admin.put(RATES, json={"from": day, "rate_minor": rate}).status_code == 204
    with app.app_context():
        refresh_rollups()
        assert not any(differing_rows().values())

    values = ask(admin, "travel_distance", "cost_per_visit")
    kilometres = round(float(values["travel_distance"]), 3)
    assert abs(kilometres - 6) < 0.01
    assert abs(float(values["cost_per_visit"]) - (kilometres * 3_000 + 45_000) / 2) < 1
    assert rows_behind(admin, "cost_per_visit") == {"day": 1, "expense": 1}

    # A later rate moves only the days from which it counts.
    before = values["cost_per_visit"]
    assert admin.put(RATES, json={"from": "2026-03-03", "rate_minor": 9_00}).status_code == 204
    with app.app_context():
        refresh_rollups()
    assert ask(admin, "cost_per_visit")["cost_per_visit"] == before
    assert [rate["rate_minor"] for rate in admin.get(RATES).get_json()] == [3_000_00, 9_00]


def test_only_an_administrator_sets_the_rate_and_no_absurd_one(
    client: FlaskClient, company: Company
) -> None:
    body = {"from": "2026-01-01", "rate_minor": 3_000_00}
    assert client.put(RATES, json=body).status_code == 401
    for name, seen in (("sari", 403), ("budi", 200)):
        person = sign_in(client, name)
        assert (person.put(RATES, json=body).status_code, person.get(RATES).status_code) == (
            403,
            seen,
        )
    admin = sign_in(client, "admin")
    for rate in (-1, 10**12):
        answer = admin.put(RATES, json=body | {"rate_minor": rate})
        assert (answer.status_code, answer.get_json()["code"]) == (
            422,
            "kilometre_rate.out_of_range",
        )


def test_reasons_are_shares_of_the_visits_with_a_reason(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context():
        with transaction():
            for hour, reason in enumerate([*[NoSaleReason.PRICE] * 3, NoSaleReason.CLOSED, None]):
                at = MONDAY_9 + dt.timedelta(hours=hour)
                visit = record_visit(rep_id=company.sari, customer_id=company.shop, at=at)
                if reason:
                    visits.patch_visit(
                        visit_id=visit,
                        rep_id=company.sari,
                        fields={"no_sale_reason": reason},
                        at=at,
                    )
        refresh_rollups()

    budi = sign_in(client, "budi")
    assert ask(budi, "no_sale_reasons", "no_sale_price", "no_sale_closed", "no_sale_other") == {
        "no_sale_reasons": "0.8",
        "no_sale_price": "0.75",
        "no_sale_closed": "0.25",
        "no_sale_other": "0",
    }
    query = {"from": "2026-03-01", "to": "2026-04-01"}
    rows = budi.get("/api/v1/metrics/no_sale_price/rows", query_string=query).get_json()
    assert rows["total"] == 3
    page = budi.get("/activity", query_string=query).get_data(as_text=True)
    assert page.index("Price too high") < page.index("Shop closed")
    assert "/numbers/no_sale_price?" in page


def test_the_order_of_the_plan_is_kept_in_two_of_three(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context():
        with transaction():
            outlets = [
                add_customer(name, owner_id=company.sari, team_id=company.east)
                for name in ("Satu", "Dua", "Tiga", "Empat")
            ]
            for sequence, customer_id in enumerate(outlets, start=1):
                db.session.add(
                    JourneyStop(
                        id=new_id(),
                        rep_id=company.sari,
                        customer_id=customer_id,
                        day=MONDAY,
                        sequence=sequence,
                        state=StopState.PLANNED,
                        created_at=MONDAY_9,
                        updated_at=MONDAY_9,
                    )
                )
            db.session.flush()
            for hour, place in enumerate((1, 0, 2)):
                at = MONDAY_9 + dt.timedelta(hours=hour)
                record_visit(rep_id=company.sari, customer_id=outlets[place], at=at)
        refresh_rollups()
    sari = sign_in(client, "sari")
    assert ask(sari, "route_compliance")["route_compliance"].startswith("0.6666")
    assert rows_behind(sari, "route_compliance") == {"day": 1}
    assert rows_behind(sari, "pjp_rate") == {"stop": 3}

    # The visit that came first in fact arrives late.
    with app.app_context():
        with transaction():
            early = MONDAY_9 - dt.timedelta(hours=1)
            record_visit(rep_id=company.sari, customer_id=outlets[0], at=early)
        refresh_rollups()
        assert not any(differing_rows().values())
    assert ask(sari, "route_compliance") == {"route_compliance": "1"}
