"""Rows that make a number wrong: each check finds its own, and nobody sees another's."""

import datetime as dt
import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.customers.models import Customer
from server.deals.models import Deal
from server.imports.models import ImportProblem, ImportRun
from server.metrics.jobs import refresh_rollups
from server.metrics.models import Target
from server.platform.database import db
from server.platform.transaction import transaction
from server.products.models import Product
from server.quality.queries.findings import CHECKS
from server.teams.models import Team
from server.visits.models import Visit
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import StageKind, TimeTrust
from tests.factories.company import Company, add_customer, sign_in
from tests.factories.visits import MONDAY_9, record_visit, take_order

MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
FIRST = dt.date(2026, 3, 1)
PAGE_OF_MARCH = "period=custom&from=2026-03-01&to=2026-03-31"


def order(company: Company, *, at: dt.datetime = MONDAY_9, **changes: object) -> None:
    deal_id = take_order(
        rep_id=company.sari,
        customer_id=company.shop,
        product_id=company.tea,
        quantity=1,
        unit_price_minor=1000_00,
        at=at,
    )
    deal = db.session.get_one(Deal, deal_id)
    for name, value in changes.items():
        setattr(deal, name, value)


@pytest.fixture
def untidy(app: Flask, company: Company) -> Company:
    """Return a company with one mistake of each kind, all in Sari's hands."""
    with app.app_context(), transaction():
        order(company)
        late = dt.date(2026, 3, 20)
        order(company, opportunity_day=late, opportunity_rep_id=company.sari)
        order(company, lead_day=late, opportunity_day=FIRST, opportunity_rep_id=company.sari)
        order(company, base_amount_minor=0)
        order(company, customer_id=None)
        order(
            company,
            kind=StageKind.OPEN,
            closed_day=None,
            closed_rep_id=None,
            expected_close_on=dt.date(2026, 3, 9),
        )
        record_visit(rep_id=company.sari, customer_id=company.shop, minutes=None)
        silent = record_visit(rep_id=company.sari, customer_id=company.shop)
        unsure = record_visit(rep_id=company.sari, customer_id=company.shop)
        db.session.get_one(Visit, silent).no_sale_reason = None
        db.session.get_one(Visit, unsure).time_trust = TimeTrust.UNVERIFIED
        db.session.get_one(Product, company.tea).cost_minor = None
        nowhere = add_customer("Nowhere", owner_id=company.sari, team_id=company.east)
        db.session.get_one(Customer, nowhere).latitude = None
        nobodys = add_customer("Nobody's", owner_id=company.sari, team_id=company.east)
        db.session.get_one(Customer, nobodys).owner_id = None
        db.session.get_one(Customer, company.kiosk).currency = "USD"
        db.session.get_one(Product, company.rice).prices = {"USD": 4_00}
        ahead = utc_now() + dt.timedelta(days=40)
        order(company, at=ahead)
        record_visit(rep_id=company.sari, customer_id=company.shop, at=ahead)
        db.session.add(Team(id=new_id(), code="empty", name="Empty"))
        region = Team(id=new_id(), code="region", name="Region")
        db.session.add(region)
        db.session.flush()
        db.session.get_one(Team, company.east).parent_id = region.id
        for holder, amount in ((None, 500), (company.sari, 300), (company.joko, 100)):
            db.session.add(
                Target(
                    id=new_id(),
                    metric_key="calls",
                    month=FIRST,
                    rep_id=holder,
                    team_id=company.east,
                    amount=amount,
                )
            )
        run = ImportRun(id=new_id(), mapping="customers", dry_run=False, asked_by=company.admin)
        run.asked_at = MONDAY_9
        db.session.add(run)
        db.session.flush()
        db.session.add(
            ImportProblem(
                run_id=run.id, position=1, file="a.csv", line=2, column="x", code="y", value=""
            )
        )
    return company


def found(client: FlaskClient) -> dict[str, int]:
    answer = client.get("/api/v1/quality", query_string=MARCH)
    assert answer.status_code == 200, answer.get_json()
    return {finding["key"]: finding["rows"] for finding in answer.get_json()}


