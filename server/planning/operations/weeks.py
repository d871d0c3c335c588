"""Publishing a rep's week to the phone, changing single stops, copying a week, and undoing."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update

from server.identity.models import User
from server.planning import queries
from server.planning.models import JourneyStop
from server.planning.operations.propose import Arrangement
from server.planning.operations.stops import UnknownStopError
from server.planning.queries import PlanStop, WeekPlan
from server.platform import audit
from server.platform.access import SYSTEM, Access
from server.platform.database import db
from server.platform.errors import InvalidInputError, ProblemError
from server.platform.events import mark_days, record_changed
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.time import Period
from shared.vocabulary import StopState

PUBLISHED = "plan.published"
MOST_STOPS_A_DAY = 200
_STOPS = cast("Table", JourneyStop.__table__)


class PlanChangedError(ProblemError):
    """Somebody else changed the week since it was read.

    Carries both: `yours`, which was not published, and the `current` one with its `version`.
    """

    code = "plan.changed"
    status = 409
    title = N_("Somebody changed this plan in the meantime.")


class StopStaysError(ProblemError):
    """It lies in the past, was visited, or was cancelled by the rep."""

    code = "plan.stop_stays"
    status = 409
    title = N_("This stop can no longer be changed.")


class NothingToUndoError(ProblemError):
    """This week was not published here, or was changed otherwise since."""

    code = "plan.nothing_to_undo"
    status = 409
    title = N_("There is nothing to undo in this week.")


class NothingToCopyError(ProblemError):
    """The other week has no stop of this rep's own customers; copying it would empty this one."""

    code = "plan.nothing_to_copy"
    status = 409
    title = N_("The other week has no stops that could be copied.")


def open_week(*, access: Access, rep_id: str, week: Period, today: dt.date) -> WeekPlan:
    """Return the week to be changed; others who would change a plan of this rep wait.

    :raises NotFoundError: if the caller may see no such rep
    """
    queries.find_rep(access=access, rep_id=rep_id, today=today)
    # Not the key itself, so that visits of the rep can be recorded meanwhile.
    db.session.execute(select(User.id).where(User.id == rep_id).with_for_update(key_share=True))
    return queries.get_week(access=access, rep_id=rep_id, week=week, today=today)


def publish_week(
    *,
    plan: WeekPlan,
    base: str,
    arrangement: Mapping[dt.date, list[str]],
    at: dt.datetime,
    by: str,
) -> int:
    """Make the week look like this on the rep's phone; return how many stops were written.

    Past days, and stops visited or cancelled, stay as they are, whatever is given for them.

    :param plan: of `open_week`, in the same transaction
    :param base: the version the change was made from
    :raises PlanChangedError: if the week has another version by now
    :raises InvalidInputError: if a day or customer does not belong here, or stands there twice
    """
    if base != plan.version:
        raise PlanChangedError(
            yours=plain(arrangement), current=plain(plan.arrangement()), version=plan.version
        )
    _check(plan, arrangement)
    before = plan.arrangement()
    open_days = [day for day in plan.days if not day.is_past and day.day in arrangement]
    movable = [stop for day in open_days for stop in day.stops if not stop.is_fixed]
    wanted = [
        (day.day, customer, sequence)
        for day in open_days
        for customer, sequence in _numbered(day.stops, arrangement[day.day])
    ]
    written = _write(plan.rep.id, movable, wanted, at)
    if written:
        record_changed("stop", *(stop_id for stop_id, _ in written))
        mark_days(plan.rep.id, {day for _, days in written for day in days})
        audit.record(
            action=PUBLISHED,
            at=at,
            user_id=by,
            subject=plan.rep.id,
            week=plan.week.start.isoformat(),
            before=plain(before),
        )
        db.session.flush()
    return len(written)


