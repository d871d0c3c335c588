"""Pages on which an administrator defines custom fields of customers.

The slot `fields.cards` is open to higher features: each returns HTML of a card. `fields.reserved`
returns keys that customers have values of although no field has them.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.fields import operations, queries
from server.fields.operations import (
    LONGEST_HINT,
    LONGEST_LABEL,
    ChoiceDraft,
    Draft,
    FieldError,
)
from server.fields.queries import FieldSettings
from server.platform.auth import current_access, signed_in
from server.platform.errors import ProblemError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.web.contributions import contributions
from server.web.field_values import KINDS
from server.web.forms import carry_out, expect_stamp, stamp, take_back, undoable
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.custom_fields import CustomField
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import FieldKind, Role

blueprint = Blueprint("fields_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="fields_pages.index",
        label=N_("Custom fields"),
        icon="format-list-bulleted",
        position=84,
        roles=frozenset({Role.ADMIN}),
    ),
)

_PLACE = "place-"


@dataclass(frozen=True, kw_only=True)
class ChoiceRow:
    """A choice as the form holds it."""

    key: str
    place: str
    name: str
    name_id: str
    is_offered: bool


@dataclass(frozen=True, kw_only=True)
class Values:
    """What the form of a field holds, as typed."""

    base: str = ""
    kind: str = FieldKind.TEXT.value
    label: str = ""
    label_id: str = ""
    hint: str = ""
    hint_id: str = ""
    is_required: bool = False
    by_reps: bool = False
    rows: tuple[ChoiceRow, ...] = ()
    """The choices there are."""
    more: str = ""
    """Choices to add, one a line; the Indonesian name behind a bar."""


@blueprint.get("/custom-fields")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the fields in their order, and those that were archived."""
    rows = queries.list_fields(access=current_access())
    return render_template(
        "fields/index.html",
        in_use=[row for row in rows if not row.field.is_retired],
        archived=[row for row in rows if row.field.is_retired],
        kinds=KINDS,
        order=stamp(_order(rows)),
        cards=contributions("fields.cards"),
        zone=current_settings().time_zone,
    )


@blueprint.get("/custom-fields/new")
@signed_in(Role.ADMIN)
def new() -> ResponseReturnValue:
    """Show the form of a new field."""
    return _form(Values())


