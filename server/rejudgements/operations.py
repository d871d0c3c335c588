"""Judging past check-ins again by the customer's present point: first looked at, then done.

Evidence and the verdict that stands with it are never touched. What changes is the verdict that
counts, copied in the visit; both are kept with who did it, when and why.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from server.customers.models import Customer
from server.customers.operations import lock_customer
from server.customers.queries import get_customer_row
from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ProblemError
from server.platform.events import mark_days, record_changed
from server.platform.versioned import ChangedMeanwhileError
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
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


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
    visits = db.session.scalars(
        select(Visit)
        .where(Visit.id.in_(changing))
        .order_by(Visit.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    days: dict[str, set[dt.date]] = {}
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
        days.setdefault(visit.rep_id, set()).add(visit.day)
    db.session.flush()
    for rep_id, touched in days.items():
        mark_days(rep_id, touched)
    record_changed("visit", *changing)
