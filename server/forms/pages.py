"""Pages on which an administrator writes the questions of the visit form."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.forms import operations, queries
from server.forms.models import FormQuestion
from server.forms.operations import LONGEST_TEXT, BoundsError, Draft, QuestionError
from server.forms.queries import QuestionRow
from server.platform.auth import current_access, signed_in
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.web.answers import KINDS, question_rules
from server.web.forms import carry_out, expect_stamp, stamp
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.visit_form import Question
from shared.vocabulary import AnswerKind, CustomerClass, Role

blueprint = Blueprint("forms_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="forms_pages.index",
        label=N_("Visit form"),
        icon="clipboard-text-outline",
        position=83,
        roles=frozenset({Role.ADMIN}),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Values:
    """What the form of a question holds, as typed."""

    base: str = ""
    """Id of the version that was looked at; empty: a new question."""
    kind: str = AnswerKind.YES_NO.value
    text: str = ""
    is_required: bool = False
    is_whole: bool = True
    low: str = ""
    high: str = ""
    options: str = ""
    classes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


@blueprint.get("/visit-form")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the questions in their order, and those that are asked no more."""
    asked: list[QuestionRow] = []
    retired: list[QuestionRow] = []
    seen: set[str] = set()
    rows = queries.list_questions(access=current_access())
    for row in rows:
        if row.question.key not in seen:  # the newest version comes first
            seen.add(row.question.key)
            (retired if row.retired_at else asked).append(row)
    return render_template(
        "forms/index.html",
        asked=asked,
        retired=retired,
        rules=question_rules,
        base=lambda row: stamp(_state(row)),
        order=stamp(_order(rows)),
        zone=_zone(),
    )


@blueprint.get("/visit-form/new")
@signed_in(Role.ADMIN)
def new() -> ResponseReturnValue:
    """Show the form of a new question."""
    return _form(Values(), key="")


