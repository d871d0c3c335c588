"""The visit form: one card for each question, answers of last time to repeat."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from mobile.device.camera import Camera, CameraError
from mobile.screens.formats import clock_time, number, read_number, short_day
from mobile.screens.forms import Choices, field_problem
from mobile.screens.photos import PhotoTile, photo_tile
from mobile.screens.view_model import Background, RowState, ViewModel
from mobile.screens.words import service_problem
from mobile.services.form import AskedQuestion, FormView
from mobile.services.recorder import ServiceError
from mobile.services.views import VisitView
from shared.i18n import N_, _, ngettext
from shared.schemas.limits import InvalidRecordError
from shared.visit_form import Answer, Question, names
from shared.vocabulary import AnswerKind

_YES_NO = {"yes": True, "no": False}
_WORDS = {"yes": N_("Yes"), "no": N_("No")}
_LONG = 60
_DECIMALS = 3


class FormService(Protocol):
    """Reads and keeps answers. Every call has saved when it returns."""

    def read(self, visit_id: str) -> FormView:
        """Return the questions of a visit with their answers."""

    def answer(self, visit_id: str, question_id: str, answer: Answer | None) -> None:
        """Keep an answer; None: take it back."""

    def raw_file(self) -> Path:
        """Return a new place for what the camera takes."""

    def photograph(self, visit_id: str, question_id: str, raw: Path) -> str:
        """Keep a photo as the answer; slow."""

    def repeat(self, visit_id: str) -> dict[str, Answer]:
        """Answer the rest as last time; return the answers before that."""

    def restore(self, visit_id: str, answers: dict[str, Answer]) -> None:
        """Go back to earlier answers."""


class OpenVisit(Protocol):
    """Knows which visit is going on."""

    def open_visit(self) -> VisitView | None:
        """Return it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A question with what can be tapped: its options, or one row to write in."""

    key: str
    title: str
    note: str
    """Whether it is required, what may be answered, and what was last time."""
    note_tone: str
    rows: tuple[RowState, ...]
    tiles: tuple[PhotoTile, ...] = ()
    """The picture that is the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a sheet asks, to write an answer."""

    title: str
    text: str
    value: str
    is_number: bool
    can_clear: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsState:
    """What the screen shows."""

    customer: str = ""
    cards: tuple[Card, ...] = ()
    progress: str = ""
    share: float = 0.0
    repeat: str = ""
    """Words of the button that answers the rest as last time; empty: nothing to repeat."""
    problem: str = ""
    """Why there is no photo."""
    is_over: bool = False
    """There is no visit any more."""


class QuestionsViewModel(ViewModel[QuestionsState]):
    """Answers the questions of the visit that is going on."""

    def __init__(
        self,
        *,
        form: FormService,
        visits: OpenVisit,
        camera: Camera,
        background: Background,
        zone: Callable[[], str],
    ) -> None:
        super().__init__(QuestionsState())
        self._camera = camera
        self._background = background
        self._zone = zone
        self._busy = ""
        self._form = form
        self._visits = visits
        self._visit_id = ""
        self._asked: dict[str, AskedQuestion] = {}

    def refresh(self) -> None:
        """Read the questions and the answers anew."""
        visit = self._visits.open_visit()
        if visit is None:
            self._show(QuestionsState(is_over=True))
            return
        self._visit_id = visit.id
        self._render(self._form.read(visit.id))

    def choose(self, key: str) -> bool:
        """
        Take a tap on an option: once it is the answer, once more it is none.

        Return whether the question is written to instead.
        """
        question_id, _slash, option = key.partition("/")
        asked = self._asked[question_id]
        if not option:
            return True
        answer: Answer | None = option
        if asked.question.kind is AnswerKind.YES_NO:
            answer = _YES_NO[option]
        if asked.question.kind is AnswerKind.SEVERAL:
            chosen = asked.answer if isinstance(asked.answer, list) else []
            left = [each for each in chosen if each != option]
            answer = (left if option in chosen else [*chosen, option]) or None
        elif answer == asked.answer:
            answer = None
        self._form.answer(self._visit_id, question_id, answer)
        self.refresh()
        return False

    def wants_photo(self, question_id: str) -> bool:
        """Return whether a question is answered by the camera."""
        return self._asked[question_id].question.kind is AnswerKind.PHOTO

    def photo_choices(self, question_id: str) -> Choices:
        """Return what can be done with the photo that is the answer; nothing without one."""
        if self._asked[question_id].answer is None:
            return []
        return [
            ("again", "camera", _("Take another photo")),
            ("remove", "delete-outline", _("Remove the photo")),
        ]

    def photograph(self, question_id: str) -> None:
        """Open the camera; the photo is saved in the background."""
        if self._busy:
            return
        visit_id, self._busy = self._visit_id, question_id
        self._show(replace(self.state, problem=""))
        self.refresh()
        self._background(lambda: self._photograph(visit_id, question_id), self._photographed)

    def _photograph(self, visit_id: str, question_id: str) -> str:
        """Take and keep a photo, on a worker's thread; return the code of what went wrong."""
        raw = self._form.raw_file()
        try:
            if self._camera.take(raw):
                self._form.photograph(visit_id, question_id, raw)
        except (CameraError, ServiceError) as problem:
            return problem.code
        finally:
            raw.unlink(missing_ok=True)
        return ""

    def _photographed(self, problem: str) -> None:
        self._busy = ""
        self._show(replace(self.state, problem=service_problem(problem) if problem else ""))
        self.refresh()

    def entry(self, question_id: str) -> Entry:
        """Return what to ask for a question that is written to."""
        asked = self._asked[question_id]
        known = asked.answer if asked.answer is not None else asked.proposal
        return Entry(
            title=asked.question.text,
            text=_bounds(asked.question),
            value="" if known is None else _written(known),
            is_number=asked.question.kind is AnswerKind.NUMBER,
            can_clear=asked.answer is not None,
        )

    def write(self, question_id: str, text: str) -> str:
        """Keep a written answer; return what is wrong with it, or nothing."""
        question = self._asked[question_id].question
        answer: Answer | None = text
        if question.kind is AnswerKind.NUMBER:
            value = read_number(text)
            if value is None:
                return _("Write a number, such as %(example)s.", example=number(12))
            answer = int(value) if value == value.to_integral_value() else float(value)
        try:
            self._form.answer(self._visit_id, question_id, answer)
        except InvalidRecordError as error:
            return _problem(question, error)
        self.refresh()
        return ""

    def clear(self, question_id: str) -> None:
        """Take an answer back."""
        self._form.answer(self._visit_id, question_id, None)
        self.refresh()

    def repeat(self) -> Callable[[], None]:
        """Answer the rest as last time; return what takes that back."""
        visit_id = self._visit_id
        before = self._form.repeat(visit_id)
        self.refresh()

        def undo() -> None:
            self._form.restore(visit_id, before)
            self.refresh()

        return undo

    def _render(self, form: FormView) -> None:
        self._asked = {each.question.id: each for each in form.questions}
        answered = sum(each.answer is not None for each in form.questions)
        repeatable = sum(
            each.answer is None and each.proposal is not None for each in form.questions
        )
        repeat = ""
        if repeatable and form.last_on is not None:
            repeat = ngettext(
                "As last time (%(day)s): %(count)s answer",
                "As last time (%(day)s): %(count)s answers",
                repeatable,
                day=short_day(form.last_on, form.today),
            )
        self._show(
            QuestionsState(
                customer=form.customer_name,
                cards=tuple(map(self._card, form.questions)),
                progress=_(
                    "%(answered)s of %(questions)s answered",
                    answered=answered,
                    questions=len(form.questions),
                ),
                share=answered / max(1, len(form.questions)),
                repeat=repeat,
                problem=self.state.problem,
            )
        )

    def _card(self, asked: AskedQuestion) -> Card:
        card = _card(asked)
        if asked.question.kind is not AnswerKind.PHOTO:
            return card
        key, photo = asked.question.id, asked.photo
        words = _("Take a photo")
        if self._busy == key:
            words = _("Saving the photo…")
        elif photo is not None:
            words = _("Photo taken at %(time)s", time=clock_time(photo.taken_at, self._zone()))
        row = RowState(
            key=key,
            icon="camera" if asked.answer is None else "check",
            icon_tone="primary" if asked.answer is None else "good",
            title=words,
            can_open=True,
        )
        tiles = (replace(photo_tile(photo, self._zone()), key=key),) if photo is not None else ()
        return replace(card, rows=(row,), tiles=tiles)


