"""The route sheet of a day: its stops in their order, to be printed and written on."""

import datetime as dt
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from server.planning import queries
from server.platform.auth import current_access, signed_in
from server.platform.clock import business_today
from server.platform.errors import NotFoundError
from shared.time import Period
from shared.vocabulary import StopState

blueprint = Blueprint("planning_sheet_pages", __name__, template_folder="../templates")


@blueprint.get("/plans/<uuid:rep_id>/<day>/sheet")
@signed_in()
def show(rep_id: UUID, day: str) -> ResponseReturnValue:
    """Show the stops that are in the plan of this day, with where and whom to visit."""
    try:
        period = Period.day(dt.date.fromisoformat(day))
    except (ValueError, OverflowError) as error:
        raise NotFoundError from error
    plan = queries.get_week(
        access=current_access(), rep_id=str(rep_id), week=period, today=business_today()
    )
    (given,) = plan.days
    stops = [stop for stop in given.stops if stop.state is StopState.PLANNED]
    return render_template("plans/sheet.html", plan=plan, day=given, stops=stops)