@blueprint.post("/visit-form/new")
@signed_in(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Ask a new question, or show the form again with what is wrong."""
    return _save(key="")


@blueprint.get("/visit-form/<uuid:key>")
@signed_in(Role.ADMIN)
def edit(key: UUID) -> ResponseReturnValue:
    """Show the form of a question, with its versions."""
    rows = queries.get_versions(access=current_access(), key=str(key))
    return _form(_values(rows[0].question), key=str(key), rows=rows)


@blueprint.post("/visit-form/<uuid:key>")
@signed_in(Role.ADMIN)
def change(key: UUID) -> ResponseReturnValue:
    """Ask it otherwise, or show the form again with what is wrong."""
    return _save(key=str(key))


@blueprint.post("/visit-form/<uuid:key>/retire")
@signed_in(Role.ADMIN)
def retire(key: UUID) -> ResponseReturnValue:
    """Ask it no more."""

    def retired() -> Notice:
        expect_stamp(_newest(key))
        row = operations.retire_question(key=str(key), at=utc_now(), by=current_access().user_id)
        told = gettext("“%(question)s” is asked no more. Its answers stay.", question=row.text)
        undo_url = url_for(".restore", key=key)
        return Notice(text=told, undo_url=undo_url, fields={"base": stamp(_newest(key))})

    carry_out(retired)
    return redirect(url_for(".index"))


@blueprint.post("/visit-form/<uuid:key>/restore")
@signed_in(Role.ADMIN)
def restore(key: UUID) -> ResponseReturnValue:
    """Ask it again."""

    def restored() -> Notice:
        expect_stamp(_newest(key))
        row = operations.restore_question(key=str(key), at=utc_now(), by=current_access().user_id)
        told = gettext("“%(question)s” is asked again.", question=row.text)
        undo_url = url_for(".retire", key=key)
        return Notice(text=told, undo_url=undo_url, fields={"base": stamp(_newest(key))})

    carry_out(restored)
    return redirect(url_for(".index"))


@blueprint.post("/visit-form/<uuid:key>/undo")
@signed_in(Role.ADMIN)
def undo(key: UUID) -> ResponseReturnValue:
    """Ask it as it was asked before the last change."""

    def undone() -> Notice:
        row = operations.undo_change(
            key=str(key),
            base=request.form.get("base", ""),
            at=utc_now(),
            by=current_access().user_id,
        )
        told = gettext("The question is as before.")
        return Notice(text=told, undo_url=url_for(".undo", key=key), fields={"base": row.id})

    carry_out(undone)
    return redirect(url_for(".index"))


@blueprint.post("/visit-form/<uuid:key>/move")
@signed_in(Role.ADMIN)
def move(key: UUID) -> ResponseReturnValue:
    """Ask it one place earlier or later."""
    try:
        with transaction():
            expect_stamp(_order(queries.list_questions(access=current_access())))
            operations.move_question(
                key=str(key),
                by_steps=-1 if request.form.get("to") == "earlier" else 1,
                at=utc_now(),
                by=current_access().user_id,
            )
    except ChangedMeanwhileError as problem:
        tell(Notice(text=gettext(problem.title), tone="warn"))
    return redirect(url_for(".index", _anchor=f"question-{key}"))


def _newest(key: UUID | str) -> tuple[str, bool]:
    """Return which version of a question is the newest, and whether it is asked."""
    return _state(queries.get_versions(access=current_access(), key=str(key))[0])


def _state(row: QuestionRow) -> tuple[str, bool]:
    return row.question.id, row.retired_at is None


def _order(rows: list[QuestionRow]) -> list[str]:
    return [row.question.key for row in rows if row.retired_at is None]


def _save(*, key: str) -> ResponseReturnValue:
    given = _typed()
    access, now = current_access(), utc_now()
    rows = queries.get_versions(access=access, key=key) if key else []
    try:
        draft = _draft(given)
        with transaction():
            if key:
                row = operations.change_question(
                    key=key, base=given.base, draft=draft, at=now, by=access.user_id
                )
            else:
                row = operations.add_question(draft=draft, at=now, by=access.user_id)
            notice = _saved(row, former_id=given.base if key else "")
    except QuestionError as problem:
        problems = {problem.field: gettext(problem.title)}
        return _form(given, key=key, rows=rows, problems=problems), problem.status
    except ChangedMeanwhileError as problem:
        # What was typed stays; saved again it replaces what somebody else wrote.
        rows = queries.get_versions(access=access, key=key)
        given = replace(given, base=rows[0].question.id)
        return _form(given, key=key, rows=rows, problem=gettext(problem.title)), problem.status
    except operations.TooManyQuestionsError as problem:
        return _form(given, key=key, rows=rows, problem=gettext(problem.title)), problem.status
    tell(notice)
    return redirect(url_for(".index"))


def _saved(row: FormQuestion, *, former_id: str) -> Notice:
    text = gettext("The question is saved. Phones get it with their next sync.")
    if not former_id:
        undo_url, base = url_for(".retire", key=row.key), stamp(_newest(row.key))
    elif row.id != former_id:
        undo_url, base = url_for(".undo", key=row.key), row.id
    else:
        return Notice(text=text)
    return Notice(text=text, undo_url=undo_url, fields={"base": base})


def _typed() -> Values:
    form = request.form
    return Values(
        base=form.get("base", ""),
        kind=form.get("kind", ""),
        text=form.get("text", ""),
        is_required="is_required" in form,
        is_whole="is_whole" in form,
        low=form.get("low", "").strip(),
        high=form.get("high", "").strip(),
        options=form.get("options", ""),
        classes=frozenset(form.getlist("classes")) & {each.value for each in CustomerClass},
        categories=frozenset(form.getlist("categories")),
    )


def _draft(given: Values) -> Draft:
    """
    Return what was typed as a question.

    :raises QuestionError: if a bound is no number, or there is no such kind
    """
    if given.kind not in set(AnswerKind):
        raise QuestionError
    return Draft(
        kind=AnswerKind(given.kind),
        text=given.text,
        is_required=given.is_required,
        is_whole=given.is_whole,
        low=_bound(given.low),
        high=_bound(given.high),
        options=given.options.splitlines(),
        classes=sorted(given.classes),
        categories=sorted(given.categories),
    )


def _bound(text: str) -> float | None:
    if not text:
        return None
    plain = text.replace(",", ".")
    digits = plain.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdecimal()):
        raise BoundsError
    return float(plain)


def _values(question: Question) -> Values:
    return Values(
        base=question.id,
        kind=question.kind.value,
        text=question.text,
        is_required=question.is_required,
        is_whole=question.is_whole,
        low="" if question.low is None else f"{question.low:g}",
        high="" if question.high is None else f"{question.high:g}",
        options="\n".join(option.name for option in question.options),
        classes=question.classes,
        categories=question.categories,
    )


def _form(
    values: Values,
    *,
    key: str,
    rows: list[QuestionRow] | None = None,
    problems: dict[str, str] | None = None,
    problem: str = "",
) -> str:
    context: dict[str, Any] = {
        "values": values,
        "key": key,
        "rows": rows or [],
        "problems": problems or {},
        "problem": problem,
    }
    return render_template(
        "forms/question.html",
        **context,
        kinds=KINDS,
        classes=list(CustomerClass),
        # A line that no product has any more stays chosen until somebody takes it out.
        lines=sorted({*queries.list_categories(access=current_access()), *values.categories}),
        longest=LONGEST_TEXT,
        rules=question_rules,
        zone=_zone(),
    )


def _zone() -> str:
    settings = current_settings()
    return settings.time_zone
