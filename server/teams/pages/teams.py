"""The teams of the company as a tree: made, renamed and archived by administrators."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.transaction import transaction
from server.teams import queries
from server.teams.operations import teams as operations
from server.teams.operations.teams import TeamForm
from server.teams.queries import TeamDetail
from server.teams.schemas import TeamFormSchema
from server.web.downloads import ROUTE, download
from server.web.forms import refusal, switch, take_back, undoable
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("team_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="team_pages.index",
        label=N_("Teams"),
        icon="sitemap-outline",
        position=86,
        roles=frozenset({Role.ADMIN}),
    ),
)
_PROBLEMS = {
    "code": N_("1 to 80 characters, which no other team has."),
    "name": N_("1 to 200 characters."),
    "parent_id": N_("Choose one of the teams."),
    "leads": N_("Choose managers from the list."),
}


@blueprint.get("/teams")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the tree."""
    return render_template("teams/index.html", teams=_list())


@blueprint.get(f"/teams.{ROUTE}")
@signed_in(Role.ADMIN)
def export(kind: str) -> ResponseReturnValue:
    """Download the tree, each team with the one above it."""
    teams = _list()
    codes = {team.id: team.code for team in teams}
    header = [
        gettext("Code"),
        gettext("Team"),
        gettext("Above it"),
        gettext("Led by"),
        gettext("People"),
        gettext("Archived"),
    ]
    rows = (
        [
            team.code,
            team.name,
            codes.get(team.parent_id or "", ""),
            ", ".join(name for _, name in team.leads),
            team.members,
            gettext("yes") if team.archived else "",
        ]
        for team in teams
    )
    return download(f"tapak-teams-{business_today()}", header, rows, kind=kind)


@blueprint.get("/teams/new")
@signed_in(Role.ADMIN)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(None, {"code": "", "name": "", "parent_id": "", "leads": []})


@blueprint.post("/teams/new")
@signed_in(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Make a team, or show the form again with what is wrong."""
    given = _given()
    try:
        team = _load(given)
        with transaction():
            row = operations.add_team(team=team, at=utc_now(), by=current_access().user_id)
            undo = {"base": str(row.version), "archived": "yes"}
            undo_url = url_for(".archive", team_id=row.id)
    except (ValidationError, ProblemError) as error:
        return refusal(error, partial(_form, None, given), hints=_PROBLEMS)
    text = gettext("The team %(name)s is made.", name=team.name)
    tell(Notice(text=text, undo_url=undo_url, fields=undo))
    return redirect(url_for(".index"))


@blueprint.get("/teams/<uuid:team_id>")
@signed_in(Role.ADMIN)
def show(team_id: UUID) -> ResponseReturnValue:
    """Show the form of a team."""
    team = _find(team_id)
    return _form(team, _present(team))


@blueprint.post("/teams/<uuid:team_id>")
@signed_in(Role.ADMIN)
def save(team_id: UUID) -> ResponseReturnValue:
    """Keep what the form says; show it again, with what was typed, where something is wrong."""
    given, base, now = _given(), request.form.get("base", ""), utc_now()
    try:
        team = _load(given)
        with transaction():
            row = operations.change_team(
                team_id=str(team_id),
                base=base,
                team=team,
                at=now,
                by=current_access().user_id,
            )
            is_changed = str(row.version) != base
    except (ValidationError, ProblemError) as error:
        newer = _find(team_id)
        return refusal(
            error,
            partial(_form, newer, given),
            hints=_PROBLEMS,
            theirs=lambda: _differences(newer, given),
        )
    text = gettext("%(name)s is saved.", name=team.name)
    undo_url = url_for(".undo", team_id=team_id)
    tell(undoable(text, undo_url, at=now) if is_changed else Notice(text=text))
    return redirect(url_for(".index"))


@blueprint.post("/teams/<uuid:team_id>/undo")
@signed_in(Role.ADMIN)
def undo(team_id: UUID) -> ResponseReturnValue:
    """Bring back what stood in the form before it was saved."""
    by = current_access().user_id
    take_back(
        partial(operations.undo_change, team_id=str(team_id), by=by),
        told=N_("The team is as before."),
        at=utc_now(),
    )
    return redirect(url_for(".index"))


@blueprint.post("/teams/<uuid:team_id>/archive")
@signed_in(Role.ADMIN)
def archive(team_id: UUID) -> ResponseReturnValue:
    """Take a team out of use, or bring it back."""
    done = switch(
        lambda archived: operations.archive_team(
            team_id=str(team_id),
            archived=archived,
            base=request.form.get("base", ""),
            at=utc_now(),
            by=current_access().user_id,
        ),
        field="archived",
        undo_url=url_for(".archive", team_id=team_id),
        yes=N_("%(name)s is archived."),
        no=N_("%(name)s is in use again."),
    )
    return redirect(url_for(".index") if done else url_for(".show", team_id=team_id))


def _list() -> list[TeamDetail]:
    return queries.list_team_details(access=current_access(), day=business_today())


def _find(team_id: UUID) -> TeamDetail:
    found = next((team for team in _list() if team.id == str(team_id)), None)
    if found is None:
        raise NotFoundError
    return found


def _given() -> dict[str, Any]:
    given: dict[str, Any] = {
        name: request.form.get(name, "").strip() for name in ("code", "name", "parent_id")
    }
    return given | {"leads": sorted(request.form.getlist("leads"))}


def _load(given: dict[str, Any]) -> TeamForm:
    team: TeamForm = TeamFormSchema().load(given | {"parent_id": given["parent_id"] or None})
    return team


def _present(team: TeamDetail) -> dict[str, Any]:
    return {
        "code": team.code,
        "name": team.name,
        "parent_id": team.parent_id or "",
        "leads": sorted(user_id for user_id, _ in team.leads),
    }


def _differences(team: TeamDetail, given: dict[str, Any]) -> dict[str, str]:
    """Return what another person wrote into the fields that differ, in words."""
    present = _present(team)
    above = next((each.name for each in _list() if each.id == team.parent_id), "")
    texts = present | {
        "parent_id": above or gettext("No team above"),
        "leads": ", ".join(name for _, name in team.leads) or gettext("nobody"),
    }
    return {name: texts[name] for name in present if present[name] != given[name]}


def _form(
    team: TeamDetail | None,
    given: dict[str, Any],
    *,
    errors: dict[str, str] | None = None,
    theirs: dict[str, str] | None = None,
    problem: str = "",
) -> str:
    return render_template(
        "teams/team.html",
        team=team,
        given=given,
        above=[
            each for each in _list() if not each.archived and (team is None or each.id != team.id)
        ],
        managers=queries.list_managers(access=current_access()),
        errors=errors or {},
        theirs=theirs,
        problem=problem,
    )
