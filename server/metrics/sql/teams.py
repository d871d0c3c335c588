"""From where many reps are read together: the days of their teams, or their own."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from server.metrics.models import NO_TEAM
from server.metrics.sql.literal_rows import value_of
from server.metrics.sql.reach import By, Columns, Reach
from server.platform.database import Id, db, one_of
from server.teams.models import TeamMembership
from shared.vocabulary import Role


def rows_of(reach: Reach, *, reps: Any, teams: Any, columns: Iterable[str]) -> FromClause:
    """
    Return the rows that the question reaches: `rep_id`, `team_id`, `day` and these columns.

    :param reps: a table of the days of reps
    :param teams: the same of the days of teams; `rep_id` is then empty
    """
    names = list(columns)
    if not _asks_for_teams(reach):
        own = [reps.c.rep_id, reps.c.team_id, reps.c.day, *(reps.c[name] for name in names)]
        rows = select(*own).where(reach.rows(reps.c.rep_id, reps.c.team_id))
        return rows.where(may_hold(reach, reps.c.rep_id)).subquery()
    team_id: Any = func.nullif(teams.c.team_id, literal(NO_TEAM, Id()), type_=Id())
    together: Select[Any] = select(
        team_id.label("team_id"), teams.c.day, *(teams.c[name] for name in names)
    ).where(_holds(reach, teams.c.team_id))
    if reach.access.role is Role.ADMIN:
        return together.subquery()
    # A manager who sells has days outside the own teams.
    access = reach.access
    alone = select(reps.c.team_id, reps.c.day, *(reps.c[name] for name in names)).where(
        reps.c.rep_id == access.user_id,
        or_(reps.c.team_id.is_(None), ~one_of(reps.c.team_id, access.team_ids)),
        true() if reach.team_ids is None else one_of(reps.c.team_id, reach.team_ids),
    )
    return union_all(together, alone).subquery()


def reps_in(reach: Reach) -> tuple[str, ...] | None:
    """Return everybody a row may be of, so that no others are counted; None for all."""
    if is_about_everybody(reach):
        return None
    member = TeamMembership
    seen = reach.of_people(member.user_id, member.team_id)
    return (
        *db.session.scalars(select(member.user_id).where(seen).distinct().order_by(member.user_id)),
        reach.access.user_id,
    )


def may_hold(reach: Reach, rep_id: Any) -> ColumnElement[bool]:
    """
    Return the condition that a rep is in one of the teams on some day.

    It leaves nothing out that the day's team does not, but leads a database to the rows of twenty
    reps where it would go through those of a thousand.
    """
    if is_about_everybody(reach):
        return true()
    if reach.rep_id is not None or reach.access.role is Role.REP:
        one: Any = reach.access.user_id if reach.rep_id is None else reach.rep_id
        of_one: ColumnElement[bool] = rep_id == one
        return of_one
    if reach.rep_ids is not None:
        return one_of(rep_id, reach.rep_ids)
    member = TeamMembership
    seen = select(member.user_id).where(reach.of_people(member.user_id, member.team_id))
    # Without any team, too. In one list: of two a database would read the rows of everybody.
    alone = select(value_of(reach.access.user_id, Id()))
    condition: ColumnElement[bool] = rep_id.in_(union_all(seen, alone))
    return condition


def is_about_everybody(reach: Reach) -> bool:
    """Return whether it reaches every row, whoever's it is."""
    return reach.access.role is Role.ADMIN and reach.team_ids is None and not reach.names_reps


def group_of(reach: Reach, row: FromClause) -> Columns:
    """Return the column of such rows that a sum belongs to."""
    return reach.group(row.c.get("rep_id"), row.c.team_id)


def _asks_for_teams(reach: Reach) -> bool:
    access = reach.access
    sees_teams = access.role is Role.ADMIN or (access.role is Role.MANAGER and access.team_ids)
    return bool(sees_teams) and not reach.names_reps and reach.by in {None, By.TEAM}


def _holds(reach: Reach, team_id: Any) -> Any:
    access = reach.access
    return and_(
        true() if access.role is Role.ADMIN else one_of(team_id, access.team_ids),
        true() if reach.team_ids is None else one_of(team_id, reach.team_ids),
    )
