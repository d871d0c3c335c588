"""Whether each thing that was done is there once, whatever its kind: rows and stages counted."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from server.customers.models import Customer
from server.deals.models import Deal, StageChange
from server.expenses.models import Expense
from server.identity.models import Device
from server.photos.models import Photo
from server.platform.database import db
from server.sync.forebears import TOOK
from server.sync.models import ChangeLog
from server.tasks.models import Task
from server.tracking.models import TrackChunk, TrackingConsent, WorkDay
from server.visits.models import CheckIn, CheckOut, Visit
from shared.sync import chain
from shared.sync.protocol import Change, Kind
from shared.vocabulary import StageKind
from tests.fakes.handset import Handset

_OF_REPS: dict[str, Any] = {
    "visit": Visit.rep_id,
    "check_in": CheckIn.rep_id,
    "check_out": CheckOut.rep_id,
    "start_day": WorkDay.rep_id,
    "consent": TrackingConsent.rep_id,
    "track": TrackChunk.rep_id,
    "photo": Photo.rep_id,
    "deal": Deal.owner_id,
    "customer": Customer.owner_id,
    "task": Task.rep_id,
    "expense": Expense.rep_id,
}
"""What phones make, and whose it is; the office makes nothing here but what it began with."""


def check_the_counts(owners: Collection[str], *, began_with: Collection[str]) -> None:
    """Compare the tables with what the server says it took; asks for an app context.

    :param began_with: ids of records of these reps that no phone has made
    """
    made: dict[str, list[str]] = {entity: [] for entity in _OF_REPS}
    for entity, record_id in db.session.execute(
        select(ChangeLog.entity, ChangeLog.record_id)
        .join(Device, Device.id == ChangeLog.device_id)
        .where(
            Device.user_id.in_(owners),
            ChangeLog.kind == Kind.CREATE,
            ChangeLog.status.in_(TOOK),
        )
        .distinct()
    ):
        if entity in made:
            made[entity].append(record_id)
    for entity, owner in _OF_REPS.items():
        there = db.session.scalars(select(owner.class_.id).where(owner.in_(owners))).all()
        assert sorted(set(there) - set(began_with)) == sorted(made[entity]), entity


def check_the_stages(deal_id: str, said: list[str]) -> None:
    """Compare the moves of a deal with the stages it was in, one after the other."""
    moves = Counter(
        (move.from_stage, move.to_stage)
        for move in db.session.scalars(select(StageChange).where(StageChange.deal_id == deal_id))
    )
    assert moves == Counter(pairwise([None, *said]))
    if said:
        deal = db.session.get_one(Deal, deal_id)
        assert deal.stage_key == said[-1]
        assert (deal.closed_at is None) == (not StageKind(deal.kind).is_closed)


def check_that_phones_were_told_the_truth(phones: Sequence[Handset]) -> None:
    """Check that each stage of which a phone heard that it took is one the deal has been in.

    Also what it sent as a device that it was before. Asks for an app context.
    """
    been_in: dict[str, set[str]] = {}
    for move in db.session.scalars(select(StageChange)):
        been_in.setdefault(move.deal_id, set()).add(move.to_stage)
    for phone in phones:
        with phone.database.read() as connection:
            lines = connection.execute(
                "SELECT line FROM outbox WHERE entity = 'deal' AND status IN ('ok', 'merged')"
            ).fetchall()
        for row in lines:
            change = Change.from_body(chain.split(row["line"])[0])
            if "stage_key" in change.data:
                assert change.data["stage_key"] in been_in.get(change.record_id, set())
