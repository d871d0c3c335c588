"""Who sees what over the API: each role and a stranger, on every endpoint that gives rows."""

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.platform.transaction import transaction
from tests.factories.company import Company, sign_in
from tests.factories.visits import record_visit, take_order


@dataclass(frozen=True)
class Rows:
    """Ids of what Sari (east) and Rina (west) recorded."""

    sari_visit: str
    rina_visit: str
    sari_deal: str
    rina_deal: str


@pytest.fixture
def rows(app: Flask, company: Company) -> Rows:
    with app.app_context(), transaction():
        sari_visit = record_visit(rep_id=company.sari, customer_id=company.shop)
        rina_visit = record_visit(rep_id=company.rina, customer_id=company.kiosk)
        return Rows(
            sari_visit,
            rina_visit,
            take_order(
                rep_id=company.sari,
                customer_id=company.shop,
                product_id=company.tea,
                quantity=3,
                unit_price_minor=5_000_00,
                visit_id=sari_visit,
            ),
            take_order(
                rep_id=company.rina,
                customer_id=company.kiosk,
                product_id=company.rice,
                quantity=1,
                unit_price_minor=65_000_00,
            ),
        )


LISTS = {"visits": "visit", "deals": "deal", "customers": "customer"}
WHO_SEES_WHOM = [
    ("admin", {"sari", "rina"}),
    ("budi", {"sari"}),
    ("dewi", {"rina"}),
    ("sari", {"sari"}),
    ("joko", set()),
    ("rina", {"rina"}),
]


def owners(company: Company, rows: Rows, kind: str) -> dict[str, str]:
    return {
        "visit": {rows.sari_visit: "sari", rows.rina_visit: "rina"},
        "deal": {rows.sari_deal: "sari", rows.rina_deal: "rina"},
        "customer": {company.shop: "sari", company.kiosk: "rina"},
    }[kind]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(("name", "visible"), WHO_SEES_WHOM)
def test_a_list_has_the_callers_rows_and_no_others(
    client: FlaskClient, company: Company, rows: Rows, path: str, name: str, visible: set[str]
) -> None:
    sign_in(client, name)

    page = client.get(f"/api/v1/{path}").get_json()

    whose = owners(company, rows, LISTS[path])
    assert {whose[row["id"]] for row in page["rows"]} == visible
    assert page["total"] == len(visible)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(("name", "visible"), WHO_SEES_WHOM)
def test_somebody_elses_row_is_not_found(
    client: FlaskClient, company: Company, rows: Rows, path: str, name: str, visible: set[str]
) -> None:
    sign_in(client, name)

    for row_id, owner in owners(company, rows, LISTS[path]).items():
        answer = client.get(f"/api/v1/{path}/{row_id}")
        assert answer.status_code == (200 if owner in visible else 404)


@pytest.mark.parametrize(
    "path", ["visits", "deals", "customers", "products", "teams", "reps", "session"]
)
def test_a_stranger_sees_nothing(client: FlaskClient, company: Company, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")

    assert answer.status_code == 401
    assert answer.get_json()["code"] == "not_signed_in"


def test_a_manager_lists_own_teams_and_reps(client: FlaskClient, company: Company) -> None:
    sign_in(client, "budi")

    assert [team["id"] for team in client.get("/api/v1/teams").get_json()] == [company.east]
    reps = {rep["code"] for rep in client.get("/api/v1/reps").get_json()}
    assert reps == {"sari", "joko"}


def test_an_unknown_id_is_404_and_a_malformed_one_too(
    client: FlaskClient, company: Company
) -> None:
    sign_in(client, "admin")

    unknown = client.get("/api/v1/visits/0197f0aa-0000-7000-8000-000000000000")
    malformed = client.get("/api/v1/visits/17")

    assert unknown.status_code == malformed.status_code == 404
    assert unknown.get_json()["code"] == "not_found"


def test_a_wrong_filter_names_the_field(client: FlaskClient, company: Company) -> None:
    sign_in(client, "admin")

    answer = client.get("/api/v1/visits?verdict=maybe&from=2026-03-02")

    assert answer.status_code == 422
    assert {"verdict"} <= set(answer.get_json()["errors"]["query"])


def test_a_visit_shows_its_evidence_and_verdict(
    client: FlaskClient, company: Company, rows: Rows
) -> None:
    sign_in(client, "budi")

    visit = client.get(f"/api/v1/visits/{rows.sari_visit}").get_json()

    assert visit["visit"]["state"] == "completed"
    assert visit["visit"]["duration_s"] == 20 * 60
    assert visit["check_in"]["verdict"] == "inside"
    assert visit["check_in"]["fence_radius_m"] == 100
    assert visit["check_out"]["time_trust"] == "verified"


def test_a_deal_shows_its_lines_and_history(
    client: FlaskClient, company: Company, rows: Rows
) -> None:
    sign_in(client, "budi")

    deal = client.get(f"/api/v1/deals/{rows.sari_deal}").get_json()

    assert deal["deal"]["amount_minor"] == 15_000_00
    assert [line["quantity"] for line in deal["lines"]] == [3]
    assert [move["to_stage"] for move in deal["moves"]] == ["won"]
    assert deal["deal"]["lead_day"] is None
