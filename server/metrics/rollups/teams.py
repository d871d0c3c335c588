"""The days of teams: the days of their reps put together, for questions about many reps.

A thousand reps have a hundred times as many days as a quarter has; their teams a tenth of that.
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    except_,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
)

from server.metrics.models import (
    NO_TEAM,
    CustomerListRollup,
    DailyRollup,
    TeamDayRollup,
    TeamListRollup,
)
from server.metrics.rollups.lists import strung
from server.metrics.rollups.scope import Counted, Scope
from server.platform.database import Id, Model, db, is_postgresql
from shared.metrics.formula import Kind
from shared.metrics.measures import ROLLUP_MEASURES
from shared.time import Period

TeamDay = tuple[str, dt.date]

_COMBINE: dict[Kind, Any] = {Kind.MIN: func.min, Kind.MAX: func.max}


@dataclass(frozen=True)
class TeamScope:
    """Which days of teams are counted: all, those of some teams or of a period, or a few."""

    team_days: frozenset[TeamDay] | None = None
    team_ids: frozenset[str] | None = None
    period: Period | None = None

    def holds(self, team_id: Any, day: Any) -> ColumnElement[bool]:
        """Return the condition on a row's team, which may be empty, and day."""
        conditions: list[ColumnElement[bool]] = []
        if self.team_days is not None:
            conditions += [
                day.in_({date for _, date in self.team_days}),
                tuple_(_team(team_id), day).in_(sorted(self.team_days)),
            ]
        if self.team_ids is not None:
            conditions.append(or_(team_id.in_(self.team_ids), _team(team_id).in_(self.team_ids)))
        if self.period is not None:
            conditions += [day >= self.period.start, day < self.period.end]
        return and_(true(), *conditions)


EVERY_TEAM = TeamScope()


def touched_by(scope: Scope) -> TeamScope:
    """Return the days of teams of which the days of these reps are a part, as they stand."""
    row = DailyRollup.__table__.c
    if scope.is_everything or scope.period is not None:
        return EVERY_TEAM
    if scope.rep_days is None:
        teams = db.session.scalars(
            select(_team(row.team_id)).where(scope.holds(row.rep_id, row.day)).distinct()
        )
        return TeamScope(team_ids=frozenset(teams))
    pairs = db.session.execute(
        select(_team(row.team_id).label("team_id"), row.day)
        .where(scope.holds(row.rep_id, row.day))
        .distinct()
    )
    return TeamScope(team_days=frozenset((each.team_id, each.day) for each in pairs))


def both(some: TeamScope, others: TeamScope) -> TeamScope:
    """Return what either of two scopes of the same kind holds."""
    if some.team_days is not None and others.team_days is not None:
        return TeamScope(team_days=some.team_days | others.team_days)
    if some.team_ids is not None and others.team_ids is not None:
        return TeamScope(team_ids=some.team_ids | others.team_ids)
    return EVERY_TEAM


def count_teams(scope: TeamScope) -> None:
    """
    Replace the days of these teams by what the days of their reps say; the last step of counting.

    Two workers that count two reps of a team on one day must not both leave the other's out: the
    second one waits here until the first has committed, and then reads what it wrote. Who counts
    all days of a team has made sure that no worker counts any.
    """
    if scope.team_days == frozenset() or scope.team_ids == frozenset():
        return
    if is_postgresql() and scope.team_days is not None:
        _wait_for_others(scope.team_days)
    for model, count in _COUNTED:
        table: Any = model.__table__
        db.session.execute(delete(table).where(scope.holds(table.c.team_id, table.c.day)))
        counted = count(scope)
        db.session.execute(
            insert(table).from_select(list(counted.selected_columns.keys()), counted)
        )


def _wait_for_others(team_days: Collection[TeamDay]) -> None:
    # In one order for everybody, or two could wait for each other.
    locks = sorted(
        int.from_bytes(blake2b(f"{team_id} {day}".encode(), digest_size=8).digest(), signed=True)
        for team_id, day in team_days
    )
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(lock) FROM unnest(CAST(:locks AS bigint[])) AS lock"),
        {"locks": locks},
    )


def differing_team_days(scope: TeamScope = EVERY_TEAM) -> dict[str, set[TeamDay]]:
    """Return, for each table, the days of teams that are not what the days of the reps say."""
    found = {}
    for model, count in _COUNTED:
        table: Any = model.__table__
        counted: Any = count(scope)
        names = counted.selected_columns.keys()
        stored: Any = select(*(table.c[name] for name in names)).where(
            scope.holds(table.c.team_id, table.c.day)
        )
        found[table.name] = {
            (row.team_id, row.day)
            for rows in (except_(counted, stored), except_(stored, count(scope)))
            for row in db.session.execute(_team_days(rows.subquery()))
        }
    return found


def _team_days(rows: Any) -> Select[str, dt.date]:
    return select(rows.c.team_id, rows.c.day).distinct()


def _sums(scope: TeamScope) -> Counted:
    row = DailyRollup.__table__.c
    return (
        select(
            row.day,
            _team(row.team_id).label("team_id"),
            *(
                _COMBINE.get(measure.kind, func.sum)(row[measure.column]).label(measure.column)
                for measure in ROLLUP_MEASURES.values()
            ),
        )
        .where(scope.holds(row.team_id, row.day))
        .group_by(row.day, row.team_id)
    )


def _lists(scope: TeamScope) -> Counted:
    row = CustomerListRollup
    part = (
        select(
            row.day,
            _team(row.team_id).label("team_id"),
            row.rep_id,
            row.visited,
            row.bought,
            row.new_customers,
        )
        .where(scope.holds(row.team_id, row.day))
        .order_by(row.day, row.team_id, row.rep_id)
        .subquery()
    )
    return select(
        part.c.day,
        part.c.team_id,
        strung(part.c.visited, part.c.rep_id).label("visited"),
        strung(part.c.bought, part.c.rep_id).label("bought"),
        func.sum(part.c.new_customers).label("new_customers"),
    ).group_by(part.c.day, part.c.team_id)


def _team(team_id: Any) -> ColumnElement[str]:
    return func.coalesce(team_id, literal(NO_TEAM, Id()), type_=Id())


_COUNTED: Collection[tuple[type[Model], Callable[[TeamScope], Counted]]] = (
    (TeamDayRollup, _sums),
    (TeamListRollup, _lists),
)
