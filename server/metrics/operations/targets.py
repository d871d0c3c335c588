"""Setting targets, and what counts of them: the ramp of new reps, who works how much."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, tuple_

from server.identity.models import User
from server.metrics.models import RampStep, Target, WorkingTime
from server.metrics.sql.targets import Holder, teams_of_targets
from server.platform import audit
from server.platform.database import db, upsert
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import record_changed
from server.platform.versioned import ChangedMeanwhileError
from server.teams.models import Team
from shared.i18n import N_
from shared.metrics.kpis.targets import GOALS
from shared.sync.ids import new_id

_HIGHEST_TARGET_MINOR = 10**15
_FIRST_DAY = dt.date(1900, 1, 1)
_LAST_DAY = dt.date(2100, 1, 1)
LONGEST_RAMP = 24
_FULL = 100


class TargetError(ProblemError):
    """A target cannot be this much."""

    code = "target.out_of_range"
    status = 422
    title = N_("A target is a whole amount of zero or more, and not that high.")


class NoTargetsError(ProblemError):
    """No targets are set for this number."""

    code = "target.not_for_metric"
    status = 422
    title = N_("There are no targets for this number: it does not add up over reps and days.")


class RampError(ProblemError):
    """There is no such ramp."""

    code = "ramp.out_of_range"
    status = 422
    title = N_("A ramp has at most 24 months, each with a whole number of percent from 0 to 100.")


class WorkingTimeError(ProblemError):
    """Nobody works so much, or then."""

    code = "working_time.out_of_range"
    status = 422
    title = N_(
        "Working time is a whole number of percent from 0 to 100, from a day of this time on."
    )


class TargetOverlapsError(ChangedMeanwhileError):
    """A rep or a team has one target for a number and month."""

    code = "target.overlaps"
    title = N_("There is a target for this number and month already: of this rep or this team.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChange:
    """What a cell of the grid said when it was opened, and what it says now; minor units."""

    holder: Holder
    month: dt.date
    seen: int | None
    wanted: int | None
    """None takes the target away."""


def set_targets(
    *,
    metric_key: str,
    changes: Collection[TargetChange],
    at: dt.datetime,
    by: str,
) -> None:
    """
    Set, change or take away targets of reps and teams; the audit log gets both values of each.

    :raises NoTargetsError: if the number takes none
    :raises TargetError: if an amount is negative or too high
    :raises TargetOverlapsError: if there is one already where none was seen
    :raises ChangedMeanwhileError: if somebody else has changed one of them since it was seen
    """
    if metric_key not in GOALS:
        raise NoTargetsError
    for change in changes:
        if change.wanted is not None and not 0 <= change.wanted <= _HIGHEST_TARGET_MINOR:
            raise TargetError
    lock_holders({change.holder for change in changes})
    held_by = func.coalesce(Target.rep_id, Target.team_id)
    found = {
        (Holder.of(rep_id=target.rep_id, team_id=target.team_id), target.month): target
        for target in db.session.scalars(
            select(Target)
            .where(
                Target.metric_key == metric_key,
                tuple_(held_by, Target.month).in_([(c.holder.id, c.month) for c in changes]),
            )
            .with_for_update()
        )
    }
    teams = teams_of_targets({(c.holder.id, c.month) for c in changes if not c.holder.is_team})
    written: list[str] = []
    for change in changes:
        holder = change.holder
        target = found.get((holder, change.month))
        if (target.amount if target else None) != change.seen:
            raise TargetOverlapsError if change.seen is None else ChangedMeanwhileError
        if target is not None and change.wanted is None:
            db.session.delete(target)
        elif target is not None:
            target.amount = change.wanted or 0
        elif change.wanted is not None:
            target = Target(
                id=new_id(),
                metric_key=metric_key,
                month=change.month,
                rep_id=None if holder.is_team else holder.id,
                team_id=holder.id if holder.is_team else teams.get((holder.id, change.month)),
                amount=change.wanted,
            )
            db.session.add(target)
        if target is not None:
            written.append(target.id)
        audit.record(
            action="target.set",
            at=at,
            user_id=by,
            subject=holder.id,
            metric=metric_key,
            month=change.month.isoformat(),
            before=change.seen,
            after=change.wanted,
        )
    db.session.flush()
    record_changed("target", *written)


def undo_targets(
    *, done_at: dt.datetime, holders: Mapping[str, Holder], at: dt.datetime, by: str
) -> None:
    """
    Set targets back to what they were before a person set them at this time.

    :param holders: those whose targets the person may set now, by id
    :raises NotFoundError: if the person set none then, or one of somebody else
    :raises ChangedMeanwhileError: if somebody has changed one of them since
    """
    entries = audit.entries_of(action="target.set", at=done_at, user_id=by)
    if not holders.keys() >= {entry.subject for entry in entries}:
        raise NotFoundError
    set_targets(
        metric_key=entries[0].details["metric"],
        changes=[
            TargetChange(
                holder=holders[entry.subject],
                month=dt.date.fromisoformat(entry.details["month"]),
                seen=entry.details["after"],
                wanted=entry.details["before"],
            )
            for entry in entries
        ],
        at=at,
        by=by,
    )


def lock_holders(holders: Collection[Holder]) -> None:
    """Make whoever sets a target of one of them wait.

    A target that is not there yet cannot be locked, so its rep or team is.
    """
    for model, is_team in ((User, False), (Team, True)):
        ids = [holder.id for holder in holders if holder.is_team is is_team]
        if ids:
            db.session.execute(
                select(model.id)
                .where(model.id.in_(ids))
                .order_by(model.id)
                .with_for_update(key_share=True)
            )


def set_ramp(
    *, start_on: dt.date, percents: Sequence[int] | None, at: dt.datetime, by: str
) -> None:
    """
    Set what share of a full target those who join from this day on have in their first months.

    Those who joined before keep the ramp of their day. With no percents in it they have none.

    :param percents: of the month of joining, the one after it, and so on; then comes the full one.
        None takes away what was said for this day: the ramp of an earlier one goes on
    :raises RampError: if a percentage or the day is out of range, or there are too many months
    """
    wanted = list(percents or [_FULL]) if percents is not None else []
    if not (_FIRST_DAY <= start_on < _LAST_DAY) or len(wanted) > LONGEST_RAMP:
        raise RampError
    if any(not 0 <= percent <= _FULL for percent in wanted):
        raise RampError
    before = _percents_of(start_on)
    db.session.execute(delete(RampStep).where(RampStep.start_on == start_on))
    if wanted:
        db.session.execute(
            insert(RampStep),
            [
                {"start_on": start_on, "month_number": number, "percent": percent}
                for number, percent in enumerate(wanted, start=1)
            ],
        )
    audit.record(
        action="ramp.set",
        at=at,
        user_id=by,
        subject=str(start_on),
        before=before,
        percents=wanted,
    )
    _tell_of_ramp(start_on)


def undo_ramp(*, done_at: dt.datetime, at: dt.datetime, by: str) -> None:
    """
    Bring back the ramp that stood before a person set one at this time.

    :raises NotFoundError: if the person set none then
    :raises ChangedMeanwhileError: if somebody has set it anew since
    """
    [entry] = audit.entries_of(action="ramp.set", at=done_at, user_id=by)
    start_on = dt.date.fromisoformat(entry.subject)
    if _percents_of(start_on) != entry.details["percents"]:
        raise ChangedMeanwhileError
    set_ramp(start_on=start_on, percents=entry.details["before"] or None, at=at, by=by)


def _percents_of(start_on: dt.date) -> list[int]:
    steps = select(RampStep.percent).where(RampStep.start_on == start_on)
    return list(db.session.scalars(steps.order_by(RampStep.month_number)))


def put_ramp_steps(rows: Sequence[dict[str, Any]]) -> None:
    """Write `start_on`, `month_number` and `percent` in bulk, each month of a ramp once."""
    upsert(RampStep, rows, keys=["start_on", "month_number"], update=["percent"])
    _tell_of_ramp(min(row["start_on"] for row in rows))


def _tell_of_ramp(start_on: dt.date) -> None:
    joined = (
        select(WorkingTime.rep_id)
        .group_by(WorkingTime.rep_id)
        .having(func.min(WorkingTime.start_on) >= start_on)
    )
    tell_targets(Target.rep_id.in_(joined))


def set_working_time(
    *, rep_id: str, start_on: dt.date, percent: int | None, at: dt.datetime, by: str
) -> None:
    """
    Set how much of full time a rep works from a day on; the first such day is that of joining.

    :param percent: 0 from the day of leaving on; None takes away what was said for this day
    :raises NotFoundError: if there is no such person
    :raises WorkingTimeError: if the percentage or the day is out of range
    """
    if not _FIRST_DAY <= start_on < _LAST_DAY or not (percent is None or 0 <= percent <= _FULL):
        raise WorkingTimeError
    if db.session.get(User, rep_id) is None:
        raise NotFoundError
    before = _working_time_of(rep_id, start_on)
    if percent is None:
        db.session.execute(
            delete(WorkingTime).where(
                WorkingTime.rep_id == rep_id, WorkingTime.start_on == start_on
            )
        )
    else:
        put_working_times([{"rep_id": rep_id, "start_on": start_on, "percent": percent}])
    audit.record(
        action="working_time.set",
        at=at,
        user_id=by,
        subject=rep_id,
        start_on=str(start_on),
        before=before,
        percent=percent,
    )
    tell_targets(Target.rep_id == rep_id)


def undo_working_time(*, rep_id: str, done_at: dt.datetime, at: dt.datetime, by: str) -> None:
    """
    Bring back what was said of a rep's working time before a person set it at this time.

    :raises NotFoundError: if the person did not set it then
    :raises ChangedMeanwhileError: if somebody has changed it since
    """
    [entry] = audit.entries_of(action="working_time.set", at=done_at, user_id=by, subject=rep_id)
    start_on = dt.date.fromisoformat(entry.details["start_on"])
    if _working_time_of(rep_id, start_on) != entry.details["percent"]:
        raise ChangedMeanwhileError
    before = entry.details["before"]
    set_working_time(rep_id=rep_id, start_on=start_on, percent=before, at=at, by=by)


def _working_time_of(rep_id: str, start_on: dt.date) -> int | None:
    return db.session.scalar(
        select(WorkingTime.percent).where(
            WorkingTime.rep_id == rep_id, WorkingTime.start_on == start_on
        )
    )


def put_working_times(rows: Sequence[dict[str, Any]]) -> None:
    """Write `rep_id`, `start_on` and `percent` in bulk, each day of a rep once."""
    upsert(WorkingTime, rows, keys=["rep_id", "start_on"], update=["percent"])
    tell_targets(Target.rep_id.in_({row["rep_id"] for row in rows}))


def tell_targets(of: ColumnElement[bool]) -> None:
    """Tell the phones of reps what counts of these targets now."""
    record_changed("target", *db.session.scalars(select(Target.id).where(of)))
