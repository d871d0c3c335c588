"""Defining, changing, ordering and archiving custom fields of customers."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from server.fields.models import FieldRow
from server.platform import audit
from server.platform.database import db
from server.platform.errors import NotFoundError, ProblemError
from server.platform.events import record_changed
from server.platform.keys import free_key
from server.platform.versioned import ChangedMeanwhileError
from shared.custom_fields import LONGEST_KEY, MOST_CHOICES, MOST_FIELDS
from shared.i18n import N_
from shared.sync.ids import new_id
from shared.vocabulary import FieldKind

LONGEST_LABEL = 80
LONGEST_HINT = 200
_CONTENT = ("label", "label_id", "hint", "hint_id", "is_required", "by_reps", "choices")


class FieldError(ProblemError):
    """A field that cannot be; its subclasses say why."""

    code = "field.impossible"
    status = 422
    title = N_("There can be no such field.")
    field = "kind"


class LabelMissingError(FieldError):
    """A field has a name."""

    code = "field.label_missing"
    title = N_("Write the name of the field, in at most 80 letters.")
    field = "label"


class LabelTakenError(FieldError):
    """Two columns of a file with one name cannot be told apart."""

    code = "field.label_taken"
    title = N_("Another field has this name.")
    field = "label"


class HintTooLongError(FieldError):
    """A help is a sentence."""

    code = "field.hint_too_long"
    title = N_("Write at most 200 letters of help.")
    field = "hint"


class ChoicesError(FieldError):
    """A choice is one between some."""

    code = "field.choices"
    title = N_("Write one to 50 different choices, of 80 letters each.")
    field = "choices"


class TooManyFieldsError(ProblemError):
    """Nobody fills in a hundred fields of a customer."""

    code = "field.too_many"
    status = 422
    title = N_("There are 30 fields already. Archive one first.")


@dataclass(frozen=True, kw_only=True)
class ChoiceDraft:
    """What an administrator says of a choice."""

    name: str
    name_id: str = ""
    key: str = ""
    """Of one that there is; empty: a new one."""
    is_retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an administrator says of a field."""

    label: str
    label_id: str = ""
    hint: str = ""
    hint_id: str = ""
    is_required: bool = False
    by_reps: bool = False
    choices: Sequence[ChoiceDraft] = ()
    """In their order."""


def add_field(
    *,
    kind: FieldKind,
    draft: Draft,
    at: dt.datetime,
    by: str,
    key: str = "",
    reserved: Collection[str] = (),
) -> FieldRow:
    """
    Add a field behind the others.

    :param key: of a column that imports have kept; empty: made from the label
    :param reserved: keys that customers have values of, though no field has them
    :raises FieldError: if there can be no such field
    :raises TooManyFieldsError: if there are thirty in use
    """
    rows = _all()
    columns = _columns(kind, draft, known=[])
    _check_label(rows, columns["label"], but="")
    if sum(row.retired_at is None for row in rows) >= MOST_FIELDS:
        raise TooManyFieldsError
    taken = {row.key for row in rows}
    if key in taken:
        raise LabelTakenError
    row = FieldRow(
        id=new_id(),
        key=key or _free_key(columns["label"], taken | set(reserved)),
        kind=kind,
        position=1 + max((row.position for row in rows), default=0),
        **columns,
        changed_at=at,
        changed_by=by,
        version=1,
    )
    db.session.add(row)
    _announce([row], "field.added", at=at, by=by, label=row.label, kind=str(kind))
    return row


def change_field(
    *, field_id: str, base: int | str, draft: Draft, at: dt.datetime, by: str
) -> FieldRow:
    """
    Change all of a field but its kind. A choice that is left out is retired; values stay.

    :param base: the version that was looked at
    :raises NotFoundError: if there is no such field
    :raises ChangedMeanwhileError: if it has another version by now
    :raises FieldError: if there can be no such field
    """
    row = _locked(field_id)
    row.expect(base)
    columns = _columns(FieldKind(row.kind), draft, known=row.choices)
    _check_label(_all(), columns["label"], but=row.key)
    _set(row, columns, at=at, by=by)
    return row


def undo_change(*, field_id: str, done_at: dt.datetime, at: dt.datetime, by: str) -> FieldRow:
    """
    Bring back what a field was before a person changed it at this time.

    :raises NotFoundError: if the person did not change it then
    :raises ChangedMeanwhileError: if somebody has changed the same since
    """
    [entry] = audit.entries_of(action="field.changed", at=done_at, user_id=by, subject=field_id)
    row = _locked(field_id)
    changed = entry.details["changed"]
    if any(getattr(row, name) != after for name, (_, after) in changed.items()):
        raise ChangedMeanwhileError
    before = {name: before for name, (before, _) in changed.items()}
    if "choices" in before:
        # One that was added meanwhile may be a value already: it stays, and is offered no more.
        before["choices"] = _with_those_left_out(before["choices"], row.choices)
    _set(row, before, at=at, by=by)
    return row


