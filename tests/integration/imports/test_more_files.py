"""Importing what lies in several files, and plans, targets and costs."""

import datetime as dt
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from server.costs.models import Cost
from server.deals.models import Deal, DealLine
from server.platform.database import db
from server.products.models import Product
from tests.integration.imports.conftest import Import, everything, outcomes


def test_orders_get_their_lines_and_products_their_category_from_other_files(
    app: Flask, run_import: Import, folder: Path
) -> None:
    mapping = """
currency = "IDR"
[[step]]
entity = "user"
file = "people.csv"
[step.fields]
code = "nip"
name = "first"
role = { value = "manager" }
[[step]]
entity = "product"
file = "items.csv"
[[step.join]]
file = "kinds.csv"
name = "kind"
column = "kind"
key = "id"
[step.fields]
sku = "sku"
name = "name"
category = "kind.title"
price = "price"
[[step]]
entity = "deal"
file = "orders.csv"
[step.fields]
code = "no"
owner = "nip"
stage = { value = "won" }
closed_on = "day"
[step.lines]
file = "order-lines.csv"
column = "no"
key = "order"
[step.lines.fields]
product = "sku"
quantity = "pieces"
unit_price = "price"
discount_rate = "off"
"""
    (folder / "kinds.csv").write_text("id,title\nM,Minuman\n")
    (folder / "items.csv").write_text("sku,name,price,kind\nTEH,Teh,5500,M\nGULA,Gula,17250,\n")
    (folder / "orders.csv").write_text("no,nip,day\n7,1,2026-04-01\n8,2,2026-04-02\n")
    (folder / "order-lines.csv").write_text(
        "order,sku,pieces,price,off\n7,TEH,3,10.55,0.15\n7,GULA,1,1,0\n8,TEH,2,5500,25 %\n"
    )

    run_import(mapping=mapping)

    with app.app_context():
        kinds = {row.sku: row.category for row in db.session.scalars(select(Product))}
        assert kinds == {"TEH": "Minuman", "GULA": ""}
        deals = {deal.code: deal for deal in db.session.scalars(select(Deal))}
        # 3 × 10.55 less 15 % is 26.9025: rounded at the line, then summed.
        assert (deals["7"].amount_minor, deals["8"].amount_minor) == (2690 + 100, 825_000)
        # An order is won at once: it was neither a lead nor an opportunity.
        assert (deals["7"].lead_day, deals["7"].opportunity_day) == (None, None)
        assert deals["7"].closed_day == dt.date(2026, 4, 1)
        lines = db.session.execute(
            select(DealLine.position, DealLine.quantity, DealLine.discount_minor)
            .where(DealLine.deal_id == deals["7"].id)
            .order_by(DealLine.position)
        )
        assert [tuple(line) for line in lines] == [(1, 3, 475), (2, 1, 0)]


def test_stops_targets_and_costs_are_imported_and_known_again(
    app: Flask, run_import: Import, folder: Path
) -> None:
    (folder / "plan.csv").write_text("nip,outlet,day,n\n1,T-1,2026-04-01,1\n1,T-2,2026-04-01,2\n")
    (folder / "targets.csv").write_text(
        "what,who,team,month,goal\nrevenue,1,,2026-04-15,1000.50\ncalls,,Timur,2026-04-01,300\n"
        "revenue,1,,2026-04-20,999\n"
    )
    (folder / "costs.csv").write_text("id,kind,day,rp\nK-1,advertising,2026-04-01,58.7052\n")
    run_import()
    mapping = """
currency = "IDR"
[[step]]
entity = "stop"
file = "plan.csv"
[step.fields]
rep = "nip"
customer = "outlet"
day = "day"
sequence = "n"
[[step]]
entity = "target"
file = "targets.csv"
[step.fields]
metric = "what"
rep = "who"
team = "team"
month = "month"
amount = "goal"
[[step]]
entity = "cost"
file = "costs.csv"
[step.fields]
code = "id"
category = "kind"
day = "day"
amount = "rp"
"""

    first, second = run_import(mapping=mapping), run_import(mapping=mapping)

    assert outcomes(first) == {"stop": (2, 0, 0, 0), "target": (2, 0, 0, 1), "cost": (1, 0, 0, 0)}
    assert outcomes(second) == {"stop": (0, 0, 2, 0), "target": (0, 0, 2, 1), "cost": (0, 0, 1, 0)}
    rows = everything(app)
    assert {row[-1] for row in rows["target"]} == {100_050, 300}
    assert 5871 in rows["cost"][0]
    with app.app_context():
        assert db.session.scalars(select(Cost.version)).all() == [1]

    # A form that was opened before the file came again is told.
    (folder / "costs.csv").write_text("id,kind,day,rp\nK-1,advertising,2026-04-01,60\n")
    assert outcomes(run_import(mapping=mapping))["cost"] == (0, 1, 0, 0)
    with app.app_context():
        assert db.session.execute(select(Cost.version, Cost.amount_minor)).all() == [(2, 6000)]