def _card(asked: AskedQuestion) -> Card:
    question = asked.question
    is_missing = question.is_required and asked.answer is None
    notes = [_("Required") if question.is_required else "", _bounds(question)]
    if asked.answer is None and asked.proposal is not None:
        notes.append(_("Last time: %(answer)s", answer=_in_words(question, asked.proposal)))
    return Card(
        key=question.id,
        title=question.text,
        note=" · ".join(filter(None, notes)),
        note_tone="warn" if is_missing else "ink2",
        rows=tuple(_rows(asked)),
    )


def _rows(asked: AskedQuestion) -> list[RowState]:
    question, answer = asked.question, asked.answer
    match question.kind:
        case AnswerKind.YES_NO:
            options = [(key, _(words), answer is _YES_NO[key]) for key, words in _WORDS.items()]
        case AnswerKind.CHOICE | AnswerKind.SEVERAL:
            chosen = answer if isinstance(answer, list) else [answer]
            options = [(each.key, each.name, each.key in chosen) for each in question.options]
        case _:
            words = "" if answer is None else _in_words(question, answer)
            return [
                RowState(
                    key=question.id,
                    icon="pencil-outline" if answer is None else "check",
                    icon_tone="primary" if answer is None else "good",
                    title=_shortened(words) or _("Write the answer"),
                    can_open=True,
                )
            ]
    icons = ("radiobox-blank", "radiobox-marked")
    if question.kind is AnswerKind.SEVERAL:
        icons = ("checkbox-blank-outline", "checkbox-marked")
    return [
        RowState(
            key=f"{question.id}/{key}",
            icon=icons[is_chosen],
            icon_tone="primary" if is_chosen else "unknown",
            title=words,
        )
        for key, words, is_chosen in options
    ]


def _in_words(question: Question, answer: Answer) -> str:
    if question.kind in (AnswerKind.CHOICE, AnswerKind.SEVERAL):
        return ", ".join(names(question, answer))
    return _shortened(_written(answer))


def _written(answer: Answer) -> str:
    match answer:
        case bool():
            return _("Yes") if answer else _("No")
        case int() | float():
            return _number(answer)
        case _:
            return str(answer)


def _number(value: float) -> str:
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return number(value, len(text.partition(".")[2]))


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONG else f"{text[: _LONG - 1].rstrip()}…"


def _bounds(question: Question) -> str:
    low, high = question.low, question.high
    if low is not None and high is not None:
        return _("from %(low)s to %(high)s", low=_number(low), high=_number(high))
    if low is not None:
        return _("at least %(low)s", low=_number(low))
    return "" if high is None else _("at most %(high)s", high=_number(high))


def _problem(question: Question, error: InvalidRecordError) -> str:
    if error.reason == "not_whole":
        return _("Write a whole number.")
    if error.reason == "out_of_range" and _bounds(question):
        return _("This number is not possible: %(bounds)s.", bounds=_bounds(question))
    return field_problem(error)
