"""Judging past check-ins again by the customer's present point: first looked at, then done.

Evidence and the verdict that stands with it are never touched. What changes is the verdict that
counts, copied in the visit; both are kept with who did it, when and why.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from server.customers.models import Customer
from server.customers.operations import lock_customer
from server.customers.queries.customer import get_customer_row
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import mark_days, record_changed
from server.platform.versioned import ChangedMeanwhileError, fingerprint
from server.rejudgements.models import RejudgedVisit, Rejudgement
from server.rejudgements.queries import PastCheckIn, past_check_ins
from server.visits.models import Visit
from shared.checkin.evidence import Fence
from shared.checkin.verdict import Judgement, judge
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.time import Period
from shared.vocabulary import Verdict

MOST_CHECK_INS = 2_000
LONGEST_REASON = 500


class NoPointError(ProblemError):
    """There is nothing to judge by."""

    code = "rejudgement.no_point"
    status = 422
    title = N_("This customer has no point yet, so there is nothing to judge by.")


class TooManyError(ProblemError):
    """More than can be looked at in one go."""

    code = "rejudgement.too_many"
    status = 422
    title = N_("More than 2,000 check-ins lie in this period. Choose a shorter one.")


class ReasonMissingError(ProblemError):
    """A re-judgement must say why."""

    code = "rejudgement.reason_missing"
    status = 422
    title = N_("Say why the check-ins are judged again.")


class NothingChangesError(ProblemError):
    """Every check-in would keep its verdict."""

    code = "rejudgement.nothing_changes"
    status = 422
    title = N_("Every check-in of this period keeps its verdict. Nothing was written.")


class AlreadyUndoneError(ProblemError):
    """It counts for nothing already."""

    code = "rejudgement.undone"
    status = 409
    title = N_("This was taken back already.")


class JudgedLaterError(ProblemError):
    """A later decision about the same visits counts."""

    code = "rejudgement.judged_later"
    status = 409
    title = N_("Some of these visits were judged again later. Take that back first.")


class NotAllYoursError(ProblemError):
    """It is about visits that the caller may not judge."""

    code = "rejudgement.not_all_yours"
    status = 403
    title = N_("Some of these visits are your own or another team's. Ask an administrator.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A check-in with the verdict it would get."""

    past: PastCheckIn
    judgement: Judgement

    @property
    def changes(self) -> bool:
        """Whether the verdict is another one."""
        return self.past.verdict != self.judgement.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a re-judgement would do."""

    fence: Fence
    period: Period
    judged: tuple[Judged, ...]

    @property
    def changing(self) -> tuple[Judged, ...]:
        """Those that would get another verdict."""
        return tuple(each for each in self.judged if each.changes)

    @property
    def counts(self) -> Mapping[tuple[Verdict | None, Verdict], int]:
        """How many check-ins go from which verdict to which."""
        return Counter((each.past.verdict, each.judgement.verdict) for each in self.judged)

    @property
    def totals(self) -> Mapping[Verdict, tuple[int, int]]:
        """How many check-ins have each verdict now, and how many would have it."""
        before = Counter(each.past.verdict for each in self.judged)
        after = Counter(each.judgement.verdict for each in self.judged)
        return {verdict: (before[verdict], after[verdict]) for verdict in Verdict}

    @property
    def seen(self) -> str:
        """A name for exactly this outcome, which whoever has it done must have seen."""
        told = [repr(self.fence), repr(self.period)]
        told += [
            f"{each.past.visit_id} {each.past.verdict} {each.judgement.verdict}"
            for each in self.judged
        ]
        return fingerprint("\n".join(told))


def preview(*, access: Access, customer_id: str, period: Period, default_radius_m: int) -> Preview:
    """Return what judging a customer's check-ins of a period again would do. Writes nothing.

    :param default_radius_m: of the organisation, for a customer without an own one
    :raises NotFoundError: if there is no such customer that the caller may see
    :raises NoPointError: if the customer has no point
    :raises TooManyError: if more than 2,000 check-ins lie in the period
    """
    customer_id = get_customer_row(access=access, customer_id=customer_id).id
    return _judge(access, db.session.get_one(Customer, customer_id), period, default_radius_m)


def rejudge(
    *,
    access: Access,
    customer_id: str,
    period: Period,
    default_radius_m: int,
    reason: str,
    seen: str,
    at: dt.datetime,
) -> Rejudgement:
    """Let the customer's present point and radius count for the check-ins of a period.

    :param seen: `Preview.seen` of the preview the caller agreed to
    :raises NotFoundError: if there is no such customer that the caller may see
    :raises ReasonMissingError: without a reason
    :raises ChangedMeanwhileError: if it would do something else than was seen
    :raises NothingChangesError: if no verdict would change
    :raises NoPointError: if the customer has no point
    :raises TooManyError: if more than 2,000 check-ins lie in the period
    """
    customer_id = get_customer_row(access=access, customer_id=customer_id).id
    if not reason.strip():
        raise ReasonMissingError
    outcome = _judge(access, lock_customer(customer_id), period, default_radius_m)
    if seen != outcome.seen:
        raise ChangedMeanwhileError
    if not outcome.changing:
        raise NothingChangesError
    made = _keep(outcome, customer_id, reason=reason.strip(), by=access.user_id, at=at)
    _let_it_count(outcome, made)
    audit.record(
        action="check_ins.rejudged",
        at=at,
        user_id=access.user_id,
        subject=customer_id,
        reason=made.reason,
        first_day=period.start.isoformat(),
        end_day=period.end.isoformat(),
        location_version=made.location_version,
        radius_m=made.radius_m,
        changed=made.changed,
        **{str(verdict): list(numbers) for verdict, numbers in outcome.totals.items()},
    )
    return made


def undo(
    *, access: Access, customer_id: str, rejudgement_id: str, reason: str, at: dt.datetime
) -> Rejudgement:
    """Let the verdicts from before a re-judgement count again. What was decided stays on record.

    :raises NotFoundError: if there is no such re-judgement that the caller may see
    :raises ReasonMissingError: without a reason
    :raises AlreadyUndoneError: if it was undone before
    :raises JudgedLaterError: if a later re-judgement counts for one of its visits
    :raises NotAllYoursError: if one of its visits is the caller's own, or not to be seen
    :raises ChangedMeanwhileError: if a visit has yet another verdict
    """
    customer_id = get_customer_row(access=access, customer_id=customer_id).id
    lock_customer(customer_id)
    made = db.session.scalars(
        select(Rejudgement)
        .where(Rejudgement.id == rejudgement_id, Rejudgement.customer_id == customer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if made is None:
        raise NotFoundError
    if not reason.strip():
        raise ReasonMissingError
    if made.undone_at is not None:
        raise AlreadyUndoneError
    done = {
        row.visit_id: row
        for row in db.session.scalars(
            select(RejudgedVisit).where(RejudgedVisit.rejudgement_id == made.id)
        )
    }
    if db.session.scalar(_judged_later(made)):
        raise JudgedLaterError
    visits = _locked_visits(done)
    if any(
        visit.rep_id == access.user_id or not access.sees(visit.rep_id, visit.team_id)
        for visit in visits
    ):
        raise NotAllYoursError
    if any(visit.verdict != done[visit.id].verdict for visit in visits):
        raise ChangedMeanwhileError
    for visit in visits:
        before = done[visit.id]
        before.undone_at = at
        visit.change(
            {
                "verdict": before.verdict_before,
                "verdict_reason": before.reason_before,
                "distance_m": before.distance_before_m,
            },
            at=at,
        )
    made.undone_by, made.undone_at, made.undo_reason = access.user_id, at, reason.strip()
    _announce(visits)
    audit.record(
        action="check_ins.rejudgement_undone",
        at=at,
        user_id=access.user_id,
        subject=customer_id,
        reason=made.undo_reason,
        rejudgement=made.id,
        changed=len(visits),
    )
    return made


def _judged_later(made: Rejudgement) -> Select[int]:
    """Return the question how many later re-judgements of the same visits count."""
    same = aliased(RejudgedVisit)
    return (
        select(func.count())
        .select_from(RejudgedVisit)
        .join(same, same.visit_id == RejudgedVisit.visit_id)
        .where(
            RejudgedVisit.rejudgement_id == made.id,
            # Ids are made in the order of time.
            same.rejudgement_id > made.id,
            same.undone_at.is_(None),
        )
    )


def _judge(access: Access, customer: Customer, period: Period, default_radius_m: int) -> Preview:
    fence = Fence(
        customer_id=customer.id,
        latitude=customer.latitude,
        longitude=customer.longitude,
        radius_m=customer.radius_m or default_radius_m,
        location_version=customer.location_version,
    )
    if fence.centre is None:
        raise NoPointError
    found = past_check_ins(
        access=access, customer_id=customer.id, period=period, most=MOST_CHECK_INS + 1
    )
    if len(found) > MOST_CHECK_INS:
        raise TooManyError
    return Preview(
        fence=fence,
        period=period,
        judged=tuple(Judged(past=past, judgement=judge(past.fix, fence)) for past in found),
    )


def _keep(
    outcome: Preview, customer_id: str, *, reason: str, by: str, at: dt.datetime
) -> Rejudgement:
    fence = outcome.fence
    assert fence.centre is not None
    made = Rejudgement(
        id=new_id(),
        customer_id=customer_id,
        start_on=outcome.period.start,
        end_on=outcome.period.end,
        latitude=fence.centre.latitude,
        longitude=fence.centre.longitude,
        radius_m=round(fence.radius_m),
        location_version=fence.location_version,
        reason=reason,
        judged=len(outcome.judged),
        changed=len(outcome.changing),
        decided_by=by,
        decided_at=at,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _let_it_count(outcome: Preview, made: Rejudgement) -> None:
    """Change the visits; those that keep their verdict keep their distance too."""
    changing = {each.past.visit_id: each for each in outcome.changing}
    visits = _locked_visits(changing)
    for visit in visits:
        judgement = changing[visit.id].judgement
        db.session.add(
            RejudgedVisit(
                rejudgement_id=made.id,
                visit_id=visit.id,
                rep_id=visit.rep_id,
                decided_at=made.decided_at,
                verdict_before=visit.verdict,
                reason_before=visit.verdict_reason,
                distance_before_m=visit.distance_m,
                verdict=judgement.verdict,
                verdict_reason=judgement.reason or "",
                distance_m=judgement.distance_m,
                probability_inside=judgement.probability_inside,
            )
        )
        visit.change(
            {
                "verdict": judgement.verdict,
                "verdict_reason": judgement.reason or "",
                "distance_m": judgement.distance_m,
            },
            at=made.decided_at,
        )
    _announce(visits)


def _locked_visits(ids: Collection[str]) -> Sequence[Visit]:
    return db.session.scalars(
        select(Visit)
        .where(Visit.id.in_(ids))
        .order_by(Visit.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _announce(visits: Sequence[Visit]) -> None:
    """Write the visits, have their days counted anew, and tell the phones."""
    db.session.flush()
    days: dict[str, set[dt.date]] = {}
    for visit in visits:
        days.setdefault(visit.rep_id, set()).add(visit.day)
    for rep_id, touched in days.items():
        mark_days(rep_id, touched)
    record_changed("visit", *(visit.id for visit in visits))