def change_week(
    *,
    plan: WeekPlan,
    base: str,
    rearranged: Callable[[WeekPlan], Arrangement],
    at: dt.datetime,
    by: str,
) -> None:
    """Publish the week as a change leaves it; see `publish_week`.

    :raises PlanChangedError: also where the change cannot be made because the week is another
    """
    try:
        arrangement = rearranged(plan)
    except ProblemError:
        if base == plan.version:
            raise
        arrangement = {}
    publish_week(plan=plan, base=base, arrangement=arrangement, at=at, by=by)


def before_last_publish(*, plan: WeekPlan) -> Arrangement:
    """Return how the week stood before it was last published.

    :raises NothingToUndoError: if it never was
    """
    entries = db.session.scalars(
        select(audit.AuditEntry)
        .where(audit.AuditEntry.action == PUBLISHED, audit.AuditEntry.subject == plan.rep.id)
        .order_by(audit.AuditEntry.id.desc())
        .limit(50)
    )
    for entry in entries:
        if entry.details["week"] == plan.week.start.isoformat():
            return {
                dt.date.fromisoformat(day): list(customers)
                for day, customers in entry.details["before"].items()
            }
    raise NothingToUndoError


def move_stop(
    plan: WeekPlan, *, stop_id: str, day: dt.date, position: int | None = None
) -> Arrangement:
    """Return the week with a stop on that day, at that position from 0; None: at the end.

    :raises UnknownStopError: if the stop is not in this week
    :raises StopStaysError: if it can no longer be changed
    :raises InvalidInputError: if the day is past, or not in this week
    """
    stop = _find_movable(plan, stop_id)
    arrangement = remove_stop(plan, stop_id=stop_id)
    return _put(plan, arrangement, stop.outlet.id, day, position)


def add_stop(
    plan: WeekPlan, *, customer_id: str, day: dt.date, position: int | None = None
) -> Arrangement:
    """Return the week with one stop more.

    :raises InvalidInputError: if the day is past, or not in this week
    """
    return _put(plan, plan.arrangement(), customer_id, day, position)


def remove_stop(plan: WeekPlan, *, stop_id: str) -> Arrangement:
    """Return the week without a stop.

    :raises UnknownStopError: if the stop is not in this week
    :raises StopStaysError: if it can no longer be changed
    """
    stop = _find_movable(plan, stop_id)
    arrangement = plan.arrangement()
    arrangement[stop.day].remove(stop.outlet.id)
    return arrangement


def copy_week(plan: WeekPlan, *, source: WeekPlan, known: Iterable[str]) -> Arrangement:
    """Return this week with the stops of another on the same weekdays.

    :param known: the customers the rep looks after; others are left behind
    :raises NothingToCopyError: if nothing would be left
    """
    mine = set(known)
    copied = {
        day.day: [
            stop.outlet.id
            for stop in given.stops
            if stop.state is StopState.PLANNED and stop.outlet.id in mine
        ]
        for day, given in zip(plan.days, source.days, strict=True)
    }
    if not any(copied.values()):
        raise NothingToCopyError
    return copied


def plain(arrangement: Mapping[dt.date, list[str]]) -> dict[str, list[str]]:
    """Return the arrangement as JSON has it."""
    return {day.isoformat(): list(customers) for day, customers in arrangement.items()}


def _find_movable(plan: WeekPlan, stop_id: str) -> PlanStop:
    for day in plan.days:
        for stop in day.stops:
            if stop.id == stop_id:
                if day.is_past or stop.is_fixed:
                    raise StopStaysError
                return stop
    raise UnknownStopError


def _put(
    plan: WeekPlan,
    arrangement: Arrangement,
    customer_id: str,
    day: dt.date,
    position: int | None,
) -> Arrangement:
    if day not in {each.day for each in plan.days if not each.is_past}:
        raise InvalidInputError({"day": [N_("Choose today or a later day of this week.")]})
    customers = arrangement[day]
    customers.insert(len(customers) if position is None else position, customer_id)
    return arrangement


