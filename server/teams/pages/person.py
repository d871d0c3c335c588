"""One person: the form, the way in, and letting go. Also the page of an invitation."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from server.identity.schemas import SHORTEST_PASSWORD
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import ProblemError
from server.platform.organisation import organisation
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams import queries
from server.teams.operations import invitations, people
from server.teams.operations.invitations import InvitationGoneError
from server.teams.operations.people import PersonForm
from server.teams.pages.passwords import LONGEST_PASSWORD, password_problem
from server.teams.queries import Person, list_teams
from server.teams.schemas import PersonFormSchema
from server.web import words
from server.web.contributions import contributions
from server.web.forms import refusal, saved, switch
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("person_pages", __name__, template_folder="../templates")

_FIELDS = ("code", "name", "role", "language", "time_zone", "quota_carrying", "team_id")
_PROBLEMS = {
    "code": N_("1 to 80 characters, which no other person has."),
    "name": N_("1 to 200 characters."),
    "role": N_("Choose one of the roles."),
    "language": N_("Choose one of the languages."),
    "time_zone": N_("No such time zone. Jakarta is Asia/Jakarta."),
    "team_id": N_("Choose one of the teams."),
}


@blueprint.get("/users/new")
@signed_in(Role.ADMIN)
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(None, _empty())


@blueprint.post("/users/new")
@signed_in(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Add a person, or show the form again with what is wrong."""
    given = _given()
    now = utc_now()
    try:
        person = _load(given)
        with transaction():
            user = people.add_person(
                person=person, today=business_today(), at=now, by=current_access().user_id
            )
            user_id = user.id
    except (ValidationError, ProblemError) as error:
        return refusal(error, partial(_form, None, given), hints=_PROBLEMS)
    text = gettext("%(name)s is added. Next: a link to choose a password.", name=person.name)
    if person.role is Role.REP:
        text = gettext("%(name)s is added. Next: a code for the phone.", name=person.name)
    tell(Notice(text=text))
    return redirect(url_for(".show", user_id=user_id))


@blueprint.get("/users/<uuid:user_id>")
@signed_in(Role.ADMIN)
def show(user_id: UUID) -> ResponseReturnValue:
    """Show a person with the form."""
    person = _find(user_id)
    return _form(person, _present(person))


@blueprint.post("/users/<uuid:user_id>")
@signed_in(Role.ADMIN)
def save(user_id: UUID) -> ResponseReturnValue:
    """Keep what the form says; show it again, with what was typed, where something is wrong."""
    given, access, before = _given(), current_access(), _sent(_find(user_id))
    try:
        person = _load(given)
        with transaction():
            people.change_person(
                user_id=str(user_id),
                base=request.form.get("base", ""),
                person=person,
                today=business_today(),
                at=utc_now(),
                by=access.user_id,
            )
    except (ValidationError, ProblemError) as error:
        newer = _find(user_id)
        return refusal(
            error,
            partial(_form, newer, given),
            hints=_PROBLEMS,
            theirs=lambda: _differences(_present(newer), given),
        )
    now = _find(user_id)
    text, undo_url = gettext("%(name)s is saved.", name=now.name), url_for(".save", user_id=now.id)
    tell(saved(text, undo_url, before=before, after=_sent(now), base=now.version))
    return redirect(url_for(".show", user_id=user_id))


@blueprint.post("/users/<uuid:user_id>/active")
@signed_in(Role.ADMIN)
def set_active(user_id: UUID) -> ResponseReturnValue:
    """Let a person go, or take them back."""
    switch(
        lambda active: people.set_active(
            user_id=str(user_id),
            active=active,
            base=request.form.get("base", ""),
            at=utc_now(),
            by=current_access().user_id,
        ),
        field="active",
        undo_url=url_for(".set_active", user_id=user_id),
        yes=N_("%(name)s can sign in again."),
        no=N_("%(name)s can no longer sign in. Nothing was deleted."),
    )
    return redirect(url_for(".show", user_id=user_id))


