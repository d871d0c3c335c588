"""How much of full time a person works, on the page of the person; targets count by it."""

import datetime as dt
from functools import partial
from uuid import UUID

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.metrics.operations import targets
from server.metrics.operations.targets import WorkingTimeError
from server.metrics.sql.choices import working_times
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError, ProblemError
from server.platform.transaction import transaction
from server.web.contributions import Contributor
from server.web.forms import expect_stamp, stamp, take_back, undoable
from server.web.notices import Notice, tell
from shared.i18n import N_
from shared.time import utc_now
from shared.vocabulary import Role

blueprint = Blueprint("working_time_pages", __name__, template_folder="../templates")


@blueprint.post("/users/<uuid:user_id>/working-time")
@signed_in(Role.ADMIN)
def save(user_id: UUID) -> ResponseReturnValue:
    """Set, change or take away what is said for a day."""
    at = utc_now()
    try:
        start_on, percent = _read()
        with transaction():
            expect_stamp(_said_of(str(user_id)))
            targets.set_working_time(
                rep_id=str(user_id),
                start_on=start_on,
                percent=percent,
                at=at,
                by=current_access().user_id,
            )
    except NotFoundError:
        raise
    except ProblemError as problem:
        tell(Notice(text=gettext(problem.title), tone="warn"))
        # The form is on a page of another feature.
        page = current_app.view_functions["person_pages.show"](user_id=user_id)
        return make_response(page, problem.status)
    told = gettext("The working time is saved.")
    tell(undoable(told, url_for(".undo", user_id=user_id), at=at))
    return redirect(url_for("person_pages.show", user_id=user_id, _anchor="working-time"))


@blueprint.post("/users/<uuid:user_id>/working-time/undo")
@signed_in(Role.ADMIN)
def undo(user_id: UUID) -> ResponseReturnValue:
    """Bring back what was said before."""
    take_back(
        partial(targets.undo_working_time, rep_id=str(user_id), by=current_access().user_id),
        told=N_("The working time is as it was before."),
        at=utc_now(),
    )
    return redirect(url_for("person_pages.show", user_id=user_id, _anchor="working-time"))


def _read() -> tuple[dt.date, int | None]:
    """Return the day and the percentage of the form; none to take it away.

    :raises WorkingTimeError: if it says none
    """
    try:
        start_on = dt.date.fromisoformat(request.form.get("start_on", ""))
        text = request.form.get("percent", "").strip().removesuffix("%").strip()
        return start_on, None if "remove" in request.form else int(text)
    except ValueError:
        raise WorkingTimeError from None


def _said_of(user_id: str) -> list[tuple[str, int]]:
    return [(str(time.start_on), time.percent) for time in working_times(user_id)]


def _card_of_person(*, user_id: str) -> str:
    return render_template(
        "metrics/working_time.html",
        user_id=user_id,
        base=stamp(_said_of(user_id)),
        times=working_times(user_id),
        today=business_today(),
        typed=request.form if request.endpoint == "working_time_pages.save" else {},
    )


CONTRIBUTIONS: dict[str, Contributor] = {"person": _card_of_person}
