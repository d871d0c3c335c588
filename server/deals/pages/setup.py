"""The pipeline as administrators set it: its stages, and the reasons for losing a deal."""

import hashlib
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.deals.operations import reasons, stages
from server.deals.operations.stages import StageForm
from server.deals.queries.reasons import company_lost_reasons
from server.deals.queries.stages import stage_settings
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import InvalidInputError, ProblemError
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role, StageKind

blueprint = Blueprint("pipeline_setup_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="pipeline_setup_pages.index",
        label=N_("Stages and reasons"),
        icon="view-column-outline",
        position=88,
        roles=frozenset({Role.ADMIN}),
    ),
)
KINDS = {
    StageKind.LEAD: N_("Lead"),
    StageKind.OPEN: N_("Open"),
    StageKind.WON: N_("Won"),
    StageKind.LOST: N_("Lost"),
    StageKind.DISQUALIFIED: N_("Disqualified"),
}
_NEW = "new"
_MOST_REASONS = 50
_LONGEST = 120


@blueprint.get("/pipeline/setup")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show stages and reasons."""
    return _page()


@blueprint.post("/pipeline/setup/stages")
@signed_in(Role.ADMIN)
def save_stages() -> ResponseReturnValue:
    """Keep the stages, or show the form again with what is wrong."""
    settings = stage_settings(access=current_access())
    given = {
        row.key: {
            "name": _text(f"name-{row.key}"),
            "position": _text(f"position-{row.key}"),
            "percent": _text(f"percent-{row.key}"),
            "archived": _text(f"archived-{row.key}"),
            "kind": row.kind,
        }
        for row in settings.rows
    }
    new = {
        "name": _text(f"name-{_NEW}"),
        "position": _text(f"position-{_NEW}"),
        "percent": _text(f"percent-{_NEW}"),
        "archived": "",
        "kind": request.form.get(f"kind-{_NEW}", ""),
    }
    wanted = given | ({_NEW: new} if new["name"] else {})
    forms = [
        StageForm(
            key="" if key == _NEW else key,
            name=row["name"],
            kind=StageKind(row["kind"]) if row["kind"] in set(StageKind) else StageKind.OPEN,
            percent=_number(row["percent"], -1) if row["percent"] else 0,
            archived=bool(row["archived"]),
        )
        for key, row in sorted(
            wanted.items(), key=lambda item: _number(item[1]["position"], len(wanted))
        )
    ]
    try:
        with transaction():
            changed = stages.set_stages(
                stages=forms,
                base=request.form.get("base", ""),
                day=business_today(),
                at=utc_now(),
                by=current_access().user_id,
            )
    except InvalidInputError as problem:
        return _page(given=given, new=new, wrong=set(problem.errors)), problem.status
    except ProblemError as problem:
        return _page(given=given, new=new, problem=gettext(problem.title)), problem.status
    text = gettext("The stages are saved.") if changed else gettext("Nothing was changed.")
    tell(Notice(text=text))
    return redirect(url_for(".index"))


@blueprint.post("/pipeline/setup/reasons")
@signed_in(Role.ADMIN)
def save_reasons() -> ResponseReturnValue:
    """Keep the reasons, one a line; a line that is left as it was keeps its key."""
    access = current_access()
    typed = request.form.get("reasons", "")[:10_000]
    undo = "\n".join(reason.name for reason in company_lost_reasons(access=access))
    try:
        names = _read_reasons(typed)
        with transaction():
            known = company_lost_reasons(access=access)
            if request.form.get("base", "") != _reasons_version([row.name for row in known]):
                raise ChangedMeanwhileError
            keys = {row.name: row.key for row in known}
            reasons.set_lost_reasons(
                reasons=[(keys.get(name) or _key_of(name), name) for name in names],
                at=utc_now(),
                by=access.user_id,
            )
    except InvalidInputError:
        text = gettext("At most 50 reasons, each of at most 120 characters.")
        return _page(reasons_typed=typed, problem=text), 422
    except ProblemError as problem:
        return _page(reasons_typed=typed, problem=gettext(problem.title)), problem.status
    tell(
        Notice(
            text=gettext("The reasons are saved. Phones have them after their next sync."),
            undo_url=url_for(".save_reasons"),
            fields={"reasons": undo, "base": _reasons_version(names)} if len(undo) < 1500 else {},
        )
        if len(undo) < 1500
        else Notice(text=gettext("The reasons are saved. Phones have them after their next sync."))
    )
    return redirect(url_for(".index"))


def _read_reasons(typed: str) -> list[str]:
    lines = (" ".join(line.replace("\0", " ").split()) for line in typed.splitlines())
    names = list(dict.fromkeys(line for line in lines if line))
    if len(names) > _MOST_REASONS or any(len(name) > _LONGEST for name in names):
        raise InvalidInputError({"reasons": ["too many or too long"]})
    return names


def _key_of(name: str) -> str:
    # The same words come back as the same reason.
    return "own_" + hashlib.sha256(name.casefold().encode()).hexdigest()[:16]


def _reasons_version(names: list[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def _page(
    *,
    given: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    wrong: set[Any] | None = None,
    problem: str = "",
    reasons_typed: str | None = None,
) -> str:
    access = current_access()
    settings = stage_settings(access=access)
    names = [row.name for row in company_lost_reasons(access=access)]
    present = {
        row.key: {
            "name": row.name,
            "position": str(number),
            "percent": str(row.percent),
            "archived": "yes" if row.archived else "",
            "kind": row.kind,
        }
        for number, row in enumerate(settings.rows, start=1)
    }
    return render_template(
        "deals/setup.html",
        rows=settings.rows,
        given=present | (given or {}),
        new=new or {"name": "", "position": "", "percent": "", "kind": "open"},
        kinds=KINDS,
        open_kinds=stages.OPEN_KINDS,
        base=settings.version,
        wrong=wrong or set(),
        problem=problem,
        reasons="\n".join(names) if reasons_typed is None else reasons_typed,
        reasons_base=_reasons_version(names),
    )


def _text(name: str) -> str:
    return " ".join(request.form.get(name, "").replace("\0", " ").split())[:200]


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else otherwise
