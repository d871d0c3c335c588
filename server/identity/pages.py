"""Pages to sign in and out, and to enrol and revoke phones."""

import math
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.identity import operations, queries
from server.identity.operations import TooManyAttemptsError, WrongCredentialsError
from server.platform.auth import current_access, find_access, signed_in
from server.platform.errors import ProblemError
from server.platform.settings import Settings
from server.platform.transaction import transaction
from server.web.languages import SESSION_LANGUAGE
from server.web.links import local_path
from server.web.navigation import Entry
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role, Wipe

blueprint = Blueprint("identity_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="identity_pages.users",
        label=N_("People and phones"),
        icon="cellphone-key",
        position=90,
        roles=frozenset({Role.ADMIN}),
    ),
)


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form, or go on where somebody is signed in already."""
    wanted = local_path(request.args.get("next", ""))
    if find_access() is not None:
        return redirect(wanted)
    return render_template("identity/sign_in.html", wanted=wanted, code="", problem="")


@blueprint.post("/sign-in")
def check_sign_in() -> ResponseReturnValue:
    """Start a session."""
    wanted = local_path(request.form.get("next", ""))
    code = request.form.get("code", "")[:80]
    password = request.form.get("password", "")[:500]
    with transaction():
        outcome = operations.sign_in(code=code, password=password, at=utc_now())
    if outcome.user is None:
        problem = outcome.problem or WrongCredentialsError()
        page = render_template(
            "identity/sign_in.html", wanted=wanted, code=code, problem=_explain(problem)
        )
        return make_response(page, problem.status)
    session.clear()  # nothing of the stranger's session lives on
    session.update(
        user_id=outcome.user.id,
        stamp=operations.session_stamp(outcome.user),
        name=outcome.user.name,
    )
    if outcome.user.language:
        session[SESSION_LANGUAGE] = outcome.user.language
    return redirect(wanted)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    session.clear()
    return redirect(url_for("identity_pages.sign_in"))


@blueprint.get("/users")
@signed_in(Role.ADMIN)
def users() -> ResponseReturnValue:
    """List the people with their phones; a code just made is shown once."""
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "identity/users.html",
        users=queries.list_users(access=current_access()),
        new_code=session.pop("new_code", None),
        server_address=settings.public_url or request.host_url.rstrip("/"),
        zone=settings.time_zone,
        now=utc_now(),
    )


@blueprint.post("/users/<uuid:user_id>/enrolment-code")
@signed_in(Role.ADMIN)
def create_enrolment_code(user_id: UUID) -> ResponseReturnValue:
    """Make a code and show it on the list."""
    with transaction():
        code = operations.create_enrolment_code(
            user_id=str(user_id), at=utc_now(), by=current_access().user_id
        )
    session["new_code"] = {"user_id": str(user_id), "code": code}
    return redirect(url_for("identity_pages.users", _anchor="new-code"))


@blueprint.post("/devices/<uuid:device_id>/revoke")
@signed_in(Role.ADMIN)
def revoke_device(device_id: UUID) -> ResponseReturnValue:
    """End a phone's access."""
    with transaction():
        operations.revoke_device(
            device_id=str(device_id), at=utc_now(), by=current_access().user_id
        )
    return redirect(url_for("identity_pages.users"))


@blueprint.post("/devices/<uuid:device_id>/wipe")
@signed_in(Role.ADMIN)
def wipe_device(device_id: UUID) -> ResponseReturnValue:
    """Ask a phone to delete what it holds."""
    when = request.form.get("when", "")
    if when not in set(Wipe):
        abort(422)
    with transaction():
        operations.ask_to_wipe(
            device_id=str(device_id), wipe=Wipe(when), at=utc_now(), by=current_access().user_id
        )
    return redirect(url_for("identity_pages.users"))


def _explain(problem: ProblemError) -> str:
    if isinstance(problem, TooManyAttemptsError):
        minutes = math.ceil(problem.extra.get("retry_after_s", 60) / 60)
        return gettext(
            "Too many wrong passwords. Wait %(minutes)s min and try again.", minutes=minutes
        )
    return gettext(problem.title)
