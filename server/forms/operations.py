"""Making and changing the questions of the visit form, and judging answers from phones."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, select

from server.forms.models import FormQuestion
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import record_changed
from server.platform.held import once
from server.platform.versioned import ChangedMeanwhileError
from shared.i18n import N_
from shared.schemas.visit import LARGEST_NUMBER, MOST_OPTIONS, MOST_QUESTIONS
from shared.sync.ids import new_id
from shared.visit_form import Answer, Question, check_all, question_of
from shared.vocabulary import AnswerKind

LONGEST_TEXT = 200
LONGEST_OPTION = 80
_WITH_OPTIONS = frozenset({AnswerKind.CHOICE, AnswerKind.SEVERAL})


class QuestionError(ProblemError):
    """A question that cannot be asked; its subclasses say why."""

    code = "form.impossible"
    status = 422
    title = N_("This question cannot be asked so.")
    field = "text"


class TextMissingError(QuestionError):
    """A question has words."""

    code = "form.text_missing"
    title = N_("Write the question, in at most 200 letters.")


class OptionsMissingError(QuestionError):
    """A choice is one between two at least."""

    code = "form.options_missing"
    title = N_("Write two to 50 different answers to choose from, one a line, of 80 letters each.")
    field = "options"


class BoundsError(QuestionError):
    """The least is above the most, or a bound is no number."""

    code = "form.bounds"
    title = N_("The smallest number must not be above the largest.")
    field = "low"


class TooManyQuestionsError(ProblemError):
    """Nobody answers a hundred questions at an outlet."""

    code = "form.too_many"
    status = 422
    title = N_("There are 100 questions already. Take one out first.")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an administrator says of a question."""

    kind: AnswerKind
    text: str
    is_required: bool = False
    is_whole: bool = False
    low: float | None = None
    high: float | None = None
    options: Sequence[str] = ()
    """By name."""
    classes: Sequence[str] = ()
    categories: Sequence[str] = ()


def add_question(*, draft: Draft, at: dt.datetime, by: str) -> FormQuestion:
    """
    Ask a question from now on, behind the others.

    :raises QuestionError: if it cannot be asked so
    :raises TooManyQuestionsError: if there are a hundred
    """
    columns = _columns(draft, known={})
    if len(_asked()) >= MOST_QUESTIONS:
        raise TooManyQuestionsError
    last = db.session.scalar(select(func.max(FormQuestion.position))) or 0
    question_id = new_id()
    row = FormQuestion(
        id=question_id,
        key=question_id,
        number=1,
        position=last + 1,
        **columns,
        created_at=at,
        created_by=by,
        version=1,
    )
    db.session.add(row)
    _announce([row], "form.question_added", at=at, by=by, text=row.text)
    return row


def change_question(*, key: str, base: str, draft: Draft, at: dt.datetime, by: str) -> FormQuestion:
    """
    Ask it otherwise from now on: a new version. Answers given so far keep the old one.

    :param base: id of the version that was looked at
    :raises NotFoundError: if there is no such question, or it is asked no more
    :raises ChangedMeanwhileError: if there is a newer version
    :raises QuestionError: if it cannot be asked so
    """
    row = _current(key)
    if row.id != base:
        raise ChangedMeanwhileError
    columns = _columns(draft, known={name: option for option, name in row.options})
    before = {name: getattr(row, name) for name in columns}
    if before == columns:
        return row
    newer = _ask_otherwise(row, columns, at=at, by=by)
    changed = {name: value for name, value in columns.items() if before[name] != value}
    _announce([row, newer], "form.question_changed", at=at, by=by, text=newer.text, after=changed)
    return newer


def undo_change(*, key: str, base: str, at: dt.datetime, by: str) -> FormQuestion:
    """
    Ask it again as its version before the newest did; so an undo is undone by another.

    :param base: id of the newest version, as it was looked at
    :raises NotFoundError: if there is no such question, it is asked no more, or has one version
    :raises ChangedMeanwhileError: if there is a newer version
    """
    row = _current(key)
    if row.id != base:
        raise ChangedMeanwhileError
    former = db.session.scalar(
        select(FormQuestion).where(FormQuestion.key == key, FormQuestion.number == row.number - 1)
    )
    if former is None:
        raise NotFoundError
    columns = {name: getattr(former, name) for name in _CONTENT}
    changed = {name: value for name, value in columns.items() if getattr(row, name) != value}
    newer = _ask_otherwise(row, columns, at=at, by=by)
    _announce([row, newer], "form.question_changed", at=at, by=by, text=newer.text, after=changed)
    return newer


def retire_question(*, key: str, at: dt.datetime, by: str) -> FormQuestion:
    """
    Ask it no more; its answers stay.

    :raises NotFoundError: if there is no such question, or it is asked no more
    """
    row = _current(key)
    _retire(row, at)
    _announce([row], "form.question_retired", at=at, by=by, text=row.text)
    return row