def archive_field(
    *, field_id: str, archived: bool, base: int | str, at: dt.datetime, by: str
) -> FieldRow:
    """
    Ask for a field no more, or again. Its values stay either way.

    :raises NotFoundError: if there is no such field
    :raises ChangedMeanwhileError: if it has another version by now
    :raises TooManyFieldsError: if it comes back and there are thirty in use
    """
    row = _locked(field_id)
    row.expect(base)
    in_use = sum(each.retired_at is None for each in _all())
    if not archived and row.retired_at is not None and in_use >= MOST_FIELDS:
        raise TooManyFieldsError
    row.set_fields({"retired_at": at if archived else None})
    row.changed_at, row.changed_by = at, by
    action = "field.archived" if archived else "field.restored"
    _announce([row], action, at=at, by=by, label=row.label)
    return row


def move_field(*, field_id: str, by_steps: int, at: dt.datetime, by: str) -> None:
    """
    Let a field stand earlier (-1) or later (+1) among those in use.

    :raises NotFoundError: if there is no such field, or it was archived
    """
    rows = [row for row in _all() if row.retired_at is None]
    place = next((number for number, row in enumerate(rows) if row.id == field_id), None)
    if place is None:
        raise NotFoundError
    target = min(max(place + by_steps, 0), len(rows) - 1)
    places = [row.position for row in rows]
    rows.insert(target, rows.pop(place))
    moved = [
        row
        for row, position in zip(rows, places, strict=True)
        if row.set_fields({"position": position})
    ]
    if moved:
        _announce(moved, "field.moved", at=at, by=by, subject=field_id, label=rows[target].label)


def _all() -> list[FieldRow]:
    rows = select(FieldRow).order_by(FieldRow.position, FieldRow.key).with_for_update()
    return list(db.session.scalars(rows))


def _locked(field_id: str) -> FieldRow:
    row = db.session.get(FieldRow, field_id, with_for_update=True)
    if row is None:
        raise NotFoundError
    return row


def _set(row: FieldRow, columns: dict[str, Any], *, at: dt.datetime, by: str) -> None:
    changed = row.set_fields(columns)
    if changed:
        row.changed_at, row.changed_by = at, by
        _announce([row], "field.changed", at=at, by=by, label=row.label, changed=changed)


def _columns(kind: FieldKind, draft: Draft, *, known: Sequence[Sequence[Any]]) -> dict[str, Any]:
    label, label_id = _plain(draft.label), _plain(draft.label_id)
    if not label or max(len(label), len(label_id)) > LONGEST_LABEL:
        raise LabelMissingError
    hint, hint_id = _plain(draft.hint), _plain(draft.hint_id)
    if max(len(hint), len(hint_id)) > LONGEST_HINT:
        raise HintTooLongError
    columns = {
        "label": label,
        "label_id": "" if label_id == label else label_id,
        "hint": hint,
        "hint_id": "" if hint_id == hint else hint_id,
        "is_required": draft.is_required,
        "by_reps": draft.by_reps,
        "choices": _choices(draft.choices, known) if kind is FieldKind.CHOICE else [],
    }
    assert set(columns) == set(_CONTENT)
    return columns


def _choices(drafts: Iterable[ChoiceDraft], known: Sequence[Sequence[Any]]) -> list[list[Any]]:
    taken = {key for key, *_ in known}
    choices: list[list[Any]] = []
    for draft in drafts:
        name, name_id = _plain(draft.name), _plain(draft.name_id)
        if not name:
            continue
        key = draft.key if draft.key in taken else _free_key(name, taken)
        taken.add(key)
        choices.append([key, name, "" if name_id == name else name_id, draft.is_retired])
    choices = _with_those_left_out(choices, known)
    offered = [name.casefold() for _, name, _, is_retired in choices if not is_retired]
    if (
        not 1 <= len(offered) <= MOST_CHOICES
        or len(set(offered)) < len(offered)
        or any(max(len(name), len(name_id)) > LONGEST_LABEL for _, name, name_id, _ in choices)
    ):
        raise ChoicesError
    return choices


def _with_those_left_out(
    choices: Sequence[Sequence[Any]], known: Sequence[Sequence[Any]]
) -> list[list[Any]]:
    """Return choices with the ones that there were too, retired: customers may have them."""
    keys = {key for key, *_ in choices}
    left_out = [[key, name, name_id, True] for key, name, name_id, _ in known if key not in keys]
    return [*map(list, choices), *left_out]


def _check_label(rows: Iterable[FieldRow], label: str, *, but: str) -> None:
    if any(row.label.casefold() == label.casefold() and row.key != but for row in rows):
        raise LabelTakenError


def _plain(text: str) -> str:
    """Return a text on one line, without the signs that only machines write."""
    return " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())


def _free_key(name: str, taken: Collection[str]) -> str:
    return free_key(name, taken, longest=LONGEST_KEY - 10, otherwise="field")


def _announce(
    rows: Sequence[FieldRow],
    action: str,
    *,
    at: dt.datetime,
    by: str,
    subject: str = "",
    **details: object,
) -> None:
    db.session.flush()
    record_changed("custom_field", *[row.id for row in rows])
    audit.record(action=action, at=at, user_id=by, subject=subject or rows[0].id, **details)
