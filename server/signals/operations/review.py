"""What people say to a signal: the rep answers once, a manager decides with a reason."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from server.platform import audit
from server.platform.access import Access
from server.platform.audit import AuditEntry
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import record_changed
from server.platform.versioned import ChangedMeanwhileError, fingerprint
from server.signals.models import Signal, SignalReview
from shared.i18n import N_
from shared.signals import Decision

_DECIDED, _REOPENED = "signal.decided", "signal.reopened"


class AlreadyAnsweredError(ProblemError):
    """A rep answers once."""

    code = "signal.answered"
    status = 409
    title = N_("You have answered already.")


class AlreadyDecidedError(ProblemError):
    """Somebody decided; the decision stands with its reason."""

    code = "signal.decided"
    status = 409
    title = N_("Somebody has decided already.")


class OwnSignalError(ProblemError):
    """Nobody decides about oneself."""

    code = "signal.own"
    status = 403
    title = N_("Somebody else has to decide about your own day.")


class NotYourSignalError(ProblemError):
    """Only the rep whose day it was answers."""

    code = "signal.not_yours"
    status = 403
    title = N_("Only the rep whose day it was can answer.")


def answer(*, access: Access, signal_id: str, text: str, at: dt.datetime) -> None:
    """Keep the rep's answer.

    :raises NotFoundError: if there is no such signal that the caller may see
    :raises NotYourSignalError: if it is about somebody else
    :raises AlreadyAnsweredError: if it was answered before
    """
    [signal] = _lock(access, [signal_id])
    if signal.rep_id != access.user_id:
        raise NotYourSignalError
    review = _review(signal)
    if review.answered_at is not None:
        raise AlreadyAnsweredError
    review.answer, review.answered_at = text, at
    db.session.flush()
    record_changed("signal", signal.id)


def decide(
    *,
    access: Access,
    signal_ids: Collection[str],
    decision: Decision,
    reason: str,
    at: dt.datetime,
    seen: Mapping[str, str] | None = None,
) -> None:
    """Keep a manager's decision about signals: about all of them, or none.

    No number changes by it: reports show what was recorded.

    :param seen: `fingerprint` of each rep's answer as the caller has read it; None: whatever it is
    :raises ChangedMeanwhileError: if a rep has answered since
    :raises NotFoundError: if one of them is not there, or the caller may not see it
    :raises OwnSignalError: if one of them is about the caller
    :raises AlreadyDecidedError: if somebody decided about one of them before
    """
    for signal, review in lock_others(access, signal_ids):
        if review.decided_at is not None:
            raise AlreadyDecidedError
        if seen is not None and seen.get(signal.id) != fingerprint(review.answer or ""):
            raise ChangedMeanwhileError
        review.decision, review.reason = decision, reason
        review.decided_by, review.decided_at = access.user_id, at
        _note(_DECIDED, signal, review, access=access, at=at)
    db.session.flush()
    record_changed("signal", *signal_ids)


def reopen(*, access: Access, signal_ids: Collection[str], at: dt.datetime) -> None:
    """Take decisions back; the audit log keeps them, and the signals wait again.

    :raises NotFoundError: if one is not there, the caller may not see it, or it was not decided
    :raises OwnSignalError: if one is about the caller
    """
    for signal, review in lock_others(access, signal_ids):
        if review.decided_at is None:
            raise NotFoundError
        _note(_REOPENED, signal, review, access=access, at=at)
        review.decision, review.reason, review.decided_by, review.decided_at = None, "", None, None
    db.session.flush()
    record_changed("signal", *signal_ids)


def undo(*, access: Access, done_at: dt.datetime, at: dt.datetime) -> None:
    """Take back what the caller decided at this time, or decide again what was taken back then.

    :raises NotFoundError: if that was nothing
    :raises AlreadyDecidedError: if somebody has decided about one of them since
    """
    done = _done_at(access, done_at)
    ids = [entry.subject for entry in done]
    if done[0].action == _DECIDED:
        for _, review in lock_others(access, ids):
            if (review.decided_at, review.decided_by) != (done_at, access.user_id):
                raise AlreadyDecidedError
        reopen(access=access, signal_ids=ids, at=at)
        return
    first = done[0].details
    decide(
        access=access,
        signal_ids=ids,
        decision=Decision(first["decision"]),
        reason=first["reason"],
        at=at,
    )


def _done_at(access: Access, done_at: dt.datetime) -> Sequence[AuditEntry]:
    try:
        return audit.entries_of(action=_DECIDED, at=done_at, user_id=access.user_id)
    except NotFoundError:
        return audit.entries_of(action=_REOPENED, at=done_at, user_id=access.user_id)


def _note(
    action: str, signal: Signal, review: SignalReview, *, access: Access, at: dt.datetime
) -> None:
    audit.record(
        action=action,
        at=at,
        user_id=access.user_id,
        subject=signal.id,
        decision=review.decision,
        reason=review.reason,
    )


def lock_others(access: Access, signal_ids: Collection[str]) -> list[tuple[Signal, SignalReview]]:
    """Return signals about other people with their reviews."""
    signals = _lock(access, signal_ids)
    if any(signal.rep_id == access.user_id for signal in signals):
        raise OwnSignalError
    ids = [signal.id for signal in signals]
    found = db.session.scalars(select(SignalReview).where(SignalReview.signal_id.in_(ids)))
    reviews = {review.signal_id: review for review in found}
    new = [SignalReview(signal_id=signal_id) for signal_id in ids if signal_id not in reviews]
    db.session.add_all(new)
    reviews |= {review.signal_id: review for review in new}
    return [(signal, reviews[signal.id]) for signal in signals]


def _lock(access: Access, signal_ids: Collection[str]) -> list[Signal]:
    """Return signals, in one order for everybody."""
    wanted = set(signal_ids)
    signals = db.session.scalars(
        select(Signal)
        .where(Signal.id.in_(wanted), access.rows(Signal.rep_id, Signal.team_id))
        .order_by(Signal.id)
        .with_for_update()
    ).all()
    if len(signals) != len(wanted):
        raise NotFoundError
    return list(signals)


def _review(signal: Signal) -> SignalReview:
    review = db.session.get(SignalReview, signal.id)
    if review is None:
        review = SignalReview(signal_id=signal.id)
        db.session.add(review)
    return review