def restore_question(*, key: str, at: dt.datetime, by: str) -> FormQuestion:
    """
    Ask it again as it was asked last, as a new version, so that the pause stays known.

    :raises NotFoundError: if there is no such question
    :raises TooManyQuestionsError: if there are a hundred
    """
    rows = db.session.scalars(
        select(FormQuestion).where(FormQuestion.key == key).order_by(FormQuestion.number.desc())
    ).all()
    if not rows:
        raise NotFoundError
    last = rows[0]
    if last.retired_at is None:
        return last
    if len(_asked()) >= MOST_QUESTIONS:
        raise TooManyQuestionsError
    columns = {name: getattr(last, name) for name in _CONTENT}
    row = FormQuestion(
        id=new_id(),
        key=key,
        number=last.number + 1,
        position=last.position,
        **columns,
        created_at=at,
        created_by=by,
        version=1,
    )
    db.session.add(row)
    _announce([row], "form.question_restored", at=at, by=by, text=row.text)
    return row


def move_question(*, key: str, by_steps: int, at: dt.datetime, by: str) -> None:
    """
    Ask a question earlier (-1) or later (+1).

    :raises NotFoundError: if there is no such question, or it is asked no more
    """
    rows = _asked()
    keys = [row.key for row in rows]
    if key not in keys:
        raise NotFoundError
    place = keys.index(key)
    target = min(max(place + by_steps, 0), len(rows) - 1)
    rows.insert(target, rows.pop(place))
    moved = []
    for position, row in enumerate(rows, start=1):
        if row.position != position:
            row.position, row.version = position, row.version + 1
            moved.append(row)
    if moved:
        _announce(moved, "form.question_moved", at=at, by=by, text=rows[target].text)


def check_answers(answers: Mapping[str, object]) -> dict[str, Answer]:
    """
    Return answers as they are kept. One to an older version of the form counts like any other.

    :raises shared.schemas.record.InvalidRecordError: if one is impossible
    """
    return check_all(once("form_questions", _versions), answers)


def _versions() -> dict[str, Question]:
    return {
        row.id: question_of(row.id, row.as_sent())
        for row in db.session.scalars(select(FormQuestion))
    }


_CONTENT = (
    "kind",
    "text",
    "is_required",
    "is_whole",
    "low",
    "high",
    "options",
    "classes",
    "categories",
)


def _columns(draft: Draft, *, known: Mapping[str, str]) -> dict[str, object]:
    """Return a draft as columns; an option whose name is known keeps its key."""
    text = " ".join(draft.text.split())
    if not text or len(text) > LONGEST_TEXT:
        raise TextMissingError
    is_number, has_options = draft.kind is AnswerKind.NUMBER, draft.kind in _WITH_OPTIONS
    bounds = [bound for bound in (draft.low, draft.high) if bound is not None]
    if is_number and (
        bounds != sorted(bounds) or not all(abs(bound) <= LARGEST_NUMBER for bound in bounds)
    ):
        raise BoundsError
    names = list(dict.fromkeys(filter(None, (" ".join(each.split()) for each in draft.options))))
    if has_options and (
        not 2 <= len(names) <= MOST_OPTIONS or any(len(name) > LONGEST_OPTION for name in names)
    ):
        raise OptionsMissingError
    columns = asdict(draft) | {
        "text": text,
        "is_whole": draft.is_whole and is_number,
        "low": draft.low if is_number else None,
        "high": draft.high if is_number else None,
        "options": [[known.get(name) or new_id(), name] for name in names] if has_options else [],
        "classes": sorted(draft.classes),
        "categories": sorted(draft.categories),
    }
    assert set(columns) == set(_CONTENT)
    return columns


def _asked() -> list[FormQuestion]:
    return list(
        db.session.scalars(
            select(FormQuestion)
            .where(FormQuestion.retired_at.is_(None))
            .order_by(FormQuestion.position, FormQuestion.key)
            .with_for_update()
        )
    )


def _current(key: str) -> FormQuestion:
    row = db.session.scalar(
        select(FormQuestion)
        .where(FormQuestion.key == key, FormQuestion.retired_at.is_(None))
        .with_for_update()
    )
    if row is None:
        raise NotFoundError
    return row


def _ask_otherwise(
    row: FormQuestion, columns: Mapping[str, object], *, at: dt.datetime, by: str
) -> FormQuestion:
    """Put a version with other columns in the place of the newest one."""
    _retire(row, at)
    newer = FormQuestion(
        id=new_id(),
        key=row.key,
        number=row.number + 1,
        position=row.position,
        **columns,
        created_at=at,
        created_by=by,
        version=1,
    )
    db.session.add(newer)
    return newer


def _retire(row: FormQuestion, at: dt.datetime) -> None:
    row.retired_at, row.version = at, row.version + 1


def _announce(
    rows: Sequence[FormQuestion], action: str, *, at: dt.datetime, by: str, **details: object
) -> None:
    db.session.flush()
    record_changed("form_question", *[row.id for row in rows])
    audit.record(action=action, at=at, user_id=by, subject=rows[-1].key, **details)
