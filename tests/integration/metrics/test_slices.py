"""Values of one lead source or customer class, and each of them side by side."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.customers.models import Customer
from server.deals.operations import deals
from server.metrics.jobs import refresh_rollups
from server.metrics.queries import Question, metric_values
from server.metrics.sql.reach import By
from server.metrics.sql.sliced import dimensions_of
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from shared.metrics.catalog import METRICS
from shared.metrics.measures import Dimension
from shared.sync.ids import new_id
from shared.time import Period
from shared.vocabulary import CustomerClass
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, record_visit, take_order

DAY = dt.timedelta(days=1)
MARCH = {"from": "2026-03-01", "to": "2026-04-01"}
VALUES = "/api/v1/metrics/values"


@pytest.fixture
def sliced_company(app: Flask, company: Company) -> Company:
    """Return the company with leads of a fair and a referral, and visits at both classes."""
    leads: tuple[tuple[str, str, list[str]], ...] = (
        ("fair", company.shop, ["opportunity", "won"]),
        ("fair", company.shop, ["opportunity", "lost"]),
        ("fair", company.shop, []),
        ("referral", company.kiosk, ["opportunity"]),
    )
    with app.app_context():
        with transaction():
            db.session.get_one(Customer, company.kiosk).customer_class = CustomerClass.B
            for source, customer_id, moves in leads:
                deal_id = new_id()
                deals.create_deal(
                    deal=deals.NewDeal(
                        deal_id=deal_id,
                        owner_id=company.sari,
                        customer_id=customer_id,
                        stage_key="lead",
                        currency="IDR",
                        source=source,
                        amount_minor=1_000_00,
                    ),
                    at=MONDAY_9,
                    day=MONDAY_9.date(),
                    reporting_currency="IDR",
                )
                for number, stage in enumerate(moves, start=1):
                    at = MONDAY_9 + number * DAY
                    deals.change_deal(
                        deal_id=deal_id, fields={"stage_key": stage}, at=at, day=at.date()
                    )
            record_visit(rep_id=company.sari, customer_id=company.shop)
            record_visit(rep_id=company.sari, customer_id=company.kiosk, at=MONDAY_9 + DAY)
            at_shop = record_visit(
                rep_id=company.joko, customer_id=company.shop, at=MONDAY_9 + 2 * DAY
            )
            take_order(
                rep_id=company.joko,
                customer_id=company.shop,
                product_id=company.tea,
                quantity=1,
                unit_price_minor=500_00,
                visit_id=at_shop,
                at=MONDAY_9 + 2 * DAY,
            )
        refresh_rollups()
    return company


def ask(client: FlaskClient, **query: str) -> dict[str, Any]:
    answer = client.get(VALUES, query_string=MARCH | query)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def values(group: dict[str, Any]) -> dict[str, str | None]:
    return {value["key"]: value["value"] for value in group["values"]}


def test_where_good_leads_come_from(client: FlaskClient, sliced_company: Company) -> None:
    keys = "leads_to_opportunities,lead_to_opportunity_rate,lead_conversion_rate,revenue"
    keys = keys.removeprefix("leads_to_opportunities,") + ",open_opportunities,calls"
    refused = sign_in(client, "admin").get(
        VALUES, query_string=MARCH | {"metrics": keys, "by": "source"}
    )
    assert (refused.status_code, refused.get_json()["code"]) == (422, "not_sliced")

    answer = ask(client, metrics=keys.removesuffix(",calls"), by="source")
    assert {group["name"]: values(group) for group in answer["groups"]} == {
        # The order taken at once has no source; it was no lead.
        "": {
            "lead_to_opportunity_rate": None,
            "lead_conversion_rate": None,
            "revenue": "500.00",
            "open_opportunities": "0",
        },
        "fair": {
            "lead_to_opportunity_rate": "0.6666666666666666666666666666666667",
            "lead_conversion_rate": "0.3333333333333333333333333333333333",
            "revenue": "1000.00",
            "open_opportunities": "0",
        },
        "referral": {
            "lead_to_opportunity_rate": "1",
            "lead_conversion_rate": "0",
            "revenue": "0.00",
            "open_opportunities": "1",
        },
    }
    fair = ask(client, metrics="lead_to_opportunity_rate", source="fair", by="rep")
    assert values(fair)["lead_to_opportunity_rate"] == "0.6666666666666666666666666666666667"
    assert [group["name"] for group in fair["groups"]] == ["Sari"]


def test_visits_and_outlets_of_one_class(client: FlaskClient, sliced_company: Company) -> None:
    budi = sign_in(client, "budi")
    keys = "calls,strike_rate,customers_visited,active_outlets,coverage,opportunities"
    shown = {name: values(ask(budi, metrics=keys, **{"class": name})) for name in "AB"}

    assert shown["A"] == {
        "calls": "2",
        "strike_rate": "0.5",
        "customers_visited": "1",
        "active_outlets": "1",
        "coverage": "1",
        "opportunities": "2",
    }
    assert shown["B"]["calls"] == "1"
    assert shown["B"]["coverage"] is None
    by_class = ask(budi, metrics="calls,revenue", by="class", series="week")
    assert {group["name"]: values(group) for group in by_class["groups"]} == {
        "A": {"calls": "2", "revenue": "1500.00"},
        "B": {"calls": "1", "revenue": "0.00"},
    }
    refused = budi.get(VALUES, query_string=MARCH | {"metrics": "work_duration", "class": "A"})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "not_sliced")
    assert budi.get(VALUES, query_string=MARCH | {"class": "D"}).status_code == 422


def test_the_rows_and_the_file_are_those_of_the_slice(
    client: FlaskClient, sliced_company: Company
) -> None:
    admin = sign_in(client, "admin")
    rows = {
        name: admin.get(
            f"/api/v1/metrics/{key}/rows", query_string=MARCH | {name: value}
        ).get_json()["total"]
        for key, name, value in (
            ("calls", "class", "B"),
            ("lead_to_opportunity_rate", "source", "fair"),
        )
    }
    assert rows == {"class": 1, "source": 2}
    stock = admin.get(
        "/api/v1/metrics/open_opportunities/rows",
        query_string=MARCH | {"source": "referral", "class": "B"},
    ).get_json()
    assert stock["total"] == 1
    file = admin.get("/api/v1/metrics/values.csv", query_string=MARCH | {"source": "fair"})
    lines = file.get_data(as_text=True).splitlines()
    # Only what is known by source.
    assert any(line.startswith("lead_to_opportunity_rate,") for line in lines)
    assert not any(line.startswith("calls,") for line in lines)


@pytest.mark.parametrize("by", [By.SOURCE, By.CLASS])
def test_slices_add_up_to_all(app: Flask, sliced_company: Company, by: By) -> None:
    dimension = Dimension(by.value)
    metrics = [
        metric
        for metric in METRICS.values()
        if metric.is_additive and dimension in dimensions_of(metric)
    ]
    with app.app_context():
        apart, together = (
            metric_values(
                access=SYSTEM,
                question=Question(
                    metrics=metrics,
                    period=Period(MONDAY_9.date(), dt.date(2026, 4, 1)),
                    today=dt.date(2026, 6, 1),
                    currency="IDR",
                    by=each,
                ),
            )
            for each in (by, By.REP)
        )
    assert len(metrics) > 5
    for metric in metrics:
        parts = [group.values[metric.key].value.value for group in apart.groups]
        whole = together.total.values[metric.key].value.value
        assert sum(filter(None, parts)) == whole, metric.key


def test_a_new_source_is_offered_at_once_to_those_who_see_it(
    app: Flask, client: FlaskClient, sliced_company: Company
) -> None:
    def offered(name: str) -> set[str]:
        page = sign_in(client, name).get("/").get_data(as_text=True)
        return {source for source in ("fair", "expo", "gala") if f'value="{source}"' in page}

    assert offered("budi") == offered("admin") == {"fair"}
    with app.app_context(), transaction():
        for owner_id, source in ((sliced_company.sari, "expo"), (sliced_company.rina, "gala")):
            new = deals.NewDeal(
                deal_id=new_id(),
                owner_id=owner_id,
                customer_id=sliced_company.shop,
                stage_key="lead",
                currency="IDR",
                source=source,
                amount_minor=1,
            )
            deals.create_deal(deal=new, at=MONDAY_9, day=MONDAY_9.date(), reporting_currency="IDR")

    assert offered("budi") == {"fair", "expo"}
    assert offered("admin") == {"fair", "expo", "gala"}


def test_the_pages_are_narrowed_too(client: FlaskClient, sliced_company: Company) -> None:
    admin = sign_in(client, "admin")

    def page(address: str, **query: str) -> str:
        answer = admin.get(address, query_string=MARCH | query)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    whole, fair = page("/"), page("/", source="fair")
    assert "Lead-to-opportunity rate" in fair
    # Costs are not known by the source of a lead.
    assert "Customer acquisition cost" in whole
    assert "Customer acquisition cost" not in fair
    assert "Work duration" not in page("/activity", **{"class": "A"})
    assert "Strike rate" in page("/activity", **{"class": "A"})
    assert "Check-ins without a verified time" in page("/activity")
    assert "Work duration" in page("/activity", source="fair")
    pipeline = page("/pipeline")
    assert "Where good leads come from" in pipeline
    assert "referral" in pipeline
    file = admin.get("/reps.csv", query_string=MARCH | {"source": "fair"}).get_data(as_text=True)
    assert "lead_conversion_rate v" in file
    assert "calls v" not in file


def test_the_rate_of_a_cohort_within_its_first_days(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    def lead(began: dt.date, became: dt.date | None = None, won: dt.date | None = None) -> None:
        at = dt.datetime.combine(began, dt.time(3), dt.UTC)
        deal_id = new_id()
        deals.create_deal(
            deal=deals.NewDeal(
                deal_id=deal_id,
                owner_id=company.sari,
                customer_id=company.shop,
                stage_key="lead",
                currency="IDR",
                amount_minor=1_00,
                source="Fair",
            ),
            at=at,
            day=began,
            reporting_currency="IDR",
        )
        for day, stage_key in ((became, "opportunity"), (won, "won")):
            if day is not None:
                at = dt.datetime.combine(day, dt.time(4), dt.UTC)
                deals.change_deal(deal_id=deal_id, fields={"stage_key": stage_key}, at=at, day=day)

    march = dt.date(2026, 3, 1)
    days = [march + dt.timedelta(days=number) for number in range(60)]
    with app.app_context():
        with transaction():
            lead(march, days[5], days[40])
            lead(march, days[6], days[7])
            lead(march, days[30])
            lead(march)
        refresh_rollups()
    sign_in(client, "budi")
    url = "/api/v1/metrics/values?from=2026-03-01&to=2026-04-01"

    def values(query: str) -> dict[str, str]:
        found = client.get(f"{url}&{query}").get_json()["values"]
        return {each["key"]: each["value"] for each in found}

    cohort = "metrics=lead_to_opportunity_rate,lead_conversion_rate,opportunity_to_win_rate_cohort"
    assert [float(each) for each in values(cohort).values()] == pytest.approx([0.75, 0.5, 2 / 3])
    within = values(f"{cohort}&within_days=5")
    assert [float(each) for each in within.values()] == pytest.approx([0.25, 0, 1 / 3])
    assert values(f"{cohort}&within_days=30&source=Fair&by=rep")["lead_conversion_rate"] == "0.25"
    rows = client.get(
        "/api/v1/metrics/lead_to_opportunity_rate/rows?from=2026-03-01&to=2026-04-01&within_days=6"
    ).get_json()
    assert len([row for row in rows["rows"] if row["slot"] == "leads_to_opportunities"]) == 2
    refused = client.get(f"{url}&metrics=lead_conversion_rate,revenue&within_days=5")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "not_within_days")
    days_of_march = "period=custom&from=2026-03-01&to=2026-03-31"
    for page, value in (
        ("/numbers/lead_conversion_rate?", "0.5"),
        ("/numbers/lead_conversion_rate?within=7&", "0.25"),
        ("/numbers/lead_conversion_rate?within=8000&", "0.5"),
        ("/?within=7&", "0.25"),
        ("/pipeline?within=7&", "0.5"),
    ):
        text = client.get(f"{page}{days_of_march}").get_data(as_text=True)
        assert f'data-value="{value}"' in text
        assert 'name="within"' in text
        assert ('value="7" selected' in text) == ("within=7&" in page)
    for page in ("/numbers/revenue", "/activity"):
        text = client.get(f"{page}?within=7&{days_of_march}").get_data(as_text=True)
        assert 'name="within"' not in text
    for wrong in ("0", "-1", "3651", "soon"):
        answer = client.get(f"{url}&metrics=lead_conversion_rate&within_days={wrong}")
        assert answer.status_code == 422
    funnel = client.get("/api/v1/deals/funnel?from=2026-03-01&to=2026-04-01").get_json()
    by_stage = {step["stage"]: step for step in funnel}
    assert (by_stage["opportunity"]["reached"], by_stage["opportunity"]["of"]) == (3, 4)
    assert by_stage["opportunity"]["conversion"] == "0.75"
    assert by_stage["opportunity"]["deals"] == 1
    assert by_stage["lead"]["weighted_minor"] == 0
    assert by_stage["lead"]["of"] is None
    sign_in(client, "dewi")
    hidden = client.get("/api/v1/deals/funnel?from=2026-03-01&to=2026-04-01").get_json()
    assert {step["reached"] for step in hidden} == {0}
    wrong_way = client.get("/api/v1/deals/funnel?from=2026-03-01&to=2026-03-01")
    assert wrong_way.status_code == 422
