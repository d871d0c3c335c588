"""Points of customers: proposed by the rep, decided by a manager, never set by themselves."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.customers.models import Customer, LocationProposal
from server.customers.operations import propose_location
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import utc_now
from tests.factories.company import Company, sign_in

PAGE = "/customers/proposals"


@pytest.fixture
def proposal(app: Flask, company: Company) -> str:
    """Let Sari say where her shop is; return the proposal's id."""
    proposal_id = new_id()
    with app.app_context(), transaction():
        propose_location(
            proposal_id=proposal_id,
            customer_id=company.shop,
            rep_id=company.sari,
            latitude=-6.1790,
            longitude=106.8272,
            accuracy_m=12.0,
            at=utc_now(),
        )
    return proposal_id


def decide(client: FlaskClient, proposal: str, decision: str, reason: str = "") -> TestResponse:
    html = client.get(PAGE).get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', html)[0]
    base = re.findall(r'name="base" value="(\d+)"', html) or [""]
    form = {"csrf_token": token, "base": base[0], "decision": decision, "reason": reason}
    return client.post(f"{PAGE}/{proposal}", data=form, follow_redirects=True)


def point_of(app: Flask, company: Company) -> tuple[float | None, int]:
    with app.app_context():
        shop = db.session.get_one(Customer, company.shop)
        return shop.latitude, shop.location_version


def test_it_waits_with_accuracy_and_distance_and_changes_nothing(
    app: Flask, client: FlaskClient, company: Company, proposal: str
) -> None:
    del proposal
    html = sign_in(client, "budi").get(PAGE).get_data(as_text=True)

    assert "± 12\N{NO-BREAK SPACE}m" in html
    assert "398\N{NO-BREAK SPACE}m" in html
    assert point_of(app, company) == (-6.1754, 1)


def test_an_approved_point_is_the_customers(
    app: Flask, client: FlaskClient, company: Company, proposal: str
) -> None:
    sign_in(client, "budi")

    assert "The point was approved." in decide(client, proposal, "approve").get_data(as_text=True)

    assert point_of(app, company) == (-6.179, 2)
    assert decide(client, proposal, "approve").status_code == 409
    with app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "location.decided")
        ).one()
        assert (entry.user_id, entry.details["approved"]) == (company.budi, True)


def test_a_refusal_says_why(
    app: Flask, client: FlaskClient, company: Company, proposal: str
) -> None:
    sign_in(client, "budi")

    assert decide(client, proposal, "refuse").status_code == 422
    decide(client, proposal, "refuse", "That is the warehouse")

    assert point_of(app, company) == (-6.1754, 1)
    with app.app_context():
        row = db.session.get_one(LocationProposal, proposal)
        assert (row.approved, row.decision_reason) == (False, "That is the warehouse")
    assert "That is the warehouse" in client.get(f"{PAGE}?state=decided").get_data(as_text=True)


@pytest.mark.parametrize("decision", ["approve", "refuse"])
def test_a_decision_is_taken_back_unless_the_point_moved_on(
    app: Flask, client: FlaskClient, company: Company, proposal: str, decision: str
) -> None:
    sign_in(client, "budi")
    page = decide(client, proposal, decision, "Why not").get_data(as_text=True)
    undo = f"{PAGE}/{proposal}/reopening"
    assert undo in page
    [token, *_] = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    form = {"csrf_token": token}

    assert "waits for a decision again" in client.post(
        undo, data=form, follow_redirects=True
    ).get_data(as_text=True)

    assert point_of(app, company)[0] == -6.1754
    assert "Toko Maju" in client.get(PAGE).get_data(as_text=True)
    assert client.post(undo, data=form).status_code == 404
    decide(client, proposal, "approve")
    with app.app_context(), transaction():
        shop = db.session.get_one(Customer, company.shop)
        shop.change({"latitude": -6.2}, at=utc_now())
    assert client.post(undo, data=form).status_code == 409
    assert point_of(app, company)[0] == -6.2


def test_only_those_who_lead_the_rep_decide(
    app: Flask, client: FlaskClient, company: Company, proposal: str
) -> None:
    sign_in(client, "dewi")
    assert "Toko Maju" not in client.get(PAGE).get_data(as_text=True)
    assert decide(client, proposal, "approve").status_code == 404
    sign_in(client, "sari")
    assert client.get(PAGE).status_code == 403
    assert point_of(app, company) == (-6.1754, 1)
