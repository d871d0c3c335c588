"""The company's settings: those to change here, and those that the server was started with."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import ValidationError

from server.admin.schemas import SettingsSchema, problems_of
from server.platform.auth import current_access, signed_in
from server.platform.organisation import change_organisation, organisation
from server.platform.settings import current_settings
from server.platform.transaction import transaction
from server.platform.versioned import ChangedMeanwhileError
from server.web.navigation import Entry
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("settings_pages", __name__, template_folder="../templates")

NAVIGATION = (
    Entry(
        endpoint="settings_pages.index",
        label=N_("Settings"),
        icon="cog-outline",
        position=93,
        roles=frozenset({Role.ADMIN}),
    ),
)
_FIELDS = (
    "name",
    "language",
    "geofence_radius_m",
    "track_retention_days",
    "day_starts",
    "day_ends",
)
_LANGUAGES = {"": N_("as the browser asks"), "id": "Bahasa Indonesia", "en": "English"}


@blueprint.get("/settings")
@signed_in(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show what is set."""
    return _form(_present())


@blueprint.post("/settings")
@signed_in(Role.ADMIN)
def save() -> ResponseReturnValue:
    """Keep what the form says, or show it again with what is wrong."""
    given = {name: request.form.get(name, "").strip() for name in _FIELDS}
    try:
        fields = SettingsSchema().load(given)
        before = _present()
        with transaction():
            changed = change_organisation(
                fields=fields,
                at=utc_now(),
                by=current_access().user_id,
                base=request.form.get("base", ""),
            )
    except ValidationError as error:
        return _form(given, errors=problems_of(error)), 422
    except ChangedMeanwhileError as problem:
        present = _present()
        theirs = {name: present[name] for name in _FIELDS if present[name] != given[name]}
        return _form(given, theirs=theirs), problem.status
    if changed:
        tell(
            Notice(
                text=gettext("The settings are saved."),
                undo_url=url_for(".save"),
                fields=before | {"base": str(organisation().version)},
            )
        )
    else:
        tell(Notice(text=gettext("Nothing was changed.")))
    return redirect(url_for(".index"))


def _present() -> dict[str, str]:
    known = organisation()
    return {name: str(getattr(known, name)) for name in _FIELDS}


def _form(
    given: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    theirs: dict[str, str] | None = None,
) -> str:
    settings = current_settings()
    return render_template(
        "admin/settings.html",
        given=given,
        languages_=_LANGUAGES,
        base=organisation().version,
        errors=errors or {},
        theirs=theirs,
        settings=settings,
    )
