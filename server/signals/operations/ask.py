"""Asking the rep before deciding: the question reaches the phone as a task."""

import datetime as dt
from collections.abc import Mapping

from server.platform import audit
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import ProblemError
from server.signals.operations.review import AlreadyDecidedError, lock_others
from server.tasks.operations import NewTask, assign_task
from shared.i18n import N_
from shared.sync.ids import new_id


class AnsweredAlreadyError(ProblemError):
    """A rep answers a signal once, and has done so."""

    code = "signal.answered_already"
    status = 409
    title = N_("The rep has answered already, and answers once. Read the answer and decide.")


def ask(
    *, access: Access, titles: Mapping[str, str], question: str, at: dt.datetime, day: dt.date
) -> None:
    """Give each rep a task that holds a question about a signal: all of them, or none.

    The signals wait on. The rep's answer to the signal is the answer to the question.

    :param titles: of the tasks, by the signal
    :param day: local day of `at`
    :raises NotFoundError: if a signal is not there, or the caller may not see it
    :raises OwnSignalError: if one is about the caller
    :raises AlreadyDecidedError: if one is decided
    :raises AnsweredAlreadyError: if a rep has answered one of them
    :raises UnknownRepError: if the caller does not lead a rep any more
    """
    for signal, review in lock_others(access, titles):
        if review.decided_at is not None:
            raise AlreadyDecidedError
        if review.answered_at is not None:
            raise AnsweredAlreadyError
        task = NewTask(
            task_id=new_id(),
            rep_id=signal.rep_id,
            title=titles[signal.id],
            note=question,
            visit_id=signal.visit_id,
            due_on=day + dt.timedelta(days=1),
        )
        assign_task(access=access, task=task, at=at, day=day)
        review.question, review.asked_by, review.asked_at = question, access.user_id, at
        audit.record(
            action="signal.asked",
            at=at,
            user_id=access.user_id,
            subject=signal.id,
            question=question,
            task=task.task_id,
        )
    db.session.flush()
