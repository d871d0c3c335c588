"""Answering the visit form. Each answer is saved at once; what was said last time is proposed."""

import datetime as dt
import sqlite3
from dataclasses import dataclass

from mobile.services.recorder import Recorder
from mobile.services.visit_views import get_open, questions_of
from mobile.storage import customers, device, form
from mobile.storage.outbox import Action
from shared.time import business_day
from shared.visit_form import Answer, Question, check, proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question of a visit."""

    question: Question
    answer: Answer | None
    proposal: Answer | None
    """What was answered in the last visit, where it is still possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """The visit form as its screen shows it."""

    customer_name: str
    today: dt.date
    last_on: dt.date | None
    """The day of the visit whose answers are proposed."""
    questions: tuple[AskedQuestion, ...]


class FormService:
    """Reads and keeps answers."""

    def __init__(self, *, recorder: Recorder) -> None:
        self._recorder = recorder

    def read(self, visit_id: str) -> FormView:
        """
        Return the questions of a visit with its answers, and those of the last visit there.

        :raises VisitNotOpenError: if the visit is over, or there is none of that id
        """
        with self._recorder.database.read() as connection:
            return self._view(connection, get_open(connection, visit_id))

    def answer(self, visit_id: str, question_id: str, answer: Answer | None) -> None:
        """
        Keep an answer in place of an earlier one; None: take it back.

        :raises VisitNotOpenError: if the visit is over
        :raises shared.schemas.record.InvalidRecordError: if it is impossible
        """
        with self._recorder.action() as action:
            visit = get_open(action.connection, visit_id)
            answers: dict[str, Answer] = form.answers(visit)
            if answer is None:
                answers.pop(question_id, None)
            else:
                question = form.versions(action.connection)[question_id]
                answers[question_id] = check(question, answer)
            _keep(action, visit, answers)

    def repeat(self, visit_id: str) -> dict[str, Answer]:
        """
        Answer what has no answer yet as it was last time; return the answers before that.

        :raises VisitNotOpenError: if the visit is over
        """
        with self._recorder.action() as action:
            visit = get_open(action.connection, visit_id)
            view = self._view(action.connection, visit)
            before = form.answers(visit)
            proposed = {
                each.question.id: each.proposal
                for each in view.questions
                if each.answer is None and each.proposal is not None
            }
            _keep(action, visit, {**before, **proposed})
            return before

    def restore(self, visit_id: str, answers: dict[str, Answer]) -> None:
        """
        Go back to earlier answers.

        :raises VisitNotOpenError: if the visit is over
        """
        with self._recorder.action() as action:
            _keep(action, get_open(action.connection, visit_id), answers)

    def _view(self, connection: sqlite3.Connection, visit: sqlite3.Row) -> FormView:
        versions = form.versions(connection)
        questions = questions_of(connection, visit, versions)
        answers = form.answers(visit)
        last = form.last_answered(connection, visit["customer_id"], but=visit["id"])
        proposed = proposals(questions, versions, form.answers(last)) if last else {}
        customer = customers.get(connection, visit["customer_id"])
        state = device.get(connection)
        now = state.true_time(self._recorder.read_clock())
        return FormView(
            customer_name=customer["name"] if customer else "",
            today=business_day(now, state.time_zone),
            last_on=dt.date.fromisoformat(last["day"]) if last and last["day"] else None,
            questions=tuple(
                AskedQuestion(
                    question=question,
                    answer=answers.get(question.id),
                    proposal=proposed.get(question.id),
                )
                for question in questions
            ),
        )


def _keep(action: Action, visit: sqlite3.Row, answers: dict[str, Answer]) -> None:
    if answers != form.answers(visit):
        action.patch("visit", visit["id"], {"form_answers": answers})
