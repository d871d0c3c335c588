"""Reading the rows behind numbers, for everybody as far as their numbers reach."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select, union_all

from server.customers.models import Customer
from server.identity.models import User
from server.metrics.rollups.behind import rows_behind
from server.metrics.rollups.scope import Scope
from server.metrics.sql.reach import Reach
from server.platform.database import db
from server.platform.paging import Page, fetch_page
from server.teams.models import TeamMembership
from shared.metrics.formula import Kind, Measure
from shared.time import Period

_BEFORE_ALL = dt.date(1900, 1, 1)


@dataclass(frozen=True, kw_only=True)
class RowsBehind:
    """A page of rows, latest first, and how many rows make up how much of each measure."""

    rows: Mapping[Measure, int]
    totals: Mapping[Measure, int]
    """Money in minor units."""
    periods: Mapping[Measure, Period]
    page: Page[Any]


def read_rows(
    wanted: Mapping[Measure, Period], reach: Reach, *, number: int, size: int
) -> RowsBehind | None:
    """Return the rows that these measures sum; None if one of them is not a sum of such rows."""
    parts = []
    for measure, period in wanted.items():
        is_stock = measure.kind is Kind.STOCK
        days = Period(_BEFORE_ALL, period.end) if is_stock else period
        found = rows_behind(measure, Scope(period=days))
        if found is None:
            return None
        row, member = found.subquery(), TeamMembership
        # A stock is with the team its rep is in at the end.
        team_day = literal(period.end - dt.timedelta(days=1)) if is_stock else row.c.day
        parts.append(
            select(literal(measure.slot).label("slot"), row, member.team_id)
            .outerjoin(member, member.covers(row.c.rep_id, team_day))
            .where(reach.rows(row.c.rep_id, member.team_id))
        )
    row = union_all(*parts).subquery()
    sums = {
        slot: (rows, int(total))
        for slot, rows, total in db.session.execute(
            select(row.c.slot, func.count(), func.sum(row.c.amount)).group_by(row.c.slot)
        )
    }
    named = (
        select(row, User.name.label("rep_name"), Customer.name.label("customer_name"))
        .join(User, User.id == row.c.rep_id)
        .outerjoin(Customer, Customer.id == row.c.customer_id)
        .order_by(row.c.day.desc(), row.c.slot, row.c.id)
    )
    return RowsBehind(
        rows={measure: sums.get(measure.slot, (0, 0))[0] for measure in wanted},
        totals={measure: sums.get(measure.slot, (0, 0))[1] for measure in wanted},
        periods=wanted,
        page=fetch_page(named, number=number, size=size),
    )
