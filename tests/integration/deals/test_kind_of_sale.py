"""What a person says a sale was counts instead of what is worked out."""

import re
from decimal import Decimal
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.imports.operations.mapping_file import parse_mapping
from server.imports.operations.run import import_files
from server.metrics.jobs import refresh_rollups
from server.metrics.rollups.rebuild import differing_rows
from server.platform.access import SYSTEM
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, take_order

RATES = {"metrics": "upsell_rate,cross_sell_rate", "from": "2026-03-01", "to": "2026-04-01"}
MAPPING = """
[[step]]
entity = "deal"
file = "deals.csv"
[step.fields]
code = "code"
owner = "owner"
customer = "customer"
stage = { value = "won" }
amount = "amount"
closed_on = "day"
type = "type"
"""


def rates(app: Flask, client: FlaskClient) -> list[Decimal]:
    with app.app_context():
        refresh_rollups()
        assert not any(differing_rows().values())
    answer = client.get("/api/v1/metrics/values", query_string=RATES).get_json()
    return [Decimal(value["value"]) for value in answer["values"]]


def test_a_manager_says_what_a_sale_was_and_takes_it_back(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        deals = [
            take_order(
                rep_id=company.sari,
                customer_id=company.shop,
                product_id=company.tea,
                quantity=quantity,
                unit_price_minor=100,
            )
            for quantity in (1, 2, 2)
        ]
    sign_in(client, "budi")
    page = f"/deals/{deals[2]}"

    def say(text: str, deal_type: str) -> str:
        hidden = dict(re.findall(r'name="(csrf_token|base)" value="([^"]+)"', text))
        answer = client.post(
            f"{page}/type", data=hidden | {"type": deal_type}, follow_redirects=True
        )
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    assert rates(app, client) == [Decimal("0.5"), 0]
    said = say(client.get(page).get_data(as_text=True), "cross_sell")
    assert rates(app, client) == [Decimal("0.5"), Decimal("0.5")]
    undo = said[said.index('action="/deals/') :]
    say(undo, "")
    assert rates(app, client) == [Decimal("0.5"), 0]
    with app.app_context():
        entries = (
            select(AuditEntry).where(AuditEntry.action == "deal.typed").order_by(AuditEntry.id)
        )
        told = [entry.details["type"] for entry in db.session.scalars(entries)]
    assert told == [[None, "cross_sell"], ["cross_sell", None]]
    sign_in(client, "sari")
    assert "Kind of sale" not in client.get(page).get_data(as_text=True)
    token = re.findall(
        r'name="csrf_token" value="([^"]+)"', client.get(page).get_data(as_text=True)
    )
    refused = client.post(f"{page}/type", data={"csrf_token": token[0], "type": "new"})
    assert refused.status_code == 403


def test_a_program_says_what_a_sale_was_for_those_who_may(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        deal_id = take_order(
            rep_id=company.sari,
            customer_id=company.shop,
            product_id=company.tea,
            quantity=1,
            unit_price_minor=100,
        )
    url = f"/api/v1/deals/{deal_id}"
    says = {"type": "upsell", "version": 1}
    refused = {"stranger": 401, "sari": 403, "rina": 403, "dewi": 404}
    for name, status in refused.items():
        if name != "stranger":
            sign_in(client, name)
        assert client.put(f"{url}/type", json=says).status_code == status
    sign_in(client, "budi")

    version = client.get(url).get_json()["version"]
    said = client.put(f"{url}/type", json={"type": "upsell", "version": version})
    stale = client.put(f"{url}/type", json={"type": "repeat", "version": version})
    odd = client.put(f"{url}/type", json={"type": "gift", "version": version})

    assert (said.status_code, said.get_json()["type_by_hand"]) == (200, "upsell")
    assert (stale.status_code, stale.get_json()["code"]) == (409, "changed_meanwhile")
    assert odd.status_code == 422
    again = {"type": None, "version": said.get_json()["version"]}
    assert client.put(f"{url}/type", json=again).get_json()["type_by_hand"] is None


def test_an_import_says_what_a_sale_was(
    app: Flask, client: FlaskClient, company: Company, tmp_path: Path
) -> None:
    (tmp_path / "deals.csv").write_text(
        "code,owner,customer,amount,day,type\n"
        "1,sari,TOKO-MAJU,100,2026-03-02,\n"
        "2,sari,TOKO-MAJU,200,2026-03-03,cross_sell\n"
        "3,sari,TOKO-MAJU,300,2026-03-04,\n"
        "4,sari,TOKO-MAJU,300,2026-03-05,gift\n"
    )
    with app.app_context():
        report = import_files(
            mapping=parse_mapping(MAPPING, name="deals"),
            folder=tmp_path,
            access=SYSTEM,
            at=MONDAY_9,
            today=MONDAY_9.date().replace(day=9),
            time_zone="Asia/Jakarta",
            reporting_currency="IDR",
            dry_run=False,
            transaction=transaction,
        )
    assert (report.steps[0].created, report.steps[0].refused) == (3, 1)
    sign_in(client, "budi")
    assert rates(app, client) == [Decimal("0.5"), Decimal("0.5")]