@blueprint.post("/custom-fields/new")
@signed_in(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Add a field, or show the form again with what is wrong."""
    given = _typed()
    try:
        if given.kind not in set(FieldKind):
            raise FieldError
        with transaction():
            row = operations.add_field(
                kind=FieldKind(given.kind),
                draft=_draft(given),
                at=utc_now(),
                by=current_access().user_id,
                reserved={key for keys in contributions("fields.reserved") for key in keys},
            )
            label = row.definition.label_in(current_language())
    except ProblemError as problem:
        return _form(given, problem=problem), problem.status
    tell(Notice(text=_saved(label)))
    return redirect(url_for(".index"))


@blueprint.get("/custom-fields/<uuid:field_id>")
@signed_in(Role.ADMIN)
def edit(field_id: UUID) -> ResponseReturnValue:
    """Show the form of a field."""
    row = _find(field_id)
    return _form(_values(row), row=row)


@blueprint.post("/custom-fields/<uuid:field_id>")
@signed_in(Role.ADMIN)
def change(field_id: UUID) -> ResponseReturnValue:
    """Change a field, or show the form again with what is wrong."""
    given, at = _typed(), utc_now()
    row = _find(field_id)
    try:
        with transaction():
            changed = operations.change_field(
                field_id=row.id,
                base=given.base,
                draft=_draft(given),
                at=at,
                by=current_access().user_id,
            )
            is_changed = str(changed.version) != given.base
            label = changed.definition.label_in(current_language())
    except ChangedMeanwhileError as problem:
        # What was typed stays; saved again it replaces what somebody else wrote.
        row = _find(field_id)
        given = replace(given, base=str(row.version))
        return _form(given, row=row, problem=problem), problem.status
    except ProblemError as problem:
        return _form(given, row=row, problem=problem), problem.status
    undo_url = url_for(".undo", field_id=field_id)
    told = _saved(label)
    tell(undoable(told, undo_url, at=at) if is_changed else Notice(text=told))
    return redirect(url_for(".index"))


@blueprint.post("/custom-fields/<uuid:field_id>/undo")
@signed_in(Role.ADMIN)
def undo(field_id: UUID) -> ResponseReturnValue:
    """Bring back what stood in the form before it was saved."""
    take_back(
        partial(operations.undo_change, field_id=str(field_id), by=current_access().user_id),
        told=N_("The field is as before."),
        at=utc_now(),
    )
    return redirect(url_for(".index"))


@blueprint.post("/custom-fields/<uuid:field_id>/archive")
@signed_in(Role.ADMIN)
def archive(field_id: UUID) -> ResponseReturnValue:
    """Ask for a field no more, or again."""
    archived = request.form.get("archived") == "yes"

    def switched() -> Notice:
        row = operations.archive_field(
            field_id=str(field_id),
            archived=archived,
            base=request.form.get("base", ""),
            at=utc_now(),
            by=current_access().user_id,
        )
        told = (
            N_("“%(name)s” is archived. Its values stay.")
            if archived
            else N_("“%(name)s” is in use again.")
        )
        return Notice(
            text=gettext(told, name=row.definition.label_in(current_language())),
            undo_url=url_for(".archive", field_id=field_id),
            fields={"base": str(row.version), "archived": "" if archived else "yes"},
        )

    carry_out(switched)
    return redirect(url_for(".index"))


@blueprint.post("/custom-fields/<uuid:field_id>/move")
@signed_in(Role.ADMIN)
def move(field_id: UUID) -> ResponseReturnValue:
    """Let a field stand one place earlier or later."""
    try:
        with transaction():
            expect_stamp(_order(queries.list_fields(access=current_access())))
            operations.move_field(
                field_id=str(field_id),
                by_steps=-1 if request.form.get("to") == "earlier" else 1,
                at=utc_now(),
                by=current_access().user_id,
            )
    except ChangedMeanwhileError as problem:
        tell(Notice(text=gettext(problem.title), tone="warn"))
    return redirect(url_for(".index", _anchor=f"field-{field_id}"))


def _saved(label: str) -> str:
    return gettext("“%(name)s” is saved. Phones get it with their next sync.", name=label)


def _find(field_id: UUID) -> FieldSettings:
    return queries.get_field(access=current_access(), field_id=str(field_id))


def _order(rows: list[FieldSettings]) -> list[str]:
    return [row.id for row in rows if not row.field.is_retired]


def _typed() -> Values:
    form = request.form
    rows = [
        ChoiceRow(
            key=key,
            place=form[_PLACE + key],
            name=form.get(f"name-{key}", ""),
            name_id=form.get(f"name_id-{key}", ""),
            is_offered=f"offered-{key}" in form,
        )
        for key in (name.removeprefix(_PLACE) for name in form if name.startswith(_PLACE))
    ]
    return Values(
        base=form.get("base", ""),
        kind=form.get("kind", ""),
        label=form.get("label", ""),
        label_id=form.get("label_id", ""),
        hint=form.get("hint", ""),
        hint_id=form.get("hint_id", ""),
        is_required="is_required" in form,
        by_reps="by_reps" in form,
        rows=tuple(rows),
        more=form.get("more", ""),
    )


def _draft(given: Values) -> Draft:
    def place(row: ChoiceRow) -> int:
        return int(row.place) if row.place.isascii() and row.place.isdigit() else len(given.rows)

    known = [
        ChoiceDraft(key=row.key, name=row.name, name_id=row.name_id, is_retired=not row.is_offered)
        for row in sorted(given.rows, key=place)
    ]
    more = [line.partition("|") for line in given.more.splitlines()]
    return Draft(
        label=given.label,
        label_id=given.label_id,
        hint=given.hint,
        hint_id=given.hint_id,
        is_required=given.is_required,
        by_reps=given.by_reps,
        choices=[*known, *(ChoiceDraft(name=name, name_id=name_id) for name, _, name_id in more)],
    )


def _values(row: FieldSettings) -> Values:
    field = row.field
    return Values(
        base=str(row.version),
        kind=field.kind.value,
        label=field.label,
        label_id=field.label_id,
        hint=field.hint,
        hint_id=field.hint_id,
        is_required=field.is_required,
        by_reps=field.by_reps,
        rows=_rows(field),
    )


def _rows(field: CustomField) -> tuple[ChoiceRow, ...]:
    return tuple(
        ChoiceRow(
            key=choice.key,
            place=str(place),
            name=choice.name,
            name_id=choice.name_id,
            is_offered=not choice.is_retired,
        )
        for place, choice in enumerate(field.choices, start=1)
    )


def _form(
    values: Values, *, row: FieldSettings | None = None, problem: ProblemError | None = None
) -> str:
    context: dict[str, Any] = {"values": values, "row": row, "kinds": KINDS}
    words = gettext(problem.title) if problem else ""
    is_of_field = isinstance(problem, FieldError)
    return render_template(
        "fields/field.html",
        **context,
        problems={problem.field: words} if isinstance(problem, FieldError) else {},
        problem="" if is_of_field else words,
        longest=LONGEST_LABEL,
        longest_hint=LONGEST_HINT,
    )
