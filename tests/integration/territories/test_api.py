"""Programs enter customers, close them and open them again, as far as who calls may."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.fields.operations import Draft, add_field
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.time import utc_now
from shared.vocabulary import FieldKind
from tests.factories.company import Company, sign_in
from tests.integration.territories.test_giving import owners, tenures

PATH = "/api/v1/customers"


def test_a_program_enters_a_customer_as_the_form_does(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        add_field(kind=FieldKind.DECIMAL, draft=Draft(label="Size"), at=utc_now(), by=company.admin)
    sign_in(client, "budi")
    body = {
        "name": "Toko Maju",
        "class": "B",
        "code": "N-1",
        "latitude": -6.17,
        "longitude": 106.8,
        "rep_id": company.joko,
        "custom_fields": {"size": 12.5},
    }
    for wrong, field in (
        ({"name": ""}, "name"),
        ({"code": "N\0"}, "code"),
        ({"longitude": None}, "longitude"),
        ({"radius_m": 3}, "radius_m"),
        ({"custom_fields": {"nothing": 1}}, "custom_fields.nothing"),
        ({"custom_fields": {"size": [1]}}, "custom_fields.size"),
        ({"custom_fields": {"size": "big"}}, "custom.size"),
    ):
        answer = client.post(PATH, json=body | wrong)
        assert answer.status_code == 422, wrong
        assert field in answer.text
    alike = client.post(PATH, json=body | {"latitude": -6.1754, "longitude": 106.8272})
    assert (alike.status_code, alike.get_json()["code"]) == (409, "customer.looks_alike")

    entered = client.post(PATH, json=body | {"apart": alike.get_json()["alike"]})

    assert entered.status_code == 201, entered.text
    row = entered.get_json()
    assert (row["code"], row["class"], row["owner_id"]) == ("N-1", "B", company.joko)
    assert row["custom_fields"] == {"size": 12.5}
    again = client.post(PATH, json=body | {"apart": alike.get_json()["alike"]})
    assert again.get_json()["code"] == "customer.code_taken"


def test_a_program_closes_a_customer_and_opens_it_again(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    sign_in(client, "budi")
    path = f"{PATH}/{company.shop}/closing"

    closed = client.put(path)

    assert closed.get_json()["closed_on"]
    assert owners(app, company.shop) == [(None, company.east)]
    assert client.put(path).status_code == 409
    assert client.delete(f"{path}?rep={company.rina}").status_code == 422
    assert client.delete(path).get_json()["owner_id"] == company.sari
    assert len(tenures(app, company.shop)) == 1
    assert client.delete(path).status_code == 409


@pytest.mark.parametrize(
    ("name", "status"), [("", 401), ("sari", 403), ("dewi", 404), ("admin", 200)]
)
def test_who_may_not_is_told_so_and_changes_nothing(
    client: FlaskClient, company: Company, name: str, status: int
) -> None:
    if name:
        sign_in(client, name)
    path = f"{PATH}/{company.shop}/closing"

    assert client.put(path).status_code == status
    # Who does not see the customer does not see its rep either.
    of_rep = {401: 401, 403: 403, 404: 422, 200: 201}[status]
    body = {"name": f"Warung {name}", "rep_id": company.sari}
    assert client.post(PATH, json=body).status_code == of_rep
    nowhere = {401: 401, 403: 403}.get(status, 404)
    assert client.delete(f"{PATH}/{new_id()}/closing").status_code == nowhere
