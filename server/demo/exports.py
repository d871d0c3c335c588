"""Large orders that customers abroad send by mail, outside of any visit."""

import datetime as dt
from dataclasses import replace

from server.demo.blueprint import Company
from server.demo.orders import add_order, take_order
from server.demo.plans import working_days
from server.demo.rows import Rows

_EACH_DAY = 0.2
_CARTONS = 10
"""So many times an ordinary order."""


def add_exports(
    rows: Rows, company: Company, *, since: dt.date, today: dt.date, now: dt.datetime
) -> None:
    """Add the orders of these days."""
    abroad = [outlet for outlet in company.outlets if outlet.currency]
    for day in working_days(since, today, today=today) if abroad else ():
        chance = company.chance("export", day)
        at = company.at(day, chance.uniform(9 * 60, 16 * 60))
        if not chance.happens(_EACH_DAY) or at > now:
            continue
        outlets = [outlet for outlet in abroad if outlet.buys_on(day)]
        if not outlets:
            continue
        outlet = chance.choice(outlets)
        order = take_order(chance, company, outlet, day=day, at=at)
        lines = [
            replace(line, quantity=_CARTONS * line.quantity, discount_minor=0)
            for line in order.lines
        ]
        add_order(rows, company, outlet, replace(order, lines=lines), day=day, visit_id=None)
