"""Reading the visit form: what is asked, what was asked, and answers in words."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from server.forms.models import FormQuestion
from server.identity.models import User
from server.platform.access import Access
from server.platform.database import db
from server.platform.errors import NotFoundError
from server.products.models import Product
from shared.time import Period
from shared.visit_form import Answer, Question, question_of


@dataclass(frozen=True)
class QuestionRow:
    """A version of a question."""

    question: Question
    number: int
    created_at: dt.datetime
    created_by: str
    """Name of the administrator."""
    retired_at: dt.datetime | None


@dataclass(frozen=True)
class Answered:
    """A question of a visit; `answer` is None where it is required and lacks one."""

    question: Question
    number: int
    answer: Answer | None


def list_questions(*, access: Access) -> list[QuestionRow]:
    """Return every version in the form's order, the newest version of each first."""
    del access  # everybody who is signed in may see what is asked
    rows = db.session.execute(
        select(FormQuestion, User.name)
        .join(User, User.id == FormQuestion.created_by)
        .order_by(FormQuestion.position, FormQuestion.key, FormQuestion.number.desc())
    )
    return [
        QuestionRow(
            question=question_of(row.id, row.as_sent()),
            number=row.number,
            created_at=row.created_at,
            created_by=name,
            retired_at=row.retired_at,
        )
        for row, name in rows
    ]


def get_versions(*, access: Access, key: str) -> list[QuestionRow]:
    """
    Return the versions of a question, the newest first.

    :raises NotFoundError: if there is no such question
    """
    found = [row for row in list_questions(access=access) if row.question.key == key]
    if not found:
        raise NotFoundError
    return found


def list_categories(*, access: Access) -> list[str]:
    """Return the product lines there are."""
    del access
    rows = db.session.scalars(
        select(Product.category)
        .where(Product.deleted_at.is_(None), Product.category != "")
        .distinct()
        .order_by(Product.category)
    )
    return list(rows)


def asked_in(*, access: Access, period: Period | None) -> list[Question]:
    """Return the questions asked at some time in a period, each in its newest version."""
    rows = list_questions(access=access)
    if period is not None:
        start, end = (
            dt.datetime.combine(day, dt.time(), dt.UTC) for day in (period.start, period.end)
        )
        # Business days begin up to half a day off; a column too many does no harm.
        slack = dt.timedelta(days=1)
        rows = [
            row
            for row in rows
            if row.created_at < end + slack
            and (row.retired_at is None or row.retired_at >= start - slack)
        ]
    newest: dict[str, Question] = {}
    for row in rows:
        newest.setdefault(row.question.key, row.question)
    return list(newest.values())


def versions(*, access: Access) -> dict[str, Question]:
    """Return every version by its id."""
    return {row.question.id: row.question for row in list_questions(access=access)}


def answers_of_visit(
    *, access: Access, answers: Mapping[str, Answer], customer_class: str, at: dt.datetime | None
) -> list[Answered]:
    """
    Return a visit's answers with their questions, and the required ones that lack an answer.

    Left out of the latter is what depends on the products a customer has ordered.

    :param at: when the visit began
    """
    found, lacking = [], []
    rows = list_questions(access=access)
    given = {row.question.key for row in rows if row.question.id in answers}
    for row in rows:
        question = row.question
        if question.id in answers:
            found.append(Answered(question, row.number, answers[question.id]))
        elif question.key not in given and _was_required(row, customer_class, at):
            lacking.append(Answered(question, row.number, None))
    return sorted([*found, *lacking], key=lambda each: each.question.position)


def _was_required(row: QuestionRow, customer_class: str, at: dt.datetime | None) -> bool:
    question = row.question
    return (
        at is not None
        and question.is_required
        and not question.categories
        and (not question.classes or customer_class in question.classes)
        and row.created_at <= at
        and (row.retired_at is None or row.retired_at > at)
    )
