"""Entering, correcting, deleting and bringing back a cost entry."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from server.costs.models import Cost
from server.currencies.operations.freezing import (
    RateChange,
    RateUse,
    freeze_rows,
    frozen_columns,
    kept_rate,
    rate_of,
    rows_to_freeze,
    use_of_rate,
)
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ForbiddenError, NotFoundError, ProblemError
from server.platform.events import mark_days
from server.platform.reporting import reporting
from server.teams.queries import list_reps, list_teams, team_of_rep
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.vocabulary import CostCategory, Role

FIRST_DAY = dt.date(2000, 1, 1)
HIGHEST_MINOR = 10**15
LONGEST_NOTE = 200


class CostAmountError(ProblemError):
    """A cost cannot be this much."""

    code = "cost.amount"
    status = 422
    title = N_("The amount of a cost is more than zero, and not that high.")


class CostDayError(ProblemError):
    """The money is not spent yet, or the day is too long ago."""

    code = "cost.day"
    status = 422
    title = N_("The day of a cost is today or before, and not before the year 2000.")


class CostCurrencyError(ProblemError):
    """Nobody has ever paid in such a currency."""

    code = "cost.currency"
    status = 422
    title = N_("There is no currency with this code.")


class CostNoteError(ProblemError):
    """The note is too long."""

    code = "cost.note"
    status = 422
    title = N_("A note has at most 200 characters.")


class CostHolderError(ProblemError):
    """A cost is of a rep or of a team that the caller sees; of the company, an administrator's."""

    code = "cost.holder"
    status = 422
    title = N_("Choose one rep or one team of yours for this cost.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEntry:
    """What a form says of a cost; the amount in minor units of its currency."""

    category: CostCategory
    day: dt.date
    rep_id: str | None = None
    team_id: str | None = None
    """Of a team as a whole; neither rep nor team: of the company."""
    amount_minor: int
    currency: str
    note: str = ""


def enter_cost(*, access: Access, entry: CostEntry, at: dt.datetime, today: dt.date) -> str:
    """
    Enter a cost; return its id.

    :raises CostAmountError: if the amount is zero, negative or absurd
    :raises CostDayError: if the day is to come, or before 2000
    :raises CostNoteError: if the note is too long
    :raises CostHolderError: if it is of nobody whose costs the caller may write
    :raises CostCurrencyError: if there is no such currency
    """
    fields = _fields(access, entry, today)
    cost = Cost(id=new_id(), **fields, **_frozen(entry, None))
    db.session.add(cost)
    db.session.flush()
    _note(cost, "cost.enter", access, at, amount_minor=cost.amount_minor)
    return cost.id


def correct_cost(
    *,
    access: Access,
    cost_id: str,
    entry: CostEntry,
    version: int | str,
    at: dt.datetime,
    today: dt.date,
) -> Cost:
    """
    Change a cost; the audit log gets both values of each field.

    :raises NotFoundError: if there is none that the caller may see
    :raises ChangedMeanwhileError: if somebody changed it since this version
    :raises CostAmountError, CostDayError, CostNoteError, CostHolderError, CostCurrencyError: as on
        entering
    """
    cost = _get(access, cost_id)
    cost.expect(version)
    _note(cost, "", access, at)
    fields = _fields(access, entry, today)
    changed = cost.set_fields(fields | _frozen(entry, cost))
    if changed:
        told = {name: [_plain(each) for each in values] for name, values in changed.items()}
        _note(cost, "cost.correct", access, at, changes=told)
    return cost


def delete_cost(
    *, access: Access, cost_id: str, at: dt.datetime, version: int | str | None = None
) -> Cost:
    """
    Take a cost out of all numbers; it can be brought back.

    :param version: the one the caller has read; None: whatever it is now
    :raises NotFoundError: if there is none that the caller may see
    :raises ChangedMeanwhileError: if it is another version by now
    """
    cost = _get(access, cost_id)
    if version is not None:
        cost.expect(version)
    cost.set_fields({"deleted_at": at})
    _note(cost, "cost.delete", access, at, amount_minor=cost.amount_minor)
    return cost


def restore_cost(
    *, access: Access, cost_id: str, at: dt.datetime, version: int | str | None = None
) -> None:
    """
    Bring a deleted cost back; one that is there stays as it is.

    :param version: the one the caller has read; None: whatever it is now
    :raises NotFoundError: if there is none that the caller may see
    :raises ChangedMeanwhileError: if it is another version by now
    """
    cost = _get(access, cost_id, deleted=True)
    if version is not None:
        cost.expect(version)
    if cost.set_fields({"deleted_at": None}):
        _note(cost, "cost.restore", access, at, amount_minor=cost.amount_minor)


def freeze_costs(_sender: object, *, change: RateChange) -> int:
    """Put the costs that a change of rates concerns into the reporting currency; return how many.

    Their days are re-opened.
    """
    found = rows_to_freeze(Cost, Cost.day, change)
    days = db.session.execute(
        select(Cost.rep_id, Cost.day)
        .where(Cost.rep_id.is_not(None), Cost.id.in_(select(found.subquery().c.id)))
        .distinct()
    ).all()
    frozen = freeze_rows(Cost, found, change)
    for rep_id, day in days:
        mark_days(str(rep_id), {day})
    return len(frozen)


def use_of_costs(_sender: object, *, change: RateChange) -> RateUse:
    """Return which costs stand at a rate."""
    return use_of_rate(Cost, Cost.day, change)


def _frozen(entry: CostEntry, before: Cost | None) -> dict[str, Any]:
    """Return the worth of an entry, at the rate it was frozen at where day and currency stay."""
    rate = None
    if before is not None and (before.currency, before.day) == (entry.currency, entry.day):
        rate = kept_rate(before)
    if rate is None:
        rate = rate_of(
            entry.currency,
            entry.day,
            reporting_currency=reporting().currency,
            unknown=CostCurrencyError,
        )
    return frozen_columns([entry.amount_minor], rate)


def _get(access: Access, cost_id: str, *, deleted: bool = False) -> Cost:
    if access.role is Role.REP:
        raise ForbiddenError
    cost = db.session.scalar(
        select(Cost)
        .where(Cost.id == cost_id, access.rows(Cost.rep_id, Cost.team_id))
        .with_for_update()
    )
    if cost is None or (cost.deleted_at is not None and not deleted):
        raise NotFoundError
    return cost


def _fields(access: Access, entry: CostEntry, today: dt.date) -> dict[str, Any]:
    if access.role is Role.REP:
        raise ForbiddenError
    if not 0 < entry.amount_minor <= HIGHEST_MINOR:
        raise CostAmountError
    if not FIRST_DAY <= entry.day <= today:
        raise CostDayError
    note = entry.note.strip()
    if len(note) > LONGEST_NOTE:
        raise CostNoteError
    return {
        "category": entry.category,
        "day": entry.day,
        "rep_id": entry.rep_id,
        "team_id": _team(access, entry),
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        "note": note,
    }


def _team(access: Access, entry: CostEntry) -> str | None:
    """Return the team of the day; a cost of the company as a whole is an administrator's."""
    if entry.rep_id is not None:
        if entry.team_id is not None:
            raise CostHolderError
        team_id = team_of_rep(entry.rep_id, entry.day)
        known = any(rep.id == entry.rep_id for rep in list_reps(access=access, day=entry.day))
        if not known or not access.sees(entry.rep_id, team_id):
            raise CostHolderError
        return team_id
    if entry.team_id is None and access.role is not Role.ADMIN:
        raise CostHolderError
    if entry.team_id is not None and all(
        team.id != entry.team_id for team in list_teams(access=access)
    ):
        raise CostHolderError
    return entry.team_id


def _note(cost: Cost, action: str, access: Access, at: dt.datetime, **details: Any) -> None:
    """Log what was done and mark the day; without an action only mark it."""
    if cost.rep_id is not None:
        mark_days(cost.rep_id, {cost.day})
    if action:
        audit.record(
            action=action,
            at=at,
            user_id=access.user_id,
            subject=cost.id,
            currency=cost.currency,
            **details,
        )


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int) else str(value)
