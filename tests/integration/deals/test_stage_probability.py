"""An administrator says how likely deals in a stage are won."""

from flask import Flask
from flask.testing import FlaskClient

from server.deals.models import Stage
from server.platform.database import db
from tests.factories.company import Company, sign_in

ADDRESS = "/api/v1/deals/stages/opportunity/probability"


def test_only_an_administrator_sets_a_probability(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    assert client.put(ADDRESS, json={"percent": 60}).status_code == 401
    for name in ("sari", "budi"):
        assert sign_in(client, name).put(ADDRESS, json={"percent": 60}).status_code == 403
    admin = sign_in(client, "admin")
    refused = admin.put(ADDRESS, json={"percent": 101})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "stage.probability")
    unknown = admin.put(ADDRESS.replace("opportunity", "nowhere"), json={"percent": 60})
    assert (unknown.status_code, unknown.get_json()["code"]) == (422, "deal.unknown_stage")

    assert admin.put(ADDRESS, json={"percent": 60}).status_code == 204
    with app.app_context():
        assert db.session.get_one(Stage, "opportunity").probability_percent == 60
