"""Moving deals by hand in the office: from the version that was seen, with a reason, and back."""

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise

from sqlalchemy import func, select, update

from server.deals.models import Deal, PastStageProbability, Stage, StageChange
from server.deals.operations.deals import (
    announce,
    change_deal,
    days_of,
    freeze,
    get_deal,
    get_stage,
    reach,
)
from server.identity.models import User
from server.platform import audit
from server.platform.database import among, db
from server.platform.errors import ProblemError
from server.platform.events import mark_days, record_changed
from server.teams.queries import teams_of_reps
from shared.i18n import N_
from shared.time import business_day
from shared.vocabulary import DealType, StageKind


class ProbabilityError(ProblemError):
    """Nothing is less likely than never or more than certain."""

    code = "stage.probability"
    status = 422
    title = N_("A probability lies between 0 and 100 percent.")


_CERTAIN = 100


class NoLostReasonError(ProblemError):
    """A deal is lost or disqualified, and nobody says why."""

    code = "deal.no_lost_reason"
    status = 422
    title = N_("Say why the deal is lost; a few words will do.")


class NotWonError(ProblemError):
    """Only what was sold is an up-sell or none."""

    code = "deal.not_won"
    status = 409
    title = N_("Only a won deal is of a kind of sale.")


class NothingToUndoError(ProblemError):
    """The deal has not been moved since it was made."""

    code = "deal.nothing_to_undo"
    status = 409
    title = N_("This deal has not been moved yet, so there is nothing to undo.")


def move_deal(
    *, deal_id: str, stage_key: str, base: int | str, reason: str, at: dt.datetime
) -> Deal:
    """Move a deal to another stage, as it was seen in one version.

    :param base: the version that whoever moves it has seen
    :param reason: why it is lost or disqualified; left out otherwise
    :raises UnknownDealError: if there is no such deal
    :raises UnknownStageError: if there is no such stage
    :raises ChangedMeanwhileError: if it is another version now
    :raises NoLostReasonError: if it is lost or disqualified without a reason
    """
    deal = get_deal(deal_id)
    deal.expect(base)
    is_given_up = get_stage(stage_key).kind in (StageKind.LOST, StageKind.DISQUALIFIED)
    if is_given_up and not reason.strip():
        raise NoLostReasonError
    day = business_day(at, db.session.get_one(User, deal.owner_id).time_zone)
    fields = {"stage_key": stage_key, "lost_reason": reason.strip()[:200] if is_given_up else ""}
    return change_deal(deal_id=deal_id, fields=fields, at=at, day=day)


def undo_move(*, deal_id: str, base: int | str, at: dt.datetime, by: str) -> Deal:
    """Take the last move back as if it had never been made; the audit log keeps it.

    :raises UnknownDealError: if there is no such deal
    :raises ChangedMeanwhileError: if it is another version now
    :raises NothingToUndoError: if it is in its first stage
    """
    deal = get_deal(deal_id)
    deal.expect(base)
    moves = db.session.scalars(
        select(StageChange)
        .where(StageChange.deal_id == deal_id)
        .order_by(StageChange.at, StageChange.id)
    ).all()
    if len(moves) < 2:
        raise NothingToUndoError
    days_before, event_day = days_of(deal), deal.event_day
    *kept, last = moves
    audit.record(
        action="deal.move_undone",
        at=at,
        user_id=by,
        subject=deal.id,
        from_stage=last.from_stage,
        to_stage=last.to_stage,
        moved_at=last.at.isoformat(),
    )
    db.session.delete(last)
    stages = {stage.key: stage for stage in db.session.scalars(select(Stage))}
    present = stages[kept[-1].to_stage]
    is_given_up = present.kind in (StageKind.LOST, StageKind.DISQUALIFIED)
    deal.change(
        {
            "stage_key": present.key,
            "kind": present.kind,
            "lost_reason": deal.lost_reason if is_given_up else "",
        },
        at=at,
    )
    deal.lead_day = deal.lead_rep_id = deal.opportunity_day = deal.opportunity_rep_id = None
    deal.stage_since = deal.closed_day = None
    for move in kept:
        reach(
            deal,
            from_stage=move.from_stage,
            stage=stages[move.to_stage],
            at=move.at,
            day=move.day,
            rep_id=move.rep_id,
        )
    db.session.flush()
    freeze(deal, event_day)
    announce(deal, days_before | days_of(deal))
    return deal