def test_every_mistake_is_found(app: Flask, client: FlaskClient, untidy: Company) -> None:
    sign_in(client, "admin")

    # Before the days are counted, and afterwards.
    counts = found(client)
    with app.app_context():
        refresh_rollups()
    assert found(client) == counts

    assert list(counts) == list(CHECKS)
    once = {
        *("won_without_value", "won_without_customer"),
        *("expected_close_passed", "visits_left_open", "visits_of_unsure_time"),
        *("customers_without_point", "customers_without_rep"),
    }
    assert {key for key, rows in counts.items() if rows == 1} >= once
    assert counts["visits_without_outcome"] == 2
    assert counts["products_without_cost"] == 1
    assert counts["products_without_price"] == 1, "but rice, which has one"
    assert counts["reps_without_team"] == 0
    assert counts["deals_in_future"] == counts["visits_in_future"] == 1
    assert counts["teams_without_reps"] == 1, "a region has teams"
    assert counts["contradicting_targets"] == 1
    assert counts["closed_before_opportunity"] == 2
    asked = MARCH | {"metrics": "sales_cycle_errors"}
    [errors] = client.get("/api/v1/metrics/values", query_string=asked).get_json()["values"]
    assert errors["value"] == "2", "what is listed is what is counted"


@pytest.mark.parametrize(("person", "sees"), [("admin", 1), ("budi", 1), ("sari", 1), ("dewi", 0)])
def test_each_sees_the_own_rows(
    client: FlaskClient, untidy: Company, person: str, sees: int
) -> None:
    sign_in(client, person)

    counts = found(client)
    for key in ("won_without_value", "visits_left_open", "customers_without_point"):
        rows = client.get(f"/api/v1/quality/{key}", query_string=MARCH).get_json()["rows"]
        page = client.get(f"/quality/{key}?{PAGE_OF_MARCH}")
        file = client.get(f"/quality/{key}.csv?{PAGE_OF_MARCH}").get_data(as_text=True)

        assert (counts[key], len(rows), file.count("Sari")) == (sees, sees, sees)
        assert page.status_code == 200


def test_refused_rows_and_contradicting_targets_are_listed_with_where_they_stand(
    client: FlaskClient, untidy: Company
) -> None:
    import_row = r'href="/imports">Rows that an import refused</a>.*?class="right">1<'
    for person, sees_imports, targets in (
        ("admin", True, 1),
        ("budi", False, 1),
        ("dewi", False, 0),
    ):
        sign_in(client, person)
        shown = client.get(f"/quality?{PAGE_OF_MARCH}").get_data(as_text=True)
        assert bool(re.search(import_row, shown, re.DOTALL)) is sees_imports
        assert ("Rows that an import refused" in shown) is sees_imports
        assert "Records of phones that were not taken as sent" in shown
        assert found(client)["contradicting_targets"] == targets
    sign_in(client, "budi")
    listed = client.get(f"/quality/contradicting_targets?{PAGE_OF_MARCH}").get_data(as_text=True)
    [address] = re.findall(r'href="(/targets\?[^"]+)"', listed)
    assert client.get(html.unescape(address)).status_code == 200


def test_the_count_is_the_number_of_rows(client: FlaskClient, untidy: Company) -> None:
    sign_in(client, "admin")
    counts = found(client)

    for key, rows in counts.items():
        page = client.get(f"/api/v1/quality/{key}", query_string=MARCH).get_json()
        assert (page["total"], len(page["rows"])) == (rows, rows), key


def test_another_period_has_other_mistakes(client: FlaskClient, untidy: Company) -> None:
    sign_in(client, "admin")

    answer = client.get("/api/v1/quality", query_string={"from": "2025-01-01", "to": "2026-01-01"})

    rows = {finding["key"]: finding["rows"] for finding in answer.get_json()}
    assert rows["won_without_value"] == rows["visits_left_open"] == 0
    assert rows["customers_without_point"] == 1


def test_bad_questions(client: FlaskClient, company: Company) -> None:
    assert client.get("/api/v1/quality", query_string=MARCH).status_code == 401
    assert client.get("/quality").status_code == 302
    sign_in(client, "admin")

    backwards = {"from": "2026-04-01", "to": "2026-03-01"}
    assert client.get("/api/v1/quality", query_string=backwards).status_code == 422
    assert client.get("/api/v1/quality/nothing", query_string=MARCH).status_code == 404
    assert client.get("/quality/nothing").status_code == 404
    assert client.get("/quality/nothing.csv").status_code == 404
    assert client.get("/quality").status_code == 200
