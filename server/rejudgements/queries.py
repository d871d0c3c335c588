"""Reading the check-ins that may be judged again, and the re-judgements there were."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from server.customers.queries.customer import get_customer_row
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.rejudgements.models import RejudgedVisit, Rejudgement
from server.visits.models import CheckIn, Visit
from shared.checkin.evidence import Fix
from shared.time import Period
from shared.vocabulary import Verdict, VisitState

_MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCheckIn:
    """A visit's verdict as it counts now, with the position that was recorded."""

    visit_id: str
    rep_id: str
    rep_name: str
    day: dt.date
    started_at: dt.datetime
    time_zone: str
    verdict: Verdict | None
    distance_m: float | None
    fix: Fix | None


@dataclass(frozen=True)
class RejudgementRow:
    """A re-judgement of a customer's check-ins."""

    id: str
    start_on: dt.date
    end_on: dt.date
    radius_m: int
    location_version: int
    reason: str
    judged: int
    changed: int
    decided_at: dt.datetime
    decider_name: str
    undone_at: dt.datetime | None
    undo_reason: str
    undoer_name: str | None


@dataclass(frozen=True)
class RejudgedRow:
    """What a re-judgement did to a visit."""

    verdict_before: Verdict | None
    distance_before_m: float | None
    verdict: Verdict
    distance_m: float | None
    radius_m: int
    reason: str
    decided_at: dt.datetime
    decider_name: str
    undone_at: dt.datetime | None
    undo_reason: str
    undoer_name: str | None


def past_check_ins(
    *, access: Access, customer_id: str, period: Period, most: int
) -> list[PastCheckIn]:
    """Return the check-ins of a period that the caller may judge: not the own, not cancelled ones.

    :param most: at most so many
    """
    rows = db.session.execute(
        select(Visit, CheckIn, User.name)
        .join(CheckIn, CheckIn.visit_id == Visit.id)
        .join(User, User.id == Visit.rep_id)
        .where(
            Visit.customer_id == customer_id,
            Visit.day >= period.start,
            Visit.day < period.end,
            Visit.state != VisitState.CANCELLED,
            Visit.deleted_at.is_(None),
            Visit.rep_id != access.user_id,
            access.rows(Visit.rep_id, Visit.team_id),
        )
        .order_by(Visit.day, Visit.started_at, Visit.id)
        .limit(most)
    )
    return [_past(*row) for row in rows]


def rejudgements_of_customer(*, access: Access, customer_id: str) -> Sequence[RejudgementRow]:
    """Return the re-judgements of a customer's check-ins, the latest first.

    :raises NotFoundError: if there is no such customer that the caller may see
    """
    customer = get_customer_row(access=access, customer_id=customer_id)
    undoer = aliased(User)
    rows = db.session.execute(
        select(
            Rejudgement.id,
            Rejudgement.start_on,
            Rejudgement.end_on,
            Rejudgement.radius_m,
            Rejudgement.location_version,
            Rejudgement.reason,
            Rejudgement.judged,
            Rejudgement.changed,
            Rejudgement.decided_at,
            User.name.label("decider_name"),
            Rejudgement.undone_at,
            Rejudgement.undo_reason,
            undoer.name.label("undoer_name"),
        )
        .join(User, User.id == Rejudgement.decided_by)
        .outerjoin(undoer, undoer.id == Rejudgement.undone_by)
        .where(Rejudgement.customer_id == customer.id)
        .order_by(Rejudgement.decided_at.desc(), Rejudgement.id)
        .limit(_MOST_SHOWN)
    )
    return [RejudgementRow(**row._asdict()) for row in rows]


def rejudgements_of_visit(*, access: Access, visit_id: str) -> Sequence[RejudgedRow]:
    """Return what re-judgements did to a visit that the caller may see, in their order."""
    undoer = aliased(User)
    rows = db.session.execute(
        select(
            RejudgedVisit.verdict_before,
            RejudgedVisit.distance_before_m,
            RejudgedVisit.verdict,
            RejudgedVisit.distance_m,
            Rejudgement.radius_m,
            Rejudgement.reason,
            Rejudgement.decided_at,
            User.name,
            Rejudgement.undone_at,
            Rejudgement.undo_reason,
            undoer.name,
        )
        .join(Rejudgement, Rejudgement.id == RejudgedVisit.rejudgement_id)
        .join(User, User.id == Rejudgement.decided_by)
        .join(Visit, Visit.id == RejudgedVisit.visit_id)
        .outerjoin(undoer, undoer.id == Rejudgement.undone_by)
        .where(RejudgedVisit.visit_id == visit_id, access.rows(Visit.rep_id, Visit.team_id))
        .order_by(Rejudgement.decided_at, Rejudgement.id)
    )
    return [RejudgedRow(*row) for row in rows]


def _past(visit: Visit, evidence: CheckIn, rep_name: str) -> PastCheckIn:
    return PastCheckIn(
        visit_id=visit.id,
        rep_id=visit.rep_id,
        rep_name=rep_name,
        day=visit.day,
        started_at=evidence.captured_at,
        time_zone=visit.time_zone,
        verdict=Verdict(visit.verdict) if visit.verdict else None,
        distance_m=visit.distance_m,
        fix=_fix(evidence),
    )


def _fix(row: CheckIn) -> Fix | None:
    where: tuple[Any, ...] = (row.latitude, row.longitude, row.accuracy_m)
    if None in where:
        return None
    latitude, longitude, accuracy_m = where
    return Fix(
        latitude=latitude,
        longitude=longitude,
        accuracy_m=accuracy_m,
        fix_at=row.fix_at or row.captured_at,
        age_s=row.fix_age_s or 0.0,
    )
