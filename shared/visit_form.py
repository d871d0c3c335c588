"""The visit form: what a question is, whom it is asked of, and which answers are possible.

Phone and server judge answers by the same functions. An answer names the version of its question,
so that it keeps the words it was given to.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.schemas.limits import LONGEST_ANSWER, InvalidRecordError
from shared.sync.ids import is_id
from shared.vocabulary import AnswerKind

Answer = bool | int | float | str | list[str]
FIELD = "form_answers"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One version of a question."""

    id: str
    """Of this version."""
    key: str
    """The same in all versions."""
    position: int
    kind: AnswerKind
    text: str
    is_required: bool = False
    is_whole: bool = False
    """Of a number: without decimals."""
    low: float | None = None
    high: float | None = None
    """Bounds of a number, both possible; None: no bound."""
    options: tuple[Option, ...] = ()
    classes: frozenset[str] = frozenset()
    """Classes of customers it is asked at; empty: at all."""
    categories: frozenset[str] = frozenset()
    """Product lines of which the customer must have ordered one; empty: it does not matter."""
    is_retired: bool = False
    """A newer version is asked, or none any more."""


def question_of(question_id: str, row: Mapping[str, Any]) -> Question:
    """Return a question as it travels and as phones keep it."""
    return Question(
        id=question_id,
        key=row["key"],
        position=row["position"],
        kind=AnswerKind(row["kind"]),
        text=row["text"],
        is_required=bool(row["is_required"]),
        is_whole=bool(row["is_whole"]),
        low=row["low"],
        high=row["high"],
        options=tuple(Option(key, name) for key, name in row["options"]),
        classes=frozenset(row["classes"]),
        categories=frozenset(row["categories"]),
        is_retired=bool(row["is_retired"]),
    )


def asked(
    questions: Iterable[Question], *, customer_class: str, categories: Collection[str]
) -> tuple[Question, ...]:
    """
    Return the questions for a customer, in their order.

    :param categories: product lines the customer has ordered of, this visit's order with them
    """
    wanted = (
        question
        for question in questions
        if not question.is_retired
        and (not question.classes or customer_class in question.classes)
        and (not question.categories or not question.categories.isdisjoint(categories))
    )
    return tuple(sorted(wanted, key=lambda question: (question.position, question.key)))


def check(question: Question, answer: object) -> Answer:
    """
    Return the answer as it is kept.

    :raises InvalidRecordError: if it is impossible; names the field `form_answers.<id>`
    """
    try:
        return _CHECKS[question.kind](question, answer)
    except _ImpossibleError as error:
        raise InvalidRecordError(f"{FIELD}.{question.id}", error.reason) from error


def check_all(
    questions: Mapping[str, Question], answers: Mapping[str, object]
) -> dict[str, Answer]:
    """
    Return answers as they are kept, by the ids of their questions.

    A required question may lack its answer: what a rep recorded is never refused for that.

    :param questions: every version there ever was, by id
    :raises InvalidRecordError: for the first that is impossible, or has no question
    """
    checked = {}
    for question_id, answer in answers.items():
        question = questions.get(question_id)
        if question is None:
            raise InvalidRecordError(f"{FIELD}.{question_id}", "unknown_question")
        checked[question_id] = check(question, answer)
    return checked


def unanswered(questions: Iterable[Question], answers: Collection[str]) -> tuple[Question, ...]:
    """Return the required questions that lack an answer."""
    return tuple(each for each in questions if each.is_required and each.id not in answers)


def proposals(
    questions: Iterable[Question],
    versions: Mapping[str, Question],
    earlier: Mapping[str, object],
) -> dict[str, Answer]:
    """
    Return what was answered earlier, where it is still possible, by the ids of today's questions.

    A photo shows the shelf of that day and is never proposed.

    :param versions: every version there ever was, by id
    :param earlier: answers of an earlier visit, by the ids of the versions asked then
    """
    known = {versions[each].key: answer for each, answer in earlier.items() if each in versions}
    proposed = {}
    for question in questions:
        if question.key in known and question.kind is not AnswerKind.PHOTO:
            try:
                proposed[question.id] = check(question, known[question.key])
            except InvalidRecordError:
                continue  # the question has changed since
    return proposed


def names(question: Question, answer: Answer) -> list[str]:
    """Return the chosen options by name, in the question's order; nothing for other kinds."""
    chosen = answer if isinstance(answer, list) else [answer]
    return [option.name for option in question.options if option.key in chosen]


class _ImpossibleError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _yes_no(_question: Question, answer: object) -> Answer:
    if not isinstance(answer, bool):
        raise _ImpossibleError("invalid")
    return answer


def _number(question: Question, answer: object) -> Answer:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        raise _ImpossibleError("invalid")
    if question.is_whole and answer != int(answer):
        raise _ImpossibleError("not_whole")
    if (question.low is not None and answer < question.low) or (
        question.high is not None and answer > question.high
    ):
        raise _ImpossibleError("out_of_range")
    return int(answer) if answer == int(answer) else answer


def _choice(question: Question, answer: object) -> Answer:
    if not isinstance(answer, str) or answer not in {option.key for option in question.options}:
        raise _ImpossibleError("unknown_value")
    return answer


def _several(question: Question, answer: object) -> Answer:
    keys = [option.key for option in question.options]
    if not isinstance(answer, list) or not set(answer) <= set(keys):
        raise _ImpossibleError("unknown_value")
    if not answer:
        raise _ImpossibleError("missing")
    return [key for key in keys if key in answer]


def _text(_question: Question, answer: object) -> Answer:
    if not isinstance(answer, str):
        raise _ImpossibleError("invalid")
    if not answer.strip():
        raise _ImpossibleError("missing")
    if len(answer) > LONGEST_ANSWER:
        raise _ImpossibleError("too_long")
    return answer.strip()


def _photo(_question: Question, answer: object) -> Answer:
    if not isinstance(answer, str) or not is_id(answer):
        raise _ImpossibleError("not_an_id")
    return answer


_CHECKS = {
    AnswerKind.YES_NO: _yes_no,
    AnswerKind.NUMBER: _number,
    AnswerKind.CHOICE: _choice,
    AnswerKind.SEVERAL: _several,
    AnswerKind.TEXT: _text,
    AnswerKind.PHOTO: _photo,
}
