"""What reps changed without signal while the office changed the same: for the page of conflicts.

Told as it happens: the office's part by the features' own operations, the rep's by a push of the
phone, whose answer is the server's.
"""

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import select

from server.deals.models import Deal
from server.deals.operations.deals import change_deal
from server.demo.blueprint import Company
from server.demo.people import Rep
from server.demo.plans import working_days
from server.demo.roster import PHONE_REP
from server.expenses.models import Expense
from server.expenses.operations import decide_expenses
from server.identity.models import Device
from server.identity.queries import find_phone
from server.platform.access import Access
from server.platform.database import db
from server.sync.epochs import current_epoch
from server.sync.incoming import Sender
from server.sync.push import push
from shared.sync import chain
from shared.sync.protocol import SCHEMA_VERSION, Captured, Change, ClockReading, Kind, PushHeader
from shared.vocabulary import ExpenseState, Role, StageKind

_REP_WROTE, _OFFICE_WROTE = 15 * 60, 16 * 60 + 20
"""Minutes after midnight of the last working day."""
_FAR_ENOUGH = dt.timedelta(days=21)
"""Holidays in a row are fewer."""


def add_disagreements(company: Company, *, today: dt.date, now: dt.datetime) -> None:
    """Have an expense corrected that is approved by then, and a deal put off to two days."""
    [*_, day] = working_days(today - _FAR_ENOUGH, today - dt.timedelta(days=1), today=today)
    _correct_expense(company, day, now=now)
    _put_off_deal(company, day, now=now)


def _correct_expense(company: Company, day: dt.date, *, now: dt.datetime) -> None:
    reps, wrote_at = _reps(company), company.at(day, _REP_WROTE)
    expense = db.session.scalar(
        select(Expense)
        .where(
            Expense.rep_id.in_(reps),
            Expense.state == ExpenseState.SUBMITTED,
            Expense.submitted_at < wrote_at,
        )
        .order_by(Expense.submitted_at.desc(), Expense.id)
        .limit(1)
    )
    if expense is None:
        return
    rep = reps[expense.rep_id]
    more = {"amount_minor": expense.amount_minor * 3 // 2}
    patch = _Patch("expense", expense.id, more, expense.version, wrote_at)
    manager = Access(user_id=rep.manager_id, role=Role.MANAGER, team_ids=frozenset({rep.team_id}))
    decide_expenses(
        access=manager,
        expense_ids=[expense.id],
        decision=ExpenseState.APPROVED,
        reason="",
        at=company.at(day, _OFFICE_WROTE),
    )
    _push(company, rep, patch, now=now)


def _put_off_deal(company: Company, day: dt.date, *, now: dt.datetime) -> None:
    reps, wrote_at = _reps(company), company.at(day, _REP_WROTE)
    deal = db.session.scalar(
        select(Deal)
        .where(Deal.owner_id.in_(reps), Deal.kind == StageKind.OPEN, Deal.updated_at < wrote_at)
        .order_by(Deal.updated_at.desc(), Deal.id)
        .limit(1)
    )
    if deal is None:
        return
    sooner, later = (day + dt.timedelta(days=days) for days in (4, 18))
    wanted = {"expected_close_on": sooner.isoformat()}
    patch = _Patch("deal", deal.id, wanted, deal.version, wrote_at)
    change_deal(
        deal_id=deal.id,
        fields={"expected_close_on": later},
        at=company.at(day, _OFFICE_WROTE),
        day=day,
    )
    _push(company, reps[deal.owner_id], patch, now=now)


def _reps(company: Company) -> dict[str, Rep]:
    """Return whose phones are not to be tried out, by id."""
    return {rep.id: rep for rep in company.reps if rep.code != PHONE_REP}


class _Patch(NamedTuple):
    """What a rep wrote on top of a version, without signal."""

    entity: str
    record_id: str
    data: dict[str, Any]
    base_version: int
    at: dt.datetime


def _push(company: Company, rep: Rep, patch: _Patch, *, now: dt.datetime) -> None:
    """Send it from the rep's phone, which has not met the server since it was started."""
    device = db.session.get_one(Device, rep.device_id)
    phone = find_phone(access_hash=device.access_hash, lock=True)
    assert phone is not None
    wall_ms = int(patch.at.timestamp() * 1000)
    change = Change(
        sequence=device.through + 1,
        entity=patch.entity,
        kind=Kind.PATCH,
        record_id=patch.record_id,
        data=patch.data,
        captured=Captured(ClockReading(wall_ms, _REP_WROTE * 60_000, "demo")),
        base_version=patch.base_version,
    )
    line, _ = chain.seal(change.to_body(), head=device.head, key=device.mac_key)
    header = PushHeader(
        request_id="demo",
        device_id=device.id,
        schema_version=SCHEMA_VERSION,
        count=1,
        first=change.sequence,
        head_before=device.head.hex(),
        settled=0,
        epoch=current_epoch(),
    )
    sender = Sender(
        device_id=device.id,
        rep_id=rep.id,
        time_zone=company.zone,
        reporting_currency=company.currency,
        secret_key="",
        received_at=now,
    )
    push(header=header, lines=[line], sender=sender, phone=phone)
    db.session.expire_all()
