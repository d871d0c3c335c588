"""Pages on which an administrator makes the company's own KPIs."""

import datetime as dt
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from server.definitions import operations, queries
from server.definitions.models import OwnMetric
from server.definitions.operations import ChangedMeanwhileError, Definition
from server.definitions.schemas import UNITS, DefinitionSchema
from server.platform.auth import current_access, signed_in
from server.platform.errors import InvalidInputError, ProblemError
from server.platform.transaction import transaction
from server.web.forms import carry_out, take_back, undoable
from server.web.languages import current_language
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.quantities import UNIT_NAMES
from shared.i18n import N_
from shared.metrics.definition import Direction, Family
from shared.metrics.measures import MEASURES
from shared.metrics.parsing import PROBLEMS
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("definitions_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="definitions_pages.index",
        label=N_("Own KPIs"),
        icon="target",
        position=82,
        roles=frozenset({Role.ADMIN}),
    ),
)
DIRECTIONS = {
    Direction.HIGHER_IS_BETTER: N_("More is better"),
    Direction.LOWER_IS_BETTER: N_("Less is better"),
    Direction.NEUTRAL: N_("Neither"),
}
FAMILIES = {Family.KPI: N_("Overview"), Family.ACTIVITY: N_("Field activity")}
_EMPTY = {
    "name": "",
    "name_id": "",
    "description": "",
    "formula": "",
    "target": "",
    "unit": "percent",
    "family": "kpi",
    "direction": "higher_is_better",
    "edition": 0,
}


@blueprint.get("/definitions")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the company's own KPIs."""
    return render_template(
        "definitions/index.html",
        definitions=queries.list_own_metrics(access=current_access()),
        families=FAMILIES,
    )


@blueprint.get("/definitions/new")
@signed_in(Role.ADMIN)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(_EMPTY, key="")


@blueprint.get("/definitions/<key>")
@signed_in(Role.ADMIN)
def edit(key: str) -> ResponseReturnValue:
    """Show the form of a KPI."""
    row = queries.get_own_metric(access=current_access(), key=key)
    return _form(_values(row), key=key, row=row)


@blueprint.post("/definitions/new")
@signed_in(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Make a KPI, or show the form again with what is wrong."""
    return _save(key="")


@blueprint.post("/definitions/<key>")
@signed_in(Role.ADMIN)
def change(key: str) -> ResponseReturnValue:
    """Change a KPI, or show the form again with what is wrong."""
    return _save(key=key)


@blueprint.post("/definitions/<key>/archive")
@signed_in(Role.ADMIN)
def archive(key: str) -> ResponseReturnValue:
    """Take a KPI out of use, or bring it back."""
    archived = request.form.get("archived") == "yes"

    def changed() -> Notice:
        row = operations.archive_own_metric(
            key=key,
            archived=archived,
            edition=request.form.get("edition", type=int, default=0),
            at=utc_now(),
            by=current_access().user_id,
        )
        told = N_("%(name)s is archived.") if archived else N_("%(name)s is in use again.")
        return Notice(
            text=gettext(told, name=row.name_in(current_language())),
            undo_url=url_for("definitions_pages.archive", key=key),
            fields={"edition": str(row.edition), "archived": "" if archived else "yes"},
        )

    carry_out(changed)
    return redirect(url_for("definitions_pages.index"))


@blueprint.post("/definitions/<key>/undo")
@signed_in(Role.ADMIN)
def undo(key: str) -> ResponseReturnValue:
    """Bring back what stood in the form before it was saved."""
    take_back(
        partial(operations.undo_change, key=key, by=current_access().user_id),
        told=N_("The KPI is as before."),
        at=utc_now(),
    )
    return redirect(url_for("definitions_pages.index"))


def _save(*, key: str) -> ResponseReturnValue:
    given = {name: request.form.get(name, "").strip() for name in _EMPTY}
    edition = request.form.get("edition", type=int, default=0)
    access, now = current_access(), utc_now()
    try:
        definition = _read(given)
        with transaction():
            if key:
                row = operations.change_own_metric(
                    key=key, definition=definition, edition=edition, at=now, by=access.user_id
                )
            else:
                row = operations.create_own_metric(definition=definition, at=now, by=access.user_id)
            notice = _saved(row, at=now, is_new=not key, is_changed=row.edition != edition)
    except ValidationError as error:
        return _form(given, key=key, problems=_flat(error.messages_dict)), 422
    except InvalidInputError as error:
        code, part = error.extra["formula_problem"], error.extra["part"]
        words = gettext(PROBLEMS[code], part=part)
        return _form(given, key=key, problems={"formula": words}), 422
    except ChangedMeanwhileError as error:
        # What was typed stays, on top of the newer edition.
        newer = queries.get_own_metric(access=access, key=key)
        return _form(given | {"edition": newer.edition}, key=key, problem=gettext(error.title)), 409
    except ProblemError as error:
        return _form(given, key=key, problem=gettext(error.title)), error.status
    tell(notice)
    return redirect(url_for("definitions_pages.index"))


def _saved(row: OwnMetric, *, at: dt.datetime, is_new: bool, is_changed: bool) -> Notice:
    text = gettext("%(name)s is saved.", name=row.name_in(current_language()))
    if is_new:
        undo_url = url_for("definitions_pages.archive", key=row.key)
        fields = {"edition": str(row.edition), "archived": "yes"}
        return Notice(text=text, undo_url=undo_url, fields=fields)
    undo_url = url_for("definitions_pages.undo", key=row.key)
    return undoable(text, undo_url, at=at) if is_changed else Notice(text=text)


def _read(given: dict[str, Any]) -> Definition:
    fields = {name: value for name, value in given.items() if name != "edition"}
    fields["target"] = fields["target"].replace(",", ".") or None
    loaded: dict[str, Any] = DefinitionSchema().load(fields)
    return Definition(**loaded)


def _flat(messages: dict[str, Any]) -> dict[str, str]:
    return {field: gettext("This is missing or not possible.") for field in messages}


def _values(row: OwnMetric) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _EMPTY} | {"target": _typed(row.target)}


def _typed(target: str | None) -> str:
    """Return a target as the reader's language sets its decimals apart; `_read` takes both."""
    return (target or "").replace(".", "," if current_language() == "id" else ".")


def _form(
    values: dict[str, Any],
    *,
    key: str,
    row: OwnMetric | None = None,
    problems: dict[str, str] | None = None,
    problem: str = "",
) -> str:
    return render_template(
        "definitions/form.html",
        values=values,
        key=key,
        row=row,
        problems=problems or {},
        problem=problem,
        units=[(unit, UNIT_NAMES[unit]) for unit in UNITS],
        directions=DIRECTIONS,
        families=FAMILIES,
        measures=sorted(MEASURES.values(), key=lambda measure: measure.key),
    )
