"""What a product costs counts since its day; a category is what it always was."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from server.imports.operations.mapping_file import parse_mapping
from server.imports.operations.report import StepCounts
from server.imports.operations.run import import_files
from server.metrics.jobs import refresh_rollups
from server.metrics.models import DealFact
from server.metrics.rollups.rebuild import differing_rows
from server.platform.access import SYSTEM
from server.platform.database import db
from server.platform.transaction import transaction
from server.products.models import Product
from server.products.operations import ProductForm, change_product
from tests.factories.company import Company, sign_in
from tests.factories.visits import MONDAY_9, take_order

DAY = dt.timedelta(days=1)
PRICE = 1_000_00
MAPPING = """
[[step]]
entity = "product"
file = "products.csv"
[step.fields]
sku = "sku"
name = "name"
category = "category"
price = "price"
cost = "cost"
cost_since = "since"
"""


@pytest.fixture
def week(app: Flask, company: Company) -> Iterator[Company]:
    """Give the company after one order of tea on each of five days, at a cost of 400 each."""
    with app.app_context():
        with transaction():
            product = db.session.get_one(Product, company.tea)
            product.cost_minor = 400_00
            for day in range(5):
                sell(company, day)
        refresh_rollups()
        yield company


def sell(company: Company, day: int, product_id: str = "") -> None:
    take_order(
        rep_id=company.sari,
        customer_id=company.shop,
        product_id=product_id or company.tea,
        quantity=1,
        unit_price_minor=PRICE,
        at=MONDAY_9 + day * DAY,
    )


def recost(company: Company, cost_minor: int | None, today: int, since: int | None = None) -> None:
    with transaction():
        row = db.session.get_one(Product, company.tea)
        change_product(
            product_id=row.id,
            base=str(row.version),
            product=ProductForm(
                sku=row.sku,
                name=row.name,
                category=row.category,
                unit=row.unit,
                price_minor=row.price_minor,
                cost_minor=cost_minor,
                prices=row.prices,
            ),
            today=(MONDAY_9 + today * DAY).date(),
            cost_since=None if since is None else (MONDAY_9 + since * DAY).date(),
            at=MONDAY_9,
            by=company.admin,
        )


def costs() -> list[int | None]:
    """Return what each order cost by its margin, in whole units; None where that is not known."""
    refresh_rollups()
    assert not any(differing_rows().values())
    rows = db.session.execute(
        select(DealFact.margin_minor, DealFact.costed_minor).order_by(DealFact.day)
    ).all()
    db.session.rollback()
    return [(PRICE - row.margin_minor) // 100 if row.costed_minor else None for row in rows]


def test_a_sale_keeps_the_cost_of_its_day_whenever_it_arrives(week: Company) -> None:
    recost(week, 500_00, today=3)
    assert costs() == [400, 400, 400, 500, 500]
    recost(week, 510_00, today=3)
    recost(week, None, today=4)
    assert costs() == [400, 400, 400, 510, None]
    recost(week, 600_00, today=4)
    with transaction():
        sell(week, 2)
        sell(week, 4)
    assert costs() == [400, 400, 400, 400, 510, 600, 600]


def test_a_correction_reaches_back_to_the_day_it_names(week: Company) -> None:
    recost(week, 500_00, today=2)
    recost(week, 600_00, today=4)
    assert costs() == [400, 400, 500, 500, 600]
    recost(week, 600_00, today=4, since=3)
    assert costs() == [400, 400, 500, 600, 600]
    recost(week, 700_00, today=4, since=1)
    assert costs() == [400, 700, 700, 700, 700]


def test_a_first_cost_counts_for_all_that_was_sold_without_one(week: Company) -> None:
    recost(week, None, today=0, since=0)
    assert costs() == [None] * 5
    recost(week, 450_00, today=5)
    assert costs() == [450] * 5


def test_an_import_corrects_costs_and_categories(week: Company, tmp_path: Path) -> None:
    with transaction():
        sell(week, 5, week.rice)
        db.session.execute(update(Product).where(Product.id == week.rice).values(cost_minor=None))
    refresh_rollups()
    bought = select(DealFact.purchase_type).order_by(DealFact.day.desc()).limit(1)
    assert db.session.scalar(bought) == "cross_sell"
    db.session.rollback()

    def bring(*lines: str) -> StepCounts:
        (tmp_path / "products.csv").write_text(
            "\n".join(["sku,name,category,price,cost,since", *lines])
        )
        report = import_files(
            mapping=parse_mapping(MAPPING, name="costs"),
            folder=tmp_path,
            access=SYSTEM,
            at=MONDAY_9 + 7 * DAY,
            today=(MONDAY_9 + 7 * DAY).date(),
            time_zone="Asia/Jakarta",
            reporting_currency="IDR",
            dry_run=False,
            transaction=transaction,
        )
        return report.steps[0]

    lines = "TEA,Tea,Drinks,5000,550,2026-03-05", "RICE,Rice,Drinks,65000,300,"
    bring(*lines)

    assert costs() == [400, 400, 400, 550, 550, 300]
    assert db.session.scalar(bought) == "repeat"
    db.session.rollback()
    assert bring(*lines).unchanged == 2
    bring("TEA,Tea,Drinks,5000,550,2026-03-04")
    assert costs() == [400, 400, 550, 550, 550, 300]
    assert bring("TEA,Tea,Drinks,5000,900,2026-03-30").refused == 1


def test_the_page_says_since_when(client: FlaskClient, week: Company) -> None:
    sign_in(client, "admin")
    path = f"/products/{week.tea}"

    def save(**fields: Any) -> tuple[int, str]:
        page = client.get(path).get_data(as_text=True)
        hidden = dict(re.findall(r'name="(csrf_token|base)" value="([^"]+)"', page))
        form = {"sku": "TEA", "name": "Tea", "category": "Drinks", "price": "5000"}
        answer = client.post(path, data=form | hidden | fields, follow_redirects=True)
        return answer.status_code, answer.get_data(as_text=True)

    assert save(cost="450", cost_since="2199-01-01")[0] == 422
    assert save(cost="450", cost_since="2026-03-04")[0] == 200
    assert costs() == [400, 400, 450, 450, 450]
    page = client.get(path).get_data(as_text=True)
    assert "Before 4 Mar 2026" in page
