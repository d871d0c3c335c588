"""The company's reasons for losing a deal: who reads them, who sets them, who has them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.platform.transaction import transaction
from server.sync import changes
from tests.factories.company import Company, sign_in

PATH = "/api/v1/deals/lost-reasons"
WANTED = [{"key": "price", "name": "Terlalu mahal"}, {"key": "other", "name": "Lain"}]


@pytest.mark.parametrize("name", ["sari", "budi"])
def test_everybody_reads_them_and_only_an_administrator_sets_them(
    client: FlaskClient, company: Company, name: str
) -> None:
    del company
    assert client.get(PATH).status_code == 401
    assert client.put(PATH, json=WANTED).status_code == 401
    sign_in(client, name)

    assert "price" in {reason["key"] for reason in client.get(PATH).get_json()}
    assert client.get("/api/v1/deals/stages").get_json()[0]["key"] == "lead"
    assert client.put(PATH, json=WANTED).status_code == 403


def test_the_feed_of_a_new_company_has_them(app: Flask) -> None:
    with app.app_context(), transaction():
        assert changes.wrong_scopes() == []


def test_those_set_are_the_ones_in_their_order_and_the_feed_knows(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    del company
    sign_in(client, "admin")
    with app.app_context(), transaction():
        changes.index_everything()

    assert client.put(PATH, json=WANTED).get_json() == WANTED
    bad = client.put(PATH, json=[{"key": "Not A Key", "name": ""}])

    assert bad.status_code == 422
    assert client.get(PATH).get_json() == WANTED
    with app.app_context(), transaction():
        assert changes.wrong_scopes() == []
