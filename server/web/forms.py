"""What forms have in common: they are refused with what was typed, switch a row off, are undone."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from flask_babel import gettext
from marshmallow import ValidationError

from server.platform.errors import InvalidInputError, NotFoundError, ProblemError
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError, fingerprint
from server.web.notices import Notice, tell


def refusal(
    error: ProblemError | ValidationError,
    show: Callable[..., str],
    *,
    hints: Mapping[str, str] | None = None,
    theirs: Callable[[], dict[str, str]] = dict,
) -> tuple[str, int]:
    """
    Return the form again, with what was typed and what is wrong, and the status.

    :param show: makes the page from `errors` (by field), `theirs` (what somebody else wrote
        meanwhile, by field) or `problem`
    :param hints: what may be in a field, as English source texts
    :param theirs: asked where somebody changed the row meanwhile
    :raises NotFoundError: if that is what went wrong
    """
    if isinstance(error, ValidationError):
        known = hints or {}
        return show(errors={name: gettext(known[name]) for name in error.messages_dict}), 422
    if isinstance(error, NotFoundError):
        raise error
    if isinstance(error, InvalidInputError):
        return show(errors=error.errors), error.status
    if isinstance(error, ChangedMeanwhileError):
        return show(theirs=theirs()), error.status
    return show(problem=gettext(error.title)), error.status


def carry_out(change: Callable[[], Notice]) -> bool:
    """
    Do what a button says, and tell what was done or why it was not; return whether it was.

    :param change: runs in a transaction; returns what is told once it is committed
    :raises NotFoundError: if that is what went wrong
    """
    try:
        with transaction():
            notice = change()
    except NotFoundError:
        raise
    except ProblemError as problem:
        tell(Notice(text=gettext(problem.title), tone="warn"))
        return False
    tell(notice)
    return True


def switch(change: Callable[[bool], Any], *, field: str, undo_url: str, yes: str, no: str) -> bool:
    """
    Change what a button of one field says, and tell so with an undo; return whether that was done.

    :param change: takes whether the field says yes; returns the row with its `name` and `version`
    :param yes: what is told then, as an English source text with `%(name)s`
    :raises NotFoundError: if there is no such row
    """
    wanted = request.form.get(field) == "yes"

    def switched() -> Notice:
        row = change(wanted)
        return Notice(
            text=gettext(yes if wanted else no, name=row.name),
            undo_url=undo_url,
            fields={"base": str(row.version), field: "" if wanted else "yes"},
        )

    return carry_out(switched)


def saved(
    text: str, undo_url: str, *, before: Mapping[str, str], after: Mapping[str, str], base: object
) -> Notice:
    """
    Return the notice of a form that was saved; its undo sends the form as it stood before.

    :param before: what stood in the fields before; `after`: what stands there now
    :param base: the version that is there now
    """
    if before == after:
        return Notice(text=text)
    fields = {name: value for name, value in before.items() if value}
    return Notice(text=text, undo_url=undo_url, fields=fields | {"base": str(base)})


def stamp(*values: object) -> str:
    """Return what a form of values without a version was made from; others give another text."""
    return fingerprint(repr(values))


def expect_stamp(*values: object) -> None:
    """
    Make sure that the form that was sent was made from these values.

    :raises ChangedMeanwhileError: if it was not
    """
    if request.form.get("base") != stamp(*values):
        raise ChangedMeanwhileError


def undoable(text: str, undo_url: str, *, at: dt.datetime) -> Notice:
    """Return the notice of what was done at this time, and so stands in the audit log."""
    return Notice(text=text, undo_url=undo_url, fields={"done_at": at.isoformat()})


def take_back(undo: Callable[..., Any], *, told: str, at: dt.datetime) -> None:
    """
    Undo what an `undoable` notice told of, and tell so with an undo of that.

    :param undo: takes `done_at`, when it was done, and `at`
    :param told: as an English source text
    :raises NotFoundError: if the reader did no such thing
    """
    done_at = time_of_notice()

    def undone() -> Notice:
        undo(done_at=done_at, at=at)
        return undoable(gettext(told), request.full_path.rstrip("?"), at=at)

    carry_out(undone)


def time_of_notice() -> dt.datetime:
    """
    Return when that was done which an `undoable` notice told of.

    :raises NotFoundError: if the form does not say it
    """
    try:
        done_at = dt.datetime.fromisoformat(request.form.get("done_at", ""))
    except ValueError:
        raise NotFoundError from None
    if done_at.tzinfo is None:
        raise NotFoundError
    return done_at
