"""The people of the company: a list to search, for administrators."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.settings import current_settings
from server.teams import queries
from server.teams.queries import PeopleFilter, list_teams, team_with_descendants
from server.web import words
from server.web.components import Choice, Pages, read_page, sortable_columns
from server.web.downloads import ROUTE, download
from server.web.filters import choice, read_id
from server.web.navigation import Entry
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("people_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="people_pages.index",
        label=N_("People"),
        icon="account-group-outline",
        position=85,
        roles=frozenset({Role.ADMIN}),
        features=("person_pages",),
    ),
)
PAGE_SIZE = 50
_STATES: dict[str, bool | None] = {"": True, "left": False, "all": None}


@blueprint.get("/users")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List people, narrowed by name, role, team and whether they are still here."""
    where, choices = _read()
    found = queries.list_people(
        access=current_access(),
        where=where,
        day=business_today(),
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    settings = current_settings()
    return render_template(
        "teams/people.html",
        people=found.rows,
        pages=Pages.of(found),
        choices=choices,
        sort=request.args.get("sort", ""),
        columns=sortable_columns(
            {
                "name": gettext("Name"),
                "team_name": gettext("Team"),
                "last_signed_in_at": gettext("Signed in last"),
                "phones": gettext("Phones"),
            }
        ),
        text=where.text,
        is_narrowed=where != PeopleFilter(),
        zone=settings.time_zone,
        now=utc_now(),
    )


@blueprint.get(f"/users.{ROUTE}")
@signed_in(Role.ADMIN)
def export(kind: str) -> ResponseReturnValue:
    """Download the list, as filtered."""
    where, _ = _read()
    header = [
        gettext("Code"),
        gettext("Name"),
        gettext("Role"),
        gettext("Team"),
        gettext("Active"),
        gettext("Phones"),
        gettext("Signed in last (UTC)"),
        gettext("Phone synced last (UTC)"),
    ]
    rows = (
        [
            row.code,
            row.name,
            gettext(words.ROLES[row.role]),
            row.team_name or "",
            gettext("yes") if row.active else gettext("no"),
            row.phones,
            row.last_signed_in_at.isoformat() if row.last_signed_in_at else "",
            row.last_synced_at.isoformat() if row.last_synced_at else "",
        ]
        for row in queries.each_person(access=current_access(), where=where, day=business_today())
    )
    return download("tapak-people", header, rows, kind=kind)


def _read() -> tuple[PeopleFilter, list[Choice]]:
    access, arguments = current_access(), request.args
    team_id = read_id(arguments, "team")
    role: Any = arguments.get("role", "")
    state = arguments.get("state", "")
    choices = [
        choice(
            "role",
            gettext("Role"),
            {str(role): gettext(label) for role, label in words.ROLES.items()},
            arguments=arguments,
            everything=gettext("All roles"),
        ),
        choice(
            "team",
            gettext("Team"),
            {team.id: team.name for team in list_teams(access=access)},
            arguments=arguments,
            everything=gettext("All teams"),
        ),
        choice(
            "state",
            gettext("State"),
            {"left": gettext("Deactivated"), "all": gettext("All")},
            arguments=arguments,
            everything=gettext("Active"),
        ),
    ]
    where = PeopleFilter(
        text=" ".join(arguments.get("q", "").replace("\0", "").split())[:80],
        role=Role(role) if role in set(Role) else None,
        team_ids=team_with_descendants(team_id) if team_id else None,
        active=_STATES.get(state, True),
    )
    return where, choices
