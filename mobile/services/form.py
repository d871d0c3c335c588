"""Answering the visit form. Each answer is saved at once; what was said last time is proposed."""

import datetime as dt
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from mobile.services.photos import PhotoService, PhotoTwiceError, photo_view
from mobile.services.recorder import Recorder
from mobile.services.views import PhotoView
from mobile.services.visit_views import get_open, questions_of
from mobile.storage import customers, device, form, photos
from mobile.storage.outbox import Action
from shared.sync.ids import new_id
from shared.time import business_day
from shared.visit_form import Answer, Question, check, proposals
from shared.vocabulary import AnswerKind, PhotoPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question of a visit."""

    question: Question
    answer: Answer | None
    proposal: Answer | None
    """What was answered in the last visit, where it is still possible."""
    photo: PhotoView | None = None
    """The picture that is the answer."""


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

    def __init__(self, *, recorder: Recorder, photos: PhotoService) -> None:
        self._recorder = recorder
        self._photos = photos

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
            question = form.versions(action.connection)[question_id]
            if question.kind is AnswerKind.PHOTO:
                _withdraw(action, answers.get(question_id))
            if answer is None:
                answers.pop(question_id, None)
            else:
                answers[question_id] = check(question, answer)
            _keep(action, visit, answers)

    def raw_file(self) -> Path:
        """Return a new place for what a camera takes; `photograph` takes it away."""
        return self._photos.raw_file()

    def photograph(self, visit_id: str, question_id: str, raw: Path) -> str:
        """
        Keep a photo as the answer, in place of an earlier one; slow. Return the photo's id.

        :raises VisitNotOpenError: if the visit is over
        :raises PhotoTwiceError: if the visit has the same picture
        :raises PhotoUnreadableError: if it is no picture
        :raises DiskFullError: if there is no room
        """
        return self._photos.adopt(
            raw, lambda picture: self._keep_photo(visit_id, question_id, picture)
        )

    def _keep_photo(self, visit_id: str, question_id: str, picture: dict[str, object]) -> str:
        photo_id = new_id()
        with self._recorder.action() as action:
            visit = get_open(action.connection, visit_id)
            answers: dict[str, Answer] = form.answers(visit)
            known = photos.of_visit(action.connection, visit_id)
            if any(row["sha256"] == picture["sha256"] for row in known):
                raise PhotoTwiceError
            purpose = {"visit_id": visit_id, "purpose": str(PhotoPurpose.FORM)}
            self._photos.record(action, photo_id, {**picture, **purpose})
            _withdraw(action, answers.get(question_id))
            _keep(action, visit, {**answers, question_id: photo_id})
        return photo_id

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
        shown = {
            row["id"]: photo_view(row, self._photos.small)
            for row in photos.of_visit(connection, visit["id"])
        }
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
                    photo=shown.get(str(answers.get(question.id))),
                )
                for question in questions
            ),
        )


def _withdraw(action: Action, photo_id: Answer | None) -> None:
    """Take the photo back that was the answer, if there was one."""
    if isinstance(photo_id, str):
        photo = photos.find(action.connection, photo_id)
        if photo is not None and not photo["withdrawn"]:
            action.command("photo.withdraw", photo_id, {"withdrawn": True})


def _keep(action: Action, visit: sqlite3.Row, answers: dict[str, Answer]) -> None:
    if answers != form.answers(visit):
        action.patch("visit", visit["id"], {"form_answers": answers})
