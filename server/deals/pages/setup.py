"""The pipeline as administrators set it: its stages, reasons for losing, and sources of leads."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.deals.operations import reasons, stages
from server.deals.operations.reasons import WordInUseError
from server.deals.operations.stages import StageForm
from server.deals.pages.view import meant
from server.deals.queries.reasons import (
    WordRow,
    company_lead_sources,
    company_lost_reasons,
    list_sources,
    lost_reasons,
)
from server.deals.queries.stages import StageSettings, stage_settings
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import InvalidInputError, NotFoundError, ProblemError
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError, fingerprint
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.words import shown
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import USUAL_LEAD_SOURCES, Role, StageKind

blueprint = Blueprint("pipeline_setup_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="pipeline_setup_pages.index",
        label=N_("Stages, reasons, sources"),
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
_MOST_WORDS = 50
_LONGEST_UNDO = 1500
"""Longer ones do not fit into the cookie that carries a notice."""


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
            "name": meant(_text(f"name-{row.key}")),
            "position": _text(f"position-{row.key}"),
            "percent": _text(f"percent-{row.key}"),
            "archived": _text(f"archived-{row.key}"),
            "kind": row.kind,
        }
        for row in settings.rows
    }
    new = {
        "name": meant(_text(f"name-{_NEW}")),
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
        return _page(given=given, new=new, problems=_in_words(problem)), problem.status
    except ProblemError as problem:
        return _page(given=given, new=new, problem=gettext(problem.title)), problem.status
    if changed:
        text, fields = gettext("The stages are saved."), _former_stages(settings)
        tell(Notice(text=text, undo_url=url_for(".save_stages") if fields else "", fields=fields))
    else:
        tell(Notice(text=gettext("Nothing was changed.")))
    return redirect(url_for(".index"))


def _in_words(problem: InvalidInputError) -> dict[str, str]:
    return {name: gettext(text) for name, text in problem.errors.items()}


def _former_stages(before: StageSettings) -> dict[str, str]:
    """Return the form that brings the stages back; those that are new since are archived.

    Empty where it would be too long.
    """
    now = stage_settings(access=current_access())
    known = {row.key for row in before.rows}
    fields = {"base": now.version}
    rows = [*before.rows, *(row for row in now.rows if row.key not in known)]
    for number, row in enumerate(rows, start=1):
        fields |= {
            f"name-{row.key}": shown(row.name),
            f"position-{row.key}": str(number),
            f"percent-{row.key}": str(row.percent),
        }
        if row.archived or row.key not in known:
            fields[f"archived-{row.key}"] = "yes"
    length = sum(len(name) + len(value) for name, value in fields.items())
    return fields if length < _LONGEST_UNDO else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """A list of words, a line each: a line that is left as it was keeps its key."""

    read: Callable[..., list[WordRow]]
    write: Callable[..., None]
    longest: int
    saved: str
    refused: str
    rename: Callable[..., int]
    in_use: Callable[..., list[str]]
    """Those of the list, and others that deals have."""
    usual: tuple[str, ...] = ()
    """What stands as long as there are none."""

    def names(self) -> list[str]:
        """Return them as they are kept now."""
        return [row.name for row in self.read(access=current_access())]


_WORDS = {
    "reasons": _Words(
        read=company_lost_reasons,
        write=lambda words, **by: reasons.set_lost_reasons(reasons=words, **by),
        longest=120,
        saved=N_("The reasons are saved. Phones have them after their next sync."),
        refused=N_("At most 50 reasons, each of at most 120 characters."),
        rename=reasons.rename_lost_reason,
        in_use=lost_reasons,
    ),
    "sources": _Words(
        read=company_lead_sources,
        write=lambda words, **by: reasons.set_lead_sources(sources=words, **by),
        longest=60,
        saved=N_("The sources are saved. Phones have them after their next sync."),
        refused=N_("At most 50 sources, each of at most 60 characters."),
        rename=reasons.rename_lead_source,
        in_use=list_sources,
        usual=USUAL_LEAD_SOURCES,
    ),
}


@blueprint.post("/pipeline/setup/<any(reasons, sources):kind>")
@signed_in(Role.ADMIN)
def save_words(kind: str) -> ResponseReturnValue:
    """Keep the reasons or sources, one a line, or show the form again with what is wrong."""
    words, access = _WORDS[kind], current_access()
    typed = request.form.get(kind, "")[:10_000]
    undo = "\n".join(words.names())
    try:
        names = _read_words(typed, words.longest)
        with transaction():
            known = words.read(access=access)
            _expect([row.name for row in known])
            keys = {row.name: row.key for row in known}
            words.write(
                [(keys.get(name) or _key_of(name), name) for name in names],
                at=utc_now(),
                by=access.user_id,
            )
    except InvalidInputError:
        return _page(typed={kind: typed}, problem=gettext(words.refused)), 422
    except ProblemError as problem:
        return _page(typed={kind: typed}, problem=gettext(problem.title)), problem.status
    may_undo = len(undo) < _LONGEST_UNDO
    tell(
        Notice(
            text=gettext(words.saved),
            undo_url=url_for(".save_words", kind=kind) if may_undo else "",
            fields={kind: undo, "base": _version(names)} if may_undo else {},
        )
    )
    return redirect(url_for(".index"))


@blueprint.post("/pipeline/setup/<any(reasons, sources):kind>/name")
@signed_in(Role.ADMIN)
def rename_word(kind: str) -> ResponseReturnValue:
    """Give a reason or a source another name, in all deals."""
    words, old = _WORDS[kind], request.form.get("old", "")
    typed = _text("new")
    new = meant(typed)
    renaming = {"kind": kind, "old": old, "new": typed}
    if not new or len(new) > words.longest or new == old:
        problem = gettext("Choose one, and write another name for it.")
        return _page(renaming=renaming, problem=problem), 422
    joins = request.form.get("joins") == "yes"
    try:
        with transaction():
            _expect(words.names())
            count = words.rename(
                old=old, new=new, joins=joins, at=utc_now(), by=current_access().user_id
            )
    except NotFoundError:
        # Nothing is called so any more.
        title = gettext(ChangedMeanwhileError.title)
        return _page(renaming=renaming, problem=title), ChangedMeanwhileError.status
    except ProblemError as problem:
        renaming |= {"asks": "yes" if isinstance(problem, WordInUseError) else ""}
        return _page(renaming=renaming, problem=gettext(problem.title)), problem.status
    told = ngettext(
        "%(old)s is called %(new)s now, also in %(num)s deal.",
        "%(old)s is called %(new)s now, also in %(num)s deals.",
        count,
        old=shown(old),
        new=shown(new),
    )
    undo = {} if joins else {"old": new, "new": old, "base": _version(words.names())}
    tell(
        Notice(
            text=told,
            undo_url=url_for(".rename_word", kind=kind) if undo else "",
            fields=undo,
        )
    )
    return redirect(url_for(".index"))


def _read_words(typed: str, longest: int) -> list[str]:
    lines = (" ".join(line.replace("\0", " ").split()) for line in typed.splitlines())
    names = list(dict.fromkeys(meant(line) for line in lines if line))
    if len(names) > _MOST_WORDS or any(len(name) > longest for name in names):
        raise InvalidInputError({"words": ["too many or too long"]})
    return names


def _key_of(name: str) -> str:
    # The same words come back as the same one.
    return "own_" + hashlib.sha256(name.casefold().encode()).hexdigest()[:16]


def _version(names: list[str]) -> str:
    return fingerprint("\n".join(names))


def _expect(names: list[str]) -> None:
    if request.form.get("base", "") != _version(names):
        raise ChangedMeanwhileError


def _page(
    *,
    given: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    problems: dict[str, str] | None = None,
    problem: str = "",
    typed: dict[str, str] | None = None,
    renaming: dict[str, str] | None = None,
) -> str:
    access = current_access()
    settings = stage_settings(access=access)
    names = {kind: words.names() for kind, words in _WORDS.items()}
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
        given={
            key: row | {"name": shown(row["name"])}
            for key, row in (present | (given or {})).items()
        },
        new=new or {"name": "", "position": "", "percent": "", "kind": "open"},
        kinds=KINDS,
        open_kinds=stages.OPEN_KINDS,
        base=settings.version,
        problems=problems or {},
        problem=problem,
        lists={
            kind: (typed or {}).get(kind)
            or "\n".join(shown(name) for name in names[kind] or words.usual)
            for kind, words in _WORDS.items()
        },
        in_use={
            kind: sorted({*names[kind], *words.in_use(access=access)}, key=str.casefold)
            for kind, words in _WORDS.items()
        },
        longest={kind: words.longest for kind, words in _WORDS.items()},
        renaming=renaming or {},
        word_bases={kind: _version(names[kind]) for kind in _WORDS},
    )


def _text(name: str) -> str:
    return " ".join(request.form.get(name, "").replace("\0", " ").split())[:200]


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else otherwise
