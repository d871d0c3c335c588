"""Pages to sign in and out, and to enrol, revoke and wipe phones."""

import datetime as dt
import math
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from server.identity import operations, queries
from server.identity.models import Device
from server.identity.operations import TooManyAttemptsError, WrongCredentialsError
from server.identity.queries import DeviceFilter
from server.platform.auth import current_access, find_access, signed_in
from server.platform.errors import ProblemError
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.web.components import Choice, Pages, read_page, sortable_columns
from server.web.contributions import Contributor
from server.web.downloads import ROUTE, download
from server.web.filters import choice
from server.web.forms import carry_out
from server.web.languages import SESSION_LANGUAGE
from server.web.links import local_path
from server.web.navigation import Entry
from server.web.notices import Notice
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role, Wipe

blueprint = Blueprint("identity_pages", __name__, template_folder="templates")

NAVIGATION = (
    Entry(
        endpoint="identity_pages.devices",
        label=N_("Phones"),
        icon="cellphone-key",
        position=87,
        roles=frozenset({Role.ADMIN}),
    ),
)
PAGE_SIZE = 50
_STATES: dict[str, bool | None] = {"": True, "ended": False, "all": None}
_SILENT_DAYS = ("1", "3", "7", "30")


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form, or go on where somebody is signed in already."""
    wanted = local_path(request.args.get("next", ""))
    if find_access() is not None:
        return redirect(wanted)
    # Somebody who has just chosen a password comes with their name filled in.
    code = request.args.get("user", "")[:80]
    return render_template(
        "identity/sign_in.html",
        wanted=wanted,
        code=code,
        problem="",
        is_new=_is_new_installation(),
    )


def _is_new_installation() -> bool:
    try:
        return queries.nobody_can_sign_in()
    except SQLAlchemyError:  # the page is shown all the same; signing in will say what is wrong
        return False


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
        stamp=outcome.user.session_stamp,
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


@blueprint.get("/devices")
@signed_in(Role.ADMIN)
def devices() -> ResponseReturnValue:
    """List the phones, those longest without a sync first."""
    where, choices = _read_devices()
    found = queries.list_devices(
        access=current_access(),
        where=where,
        page=read_page(request.args.get("page")),
        size=PAGE_SIZE,
        sort=request.args.get("sort", ""),
    )
    return render_template(
        "identity/devices.html",
        devices=found.rows,
        pages=Pages.of(found),
        sort=request.args.get("sort", ""),
        columns=sortable_columns(
            {
                "user_name": gettext("Person"),
                "name": gettext("Phone"),
                "last_synced_at": gettext("Last sync"),
                "last_seen_at": gettext("Last contact"),
                "changes": gettext("Changes sent"),
            },
            numbers={"changes"},
        ),
        choices=choices,
        text=where.text,
        is_narrowed=where != DeviceFilter() or (not found.rows and _has_former_phones()),
        zone=current_settings().time_zone,
        now=utc_now(),
    )


def _has_former_phones() -> bool:
    """Tell where no phone is in use whether one ever was."""
    every = DeviceFilter(in_use=None)
    return bool(queries.list_devices(access=current_access(), where=every, size=1).rows)


@blueprint.get(f"/devices.{ROUTE}")
@signed_in(Role.ADMIN)
def export_devices(kind: str) -> ResponseReturnValue:
    """Download the list, as filtered."""
    where, _ = _read_devices()
    header = [
        gettext("Person"),
        gettext("Phone"),
        gettext("App version"),
        gettext("Enrolled (UTC)"),
        gettext("Last contact (UTC)"),
        gettext("Synced last (UTC)"),
        gettext("Changes sent"),
        gettext("Access ended"),
    ]
    rows = (
        [
            row.user_name,
            row.name,
            row.app_version,
            row.enrolled_at.isoformat(),
            row.last_seen_at.isoformat() if row.last_seen_at else "",
            row.last_synced_at.isoformat() if row.last_synced_at else "",
            row.changes,
            gettext("yes") if row.revoked else gettext("no"),
        ]
        for row in queries.each_device(access=current_access(), where=where)
    )
    return download("tapak-phones", header, rows, kind=kind)


@blueprint.post("/users/<uuid:user_id>/enrolment-code")
@signed_in(Role.ADMIN)
def create_enrolment_code(user_id: UUID) -> ResponseReturnValue:
    """Make a code and show it on the person's page."""
    with transaction():
        code = operations.create_enrolment_code(
            user_id=str(user_id), at=utc_now(), by=current_access().user_id
        )
    session["new_code"] = {"user_id": str(user_id), "code": code}
    return redirect(url_for("person_pages.show", user_id=user_id, _anchor="new-code"))