@blueprint.post("/users/<uuid:user_id>/invitation")
@signed_in(Role.ADMIN)
def invite(user_id: UUID) -> ResponseReturnValue:
    """Make a link by which the person chooses a password, and show it once."""
    with transaction():
        token = invitations.invite(user_id=str(user_id), at=utc_now(), by=current_access().user_id)
    session["new_invitation"] = {"user_id": str(user_id), "token": token}
    return redirect(url_for(".show", user_id=user_id, _anchor="new-invitation"))


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> ResponseReturnValue:
    """Ask whoever holds the link for a password."""
    try:
        user = invitations.find_invited(token=token, at=utc_now())
    except InvitationGoneError as problem:
        return _invitation(gone=gettext(problem.title)), problem.status
    return _invitation(name=user.name, code=user.code)


@blueprint.post("/invitation/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Set the password, and go to the sign-in page."""
    password, now = request.form.get("password", ""), utc_now()
    try:
        user = invitations.find_invited(token=token, at=now)
        if problem := password_problem(password):
            return _invitation(name=user.name, code=user.code, problem=problem), 422
        if password != request.form.get("again", ""):
            problem = gettext("The two passwords differ.")
            return _invitation(name=user.name, code=user.code, problem=problem), 422
        with transaction():
            code = invitations.accept_invitation(token=token, password=password, at=now).code
    except InvitationGoneError as problem_:
        return _invitation(gone=gettext(problem_.title)), problem_.status
    session.clear()
    return redirect(url_for("identity_pages.sign_in", user=code))


def _invitation(*, name: str = "", code: str = "", problem: str = "", gone: str = "") -> str:
    return render_template(
        "teams/invitation.html",
        name=name,
        code=code,
        problem=problem,
        gone=gone,
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
    )


def _find(user_id: UUID) -> Person:
    return queries.get_person(access=current_access(), user_id=str(user_id), day=business_today())


def _load(given: dict[str, str]) -> PersonForm:
    person: PersonForm = PersonFormSchema().load(given | {"team_id": given["team_id"] or None})
    return person


def _given() -> dict[str, str]:
    given = {name: request.form.get(name, "").strip() for name in _FIELDS}
    return given | {"quota_carrying": "yes" if given["quota_carrying"] else "no"}


def _sent(person: Person) -> dict[str, str]:
    """Return what a browser sends of the form of a person: of an empty box nothing."""
    given = _present(person)
    return given | {"quota_carrying": "yes" if given["quota_carrying"] == "yes" else ""}


def _empty() -> dict[str, str]:
    wanted = request.args.get("role", "")
    role = Role(wanted) if wanted in set(Role) else Role.REP
    return dict.fromkeys(_FIELDS, "") | {
        "role": role,
        "language": organisation().language,
        "time_zone": current_settings().time_zone,
        "quota_carrying": "yes",
        "team_id": request.args.get("team", ""),
    }


def _present(person: Person) -> dict[str, str]:
    return {
        "code": person.code,
        "name": person.name,
        "role": person.role,
        "language": person.language,
        "time_zone": person.time_zone,
        "quota_carrying": "yes" if person.quota_carrying else "no",
        "team_id": person.team_id or "",
    }


def _differences(present: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """Return what another person wrote into the fields that differ, in words."""
    teams = {team.id: team.name for team in list_teams(access=current_access())}
    texts = present | {
        "role": gettext(words.ROLES[Role(present["role"])]),
        "language": present["language"] or gettext("as the browser asks"),
        "quota_carrying": gettext("yes") if present["quota_carrying"] == "yes" else gettext("no"),
        "team_id": teams.get(present["team_id"], gettext("No team")),
    }
    return {name: texts[name] for name in _FIELDS if present[name] != given[name]}


def _form(
    person: Person | None,
    given: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    theirs: dict[str, str] | None = None,
    problem: str = "",
) -> str:
    access = current_access()
    teams = [team for team in list_teams(access=access) if not team.archived]
    shown: dict[str, Any] = {}
    if person is not None:
        invited = session.get("new_invitation") or {}
        if invited.get("user_id") == person.id:
            shown["link"] = _address(url_for(".invitation", token=invited["token"]))
            session.pop("new_invitation")
        shown["panels"] = contributions("person", user_id=person.id)
    return render_template(
        "teams/person.html",
        person=person,
        given=given,
        roles=words.ROLES,
        teams=teams,
        errors=errors or {},
        theirs=theirs,
        problem=problem,
        is_self=person is not None and person.id == access.user_id,
        zone=current_settings().time_zone,
        now=utc_now(),
        **shown,
    )


def _address(path: str) -> str:
    return (current_settings().public_url or request.host_url).rstrip("/") + path
