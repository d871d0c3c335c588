"""What a corrected rate touches, converting that again, and taking it back."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.costs.models import Cost
from server.costs.operations import CostEntry, enter_cost
from server.currencies.operations.rates import RateEntry, enter_rate
from server.deals.models import Deal
from server.deals.operations.deals import Line, change_deal
from server.metrics.operations.days import rebuild_next_stale_days
from server.metrics.rollups.rebuild import differing_rows
from server.platform.access import SYSTEM
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from shared.vocabulary import CostCategory
from tests.factories.company import Company, sign_in
from tests.factories.visits import take_order

DAY = dt.date(2026, 3, 2)
AT = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
API = "/api/v1/exchange-rates"
UNKNOWN = "0197f0aa-0000-7000-8000-000000000000"


def at_rate(app: Flask, company: Company) -> tuple[str, list[str]]:
    """Enter a rate, and two orders and a cost of its day; return its id and theirs."""
    with app.app_context():
        with transaction():
            rate_id, _ = enter_rate(
                entry=RateEntry(currency="USD", day=DAY, rate=Decimal(16_000)),
                reporting_currency="IDR",
                at=AT,
                today=DAY,
                by=company.admin,
            )
            deals = [
                take_order(
                    rep_id=company.sari,
                    customer_id=company.shop,
                    product_id=company.tea,
                    quantity=quantity,
                    unit_price_minor=10_00,
                    at=AT,
                    currency="USD",
                )
                for quantity in (1, 2)
            ]
            entry = CostEntry(
                category=CostCategory.EVENT, day=DAY, amount_minor=1_00, currency="USD"
            )
            enter_cost(access=SYSTEM, entry=entry, at=AT, today=DAY)
        count()
    return rate_id, deals


def count() -> None:
    while True:
        with transaction():
            if not rebuild_next_stale_days():
                return


def send(client: FlaskClient, path: str, **fields: Any) -> tuple[int, str]:
    page = client.get("/exchange-rates").get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    answer = client.post(path, data=fields | {"csrf_token": token}, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True).replace("\xa0", " ")


def undo(client: FlaskClient, page: str) -> str:
    """Press *Undo* in the notice of a page; return the page that follows."""
    notice = page.partition(' notice" role')[2]
    path = re.findall(r'action="([^"]+)"', notice)[0]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', notice.partition("</form>")[0]))
    return send(client, path, **fields)[1]


def revenue(app: Flask, client: FlaskClient) -> str:
    with app.app_context():
        count()
        assert not any(differing_rows().values())
    query = {"from": "2026-03-01", "to": "2026-04-01", "metrics": "revenue"}
    [value] = client.get("/api/v1/metrics/values", query_string=query).get_json()["values"]
    return str(value["value"])


def test_a_correction_says_what_it_touches_and_is_taken_back(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    rate_id, _ = at_rate(app, company)
    sign_in(client, "admin")
    path = f"/exchange-rates/{rate_id}"
    assert "Rp 480,000<" in client.get(path).text.replace("\xa0", " ")

    status, page = send(client, path, rate="17000", source="", version="1")

    assert (status, "The rate is corrected." in page) == (200, True)
    assert "3 amounts stand at this rate as it was before it was corrected." in page
    used = {use["kind"]: use for use in client.get(f"{API}/{rate_id}/amounts").get_json()}
    assert used["deal"] == {
        "kind": "deal",
        "amounts": 2,
        "worth_minor": 480_000_00,
        "moving": 2,
        "moving_minor": 480_000_00,
        "moved_minor": 510_000_00,
    }
    assert (used["cost"]["moving"], used["expense"]["amounts"]) == (1, 0)
    assert revenue(app, client) == "480000.00"
    page = send(client, f"{path}/conversion")[1]
    assert "3 amounts were converted." in page
    assert revenue(app, client) == "510000.00"
    page = undo(client, page)
    assert "3 amounts are as before." in page
    assert revenue(app, client) == "480000.00"
    assert "3 amounts were converted." in undo(client, page), "an undo is undone like that"
    assert revenue(app, client) == "510000.00"

    page = send(client, path, rate="18000", source="", version="2", again="yes")[1]
    assert "The rate is corrected. 3 amounts were converted." in page
    assert revenue(app, client) == "540000.00"
    page = undo(client, page)
    assert "The rate is corrected. 3 amounts were converted." in page
    assert client.get(f"{API}/{rate_id}").get_json()["rate"] == "17000"
    assert revenue(app, client) == "510000.00"
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        told = [action for action in actions if action.startswith("rate.")]
    assert told == [
        "rate.enter",
        "rate.correct",
        "rate.convert_again",
        "rate.undo_conversion",
        "rate.convert_again",
        "rate.correct",
        "rate.convert_again",
        "rate.correct",
        "rate.undo_conversion",
    ]


def test_what_got_another_rate_since_is_left_alone(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    rate_id, [first, second] = at_rate(app, company)
    sign_in(client, "admin")
    client.put(f"{API}/{rate_id}", json={"rate": "17000", "version": 1})
    done = client.post(f"{API}/conversion", json={"start": "2026-03-01", "end": "2026-03-03"})
    assert done.get_json()["amounts"] == 3
    with app.app_context():
        with transaction():
            # Its amount changes, and not its rate: that goes back, and with it the new amount.
            line = Line(product_id=company.tea, quantity=3, unit_price_minor=10_00)
            change_deal(deal_id=first, fields={"lines": [line]}, at=AT, day=DAY)
            db.session.get_one(Deal, second).currency = "SGD"
        path = f"{API}/conversions/{done.get_json()['conversion_id']}/undo"

    assert client.post(path).get_json() == {"amounts": 2}

    with app.app_context():
        worth = [db.session.get_one(Deal, each).base_amount_minor for each in (first, second)]
        assert worth == [480_000_00, 340_000_00]
        assert db.session.scalars(select(Cost.base_amount_minor)).all() == [16_000_00]
    assert client.post(path).get_json()["code"] == "rate.conversion_undone"
    [order] = client.get(f"{API}/conversions").get_json()
    assert (order["ordered_by"], order["amounts"], order["currency"]) == ("Admin", 3, None)
    assert order["undone_at"] is not None
    page = client.get("/exchange-rates").text
    assert "Undone" in page
    page_path = f"/exchange-rates/conversions/{order['id']}/undo"
    assert "This conversion was undone already." in send(client, page_path)[1]


def test_only_administrators_convert_and_undo(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    rate_id, _ = at_rate(app, company)
    undo_path = f"{API}/conversions/{UNKNOWN}/undo"
    posts = (undo_path, f"{API}/{rate_id}/conversion")
    for path in posts:
        assert client.post(path).status_code == 401
    for name in ("budi", "sari"):
        other = sign_in(app.test_client(), name)
        assert {other.post(path).status_code for path in posts} == {403}
        assert other.get(f"{API}/conversions").status_code == 403
        page = other.get("/").text
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
        for path in (
            f"/exchange-rates/conversions/{UNKNOWN}/undo",
            f"/exchange-rates/{rate_id}/conversion",
        ):
            assert other.post(path, data={"csrf_token": token}).status_code == 403
    assert sign_in(app.test_client(), "budi").get(f"{API}/{rate_id}/amounts").status_code == 200
    assert sign_in(app.test_client(), "sari").get(f"{API}/{rate_id}/amounts").status_code == 403
    sign_in(client, "admin")
    assert client.post(undo_path).status_code == 404
    assert client.post(f"{API}/{UNKNOWN}/conversion").status_code == 404
    assert client.get(f"{API}/{UNKNOWN}/amounts").status_code == 404
    wrong = {"rate": "17000", "source": "", "version": "1", "conversion": UNKNOWN}
    assert send(client, f"/exchange-rates/{rate_id}", **wrong)[0] == 404
    wrong["conversion"] = "x"
    assert send(client, f"/exchange-rates/{rate_id}", **wrong)[0] == 404
    assert client.get(f"{API}/{rate_id}").get_json()["rate"] == "16000"