@blueprint.post("/devices/<uuid:device_id>/revoke")
@signed_in(Role.ADMIN)
def revoke_device(device_id: UUID) -> ResponseReturnValue:
    """End a phone's access, or give it back."""
    is_ended = request.form.get("revoked", "yes") == "yes"
    back = local_path(request.form.get("next") or url_for(".devices"))

    def decided() -> Notice:
        device = operations.revoke_device(
            device_id=str(device_id),
            at=utc_now(),
            by=current_access().user_id,
            revoked=is_ended,
            base=_base(),
        )
        said = (
            gettext("The phone can no longer sync.")
            if is_ended
            else gettext("The phone can sync again.")
        )
        undo = {"revoked": "" if is_ended else "yes"}
        return _undone_by(".revoke_device", device, said, undo, back)

    carry_out(decided)
    return redirect(back)


@blueprint.post("/devices/<uuid:device_id>/wipe")
@signed_in(Role.ADMIN)
def wipe_device(device_id: UUID) -> ResponseReturnValue:
    """Ask a phone to delete what it holds, or call that off while it can be."""
    when = request.form.get("when", "")
    if when not in {*Wipe, ""}:
        abort(422)
    back = local_path(request.form.get("next") or url_for(".devices"))

    def decided() -> Notice:
        device = operations.ask_to_wipe(
            device_id=str(device_id),
            wipe=Wipe(when) if when else None,
            at=utc_now(),
            by=current_access().user_id,
            base=_base(),
        )
        if device.wipe == Wipe.NOW:
            return Notice(text=gettext("The phone deletes its data when it next syncs."))
        said = (
            gettext("The phone deletes its data once everything is sent.")
            if device.wipe
            else gettext("The phone keeps its data.")
        )
        undo = {"when": "" if device.wipe else Wipe.AFTER_PUSH.value}
        return _undone_by(".wipe_device", device, said, undo, back)

    carry_out(decided)
    return redirect(back)


def _base() -> str:
    """Return what the form was made of; a form that does not say it fits nothing."""
    return request.form.get("base") or "nothing"


def _undone_by(
    endpoint: str, device: Device, said: str, fields: dict[str, str], back: str
) -> Notice:
    """Return what was done with a phone, with the form that takes it back."""
    return Notice(
        text=said,
        undo_url=url_for(endpoint, device_id=device.id),
        fields=fields | {"base": device.standing, "next": back},
    )


def _read_devices() -> tuple[DeviceFilter, list[Choice]]:
    arguments = request.args
    state, days = arguments.get("state", ""), arguments.get("silent", "")
    since = utc_now() - dt.timedelta(days=int(days)) if days in _SILENT_DAYS else None
    choices = [
        choice(
            "silent",
            gettext("Not synced for"),
            {each: gettext("%(days)s days", days=each) for each in _SILENT_DAYS},
            arguments=arguments,
            everything=gettext("no matter"),
        ),
        choice(
            "state",
            gettext("State"),
            {"ended": gettext("Access ended"), "all": gettext("All")},
            arguments=arguments,
            everything=gettext("In use"),
        ),
    ]
    where = DeviceFilter(
        text=" ".join(arguments.get("q", "").replace("\0", "").split())[:80],
        in_use=_STATES.get(state, True),
        not_synced_since=since,
    )
    return where, choices


def _card_of_person(*, user_id: str) -> str:
    """Show a person's phones, and a code that was just made."""
    made = session.get("new_code") or {}
    code = session.pop("new_code")["code"] if made.get("user_id") == user_id else ""
    access = current_access()
    return render_template(
        "identity/person.html",
        user=queries.find_active_user(user_id),
        user_id=user_id,
        devices=queries.list_devices(
            access=access, where=DeviceFilter(user_id=user_id, in_use=None)
        ).rows,
        new_code=code,
        server_address=current_settings().public_url or request.host_url.rstrip("/"),
        now=utc_now(),
    )


CONTRIBUTIONS: dict[str, Contributor] = {"person": _card_of_person}


def _explain(problem: ProblemError) -> str:
    if isinstance(problem, TooManyAttemptsError):
        minutes = math.ceil(problem.extra.get("retry_after_s", 60) / 60)
        return gettext(
            "Too many wrong passwords. Wait %(minutes)s min and try again.", minutes=minutes
        )
    return gettext(problem.title)
