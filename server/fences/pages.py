"""Pages of the fence policy: the rules for administrators, codes for managers."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from server.fences import operations, queries
from server.fences.queries import CodeFilter
from server.planning.queries import outlets_of_rep
from server.platform.access import Access
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.teams.queries import list_reps, list_teams
from server.teams.schemas import rep_choice
from server.web.components import Choice, Pages, read_page, sortable_columns
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.forms import take_back, undoable
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from server.web.typed import typed_text
from shared.checkin.policy import FenceRule, PolicyKind
from shared.i18n import N_
from shared.time import business_day, utc_now
from shared.vocabulary import CustomerClass, Role

blueprint = Blueprint("fences_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="fences_pages.codes",
        label=N_("Check-in codes"),
        icon="key-outline",
        position=29,
        roles=frozenset({Role.MANAGER, Role.ADMIN}),
    ),
    Entry(
        endpoint="fences_pages.index",
        label=N_("Fence policy"),
        icon="map-marker-radius-outline",
        position=84,
        roles=frozenset({Role.ADMIN}),
    ),
)
RULES = {
    FenceRule.RECORD: N_("Record only"),
    FenceRule.WARN: N_("Ask for a note"),
    FenceRule.BLOCK: N_("Only with a code"),
}
_LONGEST_REASON = 300
_STATES = {"used": True, "unused": False}


@blueprint.get("/fences")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the rules for check-ins outside the fence."""
    return _rules_page()


@blueprint.post("/fences")
@signed_in(Role.ADMIN)
def save() -> ResponseReturnValue:
    """Keep the rules; each that changes is in the audit log."""
    access, at = current_access(), utc_now()
    wanted = {(PolicyKind.ORGANISATION, ""): _rule("organisation") or FenceRule.RECORD} | {
        (PolicyKind.CUSTOMER_CLASS, str(each)): _rule(f"class-{each}") for each in CustomerClass
    }
    wanted |= {
        (PolicyKind.TEAM, team.id): _rule(f"team-{team.id}") for team in list_teams(access=access)
    }
    try:
        with transaction():
            changed = operations.set_policies(
                rules=wanted, at=at, by=access.user_id, base=request.form.get("base", "")
            )
    except ChangedMeanwhileError as problem:
        return _rules_page(given=request.form, problem=gettext(problem.title)), problem.status
    if changed:
        told = ngettext(
            "%(num)s rule was changed. Phones get it with their next sync.",
            "%(num)s rules were changed. Phones get them with their next sync.",
            changed,
        )
        tell(undoable(told, url_for(".undo"), at=at))
    else:
        tell(Notice(text=gettext("Nothing was changed.")))
    return redirect(url_for(".index"))


@blueprint.post("/fences/undo")
@signed_in(Role.ADMIN)
def undo() -> ResponseReturnValue:
    """Bring back the rules that stood before."""
    take_back(
        partial(operations.undo_policies, by=current_access().user_id),
        told=N_("The rules are as they were before."),
        at=utc_now(),
    )
    return redirect(url_for(".index"))


@blueprint.get("/fences/codes")
@signed_in(Role.MANAGER, Role.ADMIN)
def codes() -> ResponseReturnValue:
    """Show the codes that were issued, and the form for a new one."""
    return _codes_page()


@blueprint.get(f"/fences/codes.{ROUTE}")
@signed_in(Role.MANAGER, Role.ADMIN)
def export_codes(kind: str) -> ResponseReturnValue:
    """Download who got a code for which customer, and why; the codes themselves are not kept."""
    header = [
        gettext("Day"),
        gettext("Customer"),
        gettext("Rep"),
        gettext("Why"),
        gettext("Made (UTC)"),
        gettext("By"),
        gettext("Used (UTC)"),
    ]
    rows = (
        [
            code.day,
            code.customer_name,
            code.rep_name,
            code.reason,
            code.issued_at.isoformat(),
            code.issued_by,
            code.used_at.isoformat() if code.used_at else "",
        ]
        for code in queries.each_code(access=current_access(), where=_where())
    )
    return download(f"tapak-codes-{business_today()}", header, rows, kind=kind)


@blueprint.post("/fences/codes/<uuid:rep_id>")
@signed_in(Role.MANAGER, Role.ADMIN)
def issue(rep_id: UUID) -> ResponseReturnValue:
    """Make a code, and show it once."""
    now = utc_now()
    try:
        with transaction():
            code = operations.issue_code(
                access=current_access(),
                rep_id=str(rep_id),
                customer_id=read_id(request.form, "customer"),
                day=business_day(now, current_settings().time_zone),
                reason=typed_text("reason", most=_LONGEST_REASON),
                at=now,
            )
    except NotFoundError:
        raise
    except ProblemError as problem:
        return _codes_page(rep_id=str(rep_id), problem=gettext(problem.title)), problem.status
    session["fence_code"] = f"{code[:4]} {code[4:]}"
    return redirect(url_for("fences_pages.codes", rep=str(rep_id), _anchor="code"))


def _rules_page(*, given: Mapping[str, str] | None = None, problem: str = "") -> str:
    rules = queries.get_rules(access=current_access())
    present = {"organisation": rules.organisation}
    present |= {f"class-{key}": rule for key, rule in rules.classes.items()}
    present |= {f"team-{team.id}": rule for team, rule in rules.teams if rule}
    return render_template(
        "fences/index.html",
        rules=rules,
        given=present if given is None else given,
        classes=list(CustomerClass),
        words=RULES,
        problem=problem,
    )


def _codes_page(*, rep_id: str = "", problem: str = "") -> str:
    access = current_access()
    reps = list_reps(access=access, day=business_today())
    rep_id = rep_id or read_id(request.args, "rep")
    if rep_id and rep_id not in {rep.id for rep in reps}:
        raise NotFoundError
    where, sort = _where(), request.args.get("sort", "")
    issued = queries.list_codes(
        access=access, where=where, page=read_page(request.args.get("page")), sort=sort
    )
    return render_template(
        "fences/codes.html",
        reps=reps,
        rep_id=rep_id,
        outlets=outlets_of_rep(access=access, rep_id=rep_id) if rep_id else [],
        issued=issued.rows,
        pages=Pages.of(issued),
        sort=sort,
        columns=sortable_columns(
            {
                "customer_name": gettext("Customer"),
                "rep_name": gettext("Rep"),
                "REASON": gettext("Why"),
                "issued_at": gettext("Made"),
                "used_at": gettext("Used"),
            }
        ),
        choices=_choices(access),
        is_narrowed=where != CodeFilter(),
        code=session.pop("fence_code", None),
        problem=problem,
        given=request.form,
        zone=current_settings().time_zone,
    )


def _where() -> CodeFilter:
    return CodeFilter(
        used=_STATES.get(request.args.get("state", "")),
        made_for=read_id(request.args, "for"),
    )


def _choices(access: Access) -> list[Choice]:
    """Return the filters of the list; the rep of the form above it is another one."""
    made_for = rep_choice(access=access, day=business_today(), arguments=request.args, name="for")
    state = choice(
        "state",
        gettext("State"),
        {"used": gettext("Used"), "unused": gettext("Not used")},
        arguments=request.args,
        everything=gettext("All"),
    )
    return [made_for, state]


def _rule(name: str) -> FenceRule | None:
    wanted = request.form.get(name, "")
    return FenceRule(wanted) if wanted in set(FenceRule) else None
