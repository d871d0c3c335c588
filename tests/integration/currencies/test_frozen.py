"""Deals, costs and expenses in another currency: frozen at the rate of their day, or waiting."""

import datetime as dt
import re
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.costs.models import Cost
from server.costs.operations import CostEntry, enter_cost
from server.currencies.commands import group
from server.currencies.models import ExchangeRate
from server.currencies.operations import rates as operations
from server.currencies.operations.rates import RateEntry
from server.deals.models import Deal, Stage
from server.deals.operations import deals
from server.deals.operations.deals import Line, NewDeal, change_deal, create_deal
from server.expenses.models import Expense
from server.expenses.operations import NewExpense, create_expense, decide_expenses
from server.lifetime.queries import buying_histories
from server.metrics.operations.days import rebuild_next_stale_days
from server.metrics.rollups.rebuild import differing_rows
from server.platform.access import SYSTEM, Access
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.transaction import transaction
from shared.sync.ids import new_id
from shared.vocabulary import CostCategory, ExpenseKind, ExpenseState, Role, StageKind
from tests.factories.company import Company, sign_in

DAY = dt.date(2026, 3, 2)
AT = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 31)


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


@pytest.fixture(autouse=True)
def stages(app: Flask, company: Company) -> None:
    del company
    kinds = {"lead": StageKind.LEAD, "open": StageKind.OPEN, "won": StageKind.WON}
    with app.app_context(), transaction():
        for position, (key, kind) in enumerate(kinds.items()):
            if db.session.get(Stage, key) is None:
                db.session.add(
                    Stage(key=key, name=key, kind=kind, position=position, probability_percent=50)
                )


def publish(rate: str, day: dt.date = DAY, currency: str = "USD", *, by: str) -> tuple[str, int]:
    return operations.enter_rate(
        entry=RateEntry(currency=currency, day=day, rate=Decimal(rate), confirmed=True),
        reporting_currency="IDR",
        at=AT,
        today=TODAY,
        by=by,
    )


def sell(company: Company, day: dt.date = DAY, **fields: Any) -> str:
    deal_id = new_id()
    given = {"stage_key": "won", "currency": "USD", "customer_id": company.shop} | fields
    create_deal(
        deal=NewDeal(deal_id=deal_id, owner_id=company.sari, **given),
        at=AT + dt.timedelta(days=(day - DAY).days),
        day=day,
        reporting_currency="IDR",
    )
    return deal_id


def worth(deal_id: str) -> tuple[int, Decimal | None, dt.date | None]:
    db.session.expire_all()
    deal = db.session.get_one(Deal, deal_id)
    return deal.base_amount_minor, deal.minor_rate, deal.rate_on


def count() -> None:
    while True:
        with transaction():
            if not rebuild_next_stale_days():
                return


def ask(client: FlaskClient, *keys: str) -> dict[str, Any]:
    query = {"from": "2026-03-01", "to": "2026-04-01", "metrics": ",".join(keys)}
    answer = client.get("/api/v1/metrics/values", query_string=query).get_json()
    return {value["key"]: value["value"] or value["reason"] for value in answer["values"]}


def test_each_line_is_converted_and_rounded_by_itself(app: Flask, company: Company) -> None:
    lines = [
        Line(product_id=company.tea, quantity=1, unit_price_minor=price) for price in (1, 1, 3)
    ]
    with app.app_context(), transaction():
        publish("16250.5", by=company.admin)
        deal_id = sell(company, lines=lines)
        # 16,250.5 sen for a cent: half up at each line.
        assert worth(deal_id) == (2 * 16_251 + 48_752, Decimal("16250.5"), DAY)
        change_deal(deal_id=deal_id, fields={"lines": lines[:1]}, at=AT, day=DAY)
        assert worth(deal_id)[0] == 16_251


def test_whatever_comes_first_the_deal_is_frozen_at_the_same_rate(
    app: Flask, company: Company
) -> None:
    rates = {later(-20): "15000", later(-3): "16000.5", DAY: "16250.5", later(1): "17000"}

    def act(step: str) -> str | None:
        if step == "deal":
            return sell(company, amount_minor=1_99)
        day = later(int(step))
        if day in rates:
            publish(rates[day], day, by=company.admin)
        return None

    found = set()
    with app.app_context():
        for order in permutations(["deal", "-3", "0", "1"]):
            with transaction():
                [deal_id] = [made for step in order if (made := act(step))]
            found.add(worth(deal_id))
            with transaction():
                for row in db.session.scalars(select(ExchangeRate)):
                    db.session.delete(row)
    assert found == {(32_338_50, Decimal("16250.5"), DAY)}