def _check(plan: WeekPlan, arrangement: Mapping[dt.date, list[str]]) -> None:
    errors: dict[str, list[str]] = {}
    mine = {outlet.id for outlet in queries.outlets_of_rep(access=SYSTEM, rep_id=plan.rep.id)}
    mine |= {stop.outlet.id for stop in plan.stops}
    for day, customers in arrangement.items():
        place = day.isoformat()
        if day not in plan.week:
            errors[place] = [N_("This day is not in the week.")]
        elif len(set(customers)) < len(customers):
            errors[place] = [N_("A customer stands twice on this day.")]
        elif not mine.issuperset(customers):
            errors[place] = [N_("A customer of this day is not this rep's.")]
        elif len(customers) > MOST_STOPS_A_DAY:
            errors[place] = [N_("These are too many stops for a day.")]
    if errors:
        raise InvalidInputError(errors)


def _numbered(stops: tuple[PlanStop, ...], customers: list[str]) -> list[tuple[str, int]]:
    """Give numbers to what may be moved; those of stops that stay are passed over."""
    fixed = [stop for stop in stops if stop.is_fixed]
    taken = {stop.sequence for stop in fixed}
    movable = [each for each in customers if each not in {stop.outlet.id for stop in fixed}]
    numbers = [n for n in range(1, len(stops) + len(customers) + 1) if n not in taken]
    return list(zip(movable, numbers, strict=False))


def _write(
    rep_id: str,
    movable: list[PlanStop],
    wanted: list[tuple[dt.date, str, int]],
    at: dt.datetime,
) -> list[tuple[str, set[dt.date]]]:
    """Bring the rows to what is wanted; return the ids written, and the days each touches."""
    left = {(stop.day, stop.outlet.id): stop for stop in movable}
    found = {place: left.pop(place) for place in [(d, c) for d, c, _ in wanted] if place in left}
    spare: dict[str, list[PlanStop]] = {}
    for unplaced in left.values():
        spare.setdefault(unplaced.outlet.id, []).append(unplaced)
    changed: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    written: list[tuple[str, set[dt.date]]] = []
    for day, customer, sequence in wanted:
        moved = spare.get(customer)
        stop = found.get((day, customer)) or (moved.pop() if moved else None)
        if stop is None:
            added.append(_new_row(rep_id, customer, day, sequence, at))
            written.append((added[-1]["id"], {day}))
        elif (stop.day, stop.sequence) != (day, sequence):
            changed.append(_changed_row(stop, at, {"day": day, "sequence": sequence}))
            written.append((stop.id, {stop.day, day}))
    for gone in (stop for stops in spare.values() for stop in stops):
        changed.append(_changed_row(gone, at, {"deleted_at": at}))
        written.append((gone.id, {gone.day}))
    if added:
        db.session.execute(insert(_STOPS), added)
    if changed:
        columns = ("day", "sequence", "deleted_at", "version", "field_versions", "updated_at")
        statement = (
            update(_STOPS)
            .where(_STOPS.c.id == bindparam("stop_id"))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )
        db.session.execute(statement, changed)
    return written


def _new_row(
    rep_id: str, customer_id: str, day: dt.date, sequence: int, at: dt.datetime
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "rep_id": rep_id,
        "customer_id": customer_id,
        "day": day,
        "sequence": sequence,
        "state": StopState.PLANNED,
        "cancel_reason": "",
        "version": 1,
        "field_versions": {},
        "created_at": at,
        "updated_at": at,
        "deleted_at": None,
    }


def _changed_row(stop: PlanStop, at: dt.datetime, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of the update; versions as `Versioned.change` sets them."""
    version = stop.version + 1
    before = {"day": stop.day, "sequence": stop.sequence, "deleted_at": None}
    touched = [name for name, value in fields.items() if before[name] != value]
    values = before | fields
    return {
        "stop_id": stop.id,
        "new_version": version,
        "new_updated_at": at,
        "new_field_versions": dict(stop.field_versions) | dict.fromkeys(touched, version),
        **{f"new_{name}": value for name, value in values.items()},
    }
