"""What people say to a signal: the rep answers once, a manager decides with a reason."""

import datetime as dt

from sqlalchemy import select

from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import record_changed
from server.signals.models import Signal, SignalReview
from shared.i18n import N_
from shared.signals import Decision


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
    signal = _lock(access, signal_id)
    if signal.rep_id != access.user_id:
        raise NotYourSignalError
    review = _review(signal)
    if review.answered_at is not None:
        raise AlreadyAnsweredError
    review.answer, review.answered_at = text, at
    db.session.flush()
    record_changed("signal", signal.id)


def decide(
    *, access: Access, signal_id: str, decision: Decision, reason: str, at: dt.datetime
) -> None:
    """Keep a manager's decision. No number changes by it: reports show what was recorded.

    :raises NotFoundError: if there is no such signal that the caller may see
    :raises OwnSignalError: if it is about the caller
    :raises AlreadyDecidedError: if somebody decided before
    """
    signal = _lock(access, signal_id)
    if signal.rep_id == access.user_id:
        raise OwnSignalError
    review = _review(signal)
    if review.decided_at is not None:
        raise AlreadyDecidedError
    review.decision, review.reason = decision, reason
    review.decided_by, review.decided_at = access.user_id, at
    audit.record(
        action="signal.decided",
        at=at,
        user_id=access.user_id,
        subject=signal.id,
        decision=decision,
        reason=reason,
    )
    db.session.flush()
    record_changed("signal", signal.id)


def reopen(*, access: Access, signal_id: str, at: dt.datetime) -> None:
    """Take a decision back; the audit log keeps it, and the signal waits again.

    :raises NotFoundError: if there is no such signal that the caller may see, or none was decided
    :raises OwnSignalError: if it is about the caller
    """
    signal = _lock(access, signal_id)
    if signal.rep_id == access.user_id:
        raise OwnSignalError
    review = _review(signal)
    if review.decided_at is None:
        raise NotFoundError
    audit.record(
        action="signal.reopened",
        at=at,
        user_id=access.user_id,
        subject=signal.id,
        decision=review.decision,
        reason=review.reason,
    )
    review.decision, review.reason, review.decided_by, review.decided_at = None, "", None, None
    db.session.flush()
    record_changed("signal", signal.id)


def _lock(access: Access, signal_id: str) -> Signal:
    signal = db.session.scalar(
        select(Signal)
        .where(Signal.id == signal_id, access.rows(Signal.rep_id, Signal.team_id))
        .with_for_update()
    )
    if signal is None:
        raise NotFoundError
    return signal


def _review(signal: Signal) -> SignalReview:
    review = db.session.get(SignalReview, signal.id)
    if review is None:
        review = SignalReview(signal_id=signal.id)
        db.session.add(review)
    return review
