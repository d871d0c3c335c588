"""What is written as the file of a shipped mapping, to be changed and imported again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, literal, select, union_all

from server.calendar.models import Holiday, WorkedHoliday
from server.identity.models import User
from server.imports.queries.known import require_administrator
from server.metrics.models import RampStep, Target, WorkingTime
from server.platform.access import Access
from server.platform.database import db
from server.teams.models import Team
from shared.metrics.formula import Unit
from shared.metrics.kpis.targets import GOALS
from shared.money import to_major


class Export(StrEnum):
    """What is written as the file of a shipped mapping, to be changed and imported again."""

    HOLIDAYS = "holidays"
    WORKING_TIMES = "working_times"
    RAMPS = "ramps"
    TARGETS = "targets"


def rows_of_export(
    export: Export, *, access: Access, currency: str
) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """Return the columns and the rows of a file, as its mapping reads them.

    :raises ForbiddenError: unless an administrator asks
    """
    require_administrator(access=access)
    header, statement = _EXPORTS[export]()
    rows: Iterable[Any] = db.session.execute(statement)
    if export is Export.TARGETS:
        money = {key for key, goal in GOALS.items() if goal.target.unit is Unit.MONEY}
        rows = (
            (*row[:-1], to_major(row[-1], currency) if row[0] in money else row[-1]) for row in rows
        )
    return header, (tuple(row) for row in rows)


def _holidays() -> tuple[list[str], Select[*tuple[Any, ...]]]:
    of_day = union_all(
        *(
            select(model.day, model.name, literal(worked).label("worked"))
            for model, worked in ((Holiday, "no"), (WorkedHoliday, "yes"))
        )
    ).subquery()
    return ["day", "name", "worked"], select(of_day).order_by(of_day.c.day)


def _working_times() -> tuple[list[str], Select[*tuple[Any, ...]]]:
    statement = (
        select(User.code, WorkingTime.start_on, WorkingTime.percent)
        .join(User, User.id == WorkingTime.rep_id)
        .order_by(User.code, WorkingTime.start_on)
    )
    return ["rep", "from", "percent"], statement


def _ramps() -> tuple[list[str], Select[*tuple[Any, ...]]]:
    step = RampStep
    statement = select(step.start_on, step.month_number, step.percent)
    return ["from", "month", "percent"], statement.order_by(step.start_on, step.month_number)


def _targets() -> tuple[list[str], Select[*tuple[Any, ...]]]:
    team = case((Target.rep_id.is_(None), Team.code), else_="")
    statement = (
        select(Target.metric_key, Target.month, User.code, team, Target.amount)
        .where(Target.metric_key.in_(GOALS))
        .outerjoin(User, User.id == Target.rep_id)
        .outerjoin(Team, Team.id == Target.team_id)
        .order_by(Target.metric_key, Target.month, User.code, Team.code)
    )
    return ["metric", "month", "rep", "team", "amount"], statement


_EXPORTS: Mapping[Export, Callable[[], tuple[list[str], Select[*tuple[Any, ...]]]]] = {
    Export.HOLIDAYS: _holidays,
    Export.WORKING_TIMES: _working_times,
    Export.RAMPS: _ramps,
    Export.TARGETS: _targets,
}
