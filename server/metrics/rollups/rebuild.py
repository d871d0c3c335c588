"""Counting again: replace the facts and totals of some rep-days, or of all, from the raw rows."""

import functools
from collections.abc import Callable
from typing import Any

from sqlalchemy import Insert, Subquery, Table, delete, except_, func, select, text

from server.metrics.models import (
    AdvanceFact,
    AssignedListRollup,
    ClassDayRollup,
    CustomerDayRollup,
    CustomerListRollup,
    DailyRollup,
    DealFact,
    RouteFact,
    TravelFact,
)
from server.metrics.rollups.advances import advances
from server.metrics.rollups.assigned import count_assigned, differing_lists
from server.metrics.rollups.classes import class_days
from server.metrics.rollups.customers import customer_days
from server.metrics.rollups.daily import daily_totals
from server.metrics.rollups.deals import deal_facts
from server.metrics.rollups.lists import customer_lists, number_customers
from server.metrics.rollups.months import note_counted
from server.metrics.rollups.route import differing_routes, work_out_routes
from server.metrics.rollups.scope import EVERYTHING, Counted, Outline, RepDay, Scope
from server.metrics.rollups.teams import both, count_teams, differing_team_days, touched_by
from server.metrics.rollups.travel import differing_travel, misplaced_travel, work_out_travel
from server.platform.database import Model, db, dialect_insert, is_postgresql

# In this order: the rollups are counted from the facts.
_COUNTED: dict[type[Model], Callable[[Scope], Counted]] = {
    DealFact: deal_facts,
    AdvanceFact: advances,
    ClassDayRollup: class_days,
    CustomerDayRollup: customer_days,
    CustomerListRollup: customer_lists,
    DailyRollup: daily_totals,
}
# A deal that closed anew has its fact on the day before still; `reopened` marks that day. So has a
# step forward on the day of the visit it was put down to before.
_MOVING = {DealFact, AdvanceFact}


def rebuild(scope: Scope) -> None:
    """Replace what was counted for these rep-days; a fixed number of statements."""
    if scope.rep_days is None:
        _expect_many_rows()
    note_counted(None if scope.rep_days is None else [day for _, day in scope.rep_days])
    work_out_travel(scope)
    work_out_routes(scope)
    teams = touched_by(scope)
    for model in reversed(_COUNTED):
        table = _table(model)
        db.session.execute(delete(table).where(scope.holds(table.c.rep_id, table.c.day)))
    for model in _COUNTED:
        if model is CustomerListRollup:
            number_customers(scope)
            count_assigned(scope)
        _insert(model, scope)
    count_teams(both(teams, touched_by(scope)))


def _insert(model: type[Model], scope: Scope) -> None:
    statement = _insertion(model, scope.outline(), db.engine.dialect.name)
    db.session.execute(statement, scope.values())


@functools.cache
def _insertion(model: type[Model], scope: Outline, _dialect: str) -> Insert:
    table, counted = _table(model), _COUNTED[model](scope)
    names = list(counted.selected_columns.keys())
    keys = [column.name for column in table.primary_key]
    if scope.rep_days is None:
        # Rows in the order of their key find their place in the index at once.
        counted = counted.order_by(*(counted.selected_columns[key] for key in keys))
    statement: Any = dialect_insert(table).from_select(names, counted)
    if model in _MOVING and not scope.is_everything:
        statement = statement.on_conflict_do_update(
            index_elements=keys,
            set_={name: statement.excluded[name] for name in names if name not in keys},
        )
    return statement


def differing_rows() -> dict[str, int]:
    """Return, for each table, how many rows are not what the raw rows say. Reads everything."""
    _expect_many_rows()
    facts = {
        RouteFact.__tablename__: len(differing_routes(EVERYTHING)),
        TravelFact.__tablename__: len(differing_travel(EVERYTHING)),
    }
    return (
        facts
        | {
            _table(model).name: sum(
                db.session.scalar(select(func.count()).select_from(rows)) or 0
                for rows in _differences(model, count, EVERYTHING)
            )
            for model, count in _COUNTED.items()
        }
        | {
            AssignedListRollup.__tablename__: len(differing_lists()),
            **{name: len(days) for name, days in differing_team_days().items()},
        }
    )


def differing_days(scope: Scope) -> set[RepDay]:
    """
    Return the rep-days of the scope of which some row is not what the raw rows say.

    Of a track only whether it was worked out: `differing_travel` does so again.
    """
    _expect_many_rows()
    return {
        *differing_routes(scope),
        *misplaced_travel(scope),
        *_days_that_differ(scope),
    }


def _days_that_differ(scope: Scope) -> set[RepDay]:
    return {
        (row.rep_id, row.day)
        for model, count in _COUNTED.items()
        for rows in _differences(model, count, scope)
        for row in db.session.execute(select(rows.c.rep_id, rows.c.day).distinct())
    }


def _differences(
    model: type[Model], count: Callable[[Scope], Counted], scope: Scope
) -> tuple[Subquery, Subquery]:
    """Return the rows that are missing, and those that are too many."""
    counted, table = count(scope), _table(model)
    names = counted.selected_columns.keys()
    stored: Any = select(*(table.c[name] for name in names)).where(
        scope.holds(table.c.rep_id, table.c.day)
    )
    return except_(counted, stored).subquery(), except_(stored, count(scope)).subquery()


def _expect_many_rows() -> None:
    """Keep PostgreSQL from looking rows up one by one, which takes minutes for whole reps.

    It would, because the statistics of the tables that are being filled say they are empty.
    """
    if is_postgresql():
        db.session.execute(text("SET LOCAL enable_nestloop = off"))
        # Nor from sorting wide rows by their keys, which hashing does without.
        db.session.execute(text("SET LOCAL enable_mergejoin = off"))
        db.session.execute(text("SET LOCAL work_mem = '64MB'"))


def _table(model: type[Model]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table
