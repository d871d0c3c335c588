"""One's own account: another password, and the end of sessions elsewhere."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.identity.operations import WrongCredentialsError
from server.identity.queries import get_account
from server.identity.schemas import SHORTEST_PASSWORD
from server.platform.auth import current_access, signed_in
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.teams.operations.passwords import renew_password
from server.teams.pages.passwords import LONGEST_PASSWORD, password_problem
from server.web.notices import Notice, tell
from server.web.words import ROLES
from shared.time import utc_now

blueprint = Blueprint("account_pages", __name__, template_folder="../templates")


@blueprint.get("/account")
@signed_in()
def index() -> ResponseReturnValue:
    """Show who is signed in, and the forms."""
    return _page()


@blueprint.post("/account/password")
@signed_in()
def change_password() -> ResponseReturnValue:
    """Take another password, known by the present one; sessions elsewhere end."""
    wanted = request.form.get("password", "")
    if said := password_problem(wanted):
        return _page({"password": said}), 422
    if wanted != request.form.get("again", ""):
        return _page({"again": gettext("The two passwords differ.")}), 422
    return _renew(
        wanted,
        field="present",
        told=gettext("The new password counts from now on. Sessions elsewhere have ended."),
    )


@blueprint.post("/account/sessions")
@signed_in()
def end_sessions() -> ResponseReturnValue:
    """End the sessions in other browsers; the password stays."""
    return _renew(
        None, field="known", told=gettext("Sessions elsewhere have ended. This one goes on.")
    )


def _renew(wanted: str | None, *, field: str, told: str) -> ResponseReturnValue:
    """
    Renew the password of the reader, in this session too.

    :param wanted: the new one; None: the present one again
    :param field: of the form, holding the present one
    """
    with transaction():
        outcome = renew_password(
            user_id=current_access().user_id,
            present=request.form.get(field, "")[:LONGEST_PASSWORD],
            wanted=wanted,
            at=utc_now(),
        )
        stamp = outcome.user.session_stamp if outcome.user else ""
    if outcome.problem is not None:
        is_wrong = isinstance(outcome.problem, WrongCredentialsError)
        said = gettext("This is not your present password.") if is_wrong else ""
        return _page({field: said or gettext(outcome.problem.title)}), 422
    session["stamp"] = stamp
    tell(Notice(text=told))
    return redirect(url_for(".index"))


def _page(errors: dict[str, str] | None = None) -> str:
    account = get_account(access=current_access())
    return render_template(
        "teams/account.html",
        account=account,
        role=gettext(ROLES[account.role]),
        errors=errors or {},
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
        zone=current_settings().time_zone,
    )