def test_a_rate_stands_for_the_days_after_it_but_not_for_ever(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        publish("16000", by=company.admin)
        assert worth(sell(company, later(14), amount_minor=1_00))[0] == 16_000_00
        assert worth(sell(company, later(15), amount_minor=1_00)) == (0, None, None)
        assert worth(sell(company, later(-1), amount_minor=1_00)) == (0, None, None)
        with pytest.raises(deals.CurrencyError):
            sell(company, currency="XYZ")


def test_an_open_deal_is_worth_what_it_was_as_it_began_and_closed_what_it_is_then(
    app: Flask, company: Company
) -> None:
    with app.app_context(), transaction():
        rate_id, _ = publish("16000", by=company.admin)
        publish("17000", later(7), by=company.admin)
        deal_id = sell(company, stage_key="open", amount_minor=10_00)
        assert worth(deal_id)[0] == 160_000_00
        corrected = RateEntry(currency="USD", day=DAY, rate=Decimal(16_500))
        operations.correct_rate(
            rate_id=rate_id,
            entry=corrected,
            version=1,
            reporting_currency="IDR",
            at=AT,
            by=company.admin,
        )
        at = AT + dt.timedelta(days=3)
        change_deal(deal_id=deal_id, fields={"amount_minor": 20_00}, at=at, day=later(3))
        assert worth(deal_id)[0] == 320_000_00, "at the rate that was told before"
        at = AT + dt.timedelta(days=8)
        change_deal(deal_id=deal_id, fields={"stage_key": "won"}, at=at, day=later(8))
        assert worth(deal_id) == (340_000_00, Decimal(17_000), later(7))
        change_deal(deal_id=deal_id, fields={"stage_key": "open"}, at=at, day=later(9))
        assert worth(deal_id) == (330_000_00, Decimal(16_500), DAY)


def test_what_waits_has_no_value_until_the_rate_comes(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    keys = ("revenue", "average_purchase_value", "won_deals", "customer_acquisition_cost")
    more = ("weighted_pipeline", "opportunities_value", "cost_per_visit")
    with app.app_context():
        with transaction():
            sell(company, currency="IDR", amount_minor=1_000_00)
            sell(company, amount_minor=10_00)
            sell(company, stage_key="open", amount_minor=10_00)
            entry = CostEntry(
                category=CostCategory.ADVERTISING,
                day=DAY,
                amount_minor=3_00,
                currency="USD",
                rep_id=company.sari,
            )
            enter_cost(access=SYSTEM, entry=entry, at=AT, today=TODAY)
            expense = NewExpense(
                expense_id=new_id(),
                rep_id=company.sari,
                day=DAY,
                kind=ExpenseKind.TOLL,
                amount_minor=500,
                currency="JPY",
                state=ExpenseState.SUBMITTED,
            )
            create_expense(expense=expense, at=AT, today=TODAY, reporting_currency="IDR")
            decide_expenses(
                access=Access(user_id=company.admin, role=Role.ADMIN),
                expense_ids=[expense.expense_id],
                decision=ExpenseState.APPROVED,
                reason="",
                at=AT,
            )
        count()
    sign_in(client, "admin")
    before = ask(client, *keys, *more)
    assert before.pop("won_deals") == "2"
    assert set(before.values()) == {"missing_rate"}, before
    customer = client.get(f"/customers/{company.shop}").get_data(as_text=True)
    assert "US$10.00" in customer
    assert "waits for the exchange rate" in customer
    assert "1 more waits for an exchange rate" in customer
    with app.app_context():
        assert buying_histories(access=SYSTEM, last_day=TODAY) == []
    findings = client.get("/api/v1/quality?from=2026-03-01&to=2026-04-01").get_json()
    waiting = {each["key"]: each["rows"] for each in findings if "rate" in each["key"]}
    assert waiting == {
        "deals_without_rate": 2,
        "costs_without_rate": 1,
        "expenses_without_rate": 1,
    }

    with app.app_context():
        with transaction():
            assert publish("16000", by=company.admin)[1] == 3
            assert publish("105.5", currency="JPY", by=company.admin)[1] == 1
        count()
        assert not any(differing_rows().values())
    after = ask(client, *keys, *more)
    assert after == {
        "revenue": "161000.00",
        "average_purchase_value": "80500.00",
        "won_deals": "2",
        "customer_acquisition_cost": "48000.00",
        "weighted_pipeline": "80000.00",
        "opportunities_value": "160000.00",
        "cost_per_visit": "no_calls",
    }
    assert "Rp\xa0160,000" in client.get(f"/customers/{company.shop}").get_data(as_text=True)
    with app.app_context():
        assert len(buying_histories(access=SYSTEM, last_day=TODAY)) == 1
    findings = client.get("/api/v1/quality?from=2026-03-01&to=2026-04-01").get_json()
    assert not any(each["rows"] for each in findings if each["key"].endswith("_without_rate"))


def test_rows_that_wait_are_told_behind_a_number_that_is_not_known(
    app: Flask, company: Company, client: FlaskClient
) -> None:
    with app.app_context(), transaction():
        waiting = sell(company, amount_minor=1_200_00)
        sell(company, amount_minor=5_000_00, currency="IDR")
    with app.app_context():
        count()
    sign_in(client, "admin")
    query = {"from": "2026-03-01", "to": "2026-04-01"}

    found = client.get("/api/v1/metrics/revenue/rows", query_string=query).get_json()
    page = client.get("/numbers/revenue", query_string=query).text

    [row] = [row for row in found["rows"] if row["slot"] == "won_without_rate"]
    assert row["id"] == waiting
    assert (row["own_amount"], row["own_currency"]) == ("1200.00", "USD")
    assert found["total"] == 2
    assert row["missing_rate_on"] == "2026-03-02"
    assert "Show the 1 row that waits" in page
    only = {**query, "waiting": "yes"}
    assert client.get("/api/v1/metrics/revenue/rows", query_string=only).get_json()["total"] == 1
    assert "Show all rows" in client.get("/numbers/revenue", query_string=only).text
    assert client.get("/numbers/revenue.csv", query_string=only).text.count("\n") == 2
    assert "– (US$1,200.00), waits for the rate of USD on 2 Mar 2026" in page.replace("\xa0", "")
    [link] = set(re.findall(r'href="(/exchange-rates[^"]+day=[^"]+)"', page))
    form = client.get(link.replace("&amp;", "&")).text
    assert 'name="day" required value="2026-03-02"' in form
    assert '<option value="USD" selected>' in form
    checks = client.get("/quality/deals_without_rate", query_string=query).text
    assert "Enter the rate of USD" in checks
    assert (
        "waits for the rate"
        in sign_in(client, "sari").get("/numbers/revenue", query_string=query).text
    )


def test_a_corrected_rate_moves_numbers_only_when_that_is_ordered(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context():
        with transaction():
            rate_id, _ = publish("16000", by=company.admin)
            deal_id = sell(company, amount_minor=10_00)
        count()
    sign_in(client, "admin")
    path = f"/api/v1/exchange-rates/{rate_id}"
    assert client.put(path, json={"rate": "17000", "version": 1}).status_code == 200
    with app.app_context():
        assert worth(deal_id)[0] == 160_000_00
        count()
    assert ask(client, "revenue") == {"revenue": "160000.00"}
    assert client.post(f"{path}/conversion").get_json()["amounts"] == 1
    with app.app_context():
        assert worth(deal_id)[0] == 170_000_00
        count()
        assert not any(differing_rows().values())
    assert ask(client, "revenue") == {"revenue": "170000.00"}

    client.delete(path)
    with app.app_context():
        assert worth(deal_id)[0] == 170_000_00
    assert client.post(f"{path}/conversion").get_json()["amounts"] == 1
    with app.app_context():
        assert worth(deal_id) == (0, None, None)
        count()
    assert ask(client, "revenue") == {"revenue": "missing_rate"}
    client.post(f"{path}/restoration")
    with app.app_context():
        assert worth(deal_id)[0] == 170_000_00


def test_a_period_is_converted_again_at_the_rates_that_count_now(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context():
        with transaction():
            rate_id, _ = publish("16000", by=company.admin)
            publish("12000", currency="SGD", by=company.admin)
            deal_id, later_on = (
                sell(company, amount_minor=10_00),
                sell(company, later(5), amount_minor=1),
            )
            sell(company, amount_minor=10_00, currency="SGD")
            operations.correct_rate(
                rate_id=rate_id,
                entry=RateEntry(currency="USD", day=DAY, rate=Decimal(17000)),
                version=1,
                reporting_currency="IDR",
                at=AT,
                by=company.admin,
            )
        count()
    path, period = "/api/v1/exchange-rates/conversion", {"start": "2026-03-01", "end": "2026-03-05"}
    assert sign_in(client, "dewi").post(path, json=period).status_code == 403
    sign_in(client, "admin")
    for wrong in ({"end": "2026-03-01"}, {"currency": "IDR"}, {"currency": "XQQ"}):
        assert client.post(path, json=period | wrong).status_code == 422
    assert client.post(path, json=period | {"currency": "SGD"}).get_json()["amounts"] == 0
    assert client.post(path, json=period).get_json()["amounts"] == 1
    assert client.post(path, json=period).get_json()["amounts"] == 0
    with app.app_context():
        assert worth(deal_id)[0] == 170_000_00
        assert worth(later_on)[0] == 16_000
        count()
        assert not any(differing_rows().values())
        orders = db.session.scalars(select(AuditEntry).filter_by(action="rate.convert_period"))
        assert [order.details["amounts"] for order in orders] == [0, 1, 0]
    order = ["convert", "--from", "2026-03-06", "--to", "2026-03-31"]
    with app.app_context():
        assert "converted: 1." in CliRunner().invoke(group, order).output
        assert worth(later_on)[0] == 17_000


def test_an_amount_too_large_to_be_true_waits(app: Flask, company: Company) -> None:
    with app.app_context(), transaction():
        first = sell(company, amount_minor=2**53)
        assert publish("16000", by=company.admin)[1] == 0
        second = sell(company, amount_minor=2**53)
        assert worth(first) == worth(second) == (0, None, None)


def test_the_margin_of_a_deal_is_of_its_worth(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    line = Line(product_id=company.tea, quantity=2, unit_price_minor=40)
    with app.app_context():
        with transaction():
            publish("16250.5", by=company.admin)
            sell(company, lines=[line])
        count()
    sign_in(client, "admin")
    # 80 cents are 13,000.40 rupiah; two teas cost 4,000 each.
    values = ask(client, "revenue", "customer_historic_value")
    assert values == {"revenue": "13000.40", "customer_historic_value": "5000.40"}

    query = {"from": "2026-03-01", "to": "2026-04-01"}
    [row] = client.get("/api/v1/metrics/revenue/rows", query_string=query).get_json()["rows"]
    assert (row["amount"], row["own_amount"], row["own_currency"]) == ("13000.40", "0.80", "USD")
    address = "period=custom&from=2026-03-01&to=2026-03-31"
    page = client.get(f"/numbers/revenue?{address}").get_data(as_text=True)
    assert "US$0.80" in page
    lines = client.get(f"/numbers/revenue.csv?{address}").get_data(as_text=True).splitlines()
    assert lines[1].endswith(",0.80,USD,")
    for path in ("/deals", "/pipeline"):
        assert client.get(path).status_code == 200
    lines = client.get("/deals.csv").get_data(as_text=True).splitlines()
    assert lines[1].split(",")[6:8] == ["0.80", "USD"]
    assert lines[1].endswith(",13000.40")


def test_costs_and_expenses_keep_their_rate_until_day_or_currency_changes(
    app: Flask, client: FlaskClient, company: Company
) -> None:
    with app.app_context(), transaction():
        publish("16000", by=company.admin)
        publish("17000", later(1), by=company.admin)
    sign_in(client, "admin")
    body = {"category": "event", "day": DAY.isoformat(), "amount_minor": 1_00, "currency": "USD"}
    cost = client.post("/api/v1/costs", json=body).get_json()
    assert (cost["base_amount_minor"], cost["rate"], cost["rate_on"]) == (
        16_000_00,
        "16000",
        "2026-03-02",
    )
    path = f"/api/v1/costs/{cost['id']}"
    moved = body | {"version": 1, "day": later(1).isoformat()}
    assert client.put(path, json=moved).get_json()["base_amount_minor"] == 17_000_00
    home = client.put(path, json=moved | {"version": 2, "currency": None}).get_json()
    assert (home["base_amount_minor"], home["rate"]) == (1_00, None)
    unknown = client.post("/api/v1/costs", json=body | {"currency": "XYZ"})
    assert unknown.get_json()["code"] == "cost.currency"
    waits = client.post("/api/v1/costs", json=body | {"currency": "EUR"}).get_json()
    assert (waits["base_amount_minor"], waits["rate"]) == (None, None)
    page = client.get("/costs").get_data(as_text=True)
    assert "waits for the exchange rate" in page
    with app.app_context():
        assert db.session.scalar(select(Cost.waits_for_rate).where(Cost.id == waits["id"]))
        assert db.session.scalars(select(Expense)).first() is None