def set_type(
    *, deal_id: str, deal_type: DealType | None, base: int | str, at: dt.datetime, by: str
) -> Deal:
    """
    Say by hand what a won deal is to its customer; None: it is worked out again.

    :raises UnknownDealError: if there is no such deal
    :raises ChangedMeanwhileError: if it is not as it was seen any more
    :raises NotWonError: if it is not won
    """
    deal = get_deal(deal_id)
    deal.expect(base)
    if deal.kind != StageKind.WON:
        raise NotWonError
    before = deal.type_by_hand
    deal = change_deal(
        deal_id=deal_id,
        fields={"type_by_hand": deal_type},
        at=at,
        day=deal.closed_day or at.date(),
    )
    audit.record(action="deal.typed", at=at, user_id=by, subject=deal.id, type=[before, deal_type])
    return deal


def set_stage_probability(
    *, stage_key: str, percent: int, day: dt.date, at: dt.datetime, by: str
) -> None:
    """Set how likely deals in a stage are won. Those that came into it before keep theirs.

    :param day: the first day on which it counts
    :raises UnknownStageError: if there is no such stage
    :raises ProbabilityError: if it is none
    """
    stage = get_stage(stage_key)
    if not 0 <= percent <= _CERTAIN:
        raise ProbabilityError
    past = PastStageProbability
    since = db.session.scalar(select(func.max(past.end_on)).where(past.stage_key == stage_key))
    since = since or dt.date.min
    if since < day:
        db.session.add(
            past(
                stage_key=stage_key,
                start_on=since,
                end_on=day,
                probability_percent=stage.probability_percent,
            )
        )
    stage.probability_percent = percent
    audit.record(
        action="stage.probability_set", at=at, user_id=by, subject=stage_key, percent=percent
    )
    db.session.flush()
    into = select(StageChange.deal_id).where(
        StageChange.to_stage == stage_key, StageChange.day >= day
    )
    moved = db.session.execute(
        select(StageChange.deal_id, StageChange.rep_id, StageChange.day)
        .where(StageChange.deal_id.in_(into))
        .order_by(StageChange.deal_id, StageChange.at, StageChange.id)
    ).all()
    for move in moved:
        mark_days(move.rep_id, [move.day])
    for before, move in pairwise(moved):
        if before.deal_id == move.deal_id:
            mark_days(before.rep_id, [move.day])


def hand_over_deals(
    _sender: object, *, moves: Mapping[str, tuple[str, str]], at: dt.datetime, day: dt.date
) -> None:
    """Give open deals at customers who move to the rep they move to; those of a third rep stay."""
    deals = db.session.scalars(
        select(Deal)
        .where(among(Deal.customer_id, sorted(moves)), Deal.is_standing())
        .order_by(Deal.id)
        .with_for_update()
    ).all()
    moved = [deal for deal in deals if deal.owner_id == moves[str(deal.customer_id)][0]]
    teams = teams_of_reps({moves[str(deal.customer_id)][1] for deal in moved}, day)
    touched: set[str] = set()
    for deal in moved:
        before, now = moves[str(deal.customer_id)]
        deal.change({"owner_id": now, "team_id": teams.get(now)}, at=at)
        touched |= {before, now}
    db.session.flush()
    for rep_id in sorted(touched):
        mark_days(rep_id, [day])
    record_changed("deal", *(deal.id for deal in moved))


def move_open_deals(_sender: object, *, rep_id: str, team_id: str | None) -> None:
    """Let open deals go along with a rep who changes teams; closed ones stay where they closed."""
    db.session.execute(
        update(Deal)
        .where(
            Deal.owner_id == rep_id,
            Deal.kind.in_((StageKind.LEAD, StageKind.OPEN)),
            Deal.deleted_at.is_(None),
        )
        .values(team_id=team_id)
        .execution_options(synchronize_session=False)
    )
